"""What failed, kept: the input made as small as it gets, the failure in words, and how far a run has come.

    FOLDER/progress.json                what is done; a run with the same folder and seed goes on from there
    FOLDER/TARGET-NUMBER-KIND.input     an input that failed; ``fuzz.py --replay`` tries it again
    FOLDER/TARGET-NUMBER-KIND.json      how it failed

This module does not know how inputs are tried.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fuzzing.targets import Target, attempt, made
from fuzzing.watch import Failure, Tally

__all__ = ["Progress", "keep", "smaller"]

_KEPT_OF_A_KIND = 3
_SECONDS_TO_SHRINK = 10.0


@dataclass
class Progress:
    """How far a run is: the chunks that are done, and what they told."""

    seed: int
    names: tuple[str, ...]
    done: list[tuple[int, int]] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def inputs(self) -> int:
        """How many were tried."""
        return sum(stop - start for start, stop in self.done)

    def missing(self, inputs: int, size: int) -> list[range]:
        """What is left of the first ``inputs``, in chunks of at most ``size``."""
        chunks, at = [], 0
        for start, stop in [*sorted(self.done), (inputs, inputs)]:
            stop_at = min(start, inputs)
            chunks += [range(i, min(i + size, stop_at)) for i in range(at, stop_at, size)]
            at = max(at, stop)
        return chunks

    def add(self, tried: range, tallies: dict[str, Tally], failures: list[Failure]) -> None:
        """Counts a chunk in."""
        self.done.append((tried.start, tried.stop))
        self.done = _joined(self.done)
        for name, tally in tallies.items():
            self.tallies.setdefault(name, Tally()).add(tally)
        self.failures += failures

    def save(self, folder: Path) -> None:
        """Writes it, whole or not at all."""
        number, partial = tempfile.mkstemp(dir=folder)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        os.replace(partial, folder / "progress.json")

    @classmethod
    def load(cls, folder: Path, seed: int, names: tuple[str, ...]) -> Progress:
        """What the folder holds of a run with this seed and these targets; a new one if that is nothing."""
        try:
            fields = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(seed, names)
        if fields["seed"] != seed or tuple(fields["names"]) != names:
            raise SystemExit(f"{folder}: holds a run with another seed or other targets; give another --out")
        tallies = {
            name: Tally(**{**tally, "slowest": tuple(tally["slowest"]), "largest": tuple(tally["largest"])})
            for name, tally in fields["tallies"].items()
        }
        failures = [Failure(**failure) for failure in fields["failures"]]
        return cls(seed, names, [(a, b) for a, b in fields["done"]], tallies, failures, fields["seconds"])


def _joined(done: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(done):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return joined


def keep(failure: Failure, progress: Progress, among: tuple[Target, ...], folder: Path) -> None:
    """Saves an input that failed, made smaller where it can be tried here; three of a kind are enough."""
    if failure.kind == "unmade":
        raise RuntimeError(failure.detail)
    target, content = made(progress.seed, failure.number, among)
    alike = [
        other for other in progress.failures if (other.kind, other.place) == (failure.kind, failure.place)
    ]
    if len(alike) > _KEPT_OF_A_KIND:
        return
    if failure.place:  # an exception: it can be tried again without harm
        content = smaller(
            content, lambda piece: _fails_alike(target, piece, failure.kind), _SECONDS_TO_SHRINK
        )
    path = folder / f"{target.name}-{failure.number}-{failure.kind}.input"
    path.write_bytes(content)
    told = {**asdict(failure), "target": target.name, "seed": progress.seed}
    path.with_suffix(".json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def _fails_alike(target: Target, content: bytes, kind: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            attempt(target, content, Path(folder))
        except Exception as error:
            return type(error).__name__ == kind
        return False


def smaller(content: bytes, fails: Callable[[bytes], bool], seconds: float) -> bytes:
    """A shorter input that still ``fails``: pieces are left out as long as that, and time, allow it.

    Delta debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input").
    """
    until = time.monotonic() + seconds
    size = len(content) // 2
    while size and time.monotonic() < until:
        at, shrunk = 0, False
        while at < len(content) and time.monotonic() < until:
            piece = content[:at] + content[at + size :]
            if fails(piece):
                content, shrunk = piece, True
            else:
                at += size
        size = min(size, len(content) // 2) if shrunk and size > 1 else size // 2
    return content
