"""Picture files: whether one is whole, and what is written in it beside its pixels.

Everything here works on open binary files: no pixel is decoded for keeping, none is ever encoded again.
"""

from seedream_cli.saving.picture.check import inspect
from seedream_cli.saving.picture.embed import embed
from seedream_cli.saving.picture.facts import PictureFacts, from_json, to_json
from seedream_cli.saving.picture.info import (
    MAX_BYTES,
    MAX_MARKED_BYTES,
    MAX_PIXELS,
    Format,
    NotAPictureError,
    PictureInfo,
)
from seedream_cli.saving.picture.overwriting import overwrite
from seedream_cli.saving.picture.read import is_stand_in, read_facts

__all__ = [
    "MAX_BYTES",
    "MAX_MARKED_BYTES",
    "MAX_PIXELS",
    "Format",
    "NotAPictureError",
    "PictureFacts",
    "PictureInfo",
    "embed",
    "from_json",
    "inspect",
    "is_stand_in",
    "overwrite",
    "read_facts",
    "to_json",
]
