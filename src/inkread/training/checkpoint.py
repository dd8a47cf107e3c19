"""A checkpoint: everything a run needs to go on, in a file that is whole or is not taken for one.

    inkread checkpoint 1 ⏎  SHA-256 of what follows ⏎  NumPy's .npz: numbers.json, variables, average, optimizer

It is written beside, forced to the disk and renamed; the one before it stays as ``checkpoint.previous``, and is
what is read where the newer one is missing or damaged. There is no pickle in it.
This module does not know what the numbers mean.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing

__all__ = ["State", "load_state", "save_state", "write_atomically"]

_MAGIC = b"inkread checkpoint 1\n"
_NAMES = ("checkpoint", "checkpoint.previous")
_PATIENCE = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds between attempts to rename, where a file that is open cannot be replaced."""
_LISTS = ("variables", "average", "optimizer")

Arrays = list[NDArray[Any]]


@dataclass(slots=True)
class State:
    """Where a run stands: ``epoch`` whole epochs and ``step`` steps of the next.

    ``variables`` are the network's, the states of its random generators included; ``average`` is the moving
    average of its weights; ``optimizer`` holds the optimiser's variables; ``rows`` are the figures of each
    epoch, and ``numbers`` the sums of the epoch that is not finished.
    """

    variables: Arrays
    average: Arrays
    optimizer: Arrays
    epoch: int = 0
    step: int = 0
    best: float = -1.0
    best_epoch: int = 0
    seconds: float = 0.0
    """Time spent on steps, over all that the run was interrupted."""
    numbers: dict[str, float] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


def save_state(folder: Path, state: State) -> None:
    """Makes ``state`` the newest checkpoint in ``folder``, and the newest so far the previous one."""
    arrays = {f"{name}{i:04}": array for name in _LISTS for i, array in enumerate(getattr(state, name))}
    numbers = {name: getattr(state, name) for name in State.__slots__ if name not in _LISTS}
    arrays["numbers"] = np.frombuffer(json.dumps(numbers).encode(), np.uint8)
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    payload = packed.getbuffer()
    digest = hashlib.sha256(payload).hexdigest().encode()
    newest, previous = (folder / name for name in _NAMES)

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            file.write(_MAGIC + digest + b"\n")
            file.write(payload)
        if newest.exists():
            # For a moment there is only the previous one: it is whole, and reading falls back on it.
            _take_place(newest, previous)

    write_atomically(newest, write)


def load_state(folder: Path) -> State | None:
    """The newest whole checkpoint; None if there never was one; DataMissing if none of them is whole."""
    there = [folder / name for name in _NAMES if (folder / name).exists()]
    for path in there:
        if (payload := _checked(path.read_bytes())) is not None:
            return _unpacked(payload)
    if there:
        raise DataMissing(
            f"{there[0]} is damaged, and so is every one before it: begin anew, with another --out"
        )
    return None


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Calls ``write`` with a path beside ``path``, which then takes its place; nothing stays if it fails.

    What was written is forced to the disk before it is renamed: a file system may otherwise keep the new
    name and lose the content when the power goes.
    """
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write(beside)
        _force(beside)
        _take_place(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    if os.name == "posix":  # elsewhere, folders cannot be opened
        _force(path.parent)


def _take_place(beside: Path, path: Path) -> None:
    """``os.replace``; on Windows again a little later, while somebody looks at the old file or scans it."""
    for seconds in _PATIENCE if os.name == "nt" else ():
        try:
            os.replace(beside, path)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    os.replace(beside, path)


def _force(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(content: bytes) -> bytes | None:
    """What follows the head; None if anything is missing or altered."""
    start = len(_MAGIC) + 65
    head, payload = content[:start], content[start:]
    whole = head == _MAGIC + hashlib.sha256(payload).hexdigest().encode() + b"\n"
    return payload if whole else None


def _unpacked(payload: bytes) -> State:
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        fields: dict[str, Any] = json.loads(arrays["numbers"].tobytes())
        for name in _LISTS:
            fields[name] = [arrays[key] for key in sorted(arrays.files) if key.startswith(name)]
        return State(**fields)
