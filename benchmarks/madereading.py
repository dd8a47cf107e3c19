"""Makes the numbers that benchmarks/made.py measures, and reads them, several at a time.

This module does not know what counts as right.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from typing import Any

import cv2

import inkread
from inkread.training.synthesis.characters.degradation import PAPERS
from inkread.training.synthesis.characters.strings import SPACINGS, MadeString, make_string
from inkread.training.synthesis.characters.writers import Source, Writers, load_writers
from madefigures import Outcome

__all__ = ["GROUPS", "make", "measure", "named", "read"]

GROUPS = (*((spacing, None) for spacing in SPACINGS), ("touching", 2), ("overlapping", 2))
"""What the rows of the table are about: spacing, and length (None: 1 to 10)."""


def measure(n: int, seed: int, source: Source, model: str, workers: int) -> list[list[Outcome]]:
    """The outcomes of ``n`` numbers of each of GROUPS."""
    work = [(group, i) for group in range(len(GROUPS)) for i in range(n)]
    chunks = [work[i :: 4 * workers] for i in range(min(len(work), 4 * workers))]
    measured: list[list[Outcome]] = [[] for _ in GROUPS]
    for done in _in_processes(partial(_read_all, source, seed, model), chunks, workers):
        for group, outcome in done:
            measured[group].append(outcome)
    return [sorted(outcomes, key=lambda outcome: outcome.number) for outcomes in measured]


def _in_processes(job: Any, chunks: Sequence[Any], workers: int) -> Iterator[Any]:
    if workers == 1:
        yield from map(job, chunks)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(job, chunks)


def _read_all(
    source: Source, seed: int, model: str, work: list[tuple[int, int]]
) -> list[tuple[int, Outcome]]:
    cv2.setNumThreads(1)
    reader = inkread.Reader(model or None)
    return [(group, read(reader, make(source, seed, group, i), i)) for group, i in work]


def read(reader: Any, made: MadeString, number: int) -> Outcome:
    """What ``reader`` makes of a made number."""
    digits = reader.read(made.picture).digits
    return Outcome(number, made.spacing, made.paper, made.text, made.boxes, digits)


def make(source: Source, seed: int, group: int, number: int) -> MadeString:
    """Number ``number`` of a group; each paper takes its turn."""
    spacing, length = GROUPS[group]
    paper = PAPERS[number % len(PAPERS)]
    return make_string(_writers(source), (seed, group, number), spacing, paper, length)


@lru_cache(maxsize=1)
def _writers(source: Source) -> Writers:
    return load_writers(source)


def named(spacing: str, length: int | None) -> str:
    return spacing if length is None else f"{spacing} pairs"
