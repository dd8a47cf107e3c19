"""Is print told from handwriting? Digits of either kind on made forms, and how many ``--printed leave`` keeps.

    python benchmarks/printed.py                  12 made forms
    python benchmarks/printed.py --pictures 100 --seed 7

Each row of a form has a printed number and one written by hand, in hands held back from training. Print is 0.4 to 1.1
times as high as the handwriting; its fonts are those of the machine, which made pages of training have, too. A digit
that is not read counts for nothing.
"""

import argparse

import numpy as np

from inkread.reader import Reader
from inkread.training.synthesis.characters.writers import load_writers
from inkread.training.synthesis.printing import printed_characters
from sets import Share

ROWS, MIDDLE = 6, 700


def main() -> None:
    """Prints a row for each kind of digit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=12, help="made forms")
    parser.add_argument("--seed", type=int, default=20261130)
    options = parser.parse_args()
    reader, writers = Reader(printed="leave"), load_writers("validation")
    right, read = {"print": 0, "handwriting": 0}, {"print": 0, "handwriting": 0}
    for number in range(options.pictures):
        reading = reader.read(form(np.random.default_rng((options.seed, number)), writers))
        told = [(digit.box, "handwriting") for digit in reading.digits]
        told += [(each.box, "print") for each in reading.rejected if each.reason == "printed"]
        for box, kind in told:
            truth = "print" if box.centre[0] < MIDDLE else "handwriting"
            read[truth] += 1
            right[truth] += kind == truth
    print("| digits | read | told right |\n|---|---|---|")
    for kind, count in read.items():
        print(f"| {kind} | {count} | {Share(right[kind], count)} |")


def form(rng: np.random.Generator, writers: object) -> np.ndarray:
    """A page (H, W, 3) uint8 of printed numbers on the left and handwritten ones on the right."""
    height = float(rng.uniform(28, 56))
    ink = np.zeros((round((ROWS + 1) * 2.2 * height), 2 * MIDDLE), np.float32)
    hand = writers.hand(rng, height)
    for row in range(1, ROWS + 1):
        base, digits = round(row * 2.2 * height), "".join(map(str, rng.integers(0, 10, rng.integers(1, 6))))
        for _, sign, left, top in printed_characters(digits, height * rng.uniform(0.4, 1.1) / 0.72, rng):
            lay(ink, sign, 60 + left, base + top)
        left = MIDDLE + 40.0
        for value in rng.integers(0, 10, rng.integers(1, 6)):
            sign = writers.draw(int(value), hand, rng).ink
            lay(ink, sign, round(left), base - sign.shape[0])
            left += sign.shape[1] + height * rng.uniform(0.1, 0.3)
    page = 245 - 200 * ink + rng.normal(0, 3, ink.shape)
    return np.repeat(np.clip(page, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def lay(ink: np.ndarray, sign: np.ndarray, left: int, top: int) -> None:
    """Puts a sign on the page, where there is room."""
    place = ink[top : top + sign.shape[0], left : left + sign.shape[1]]
    np.maximum(place, sign[: place.shape[0], : place.shape[1]], out=place)


if __name__ == "__main__":
    main()
