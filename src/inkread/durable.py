"""Files that outlive a power cut: the content is on the disk before the name, and the name when the call returns."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

_PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between attempts to rename, where a file that is open cannot be replaced."""


def write_durably(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Writes a file whole or not at all. Raises OSError."""
    write_atomically(path, lambda beside: beside.write_bytes(content), sync=sync)


def write_atomically(path: Path, write: Callable[[Path], object], *, sync: bool = True) -> None:
    """Calls ``write`` with a path beside ``path``, which then takes its place; nothing stays if it fails.

    The ending of the name stays. With ``sync``, what was written is forced to the disk before it is renamed: a file
    system may otherwise keep the new name and lose the content when the power goes.
    """
    # Names have at most 255 bytes: a long one is cut.
    beside = path.with_name(f".{os.getpid()}-{path.name[-40:]}")
    try:
        write(beside)
        if sync:
            _force(beside)
        take_place(beside, path)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    if sync:
        sync_folder(path.parent)


def _force(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_place(beside: Path, path: Path) -> None:
    """``os.replace``; on Windows again a little later, while somebody looks at the old file or scans it."""
    for seconds in _PATIENCE if os.name == "nt" else ():
        with contextlib.suppress(PermissionError):
            os.replace(beside, path)
            return
        time.sleep(seconds)
    os.replace(beside, path)


def sync_folder(folder: Path) -> None:
    """Makes sure that a rename in this folder outlives a power cut, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
