"""How well are tables, boxes and forms read that code makes? Digits right, digits invented, boxes on their digits.

    python benchmarks/pages.py              20 pages of each kind
    python benchmarks/pages.py --pages 5 --kinds table boxed

The first reader alone reads the same pages in the same run. Hands are held back from training; a seed makes the same
pages each time. Pictures are read one after another in this process.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from inkread.reader import Reader
from inkread.reading import Box, Reading
from inkread.training.synthesis.handwriting import load_material
from inkread.training.synthesis.pages import made_page_of

KINDS = ("table", "boxed", "framed", "form", "column", "lines")
SEED, SIZE, LEAST_IOU, GOOD_IOU = 20261130, 640, 0.4, 0.8


def main() -> None:
    """Prints a row for each kind of page and reader."""
    options = parse()
    reader = Reader()

    def first(picture: np.ndarray) -> Reading:
        return reader.first_steps(picture).reading

    print(
        "| made pages | reader | digits | right | invented | IoU ≥ 0.8 | CPU ms |\n|---|---|---|---|---|---|---|"
    )
    for kind in options.kinds:
        for name, read in (("inkread", reader.read), ("first reader", first)):
            print(row(kind, name, options.pages, read), flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20, help="pages of each kind")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    return parser.parse_args()


def row(kind: str, name: str, pages: int, read: Callable[[np.ndarray], Reading]) -> str:
    """Reads made pages of one kind; a digit is right if a box on it has its value."""
    material = load_material(validation=True)
    digits = right = invented = good = 0
    seconds = 0.0
    for page in range(pages):
        rng = np.random.default_rng((SEED, KINDS.index(kind), page))
        height = float(np.exp(rng.uniform(np.log(16), np.log(60))))
        picture, rows = made_page_of(kind, height, material, rng, SIZE)
        start = time.process_time()
        found = list(read(np.repeat(picture[..., None], 3, axis=2)).digits)
        seconds += time.process_time() - start
        for label, left, top, right_edge, bottom, _, meaning in rows[rows[:, 0] < 10].tolist():
            box = Box(round(left), round(top), round(right_edge), round(bottom))
            best = max(found, key=lambda digit: digit.box.iou(box), default=None)
            hit = best is not None and best.box.iou(box) >= LEAST_IOU
            if hit and best is not None:
                found.remove(best)
            if meaning > 0:
                digits += 1
                right += bool(hit and best and best.value == label)
                good += bool(hit and best and best.box.iou(box) >= GOOD_IOU)
        invented += len(found)
    share = 100 / max(1, digits)
    return (
        f"| {kind} | {name} | {digits} | {share * right:.1f} % | {share * invented:.1f} % | "
        f"{share * good:.1f} % | {1000 * seconds / pages:.0f} |"
    )


if __name__ == "__main__":
    main()
