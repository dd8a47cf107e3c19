"""A PDF or a HEIC photo -> pixels, decoded in a worker process.

PDFium and libheif have no limits on time or memory. A file of a few kilobytes can keep them busy for hours or crash
them. So they run in a worker process, which is killed after 20 seconds and may use 2 GB (on Linux). PDFium is not
thread-safe either: each opened file has a process of its own.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.images.decoding import damaged
from inkread.workers import Limits, Worker, WorkerLost, WorkFailed

_LIMITS = Limits(seconds=20.0, memory_mb=2000, start_seconds=60.0)
"""Limits on opening a file or drawing one page. A scan takes about 0.1 s, a photo of 52 megapixels 530 MB."""
_MOST_LOST = 3  # The process is not started again after this many crashes or time-outs
_DECODER = f"{Path(__file__).with_name('native_decoders.py')}:Decoder"


class Isolated:
    """An opened file of ``kind`` "pdf" or "heif", given as bytes or as a path. Not safe to share between threads.

    Raises ``UnreadableImage`` for a file that is damaged or protected, ``ImageTooLarge`` for one that takes too long.
    """

    def __init__(self, kind: str, source: bytes | Path, name: str) -> None:
        self._file = kind, source if isinstance(source, bytes) else os.fspath(source)
        self._limits = _LIMITS
        self._worker = Worker(_DECODER, limits=self._limits)
        self._is_open, self._lost = False, 0
        try:
            self.count = self._open(name)
        except BaseException:
            self.close()
            raise

    def size_wh(self, page: int, name: str) -> tuple[float, float]:
        """Width and height of a page (from 0): points of a PDF, pixels of a photo."""
        width, height = self._ask(name, "size_wh", page)
        return width, height

    def draw(self, page: int, scale: float, name: str) -> NDArray[np.uint8]:
        """A page (from 0) as (H, W, 1|3|4) uint8: grey, RGB or RGBA, with ``scale`` pixels per unit of its size."""
        channels, (width, height), stride, pixels = self._ask(name, "pixels", page, scale)
        rows = np.frombuffer(pixels, np.uint8).reshape(height, stride)
        return rows[:, : width * channels].reshape(height, width, channels)

    def close(self) -> None:
        """Kills the process."""
        self._worker.stop()

    def _open(self, name: str) -> int:
        count: int = self._guarded(name, "open", *self._file)
        self._is_open = True
        return count

    def _ask(self, name: str, method: str, *args: Any) -> Any:
        """The decoder's answer. Opens the file again after a crash."""
        if self._lost >= _MOST_LOST:
            raise ImageTooLarge(f"{name}: other pages took too much time or memory; save the file again")
        if not self._is_open:
            self._open(name)
        return self._guarded(name, method, *args)

    def _guarded(self, name: str, method: str, *args: Any) -> Any:
        try:
            if self._is_open and not self._worker.runs:
                raise WorkerLost
            return self._worker.ask(method, *args)
        except WorkerLost as lost:
            self._is_open, self._lost = False, self._lost + 1
            if lost.late:
                seconds = self._limits.seconds
                raise ImageTooLarge(
                    f"{name}: takes longer than {seconds:g} s to decode; save it again"
                ) from None
            raise UnreadableImage(
                f"{name}: is damaged, or takes too much memory to decode; save it again"
            ) from None
        except WorkFailed as error:
            raise _refusal(name, error) from None
        except OSError as error:
            raise UnreadableImage(
                f"{name}: no process to decode it can be started ({error.strerror}); end other programs"
            ) from None


def _refusal(name: str, error: WorkFailed) -> UnreadableImage:
    """The error for what a library said of a file."""
    reason = str(error) or error.kind
    if error.kind in ("ImportError", "ModuleNotFoundError"):
        return UnreadableImage(f"{name}: cannot be decoded ({reason}); see: inkread doctor")
    if "password" in reason.lower():
        return UnreadableImage(f"{name}: is protected by a password; save it without one")
    return damaged(name, reason.replace("(PDFium: Success).", "(it has no pages)"))
