"""Draws the pages of a PDF, or decodes a HEIC photo: the program of the process that ``isolation`` starts.

It is run by its path and imports nothing of inkread, so that it starts quickly. Messages are lines of JSON; pixels
follow their line as raw bytes. The process ends as soon as its standard input is closed.
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
"""PDFium's number for a picture among the objects of a page."""


class Pdf:
    """The pages of a PDF; sizes are in points, 1/72 inch."""

    def __init__(self, source: str | bytes) -> None:
        import pypdfium2

        self._document = pypdfium2.PdfDocument(source)
        self._document.init_forms()  # what was filled into the fields of a form is drawn, too
        self.count = len(self._document)

    def size_wh(self, page: int) -> tuple[float, float]:
        width, height = self._document[page].get_size()
        return float(width), float(height)

    def pixels(self, page: int, scale: float) -> tuple[str, tuple[int, int], int, Any]:
        """Mode, size, bytes from row to row, and the pixels themselves."""
        opened = self._document[page]
        bitmap = opened.render(scale=scale, rev_byteorder=True)
        pixels = bytes(bitmap.buffer)
        if pixels.count(255) >= 3 * bitmap.width * bitmap.height:
            # White paper, or pictures that cannot be decoded: PDFium passes over these without a word.
            for image in opened.get_objects(filter=[FPDF_PAGEOBJ_IMAGE]):
                check_picture(image)
        return "RGB", (bitmap.width, bitmap.height), bitmap.stride, pixels


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

    def pixels(self, page: int, scale: float) -> tuple[str, tuple[int, int], int, Any]:
        self._image.load()
        image = self._image if self._image.mode in ("L", "RGB", "RGBA") else self._image.convert("RGBA")
        return image.mode, image.size, image.width * len(image.getbands()), image.tobytes()


OPENERS: dict[str, Callable[[Any], Pdf | Heif]] = {"pdf": Pdf, "heif": Heif}


def listen(pipe: BinaryIO, requests: queue.SimpleQueue[Any]) -> None:
    """Takes in requests. Once nobody can send any more, the process ends, whatever it is at."""
    line = pipe.readline()
    while line:
        request = json.loads(line)
        requests.put((request, pipe.read(request.get("bytes", 0))))
        line = pipe.readline()
    os._exit(0)


def limit_memory(most: int) -> None:
    """Where the system can, more than this cannot be had."""
    if sys.platform.startswith("linux"):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def say(pipe: BinaryIO, pixels: Any = b"", **fields: Any) -> None:
    pipe.write(json.dumps(fields).encode() + b"\n")
    pipe.write(pixels)
    pipe.flush()


def answer(document: Pdf | Heif, request: dict[str, Any], pipe: BinaryIO) -> None:
    if "scale" not in request:
        say(pipe, size_wh=document.size_wh(request["page"]))
        return
    mode, size_wh, stride, pixels = document.pixels(request["page"], request["scale"])
    say(pipe, pixels, mode=mode, size_wh=size_wh, stride=stride, bytes=stride * size_wh[1])


def main() -> None:
    """Opens what comes first, says how many pages it has, then answers requests."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C signals all processes; when to end is for the other side
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)  # what libraries print is no answer
        order, content = requests.get()
        limit_memory(order["memory"])
        try:
            document = OPENERS[order["kind"]](order["path"] or content)
        except Exception as error:  # libraries raise what they like
            say(pipe, error=str(error) or type(error).__name__)
            return
        del content
        say(pipe, count=document.count)
        while True:
            request, _ = requests.get()
            try:
                answer(document, request, pipe)
            except Exception as error:  # of one page; the others may be sound
                say(pipe, error=str(error) or type(error).__name__)


if __name__ == "__main__":
    main()
