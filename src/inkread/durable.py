"""Files that outlive a power cut: the content is on the disk before the name, and the name when the call returns."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

_PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between attempts to rename, where a file that is open cannot be replaced."""


def write_durably(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all. Raises OSError."""
    write_atomically(path, lambda beside: beside.write_bytes(content))


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Calls ``write`` with a path beside ``path``, which then takes its place; nothing stays if it fails.

    What was written is forced to the disk before it is renamed: a file system may otherwise keep the new name and lose
    the content when the power goes.
    """
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(beside)
        descriptor = os.open(beside, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        take_place(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


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
