"""How well does the page network read, beside the reader that ships? Sets of develop/, and pages made by code.

    python benchmarks/pages.py page.onnx strangers faults cheques
    python benchmarks/pages.py page.onnx --made 20            tables, boxes and forms: digits right, IoU of boxes
    python benchmarks/pages.py page.onnx cheques --every 9 --peer

``--peer`` lets the shipped reader read the same pictures in the same run. Hands of made pages are held back from
training. Pictures are read one after another in this process.
"""

import argparse
import csv
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from inkread.page_reader import PageReader

from inkread.reader import Reader
from inkread.reading import Box, Reading
from sets import data_folder, edit_distance

MADE_KINDS = ("table", "boxed", "framed", "form", "column", "lines")
MADE_SEED, MADE_SIZE, LEAST_IOU, GOOD_IOU = 20261130, 640, 0.4, 0.8


@dataclass
class Tally:
    """Counts of one set and one reader."""

    pictures: int = 0
    exact: int = 0
    edits: int = 0
    digits: int = 0
    written: int = 0
    with_written: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        written = f"{self.written} of {self.with_written}" if self.with_written else ""
        share, edits = 100 * self.exact / max(1, self.pictures), self.edits / max(1, self.digits)
        ms = 1000 * self.seconds / max(1, self.pictures)
        return f"| {name} | {self.pictures} | {share:.1f} % | {edits:.4f} | {written} | {ms:.0f} |"


def main() -> None:
    """Prints one table for the sets and one for the made pages."""
    options = parse()
    reader = PageReader(options.model)
    if options.sets:
        print("| set | pictures | exact | edits per digit | as written | CPU ms |\n|---|---|---|---|---|---|")
    for name in options.sets:
        print(measured(name, reader.read, options).row(name), flush=True)
        if options.peer:
            print(measured(name, Reader().read, options).row(f"– {name}, shipped reader"), flush=True)
    if options.made:
        print("| made pages | digits | right | invented | right box (IoU ≥ 0.8) |\n|---|---|---|---|---|")
        for kind in MADE_KINDS:
            print(made_row(kind, options.made, reader.read), flush=True)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="the page network's ONNX file, with its card beside it")
    parser.add_argument("sets", nargs="*", help="folders of develop/")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth picture")
    parser.add_argument("--peer", action="store_true", help="the shipped reader, too")
    parser.add_argument("--made", type=int, default=0, metavar="N", help="so many made pages of each kind")
    return parser.parse_args()


def measured(name: str, read: Callable[[Path], Reading], options: argparse.Namespace) -> Tally:
    """Reads the pictures of a set; ``written`` is compared where the index has it."""
    folder = data_folder() / "develop" / name
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:: options.every]
    tally = Tally(pictures=len(rows), digits=sum(len(row["text"]) for row in rows))
    start = time.process_time()
    for row in rows:
        reading = read(folder / row["file"])
        text = reading.text.replace("\n", "")
        tally.exact += text == row["text"]
        tally.edits += edit_distance(row["text"], text)
        if row.get("written"):
            tally.with_written += 1
            tally.written += reading.written.replace("\n", "") == row["written"]
    tally.seconds = time.process_time() - start
    return tally


def made_row(kind: str, pages: int, read: Callable[[np.ndarray], Reading]) -> str:
    """Reads made pages of one kind; a digit is right if a box on it has its value."""
    from inkread.training.synthesis.handwriting import load_material
    from inkread.training.synthesis.pages import made_page_of

    material = load_material(validation=True)
    digits = right = invented = good = 0
    for page in range(pages):
        rng = np.random.default_rng((MADE_SEED, MADE_KINDS.index(kind), page))
        height = float(np.exp(rng.uniform(np.log(16), np.log(60))))
        picture, rows = made_page_of(kind, height, material, rng, MADE_SIZE)
        found = list(read(picture).digits)
        wanted = rows[rows[:, 0] < 10]
        for label, left, top, right_edge, bottom, _, meaning in wanted.tolist():
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
    return f"| {kind} | {digits} | {share * right:.1f} % | {share * invented:.1f} % | {share * good:.1f} % |"


if __name__ == "__main__":
    main()
