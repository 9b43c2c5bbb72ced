"""The sandbox's pictures: ink-wash landscapes painted from a request, which say what they are."""

from __future__ import annotations

import io
from typing import Final

SOFTWARE: Final = "seedream sandbox"
COMMENT: Final = "Stand-in picture painted by the sandbox; not made by a model."


def paint(prompt: str, negative_prompt: str, seed: int, width: int, height: int, model: str) -> bytes:  # noqa: PLR0917
    """Paint the stand-in for a request, the same bytes for the same request.

    The seed places the land, the words set hour, weather, colours and what stands in it. Every part of the
    request goes into the grain of the paper, so that no two requests share their bytes.

    Args:
        prompt: any text.
        negative_prompt: any text; what it names is left out.
        seed: any whole number.
        width: in pixels, 1 or more.
        height: in pixels, 1 or more.
        model: the model asked for; one called lite gives a plainer finish.

    Returns:
        A PNG file of 8-bit RGB.
    """
    from PIL import PngImagePlugin

    from seedream_cli.sandbox.easel import Easel
    from seedream_cli.sandbox.lots import stream
    from seedream_cli.sandbox.scene import compose

    scene = compose(prompt, negative_prompt, stream("scene", seed))
    easel = Easel.of(scene, (width, height), seed, prompt, detail=0.3 if "lite" in model else 1.0)
    picture = easel.painted(grain=stream("paper", prompt, negative_prompt, seed, width, height, model))
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", SOFTWARE)
    info.add_text("Comment", COMMENT)
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=info, compress_level=2)
    return file.getvalue()
