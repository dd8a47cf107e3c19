"""The benchmark sets, and what counts as right: samples, answers, scores.

A set is a folder of ``$INKREAD_DATA/develop`` with an ``index.csv`` (``file,text,kind,source``, in ``faults`` also
``written``). Sets of ``NEGATIVES`` hold no digit; all others ask for every digit of the picture, in order.
Where ``written`` is given, the marks between the digits must be right, too.
This module does not know who reads.
"""

import csv
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = [
    "NEGATIVES",
    "NUMBERS",
    "Answer",
    "Sample",
    "Score",
    "Share",
    "acceptable",
    "corrected",
    "data_folder",
    "edit_distance",
    "load_set",
]

SINGLE = ("wild_single", "page_crops", "unipen_digits", "pendigits", "usps", "semeion", "grid_cells")
NUMBERS = ("wild_numbers", "unipen_numbers", "cheques", "strangers", "faults")
NEGATIVES = ("letters_small", "letters_capital", "signs")
ALL = (*SINGLE, *NUMBERS, *NEGATIVES)
LOOK_ALIKES = frozenset("OoQDIlijSsZzBbGgqTLJftr|/\\()[]!',.-")
"""Letters and signs that people too tell from digits only by context; their rate is reported apart."""
PRECISION = 0.95
"""The share of accepted numbers that must be right."""
CORRECTIONS = Path(__file__).with_name("corrections.csv")
"""Labels that are wrong by eye, with what is on the picture: ``set,file,text``."""


@dataclass(frozen=True)
class Sample:
    """A picture of a set and the digits on it, lines run together; no digits in a negative."""

    file: str
    truth: str
    kind: str
    written: str = ""
    """The digits with the marks between them; empty where only the digits count."""

    @property
    def looks_like_a_digit(self) -> bool:
        """Whether a negative is one of LOOK_ALIKES."""
        return self.kind.rpartition(" ")[2] in LOOK_ALIKES


@dataclass(frozen=True)
class Answer:
    """What a reader made of one picture; ``sure`` are the digits it does not doubt."""

    digits: str = ""
    sure: str = ""
    confidence: float = 0.0
    error: str = ""
    written: str = ""
    """The digits with the marks between them, one line of text per line of writing."""


@dataclass(frozen=True)
class Share:
    """``hits`` of ``n``, with the interval that holds the true share in 95 of 100 cases (Wilson 1927)."""

    hits: int
    n: int

    @property
    def rate(self) -> float:
        return self.hits / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        if not self.n:
            return math.nan, math.nan
        z = 1.959964
        middle = (self.rate + z * z / (2 * self.n)) / (1 + z * z / self.n)
        reach = (
            z * math.sqrt(self.rate * (1 - self.rate) / self.n + (z / self.n) ** 2 / 4) / (1 + z * z / self.n)
        )
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        return f"{100 * self.rate:.2f} %" if self.n else "–"

    @property
    def bounds(self) -> str:
        low, high = self.interval
        return f"{100 * low:.1f} – {100 * high:.1f}" if self.n else "–"


@dataclass(frozen=True)
class Score:
    """How one set, or one kind of it, was read; ``failed`` are the samples that were not right."""

    name: str
    right: Share
    sure: Share
    """The samples read without a doubt."""
    right_when_sure: Share
    edits_per_digit: float
    acceptable: Share
    """The samples that can be accepted by their confidence at PRECISION."""
    accepted: Share
    """Of negatives that are no look-alikes: those of which some digit was read and not doubted."""
    accepted_look_alikes: Share
    errors: int
    failed: tuple[tuple[Sample, Answer], ...]


def is_right(sample: Sample, answer: Answer) -> bool:
    """Every digit and no more, and the marks where asked; a negative is right if nothing is read for sure."""
    if not sample.truth:
        return not answer.sure
    return answer.digits == sample.truth and sample.written in ("", answer.written)


def acceptable(pairs: Sequence[tuple[Sample, Answer]], precision: float = PRECISION) -> Share:
    """The most samples that one threshold of confidence accepts while ``precision`` of the accepted are right.

    Answers of equal confidence are accepted together. Empty answers are never accepted.
    """
    ranked = sorted((-answer.confidence, is_right(s, answer)) for s, answer in pairs if answer.digits)
    best = right = 0
    for n, (confidence, hit) in enumerate(ranked, 1):
        right += hit
        last_of_its_confidence = n == len(ranked) or ranked[n][0] != confidence
        if last_of_its_confidence and right >= precision * n:
            best = n
    return Share(best, len(pairs))


def score(name: str, samples: Sequence[Sample], answers: Sequence[Answer]) -> Score:
    """The score of ``answers``, one per sample."""
    pairs = list(zip(samples, answers, strict=True))
    sure = [(s, a) for s, a in pairs if a.digits and a.sure == a.digits]
    negatives = [(s, a) for s, a in pairs if not s.truth]
    edits = sum(edit_distance(s.truth, a.digits) for s, a in pairs if s.truth)

    def accepted(look_alike: bool) -> Share:
        chosen = [a for s, a in negatives if s.looks_like_a_digit is look_alike]
        return Share(sum(bool(a.sure) for a in chosen), len(chosen))

    return Score(
        name=name,
        right=Share(sum(is_right(s, a) for s, a in pairs), len(pairs)),
        sure=Share(len(sure), len(pairs)),
        right_when_sure=Share(sum(is_right(s, a) for s, a in sure), len(sure)),
        edits_per_digit=edits / max(1, sum(len(s.truth) for s in samples)),
        acceptable=acceptable(pairs),
        accepted=accepted(False),
        accepted_look_alikes=accepted(True),
        errors=sum(bool(a.error) for a in answers),
        failed=tuple((s, a) for s, a in pairs if not is_right(s, a)),
    )


def edit_distance(one: str, other: str) -> int:
    """Insertions, deletions and replacements that turn one text into the other (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


def data_folder() -> Path:
    """``$INKREAD_DATA``; ends the program with one line where that leads nowhere."""
    folder = Path(os.environ.get("INKREAD_DATA", "")).resolve()
    if "INKREAD_DATA" not in os.environ or not (folder / "develop").is_dir():
        raise SystemExit("set INKREAD_DATA to the folder that holds develop/ (see CONTRIBUTING.md)")
    return folder


def load_set(name: str, kinds: Iterable[str] = ()) -> list[Sample]:
    """The samples of set ``name``; with ``kinds``, those whose kind contains one of them."""
    with (data_folder() / "develop" / name / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        samples = [Sample(r["file"], r["text"], r["kind"], r.get("written") or "") for r in rows]
    return [s for s in samples if not kinds or any(kind in s.kind for kind in kinds)]


def corrected(name: str, samples: Sequence[Sample]) -> list[Sample]:
    """The samples of set ``name``, wrong labels replaced by those of CORRECTIONS."""
    with CORRECTIONS.open(encoding="utf-8", newline="") as file:
        texts = {row["file"]: row["text"] for row in csv.DictReader(file) if row["set"] == name}
    return [replace(s, truth=texts.get(s.file, s.truth)) for s in samples]
