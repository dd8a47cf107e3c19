"""Draws the pages of a PDF or decodes a HEIC photo: the program of the child process that ``isolation`` starts.

It is run by its path and imports nothing of inkread, so that it starts quickly. Messages are lines of JSON. Pixels
follow their line as raw bytes. The process exits when its standard input is closed.
"""

from __future__ import annotations

import io
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

FPDF_PAGEOBJ_IMAGE = 3
"""PDFium's type number of an image object on a page."""


class Pdf:
    """The pages of a PDF; sizes are in points, 1/72 inch."""

    def __init__(self, source: str | bytes) -> None:
        import pypdfium2

        self._document = pypdfium2.PdfDocument(source)
        self._document.init_forms()  # without it, the fields of a form are not drawn
        self.count = len(self._document)

    def size_wh(self, page: int) -> tuple[float, float]:
        width, height = self._document[page].get_size()
        return float(width), float(height)

    def pixels(self, page: int, scale: float) -> tuple[int, tuple[int, int], int, bytes]:
        """The number of channels, the size, the bytes per row, and the pixels."""
        opened = self._document[page]
        bitmap = opened.render(scale=scale, rev_byteorder=True)
        pixels = bytes(bitmap.buffer)
        if pixels.count(255) >= 3 * bitmap.width * bitmap.height:
            # An empty page, or one whose pictures cannot be decoded: PDFium skips these without an error.
            for image in opened.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]):
                check_picture(image)
        return 3, (bitmap.width, bitmap.height), bitmap.stride, pixels


def check_picture(image: Any) -> None:
    """Raises ValueError for a picture in a PDF that cannot be decoded."""
    try:
        image.get_bitmap()
    except Exception:  # of any kind: PDFium does not say why
        raise ValueError("a picture on it cannot be decoded") from None


class Heif:
    """The photo of a HEIC file, upright; its size is in pixels."""

    count = 1

    def __init__(self, source: bytes) -> None:
        import pillow_heif

        opener: Any = pillow_heif.HeifImageFile
        self._image = opener(io.BytesIO(source))

    def size_wh(self, page: int) -> tuple[float, float]:
        width, height = self._image.size
        return float(width), float(height)

    def pixels(self, page: int, scale: float) -> tuple[int, tuple[int, int], int, bytes]:
        self._image.load()
        image = self._image if self._image.mode in ("L", "RGB", "RGBA") else self._image.convert("RGBA")
        channels = len(image.getbands())
        return channels, image.size, image.width * channels, image.tobytes()


OPENERS: dict[str, Callable[[Any], Pdf | Heif]] = {"pdf": Pdf, "heif": Heif}


def listen(pipe: BinaryIO, requests: queue.SimpleQueue[Any]) -> None:
    """Receives requests. Exits the process at the end of input, even in the middle of decoding."""
    line = pipe.readline()
    while line:
        request = json.loads(line)
        requests.put((request, pipe.read(request.get("bytes", 0))))
        line = pipe.readline()
    os._exit(0)


def limit_memory(most: int) -> None:
    """Limits the memory of this process, on Linux."""
    if sys.platform.startswith("linux"):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def say(pipe: BinaryIO, pixels: bytes = b"", **fields: Any) -> None:
    pipe.write(json.dumps(fields).encode() + b"\n")
    pipe.write(pixels)
    pipe.flush()


def answer(document: Pdf | Heif, request: dict[str, Any], pipe: BinaryIO) -> None:
    if "scale" not in request:
        say(pipe, size_wh=document.size_wh(request["page"]))
        return
    channels, size_wh, stride, pixels = document.pixels(request["page"], request["scale"])
    say(pipe, pixels, channels=channels, size_wh=size_wh, stride=stride, bytes=stride * size_wh[1])


def main() -> None:
    """Opens the file of the first request, reports its number of pages, then answers requests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C signals all processes; the parent decides
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # output of the libraries must not mix with the answers
        order, content = requests.get()
        limit_memory(order["memory"])
        try:
            document = OPENERS[order["kind"]](order["path"] or content)
        except Exception as error:  # the libraries raise unrelated types
            missing = isinstance(error, ImportError)
            say(pipe, error=str(error) or type(error).__name__, missing=missing)
            return
        del content
        say(pipe, count=document.count)
        while True:
            request, _ = requests.get()
            try:
                answer(document, request, pipe)
            except Exception as error:  # of this page only
                say(pipe, error=str(error) or type(error).__name__)


if __name__ == "__main__":
    main()
