"""Drafts' pictures made small, in as many threads as there are cores and in bounded memory.

Pillow decodes, and is handed nothing that our own checker has not found to be a whole picture: when it was saved, or
now where the file is no longer what was saved then.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from seedream_cli.files import durable
from seedream_cli.saving import picture
from seedream_cli.saving.saver import is_picture_of
from seedream_cli.saving.sidecar import read_facts
from seedream_cli.sizes import sides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future, ThreadPoolExecutor
    from io import BufferedReader
    from typing import BinaryIO

    from PIL.Image import Image

    from seedream_cli.drafts import Draft, Status

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

_WHY: Final[dict[Status, str]] = {
    "planned": "not drawn",
    "saved": "not saved here",
    "pending": "paid for, not saved yet",
    "expired": "expired before it was saved",
    "unknown": "outcome unknown",
    "blocked": "blocked",
    "failed": "failed",
}

# What reads pixels only through a table, or as numbers beyond 255, is made RGB before it is made small.
_SHRINKS_AS_IT_IS: Final = frozenset({"RGB", "RGBA", "L", "LA", "CMYK", "YCbCr"})
_BEHIND: Final = (255, 255, 255)
"""What is seen through transparent pixels."""

_LARGE: Final = 25_000_000
"""Pixels from which pictures are decoded one at a time: the largest takes 400 MB while it is."""

_AHEAD: Final = 4
"""Items a thread that are begun before they are asked for: while the first wait for what is still imported."""

_SLIMMEST: Final = 1.5
_FLATTEST: Final = 0.5

_one_large_at_a_time: Final = threading.Lock()


class NoPictureError(Exception):
    """There is no picture to be shown; `reason` is a short phrase in our own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture.

    Attributes:
        image: RGB, within the box that was asked for.
        changed: whether the file is no longer what was saved.
    """

    image: Image
    changed: bool


def thumbnail(draft: Draft, box: tuple[int, int]) -> Thumbnail:
    """Make a draft's picture small; it keeps its shape, and is never made larger.

    Args:
        draft: saved or not.
        box: largest width and height, in pixels.

    Raises:
        NoPictureError: where there is none to be shown, or another draft's lies in its place.
    """
    if draft.status != "saved" or draft.path is None:
        raise NoPictureError(_WHY[draft.status])
    try:
        with durable.read_regular(draft.path) as file:
            if os.fstat(file.fileno()).st_size > picture.MAX_MARKED_BYTES:
                raise NoPictureError("larger than a picture may be")
            changed = not is_picture_of(draft, file)
            if changed:
                _check_again(draft, file)
            file.seek(0)
            return Thumbnail(_shrink(file, box), changed)
    except FileNotFoundError:
        raise NoPictureError("the file is gone") from None
    except picture.NotAPictureError as error:
        raise NoPictureError(f"damaged: {error.reason}") from None
    except (OSError, ValueError):  # a ValueError for paths of a history that was tampered with
        raise NoPictureError("the file cannot be read") from None


@contextlib.contextmanager
def in_order(work: Callable[[_Item], _Made], items: Iterable[_Item]) -> Iterator[Iterator[_Made]]:
    """Begin to make what `work` makes of each item, in as many threads as there are cores; give it in their order.

    No more is made ahead than a few for each thread, so that memory does not grow with the number of items. In the end
    nothing new is begun, and the threads are over, however much of it was taken.
    """
    from concurrent.futures import ThreadPoolExecutor

    threads = cores()
    pool = ThreadPoolExecutor(threads)
    try:
        left = iter(items)
        begun = deque(pool.submit(work, item) for item in itertools.islice(left, threads * _AHEAD))
        yield _finished(work, left, pool, begun)
    finally:
        pool.shutdown(cancel_futures=True)


def _finished(
    work: Callable[[_Item], _Made], left: Iterator[_Item], pool: ThreadPoolExecutor, begun: deque[Future[_Made]]
) -> Iterator[_Made]:
    while begun:
        yield begun.popleft().result()
        begun.extend(pool.submit(work, item) for item in itertools.islice(left, 1))


def shape(drafts: Sequence[Draft]) -> float:
    """Return the height of the highest of some pictures for a width of 1, as they were asked for, within limits."""
    found = [_FLATTEST]
    for draft in drafts:
        width, height = sides(draft.key.size) or (1, 1)  # a history may hold anything
        found.append(min(height / width, _SLIMMEST))
    return max(found)


def cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1


def _check_again(draft: Draft, file: BufferedReader) -> None:
    """Raise where a file that is not what was saved is no picture, or another draft's."""
    picture.inspect(file)
    facts = read_facts(draft.path or "", file)
    if facts is not None and facts.id not in {None, draft.id}:
        raise NoPictureError("replaced by another draft's picture")


def open_image(file: BinaryIO) -> Image:
    """Open a picture in one of our formats and within our bounds; Pillow raises whatever it stumbles over."""
    import warnings

    from PIL import Image as pillow  # noqa: N813

    warnings.filterwarnings("ignore", module=r"PIL\.")
    pillow.MAX_IMAGE_PIXELS = picture.MAX_PIXELS // 2  # it warns of more, and refuses more than twice this
    return pillow.open(file, formats=("PNG", "JPEG", "WEBP"))


def _shrink(file: BufferedReader, box: tuple[int, int]) -> Image:
    try:
        with open_image(file) as image:
            large = image.width * image.height > _LARGE
            with _one_large_at_a_time if large else contextlib.nullcontext():
                return _flattened(_shrunk(image, box))
    except Exception:  # noqa: BLE001 - decoders raise whatever they stumble over
        raise NoPictureError("damaged: its pixels cannot be unpacked") from None


def _shrunk(image: Image, box: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda grey: grey / 257).convert("L")
    elif image.mode not in _SHRINKS_AS_IT_IS:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    # A JPEG is decoded at a half, a quarter or an eighth of its size; others are averaged over whole blocks first.
    image.thumbnail(box, Resampling.HAMMING, reducing_gap=1.0)
    return image


def _flattened(image: Image) -> Image:
    """Return an image as RGB, with white behind what is transparent in it."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    from PIL import Image as pillow  # noqa: N813

    image = image.convert("RGBA")
    ground = pillow.new("RGB", image.size, _BEHIND)
    ground.paste(image, mask=image)
    return ground
