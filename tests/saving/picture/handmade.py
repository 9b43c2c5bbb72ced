"""Pictures of every kind for these tests: PNG by hand, JPEG and WebP by Pillow."""

import io
import struct
import zlib

from PIL import Image
from support.pictures import assemble, chunk

from seedream_cli.saving.picture import NotAPictureError, PictureFacts, PictureInfo, embed, inspect, read_facts

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
KINDS = [
    (colour, depth)
    for colour, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items()
    for depth in depths
]
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
FACTS = PictureFacts(
    prompt="An ink-wash mountain at dawn, soft mist",
    negative_prompt="blur, text",
    model="seedream-v5lite",
    size="1024x1024",
    seed=5,
    id="abc123def4",
    created="2026-11-02T10:00:00Z",
)


def ihdr(width, height, depth=8, colour=2, *, compression=0, filtering=0, interlace=0):
    fields = struct.pack(">IIBBBBB", width, height, depth, colour, compression, filtering, interlace)
    return chunk(b"IHDR", fields)


def pixel_stream(width, height, depth=8, colour=2, *, interlace=0, row_filter=0):
    """Rows of zeros, as the specification counts them: pixel by pixel, so that it shares no arithmetic."""
    stream = b""
    for left, top, right, down in PASSES if interlace else ((0, 0, 1, 1),):
        columns = len(range(left, width, right))
        for _ in range(top, height, down):
            if columns:
                stream += bytes([row_filter]) + bytes((columns * depth * CHANNELS[colour] + 7) // 8)
    return stream


def png_of(stream, width, height, depth=8, colour=2, *, interlace=0):
    palette = [chunk(b"PLTE", bytes(3))] if colour == 3 else []
    return assemble(
        ihdr(width, height, depth, colour, interlace=interlace),
        *palette,
        chunk(b"IDAT", zlib.compress(stream)),
    )


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(mode="RGB", size=(40, 30)):
    bands = [Image.effect_noise(size, 20 + 30 * number) for number in range(len(mode))]
    return Image.merge(mode, bands) if len(mode) > 1 else bands[0]


def decoded(data):
    """Mode, size and every pixel, as Pillow sees them."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.mode, image.size, image.tobytes()


def told(data) -> PictureInfo:
    return inspect(io.BytesIO(data))


def refused(data) -> str:
    """Why the bytes are no picture; fails where they are taken for one."""
    try:
        info = told(data)
    except NotAPictureError as error:
        return error.reason
    raise AssertionError(f"taken for a picture: {info}")


def embedded(data, facts=FACTS, *, made_by_model=True) -> bytes:
    target = io.BytesIO()
    embed(io.BytesIO(data), target, told(data), facts, made_by_model=made_by_model)
    return target.getvalue()


def facts_in(data) -> PictureFacts | None:
    return read_facts(io.BytesIO(data))
