"""Which drafts of the history a command is about: the filters that `history list` and `gallery` share."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

from seedream_cli.drafts import STATUSES
from seedream_cli.errors import InputError
from seedream_cli.history.search import Filter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedream_cli.drafts import Draft
    from seedream_cli.history import History
    from seedream_cli.options.select import SelectOptions


def select(history: History, options: SelectOptions, *, now: float, references: Sequence[str] = ()) -> list[Draft]:
    """Return the drafts that are as wanted, the newest last; or those that are named, in that order.

    Args:
        now: Unix time in seconds, from which dates like `3d` are counted.
        references: of the drafts among which to choose, as `History.find` takes them; none for all.

    Raises:
        InputError: where a filter is none, or a reference names no draft.
    """
    wanted = _filter(options, now)
    if references:
        return [draft for draft in history.find_all(references) if wanted.matches(draft)]
    newest = history.search(wanted)
    most = None if options.everything or not options.limit else min(options.limit, sys.maxsize)
    return list(itertools.islice(newest, most))[::-1]


def _filter(options: SelectOptions, now: float) -> Filter:
    from seedream_cli.notebook.dates import moment

    size, shape = _size_or_shape(options.size)
    return Filter(
        text=options.grep,
        since=None if options.since is None else moment(options.since, now=now),
        until=None if options.until is None else moment(options.until, now=now, end=True),
        model=None if options.model is None else _model(options.model),
        size=size,
        shape=shape,
        seed=options.seed,
        tags=frozenset(options.tag or ()),
        ratings=_ratings(options.rating),
        statuses=frozenset(map(_status, options.status or ())),
        batch=options.batch,
    )


def _status(text: str) -> str:
    if text in STATUSES:
        return text
    from difflib import get_close_matches

    near = get_close_matches(text.lower(), STATUSES, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    hint = f"{meant}there are {', '.join(STATUSES)}: --status {near[0] if near else STATUSES[0]}"
    raise InputError(f"'{text}' is not a status", hint=hint)


def _model(text: str) -> str:
    """Return the model that a name means: an id, or what comes after `seedream-` in it."""
    from seedream_cli import catalog

    return next((model.id for model in catalog.MODELS if text in {model.id, model.id.removeprefix("seedream-")}), text)


def _size_or_shape(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    from seedream_cli.sizes import ORIENTATIONS, resolve_size

    return (None, text) if text in ORIENTATIONS else (resolve_size(text, None), None)


def _ratings(text: str | None) -> frozenset[int]:
    if text is None:
        return frozenset()
    least = text.endswith("+")
    digits = text.removesuffix("+")
    if digits not in set("012345"):
        raise InputError(f"'{text}' is not a rating", hint="ratings are 0 to 5; 4+ is 4 or 5: --rating 4+")
    return frozenset(range(int(digits), 6)) if least else frozenset({int(digits)})


def unknown_model(history: History, options: SelectOptions) -> str | None:
    """Return what to say where a filter names a model that nobody knows, which may be misspelt."""
    from seedream_cli import catalog

    if options.model is None or catalog.find(_model(options.model)):
        return None
    if any(True for _ in history.search(Filter(model=options.model))):
        return None
    from difflib import get_close_matches

    ids = [model.id for model in catalog.MODELS]
    near = get_close_matches(options.model, [*ids, *(each.removeprefix("seedream-") for each in ids)], 1, 0.5)
    meant = f"; did you mean {_model(near[0])}?" if near else ""
    return f"no draft is of the model '{options.model}'{meant}"
