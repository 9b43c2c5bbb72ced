"""Models, sizes, limits and prices as data: what moves with the vendor is changed here and nowhere else."""

from __future__ import annotations

from typing import Final, NamedTuple

RATE_CARD_DATE: Final = "2026-11"
"""Month in which the prices below were read; every sum made from them is an estimate."""

BASE_URL: Final = "https://llm.bytespike.ai/v1"
API_KEY_PREFIX: Final = "sk-byts-"
MAX_IMAGES_PER_REQUEST: Final = 4
MAX_SEED: Final = 2**32 - 1
"""Largest seed that a user may give; random first seeds stay within 0 to 2^31-1."""

URL_LIFETIME_SECONDS: Final = 24 * 60 * 60
"""How long a picture's pre-signed URL lives, in seconds."""


class Model(NamedTuple):
    """One model of the gateway.

    Attributes:
        id: name on the wire.
        sizes: accepted sizes as `WxH` in pixels, the default first.
        usd: price of one image in US dollars, an estimate.
        note: what the model is for, one line.
    """

    id: str
    sizes: tuple[str, ...]
    usd: float
    note: str

    @property
    def default_size(self) -> str:
        """Size as `WxH` that is drawn when none is asked for."""
        return self.sizes[0]


MODELS: Final = (
    Model("seedream-v5lite", ("1024x1024", "1024x1536", "1536x1024"), 0.012, "cheap drafts while a prompt moves"),
    Model("seedream-v4", ("1024x1024", "1024x1536", "1536x1024"), 0.025, "aesthetic finals"),
    Model(
        "seedream-v4.5",
        ("2048x2048", "1024x1024", "1024x2048", "2048x1024"),
        0.030,
        "large finals, clean edges around text",
    ),
)

DEFAULT_MODEL: Final = MODELS[0].id
FINAL_MODEL: Final = MODELS[-1].id
FINAL_SIZES: Final = {
    ("seedream-v4.5", "1024x1024"): "2048x2048",
    ("seedream-v4.5", "1024x1536"): "1024x2048",
    ("seedream-v4.5", "1536x1024"): "2048x1024",
}
"""The size that stands for a draft's size on a final model which has not that size, or has a better one."""


def find(model_id: str) -> Model | None:
    """Return the model of that id, or None where the catalogue does not know it."""
    return next((model for model in MODELS if model.id == model_id), None)


def nearest(text: str) -> Model | None:
    """Return the model that is perhaps meant by what is no id: `4.5`, `v4`, `seedream-5`, or one with a slip."""
    from difflib import get_close_matches

    cores = {model.id.removeprefix("seedream-v"): model for model in MODELS}
    core = text.strip().lower().removeprefix("seedream").lstrip("-_ v")
    begun = [name for name in cores if core and name.startswith(core)]
    near = begun or get_close_matches(text, [model.id for model in MODELS], 1, 0.4)
    return (cores.get(near[0]) or find(near[0])) if near else None
