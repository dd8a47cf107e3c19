"""The figures of a run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from inkread.bulk.inputs import path_from_bytes
from inkread.bulk.manifest import Manifest

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
"""Edges of the histogram of confidence, narrow where most pictures are."""
_EXAMPLES = 5


@dataclass(frozen=True)
class Summary:
    """Counts over all rows, and the number of pictures that this run ``read`` in how many ``seconds``.

    ``histogram`` counts pictures with digits by confidence, between the ``BINS``. ``failures`` are examples of
    ``(path, error)``. ``twice`` counts names that the source repeats. ``skipped`` lists in one line the files that
    are not pictures, "" if there are none.
    """

    rows: int
    failed: int
    empty: int
    doubtful: int
    digits: int
    histogram: tuple[int, ...]
    failures: tuple[tuple[str, str], ...]
    twice: int
    read: int
    seconds: float
    skipped: str = ""

    @property
    def per_second(self) -> float:
        return self.read / self.seconds if self.seconds > 0 else 0.0


def summarise(manifest: Manifest, read: int, seconds: float, skipped: str = "") -> Summary:
    """The figures of a manifest in which nothing is left to be read."""
    sums = [
        "count(*)",
        "sum(error IS NOT NULL)",
        "sum(error IS NULL AND digits = 0)",
        "sum(doubtful)",
        "sum(digits)",
    ]
    for low, high in pairwise(BINS):
        most = "<=" if high == BINS[-1] else "<"
        sums.append(f"sum(digits > 0 AND confidence >= {low} AND confidence {most} {high})")
    figures = [int(each or 0) for each in manifest.select(", ".join(sums))[0]]
    failures = manifest.select("path, error", "AND error IS NOT NULL ORDER BY number", _EXAMPLES)
    return Summary(
        rows=figures[0],
        failed=figures[1],
        empty=figures[2],
        doubtful=figures[3],
        digits=figures[4],
        histogram=tuple(figures[5:]),
        failures=tuple((path_from_bytes(path), error) for path, error in failures),
        twice=manifest.twice,
        read=read,
        seconds=seconds,
        skipped=skipped,
    )
