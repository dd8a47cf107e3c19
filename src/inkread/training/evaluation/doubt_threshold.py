"""Chooses the threshold of doubt on made numbers of hands held back from training.

    python -m inkread.training.evaluation.doubt_threshold FILE.onnx
    python -m inkread.training.evaluation.doubt_threshold FILE.onnx --plot curve.png

A digit is accepted if its confidence reaches the threshold. Chosen is the lowest at which at most one accepted digit
in a thousand is wrong (selective classification: El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017). Whole pictures
are read, so that the confidence includes the doubt about where the ink was cut.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from inkread.durable import write_atomically
from inkread.errors import InkreadError
from inkread.reader import Reader
from inkread.reading import Box, Digit, Reading
from inkread.training.evaluation.metrics import interval, risk_coverage
from inkread.training.evaluation.plots import draw_risk_coverage
from inkread.training.synthesis.characters.degradation import PAPERS
from inkread.training.synthesis.characters.strings import MadeString, make_string
from inkread.training.synthesis.characters.writers import Writers, load_writers

Pair = tuple[int | None, int | None]
_NEARBY = 0.04
"""What a distance of one digit's height counts, in mistakes: it only ever decides among equals."""
KINDS: Final = (("single digits", "wide", 1, 0.3), ("wide", "wide", None, 0.3), ("near", "near", None, 0.2),
                ("touching", "touching", None, 0.15), ("overlapping", "overlapping", None, 0.05))  # fmt: skip
"""Name, spacing, length (None: 1 to 10) and share among the digits written: about as people write, the hard ones
more often."""
_MEAN_LENGTH = 5.5
_THRESHOLDS: Final = np.append(np.arange(0, 1000) / 1000, np.arange(9991, 10_000) / 10_000)
"""The candidate thresholds: three decimals, and a fourth one close to 1."""


def matched(truth: str, boxes: Sequence[Box], digits: Sequence[Digit]) -> list[Pair]:
    """Pairs (place in the truth, place in the reading), left to right; None: a digit left out, or one too many.

    ``boxes`` are where the digits of ``truth`` stand. Least edit distance (Levenshtein 1966); among equals, the digits
    that stand closest to each other.
    """
    height = max(1.0, float(np.median([box.height for box in boxes]))) if boxes else 1.0
    cost = np.add.outer(np.arange(len(truth) + 1.0), np.arange(len(digits) + 1.0))
    step = np.zeros(cost.shape)
    for i, box in enumerate(boxes):
        for j, digit in enumerate(digits):
            away = abs(box.centre[0] - digit.box.centre[0]) / height
            step[i, j] = (truth[i] != str(digit.value)) + _NEARBY * min(1.0, away)
            cost[i + 1, j + 1] = min(cost[i, j] + step[i, j], cost[i, j + 1] + 1, cost[i + 1, j] + 1)
    pairs: list[Pair] = []
    i, j = len(truth), len(digits)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + step[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


class _Reads(Protocol):
    def read(self, source: NDArray[np.uint8]) -> Reading: ...


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Digits as they were read: how sure (n,) float64, and which are right (n,) bool."""

    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.right)


@dataclass(frozen=True, slots=True)
class Threshold:
    """``accepted`` of ``read`` digits have at least this confidence, and ``wrong`` of those are wrong.

    ``upper`` is the upper end of the 95 % interval of the share that is wrong (Wilson 1927).
    """

    confidence: float
    read: int
    accepted: int
    wrong: int
    upper: float

    def __str__(self) -> str:
        share, risk = 100 * self.accepted / max(1, self.read), 1000 * self.wrong / max(1, self.accepted)
        return (
            f"{self.confidence:g}: {self.accepted:,} of {self.read:,} digits accepted ({share:.1f} %), {self.wrong} of "
            f"them wrong: {risk:.2f} in 1,000, at most {1000 * self.upper:.2f} in 19 of 20 cases"
        )


def at_threshold(answers: Answers, confidence: float) -> Threshold:
    """The share accepted at this ``confidence``, 0 … 1, and the share of mistakes in it."""
    accepted = answers.confidences >= confidence
    n, wrong = int(accepted.sum()), int((accepted & ~answers.right).sum())
    return Threshold(confidence, len(answers), n, wrong, interval(wrong / n, n)[1] if n else 1.0)


def lowest_threshold(answers: Answers, risk: float = 0.001, certain: bool = False) -> Threshold | None:
    """The lowest threshold at which at most the share ``risk`` of what is accepted is wrong; None if there is none.

    ``certain``: at which not even the upper end of that share's interval is above ``risk``.
    """
    order = np.argsort(-answers.confidences, kind="stable")
    mistakes = np.append(0, np.cumsum(~answers.right[order]))
    accepted = np.searchsorted(-answers.confidences[order], -_THRESHOLDS, side="right")
    for confidence, n in zip(_THRESHOLDS, accepted, strict=True):
        if n and mistakes[n] <= risk * n:
            found = at_threshold(answers, float(confidence))
            # An interval's upper end lies above the share itself: what fails above fails here, too.
            if not certain or found.upper <= risk:
                return found
    return None


def read_numbers(reader: _Reads, numbers: Iterator[MadeString]) -> Answers:
    """Every digit that ``reader`` reads in made numbers; one too many is a wrong one."""
    confidences, right = [], []
    for made in numbers:
        digits = reader.read(made.picture).digits
        for i, j in matched(made.text, made.boxes, digits):
            if j is not None:
                confidences.append(digits[j].confidence)
                right.append(i is not None and made.text[i] == str(digits[j].value))
    return Answers(np.array(confidences, np.float64), np.array(right, np.bool_))


def make_numbers(writers: Writers, kind: int, digits: int, seed: int) -> Iterator[MadeString]:
    """Made numbers of one of KINDS with about its share of so many ``digits``; each paper takes its turn."""
    _, spacing, length, share = KINDS[kind]
    for i in range(round(digits * share / (length or _MEAN_LENGTH))):
        yield make_string(writers, (seed, kind, i), spacing, PAPERS[i % len(PAPERS)], length)


def main() -> int:
    """The command; returns its exit status, 1 where no threshold keeps the promise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", help="an ONNX file with its card")
    parser.add_argument("--digits", type=int, default=8000, help="about so many are made (8000)")
    parser.add_argument("--seed", type=int, default=0, help="random seed (0)")
    parser.add_argument(
        "--risk", type=float, default=0.001, help="share of accepted digits that may be wrong (0.001)"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the risk–coverage curve as a PNG file"
    )
    options = parser.parse_args()
    if options.digits < 100 or not 0 < options.risk < 1:
        parser.error("--digits must be at least 100, and --risk between 0 and 1")
    try:
        writers, reader = load_writers("validation"), Reader(options.model)
        parts = {}
        for kind, (name, *_) in enumerate(KINDS):
            start = time.perf_counter()
            parts[name] = read_numbers(reader, make_numbers(writers, kind, options.digits, options.seed))
            print(f"{name}: {len(parts[name])} digits, {time.perf_counter() - start:.0f} s", file=sys.stderr)
        every = parts["all"] = Answers(
            np.concatenate([part.confidences for part in parts.values()]),
            np.concatenate([part.right for part in parts.values()]),
        )
        if options.plot:
            options.plot.parent.mkdir(parents=True, exist_ok=True)
            image = draw_risk_coverage(risk_coverage(every.confidences, every.right))
            write_atomically(options.plot, lambda path: path.write_bytes(image))
    except (InkreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if _report(parts, options.risk) else 1


def _report(parts: dict[str, Answers], risk: float) -> Threshold | None:
    """Prints what each kind of number gives, and the threshold, which it returns."""
    every = parts["all"]
    found, certain = lowest_threshold(every, risk), lowest_threshold(every, risk, certain=True)
    shown = found.confidence if found else 0.999
    print(
        f"| numbers | digits read | wrong | accepted at {shown:g} | wrong among these | threshold of its own |"
    )
    print("|---|---|---|---|---|---|")
    for name, answers in parts.items():
        here, own = at_threshold(answers, shown), lowest_threshold(answers, risk)
        accepted = f"{100 * here.accepted / max(1, len(answers)):.1f} %"
        cells = (
            name,
            len(answers),
            int((~answers.right).sum()),
            accepted,
            here.wrong,
            (own and own.confidence) or "–",
        )
        print(f"| {' | '.join(map(str, cells))} |")
    print(
        f"\nthreshold {found}" if found else f"\nno threshold leaves at most {1000 * risk:g} in 1,000 wrong"
    )
    print(f"to be certain of it: {certain or 'too few digits at any threshold'}")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
