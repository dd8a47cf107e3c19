"""A PDF or a HEIC photo -> pixels, decoded in a child process.

PDFium and libheif have no limits on time or memory. A file of a few kilobytes can keep them busy for hours or crash
them. So they run in a child process, which is killed after 20 seconds and may use 2 GB (on Linux). PDFium is not
thread-safe either: each opened file has a process of its own.
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

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images.decoding import damaged

__all__ = ["Isolated"]

_SECONDS = 20.0
"""The time limit for opening a file or drawing one page. Scans take about 0.1 s."""
_MEMORY = 2_000_000_000
"""The memory limit in bytes. A photo of 52 megapixels takes 530 MB."""
_MOST_CRASHES = 3
"""The process is not started again after this many crashes or time-outs."""
_WORKER = Path(__file__).with_name("worker.py")


class Isolated:
    """An opened file of ``kind`` "pdf" or "heif", given as bytes or as a path. Not safe to share between threads.

    Raises ``UnreadableImage`` for a file that is damaged or protected, ``ImageTooLarge`` for one that takes too long.
    """

    def __init__(self, kind: str, source: bytes | Path, name: str) -> None:
        self._kind, self._source, self._name = kind, source, name
        self._process: subprocess.Popen[bytes] | None = None
        self._crashes = 0
        self.count = self._start(name)

    def size_wh(self, page: int, name: str) -> tuple[float, float]:
        """Width and height of a page (from 0): points of a PDF, pixels of a photo."""
        width, height = self._ask({"page": page}, name)[0]["size_wh"]
        return width, height

    def draw(self, page: int, scale: float, name: str) -> NDArray[np.uint8]:
        """A page (from 0) as (H, W, 1|3|4) uint8: grey, RGB or RGBA, with ``scale`` pixels per unit of its size."""
        head, pixels = self._ask({"page": page, "scale": scale}, name)
        (width, height), channels = head["size_wh"], head["channels"]
        rows = np.frombuffer(pixels, np.uint8).reshape(height, head["stride"])
        return rows[:, : width * channels].reshape(height, width, channels)

    def close(self) -> None:
        """Kills the process."""
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
        """Starts the process, opens the file and returns its number of pages."""
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
        """Sends a request, and returns the answer and its pixels. Starts the process again after a crash."""
        if self._process is None:
            if self._crashes >= _MOST_CRASHES:
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
            self._crashes += 1
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
        if answer.get("missing"):
            raise UnreadableImage(f"{name}: cannot be decoded ({answer['error']}); see: inkread doctor")
        if "password" in answer["error"].lower():
            raise UnreadableImage(f"{name}: is protected by a password; save it without one")
        raise damaged(name, answer["error"].replace("(PDFium: Success).", "(it has no pages)"))


def _exchange(process: subprocess.Popen[bytes], request: bytes) -> tuple[dict[str, Any], bytes]:
    """Sends a request and receives the answer. Raises OSError or EOFError if the process has ended."""
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
