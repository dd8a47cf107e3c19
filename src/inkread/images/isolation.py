"""A PDF or a HEIC photo -> pixels, decoded in a process of its own.

Their libraries cannot be told how much time and memory they may take: a file of a few kilobytes may keep them busy
for hours, or bring down the process. So that process is another one, which is ended after 20 seconds, and has at
most 2 GB. This module knows neither pages as pictures nor resolutions.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from PIL import Image

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images.decoding import damaged

__all__ = ["Isolated"]

_SECONDS = 20.0
"""The longest that opening a file, or drawing one page, may take; usual is a tenth of a second."""
_MEMORY = 2_000_000_000
"""Bytes; a page of 52 megapixels takes less than half."""
_MOST_DEATHS = 3
"""After so many pages that ended their process, the others are not tried."""
_WORKER = Path(__file__).with_name("worker.py")


class Isolated:
    """An opened file of ``kind`` "pdf" or "heif": its bytes, or its path. One thread at a time may use it.

    Raises ``UnreadableImage`` for one that is damaged or protected, ``ImageTooLarge`` for one that takes too much.
    """

    def __init__(self, kind: str, source: bytes | Path, name: str) -> None:
        self._kind, self._source, self._name = kind, source, name
        self._process: subprocess.Popen[bytes] | None = None
        self._deaths = 0
        self.count = self._start(name)

    def size_wh(self, page: int, name: str) -> tuple[float, float]:
        """Of a page (from 0): points of a PDF, pixels of a photo."""
        width, height = self._ask({"page": page}, name)[0]["size_wh"]
        return width, height

    def draw(self, page: int, scale: float, name: str) -> Image.Image:
        """A page (from 0), with ``scale`` pixels for each unit of its size."""
        head, pixels = self._ask({"page": page, "scale": scale}, name)
        mode, size_wh = head["mode"], (head["size_wh"][0], head["size_wh"][1])
        return Image.frombuffer(mode, size_wh, pixels, "raw", mode, head["stride"], 1)

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _start(self, name: str) -> int:
        """Starts the process and opens the file; how many pages it has."""
        code = f"import runpy, sys; sys.path[:] = {sys.path!r}; runpy.run_path({str(_WORKER)!r}, run_name='__main__')"
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise UnreadableImage(
                f"{name}: no process to decode it can be started ({error.strerror}); end other programs"
            ) from None
        on_disk = isinstance(self._source, Path)
        content = b"" if isinstance(self._source, Path) else self._source
        order = {
            "kind": self._kind,
            "path": os.fspath(self._source) if on_disk else "",
            "bytes": len(content),
        }
        try:
            return int(self._ask({**order, "memory": _MEMORY}, name, content)[0]["count"])
        except BaseException:
            self.close()
            raise

    def _ask(self, request: dict[str, Any], name: str, content: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """The answer to a request, and the pixels that come with it."""
        if self._process is None:
            if self._deaths >= _MOST_DEATHS:
                raise ImageTooLarge(f"{name}: other pages took too much time or memory; save the file again")
            self._start(name)
        process, late = self._process, threading.Event()
        assert process is not None

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(_SECONDS, end)
        timer.daemon = True
        timer.start()
        try:
            answer, pixels = _exchange(process, json.dumps(request).encode() + b"\n" + content)
        except (OSError, EOFError):
            self.close()
            self._deaths += 1
            if late.is_set():
                raise ImageTooLarge(
                    f"{name}: takes longer than {_SECONDS:g} s to decode; save it again"
                ) from None
            raise UnreadableImage(
                f"{name}: is damaged, or takes too much memory to decode; save it again"
            ) from None
        finally:
            timer.cancel()
        if "error" not in answer:
            return answer, pixels
        if "password" in answer["error"].lower():
            raise UnreadableImage(f"{name}: is protected by a password; save it without one")
        raise damaged(name, answer["error"].replace("(PDFium: Success).", "(it has no pages)"))


def _exchange(process: subprocess.Popen[bytes], request: bytes) -> tuple[dict[str, Any], bytes]:
    """Sends a request and receives its answer; raises OSError or EOFError if the process ends before."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.flush()
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    answer: dict[str, Any] = json.loads(line)
    size = answer.get("bytes", 0)
    pixels = process.stdout.read(size)
    if len(pixels) < size:
        raise EOFError
    return answer, pixels
