"""From a URL to a picture on the disk: fetched, checked, marked, and moved into place whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Final

from seedream_cli.drafts import SUFFIXES_OF, UNKNOWN
from seedream_cli.errors import DownloadError, LocalFileError, RefusedDownloadError
from seedream_cli.files import durable
from seedream_cli.safetext import SHORTEST_SECRET, spellings
from seedream_cli.saving import picture
from seedream_cli.saving.partfile import PartFile
from seedream_cli.saving.sidecar import remove_sidecar, sidecar_path, write_sidecar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from seedream_cli.drafts import Draft, Target
    from seedream_cli.saving.download import Downloader

_Fill = Callable[["BinaryIO"], object]
"""Writes a picture, as far as it can be had, into a file."""

MAX_ATTEMPTS: Final = 4
"""How often one picture is fetched before it is left for later."""

_BACKOFF_BASE: Final = 0.5
_MOST_SIGNATURES: Final = 16
"""Values of one URL that are looked for in its picture."""


@dataclass(frozen=True, slots=True)
class SavedPicture:
    """A picture that lies whole at its place.

    Attributes:
        path: as typed by the user, perhaps relative.
        info: format and pixels as found in the bytes.
        size: length in bytes.
        sha256: of the file as saved, hexadecimal.
        notices: what the user should know about it.
    """

    path: str
    info: picture.PictureInfo
    size: int
    sha256: str
    notices: tuple[str, ...]


class Saver:
    """Saves the pictures of drafts that have been answered; safe to use from many threads.

    Args:
        downloader: fetches by URL.
        embed: whether what made a picture is written into it.
        wait: waits that many seconds; may raise to end the attempts.
        key: with which the pictures were asked for, where it is known: nothing that is saved may hold it.
    """

    def __init__(
        self, downloader: Downloader, *, embed: bool, wait: Callable[[float], None], key: str | None = None
    ) -> None:
        self._downloader = downloader
        self._embed = embed
        self._wait = wait
        self._key = [] if key is None else spellings(key)

    def save(self, draft: Draft, data: bytes | None = None) -> SavedPicture:
        """Fetch the draft's picture and save it at its target; what came inside the answer where its URL is of no use.

        Args:
            draft: that has been answered.
            data: the picture, where it lies nowhere yet.

        Raises:
            DownloadError: where it could not be fetched now, or what came is no picture.
            LocalFileError: where it could not be written.
        """
        if data is not None:
            return self._save(draft, lambda file: file.write(data), RefusedDownloadError)
        if draft.url is None:
            return self._save(draft, lambda file: _copy_kept(draft, file), RefusedDownloadError)
        url = draft.url
        try:
            return self._save(draft, lambda file: self._downloader.fetch(url, file), DownloadError)
        except DownloadError:
            if draft.kept is None:
                raise
        return self._save(draft, lambda file: _copy_kept(draft, file), RefusedDownloadError)

    def _save(self, draft: Draft, fill: _Fill, spoilt: type[DownloadError]) -> SavedPicture:
        """Save what fills a file; `spoilt` says whether what is no picture may be one the next time."""
        attempt = 0
        while True:
            try:
                return self._attempt(draft, fill, spoilt)
            except RefusedDownloadError:
                raise
            except DownloadError:
                attempt += 1
                if attempt == MAX_ATTEMPTS:
                    raise
            except (OSError, ValueError) as error:  # a ValueError for paths of a history that was tampered with
                raise LocalFileError(
                    f"the picture cannot be written to '{draft.target.folder}': {_reason(error)}"
                ) from error
            self._wait(_BACKOFF_BASE * 2 ** (attempt - 1))

    def _attempt(self, draft: Draft, fill: _Fill, spoilt: type[DownloadError]) -> SavedPicture:
        durable.make_folder(draft.target.folder)
        with PartFile(draft.target.folder, draft.id) as fetched:
            fill(fetched.file)
            try:
                info = picture.inspect(fetched.file)
            except picture.NotAPictureError as error:
                raise spoilt(f"what came is not a picture: {error.reason}") from error
            notices = _notices(draft, info)
            if picture.overwrite(fetched.file, [*self._key, *_signatures(draft)]):
                notices += ("the service had written a secret into the picture: it is blacked out",)
            with self._marked(draft, info, fetched) as (whole, tells):
                saved = _publish(whole, draft.target, info, notices)
        if draft.target.replace:
            with contextlib.suppress(OSError):  # it was of the picture that lay there before, and is not believed
                remove_sidecar(saved.path)
        return saved if tells else _with_sidecar(draft, saved)

    @contextlib.contextmanager
    def _marked(self, draft: Draft, info: picture.PictureInfo, fetched: PartFile) -> Iterator[tuple[PartFile, bool]]:
        """Give the picture as it is to be saved, and whether it tells as much as it is to tell of what made it."""
        if not self._embed:
            yield fetched, True
            return
        with PartFile(draft.target.folder, draft.id) as marked:
            tells = picture.embed(fetched.file, marked.file, info, _facts(draft), made_by_model=not draft.sandbox)
            yield marked, tells


def _copy_kept(draft: Draft, file: BinaryIO) -> None:
    if draft.kept is None:
        raise RefusedDownloadError(
            "the history does not say where the picture is",
            hint=f"seedream history rerun {draft.id}   # draws it again, and is billed",
        )
    try:
        kept = durable.read_regular(draft.kept)
    except OSError as error:
        raise LocalFileError(f"the picture kept in '{draft.kept}' cannot be read: {_reason(error)}") from error
    with kept:
        shutil.copyfileobj(kept, file)


def _with_sidecar(draft: Draft, saved: SavedPicture) -> SavedPicture:
    """Write down beside a saved picture what made it; where that fails, the picture is saved all the same."""
    try:
        write_sidecar(saved.path, _facts(draft), saved.sha256)
    except OSError as error:
        notice = f"what made it could not be written to {sidecar_path(saved.path)}: {_reason(error)}"
        return replace(saved, notices=(*saved.notices, notice))
    return saved


def copy_picture(draft: Draft, target: Target) -> SavedPicture:
    """Copy a saved draft's picture to another place, whole or not at all, and return the copy.

    A picture that lies there already is left as it is.

    Raises:
        LocalFileError: where it cannot be read or written, or is no longer what was saved.
    """
    try:
        with durable.read_regular(draft.path or "") as source:
            if not is_picture_of(draft, source):
                raise LocalFileError(f"the picture of {draft.id} cannot be copied: it was changed since it was saved")
            info = picture.inspect(source)
            path, notices = target.path(info.extension), _misnamed(target, info)
            if _lies_at(path, draft):
                return SavedPicture(path, info, draft.bytes or 0, draft.sha256 or "", notices)
            durable.make_folder(target.folder)
            with PartFile(target.folder, draft.id) as part:
                source.seek(0)
                shutil.copyfileobj(source, part.file)
                copy = _publish(part, target, info, notices)
            if os.path.isfile(sidecar_path(draft.path or "")):
                copy = _with_sidecar(draft, copy)
            return copy
    except (OSError, ValueError) as error:
        raise LocalFileError(f"the picture of {draft.id} cannot be copied: {_reason(error)}") from error


def intact(draft: Draft) -> bool:
    """Whether a saved draft's picture lies where it was saved, unchanged."""
    return draft.path is not None and _lies_at(draft.path, draft)


def _lies_at(path: str, draft: Draft) -> bool:
    return is_file_of(path, draft.bytes, draft.sha256)


def is_file_of(path: str, size: int | None, sha256: str | None) -> bool:
    """Whether a regular file of that many bytes and that hash lies at a path."""
    try:
        with durable.read_regular(path) as file:
            return _is_of(file, size, sha256)
    except (OSError, ValueError):
        return False


def is_picture_of(draft: Draft, file: BufferedReader) -> bool:
    """Whether an open file is a draft's picture, byte for byte as it was saved."""
    return _is_of(file, draft.bytes, draft.sha256)


def _is_of(file: BufferedReader, size: int | None, sha256: str | None) -> bool:
    if os.fstat(file.fileno()).st_size != size:
        return False
    return hashlib.file_digest(file, hashlib.sha256).hexdigest() == sha256


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _facts(draft: Draft) -> picture.PictureFacts:
    if draft.key.model == UNKNOWN:
        return picture.PictureFacts(draft.key.prompt, id=draft.id, created=draft.created)
    return picture.PictureFacts(
        id=draft.id,
        model=draft.key.model,
        prompt=draft.key.prompt,
        negative_prompt=draft.key.negative_prompt,
        size=draft.key.size,
        seed=draft.key.seed,
        created=draft.created,
    )


def _signatures(draft: Draft) -> list[bytes]:
    """Return what makes a picture's URL a secret: the long values of its query."""
    _, _, query = (draft.url or "").partition("?")
    values = sorted((field.partition("=")[2] for field in query.split("&")), key=len, reverse=True)
    return [
        value.encode(errors="surrogatepass") for value in values[:_MOST_SIGNATURES] if len(value) >= SHORTEST_SECRET
    ]


def _notices(draft: Draft, info: picture.PictureInfo) -> tuple[str, ...]:
    notices = []
    size = f"{info.width}x{info.height}"
    if draft.key.size not in {size, UNKNOWN}:
        notices.append(f"the picture is {size}, not {draft.key.size} as asked for")
    return (*notices, *_misnamed(draft.target, info))


def _misnamed(target: Target, info: picture.PictureInfo) -> tuple[str, ...]:
    suffix = os.path.splitext(target.path(info.extension))[1].lower()
    if suffix and suffix not in SUFFIXES_OF[info.format]:
        return (f"the file is named {suffix}, its bytes are {info.format.upper()}",)
    return ()


def _publish(part: PartFile, target: Target, info: picture.PictureInfo, notices: tuple[str, ...]) -> SavedPicture:
    part.file.flush()
    durable.sync_file(part.file.fileno())
    part.file.seek(0)
    digest = hashlib.file_digest(part.file, hashlib.sha256).hexdigest()
    size = part.file.tell()
    part.file.close()  # Windows moves no open file
    path = _move(part, target, info.extension)
    durable.sync_folder(os.path.dirname(path) or ".")
    return SavedPicture(path, info, size, digest, notices)


def _move(part: PartFile, target: Target, extension: str) -> str:
    path = target.path(extension)
    durable.make_folder(os.path.dirname(path) or ".")  # the extension may be part of the folder
    if target.replace:
        _check_regular(path)
        os.replace(part.path, path)
        return path
    for free in _names(path):
        with contextlib.suppress(FileExistsError):
            durable.move_without_replacing(part.path, free)
            return free
    raise FileExistsError(errno.EEXIST, "every name is taken")


def _names(path: str) -> Iterator[str]:
    """Yield the path, and others beside it for the case that it is taken."""
    yield path
    stem, dot, suffix = path.rpartition(".")
    for number in range(2, 20):
        yield f"{stem}-{number}{dot}{suffix}"
    for _ in range(20):
        yield f"{stem}-{os.urandom(4).hex()}{dot}{suffix}"


def _check_regular(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise OSError(errno.EEXIST, "something that is not a regular file is in its place")
