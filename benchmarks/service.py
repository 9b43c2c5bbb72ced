"""An images API that answers after a fixed time with one ready-made picture: the other side of benchmarks.

    python benchmarks/service.py --latency 0.5

Prints its base URL. It speaks just enough HTTP for the clients that are measured, and costs little itself.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json


def picture(side: int = 1024) -> bytes:
    """A PNG of a soft gradient, about as large as a picture that compresses well."""
    from PIL import Image

    image = Image.linear_gradient("L").resize((side, side))
    bands = (image, image.rotate(90), image.rotate(180))
    file = io.BytesIO()
    Image.merge("RGB", bands).save(file, "png")
    return file.getvalue()


class Service:
    """Answers each POST with a URL after so many seconds, and each GET with the picture at once."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self._picture = picture()
        self._base = ""
        self.posts = 0

    async def serve(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=1024)
        self._base = "http://{}:{}".format(*server.sockets[0].getsockname())
        print(f"{self._base}/v1", flush=True)
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"POST"):
                    length = next(
                        int(line.partition(b":")[2])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length")
                    )
                    await reader.readexactly(length)
                    await asyncio.sleep(self._latency)
                    self.posts += 1
                    url = f"{self._base}/{self.posts}.png?signature=0123456789abcdef"
                    body = json.dumps({"created": 1_700_000_000, "data": [{"url": url}]}).encode()
                    kind = b"application/json"
                else:
                    body, kind = self._picture, b"image/png"
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (kind, len(body)) + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.5)
    asyncio.run(Service(parser.parse_args().latency).serve())
