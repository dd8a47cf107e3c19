"""What is an expectation worth? Numbers read exactly, accepted, and wrong though accepted, without and with one.

    python benchmarks/expectations.py                   both sets of $INKREAD_DATA/develop
    python benchmarks/expectations.py --pictures 50     50 pictures of each set
    python benchmarks/expectations.py cheques           one set
    python benchmarks/expectations.py meters            500 made series of meters
    python benchmarks/expectations.py meters --seed 7   other series, to choose constants on

Pen numbers are expected to have the shape of their label (``00/00/00``): of the label, nothing else is used. Cheques
are expected to be amounts of one to seven digits, whose thousands may be grouped. Each picture is read once, and the
reading is checked. Accepted is what has no doubtful digit.

A series of meters has 12 readings, each 80 to 400 above the one before. Its digits have the probabilities that the
glyph network gives MNIST's validation digits. In each series one digit is replaced by one that the network misreads,
or, to see what the expectation finds alone, by any other, read without a doubt. Found is a reading with a doubtful
digit. A misread that is sure of itself, and after which no step is less than 80 or more than 400, looks like a right
reading: it cannot be found.
"""

import argparse
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from inkread.confidence import DEFAULT_MIN_CONFIDENCE, digit_of
from inkread.expectations import checked, expectation_of
from inkread.reader import Reader
from inkread.reading import Box, Line, Reading
from inkread.training.data.mnist import load_mnist, training_split
from sets import Answer, Sample, Share, acceptable, corrected, data_folder, load_set

SETS = ("unipen_numbers", "cheques")
AMOUNT = "#.##0 & [0-9.]{1,9}"
PRECISION = 0.99
SEED = 20261130
LEAST, MOST = 80, 400
"""By how much meters rise."""
KINDS = "as the network misreads", "without a doubt, any digit", "without a doubt, thousands and above"


@dataclass(frozen=True)
class Outcome:
    """One picture: its sample, what was made of it, and whether it was accepted."""

    sample: Sample
    answer: Answer
    accepted: bool

    @property
    def right(self) -> bool:
        return self.answer.digits == self.sample.truth


def main() -> None:
    """Prints a row for each set, without and with the expectation."""
    options = parse()
    print(
        "| set | n | expectation | exact | accepted at 99 % precision | accepted | wrong and accepted |\n"
        "|---|---|---|---|---|---|---|"
    )
    for name in (name for name in options.sets if name != "meters"):
        samples = corrected(name, load_set(name))[: options.pictures]
        before, after = zip(*read(name, samples, options.workers), strict=True)
        for title, outcomes in (("none", before), ("by shape" if name != "cheques" else AMOUNT, after)):
            print(row(name, title, outcomes), flush=True)
    if "meters" in options.sets:
        meters(options.pictures or 500, options.seed)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--pictures", type=int, metavar="N", help="only the first N pictures of each set")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("--seed", type=int, default=SEED, help="of the series of meters")
    options = parser.parse_args()
    if unknown := set(options.sets) - {*SETS, "meters"}:
        parser.error(f"no such set: {', '.join(unknown)}")
    options.sets = options.sets or (*SETS, "meters")
    return options


def read(name: str, samples: Sequence[Sample], workers: int) -> Iterator[tuple[Outcome, Outcome]]:
    """Each picture without and with its expectation."""
    folder = data_folder() / "develop" / name
    expected = [AMOUNT] * len(samples) if name == "cheques" else shapes(name, samples)
    readings = Reader().read_many([folder / sample.file for sample in samples], workers=workers)
    for sample, pattern, reading in zip(samples, expected, readings, strict=True):
        found = checked(reading, expectation_of(pattern))
        text = found.expected.text if found.expected else None
        digits = "".join(sign for sign in text or "" if sign.isdigit())
        sure = found.expected.confidence if found.expected else 0.0
        yield (
            Outcome(
                sample,
                Answer(reading.text.replace("\n", ""), confidence=reading.confidence),
                accepts(reading),
            ),
            Outcome(sample, Answer(digits, confidence=sure), accepts(found)),
        )


def accepts(reading: Reading) -> bool:
    return bool(reading.digits) and not reading.doubtful


def shapes(name: str, samples: Sequence[Sample]) -> list[str]:
    """The shape of the label of each picture: digits become ``\\d``, marks stay.

    Labels with marks stand with the strokes that the pictures were drawn from. A few labels are written in several
    ways; any of them is expected then.
    """
    with np.load(data_folder() / "strokes" / f"develop_{name}.npz") as strokes:
        labels = [str(label) for label in strokes["labels"]]
    written = defaultdict(set)
    for label in labels:
        written[re.sub(r"\D", "", label)].add(
            re.sub(r"\d", "d", re.sub(r"([^\d-])", r"\\\1", label)).replace("d", r"\d")
        )
    return ["|".join(sorted(written[sample.truth])) for sample in samples]


def meters(count: int, seed: int) -> None:
    """Prints how many planted misreads are found, how many can be, and how many right readings are doubted."""
    digits = training_split(load_mnist("train"))[1]
    shares, labels = Reader().classify(digits.images), np.asarray(digits.labels)
    print(
        "\n| series | misread | expectation | found | can be found | of these found | right readings doubted |\n"
        "|---|---|---|---|---|---|---|"
    )
    for kind in KINDS:
        for pattern in (r"\d+", "rising", "rising by 0..600", f"rising by {LEAST}..{MOST}"):
            rng = np.random.default_rng(seed)
            found = possible = both = doubted = 0
            for _ in range(count):
                lines, planted, can_be = made_series(kind, shares, labels, rng)
                told = checked(Reading((1000, 1000), tuple(lines)), expectation_of(pattern)).lines
                flags = [line.doubtful for line in told]
                found += flags[planted]
                possible += can_be
                both += flags[planted] and can_be
                doubted += sum(flags) - flags[planted]
            cells = (count, kind, f"`{pattern}`", Share(found, count), possible,
                     Share(both, possible), Share(doubted, 11 * count))  # fmt: skip
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def made_series(
    kind: str, shares: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> tuple[list[Line], int, bool]:
    """Twelve readings of a meter as lines, which of them is misread, and whether that can be found.

    It can if a digit is doubtful, or if the series then has a step that is less or more than any of a right one.
    """
    read = shares.argmax(axis=1)
    values = rng.integers(10_000, 90_000) + np.cumsum(rng.integers(LEAST, MOST + 1, size=12))
    planted = int(rng.integers(12))
    places = np.arange(2 if kind.endswith("above") else 5)
    if kind == KINDS[0]:  # only digits that the network misreads somewhere
        truth = [int(sign) for sign in str(values[planted])]
        places = places[[((labels == digit) & (read != labels)).any() for digit in truth]]
    place, lines = int(rng.choice(places)), []
    for at, value in enumerate(values):
        digits = []
        for i, sign in enumerate(str(value)):
            wrong, label = at == planted and i == place, int(sign)
            fits = (labels == label) & (read == labels)
            if wrong and kind == KINDS[0]:
                fits = (labels == label) & (read != labels)
            elif wrong:
                label = int(rng.choice([digit for digit in range(10) if digit != label]))
                fits = (labels == label) & (read == labels) & (shares.max(axis=1) >= 0.99)
            each = shares[rng.choice(np.flatnonzero(fits))]
            box = Box(30 * i, 60 * at, 30 * i + 20, 60 * at + 30)
            digits.append(digit_of([float(share) for share in each], box, DEFAULT_MIN_CONFIDENCE))
        lines.append(Line(tuple(digits)))
    steps = np.diff([int(line) for line in lines])
    return lines, planted, lines[planted].doubtful or steps.min() < LEAST or steps.max() > MOST


def row(name: str, title: str, outcomes: Sequence[Outcome]) -> str:
    """A row of the table."""
    n = len(outcomes)
    accepted = [one for one in outcomes if one.accepted]
    pairs = [(one.sample, one.answer) for one in outcomes]
    cells = (
        name, n, f"`{title}`" if "#" in title else title, Share(sum(one.right for one in outcomes), n),
        acceptable(pairs, PRECISION), Share(len(accepted), n), sum(not one.right for one in accepted),
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
