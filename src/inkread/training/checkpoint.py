"""A checkpoint: everything a run needs to go on, in a file that is whole or is not taken for one.

    inkread checkpoint 1 ⏎  SHA-256 of what follows ⏎  NumPy's .npz: numbers.json, variables, average, optimizer

It is written beside, forced to the disk and renamed; the one before it stays as ``checkpoint.previous``, and is what
is read where the newer one is missing or damaged. There is no pickle in it.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.durable import take_place, write_atomically
from inkread.errors import DataMissing

_MAGIC = b"inkread checkpoint 1\n"
_NAMES = ("checkpoint", "checkpoint.previous")
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
    newest, previous = (folder / name for name in _NAMES)

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            file.write(_head(packed.getbuffer()))
            file.write(packed.getbuffer())
        if newest.exists():
            # For a moment there is only the previous one: it is whole, and reading falls back on it.
            take_place(newest, previous)

    write_atomically(newest, write)


def load_state(folder: Path) -> State | None:
    """The newest whole checkpoint; None if there never was one; DataMissing if none of them is whole."""
    there = [folder / name for name in _NAMES if (folder / name).exists()]
    for path in there:
        content = path.read_bytes()
        payload = content[len(_MAGIC) + 65 :]
        if content.startswith(_head(payload)):
            with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
                fields: dict[str, Any] = json.loads(arrays["numbers"].tobytes())
                for name in _LISTS:
                    fields[name] = [arrays[key] for key in sorted(arrays.files) if key.startswith(name)]
            return State(**fields)
    if there:
        raise DataMissing(
            f"{there[0]} is damaged, and so is every one before it: begin anew, with another --out"
        )
    return None


def _head(payload: bytes | memoryview) -> bytes:
    return _MAGIC + hashlib.sha256(payload).hexdigest().encode() + b"\n"
