"""The sandbox's pictures: kept as recipes, painted when one is fetched."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from seedream_cli.sandbox.envelope import ApiError

Painter = Callable[[str, str, int, int, int, str], bytes]
"""Takes prompt, negative prompt, seed, width and height in pixels, and model id; gives a whole PNG."""

MAX_CACHED_BYTES: Final = 64 * 1024 * 1024
MAX_RECIPE_CHARACTERS: Final = 64 * 1024 * 1024
"""How much text all recipes may hold; beyond it the oldest pictures are gone (404) before they expire."""

_RECIPE_OVERHEAD: Final = 256
_PAINTERS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that makes one picture.

    Attributes:
        prompt: the prompt.
        negative_prompt: the negative prompt, or an empty string.
        seed: 0 to 4294967295.
        width: pixels.
        height: pixels.
        model: model id.
        expires: Unix time in seconds after which it is not given out.
    """

    prompt: str
    negative_prompt: str
    seed: int
    width: int
    height: int
    model: str
    expires: float

    @property
    def weight(self) -> int:
        """Memory it takes, in characters, roughly."""
        return len(self.prompt) + len(self.negative_prompt) + _RECIPE_OVERHEAD


class Pictures:
    """Recipes by id, and the pictures fetched last; memory stays flat however many there are."""

    def __init__(self, load_painter: Callable[[], Painter]) -> None:
        """Paint with what `load_painter` gives."""
        self._load_painter = load_painter
        self._lock = threading.Lock()
        self._easels = threading.BoundedSemaphore(_PAINTERS_AT_ONCE)
        self._recipes: OrderedDict[str, Recipe] = OrderedDict()
        self._weight = 0
        self._painted: OrderedDict[str, bytes] = OrderedDict()
        self._painted_bytes = 0

    def keep(self, picture: str, recipe: Recipe, *, now: float) -> None:
        """Keep the recipe under the id `picture`; drop what has expired by `now` (Unix time)."""
        with self._lock:
            self._recipes[picture] = recipe
            self._weight += recipe.weight
            while self._recipes and self._first_is_to_go(now):
                _, gone = self._recipes.popitem(last=False)
                self._weight -= gone.weight

    def find(self, picture: str) -> Recipe | None:
        """Return the recipe of that id, or None."""
        with self._lock:
            return self._recipes.get(picture)

    def png(self, picture: str, recipe: Recipe) -> bytes:
        """Return the picture, painted now or before; the same bytes every time.

        Raises:
            ApiError: 500 where it cannot be painted.
        """
        kept = self._recall(picture)
        if kept is not None:
            return kept
        with self._easels:
            # Another thread may have painted it while this one waited.
            kept = self._recall(picture)
            if kept is not None:
                return kept
            png = self.paint(recipe)
        self._remember(picture, png)
        return png

    def paint(self, recipe: Recipe) -> bytes:
        """Paint anew, without keeping.

        Raises:
            ApiError: 500 where it cannot be painted.
        """
        try:
            return self._load_painter()(
                recipe.prompt,
                recipe.negative_prompt,
                recipe.seed,
                recipe.width,
                recipe.height,
                recipe.model,
            )
        except Exception as error:
            raise ApiError(500, message="The picture could not be painted.") from error

    def _first_is_to_go(self, now: float) -> bool:
        first = next(iter(self._recipes.values()))
        # A second's grace: addresses carry whole seconds, and an expired one is 403, not 404.
        return first.expires + 1 <= now or self._weight > MAX_RECIPE_CHARACTERS

    def _recall(self, picture: str) -> bytes | None:
        with self._lock:
            png = self._painted.get(picture)
            if png is not None:
                self._painted.move_to_end(picture)
            return png

    def _remember(self, picture: str, png: bytes) -> None:
        with self._lock:
            self._painted_bytes += len(png) - len(self._painted.pop(picture, b""))
            self._painted[picture] = png
            while self._painted_bytes > MAX_CACHED_BYTES:
                _, gone = self._painted.popitem(last=False)
                self._painted_bytes -= len(gone)
