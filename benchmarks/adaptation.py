"""Do corrections help the hand that they come from, and leave other hands alone?

    python benchmarks/adaptation.py                       12 made-over hands of held-back UNIPEN sites
    python benchmarks/adaptation.py --source training     40 hands of training writers: these chose the constants
    python benchmarks/adaptation.py --hands 2 --pictures 60

No hand in the data is confused often enough to be corrected 30 times. So each hand here writes three digits in a way of
its own: all samples of such a digit are squeezed, leant and turned alike, until 30 to 90 % of them are read as another.
Of its first half, up to 10 misread samples of each are corrected; its second half is read before and after. Other hands
are the sites' digits as they are, and those of pendigits writers. Everything is read from pictures, by whole readers.
"""

import argparse
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.corrections import Corrections
from inkread.explain.closeup import look_at
from inkread.images import load_image
from inkread.reader import Reader
from inkread.training.data.strokes import StrokeSet, draw_strokes, load_strokes
from sets import data_folder, load_set

CORRECTED, CONFUSED = 10, 3
SITES = ("aga", "art", "imp")
"""Of the held-back sites, those whose digits are whole: many of "ibm" are single strokes of a digit."""
Picture = NDArray[np.uint8]
Shape = NDArray[np.float64]


@dataclass(frozen=True)
class Hand:
    """Pictures by one hand, with their labels."""

    name: str
    pictures: Sequence[Picture]
    labels: Sequence[int]


@dataclass(frozen=True)
class Result:
    """Errors among the pictures that were not corrected, before and after, and the corrections."""

    corrected: int
    read: int
    before: int
    after: int
    harm: Mapping[str, float]
    """Percentage points that other hands lost."""


def main() -> int:
    options = parse()
    data_folder()
    reader = Reader()
    others = other_hands(options.others)
    plain = {name: misread(reader, hand) for name, hand in others.items()}
    print("\n| hand | corrected | read | wrong before | wrong after | " + " | ".join(others) + " |")
    print("|---" * (5 + len(others)) + "|")
    results = []
    for name, strokes, samples in hands(options.source, options.hands):
        hand = made_over(reader, name, strokes, samples[: options.pictures])
        results.append(one := measure(reader, hand, others, plain))
        print(row(name, one), flush=True)
    print(row("**all**", total(results)))
    return 0


def hands(source: str, most: int) -> list[tuple[str, StrokeSet, NDArray[np.intp]]]:
    """Names, and the samples that are made over."""
    found = []
    if source == "held-back":
        strokes = load_strokes("develop_unipen_digits")
        for k in range(12):
            site = SITES[k % len(SITES)]
            found.append((f"{site} {k // 3 + 1}", strokes, np.flatnonzero(strokes.source == site)[:400]))
    else:
        strokes = load_strokes("train_pendigits")
        found = [
            (f"writer {w}", strokes, np.flatnonzero(strokes.source == w)) for w in np.unique(strokes.source)
        ]
        strokes = load_strokes("train_unipen_digits")
        for site in np.unique(strokes.source):
            own = np.flatnonzero(strokes.source == site)
            found += [
                (f"{site} {k + 1}", strokes, own[300 * k : 300 * (k + 1)]) for k in range(len(own) // 300)
            ]
    return found[:most]


def made_over(reader: Reader, name: str, strokes: StrokeSet, samples: NDArray[np.intp]) -> Hand:
    """The samples, three digits of them in a way of their own that the network confuses."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    pen, labels = rng.uniform(0.05, 0.12), strokes.labels[samples].astype(int)
    shapes: dict[int, Shape] = {}
    for digit in rng.permutation(10).tolist():
        own = samples[labels == digit][:12]
        for _ in range(25 if len(shapes) < CONFUSED and len(own) >= 8 else 0):
            shape = some_shape(rng)
            tried = Hand("", [drawn(strokes, i, shape, pen) for i in own.tolist()], [digit] * len(own))
            if 0.3 <= np.mean(misread(reader, tried, as_another=True)) <= 0.9:
                shapes[digit] = shape
                break
    usual = some_shape(rng, 0.3)
    pictures = [
        drawn(strokes, i, shapes.get(label, usual), pen)
        for i, label in zip(samples.tolist(), labels.tolist(), strict=True)
    ]
    return Hand(name, pictures, labels.tolist())


def some_shape(rng: np.random.Generator, much: float = 1.0) -> Shape:
    """A matrix (2, 2) that squeezes, leans and turns."""
    squeeze, lean = np.exp(much * rng.uniform(-0.6, 0.6)), much * rng.uniform(-0.7, 0.7)
    turn = np.deg2rad(much * rng.uniform(-25, 25))
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return turned @ np.array([[squeeze, lean], [0, 1]])


def drawn(strokes: StrokeSet, sample: int, shape: Shape, pen: float) -> Picture:
    """A picture (112, 112) of a sample, dark ink on white."""
    own = strokes.strokes(sample)
    middle = np.concatenate(own).mean(axis=0)
    moved = [((stroke - middle) @ shape.T).astype(np.float32) for stroke in own]
    return np.asarray(np.round(255 * (1 - draw_strokes(moved, pen))), np.uint8)


def other_hands(most: int) -> dict[str, Hand]:
    """Hands that nobody corrects: those of the held-back sites as they are, and writers of pendigits."""
    strokes = load_strokes("develop_unipen_digits")
    own = np.flatnonzero(np.isin(strokes.source, SITES))[:most].tolist()
    unipen = [drawn(strokes, i, np.eye(2), 0.08) for i in own]
    samples = load_set("pendigits")[:most]
    pendigits = [load_image(data_folder() / "develop" / "pendigits" / each.file) for each in samples]
    return {
        "unipen": Hand("unipen", unipen, [int(strokes.labels[i]) for i in own]),
        "pendigits": Hand("pendigits", pendigits, [int(each.truth) for each in samples]),
    }


def misread(reader: Reader, hand: Hand, as_another: bool = False) -> NDArray[np.bool_]:
    """Which pictures of a hand are not read as their label; only those read ``as_another`` digit, if wanted."""
    texts = [reading.text for reading in reader.read_many(list(hand.pictures))]
    least = 1 if as_another else 0
    wrong = [
        text != str(label) and len(text) >= least for text, label in zip(texts, hand.labels, strict=True)
    ]
    return np.array(wrong, bool)


def measure(
    reader: Reader, hand: Hand, others: Mapping[str, Hand], plain: Mapping[str, NDArray[np.bool_]]
) -> Result:
    wrong, labels = misread(reader, hand), np.array(hand.labels)
    half = len(labels) // 2
    confused = np.argsort(-np.bincount(labels[:half][wrong[:half]], minlength=10), kind="stable")[:CONFUSED]
    with tempfile.TemporaryDirectory() as folder:
        store = Corrections(Path(folder))
        for digit in confused.tolist():
            left = CORRECTED
            for i in np.flatnonzero(wrong[:half] & (labels[:half] == digit)).tolist():
                left -= left > 0 and corrects(reader, store, hand.pictures[i], digit)
        adapted = reader.with_corrections(store)
        after = misread(adapted, Hand("", hand.pictures[half:], hand.labels[half:]))
        harm = {
            name: 100 * float(misread(adapted, other).mean() - plain[name].mean())
            for name, other in others.items()
        }
        return Result(store.count(), len(after), int(wrong[half:].sum()), int(after.sum()), harm)


def corrects(reader: Reader, store: Corrections, picture: Picture, digit: int) -> bool:
    """Keeps what the picture's digit is, as the window does; False where it has no glyph."""
    steps = reader.steps(picture)
    parts: list[Any] = [*steps.reading.digits, *steps.reading.rejected]
    for part in sorted(parts, key=lambda part: -part.box.area)[:1]:
        closeup = look_at(steps, part)
        if closeup is not None:
            store.add(closeup.picture, digit, getattr(part, "value", None))
            return True
    return False


def total(results: Sequence[Result]) -> Result:
    """Sums of counts, and the mean harm."""
    names = results[0].harm
    harm = {name: float(np.mean([each.harm[name] for each in results])) for name in names}
    sums = [sum(getattr(each, name) for each in results) for name in ("corrected", "read", "before", "after")]
    return Result(*sums, harm)


def row(name: str, one: Result) -> str:
    harm = " | ".join(f"{points:+.2f}" for points in one.harm.values())
    return f"| {name} | {one.corrected} | {one.read} | {one.before} | {one.after} | {harm} |"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", choices=("held-back", "training"), default="held-back")
    parser.add_argument("--hands", type=int, default=99, help="the first so many hands")
    parser.add_argument("--pictures", type=int, default=400, help="of each hand, the first so many")
    parser.add_argument("--others", type=int, default=800, help="of each other hand, the first so many")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
