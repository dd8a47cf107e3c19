"""How well are tables read: rows and columns found, cells right, empty cells empty?

    python benchmarks/tables.py                    200 made tables, and those of develop/strangers
    python benchmarks/tables.py --pictures 20      fewer made ones
    python benchmarks/tables.py --only made --seed 7 --show DIR

Made tables are ruled, partly ruled, unruled and photographed, in equal parts, in hands held back from training.
A cell is right if its digits are. Of a table with rows or columns too many or too few, cells of the same place are
compared. Mark sheets and tables of ``develop/strangers`` are divided into cells as ``LAYOUTS`` says.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from inkread.reader import Reader
from inkread.tables import Table
from inkread.training.synthesis.characters.writers import Writers, load_writers
from sets import data_folder

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from made_tables import Ink, Look, Write, draw_table

SEED = 20261130
KINDS = ("ruled", "partly ruled", "unruled", "photographed")
LAYOUTS = {
    "s189.png": ("00000", *("10001",) * 3, *("00000",) * 2),
    "s190.png": (*("10001",) * 3, *("00000",) * 2),
    "s230.png": (*("2222222",) * 7, "0000003"),
    "s231.png": ("2222222",) * 2,
    "s232.png": (*("1111110",) * 5, "0000111"),
    "s233.png": (*("1111110",) * 5, "0000111"),
    "s234.png": ("111111",) * 3,
    "s236.png": ("222222222",) * 15,
    **dict.fromkeys(("s237.png", "s238.png"), ("222222222",) * 4),
    **dict.fromkeys(("s239.png", "s240.png", "s241.png", "s242.png"), ("222222222",)),
}
"""How many digits stand in each cell, row by row."""

Texts = Sequence[Sequence[str]]


@dataclass
class Score:
    """Sums over tables; ``bands`` are rows and columns."""

    tables: int = 0
    shapes: int = 0
    bands: int = 0
    bands_found: int = 0
    cells: int = 0
    right: int = 0
    empty: int = 0
    empty_right: int = 0
    sure: int = 0
    sure_wrong: int = 0

    def add(self, truth: Texts, found: Table) -> list[str]:
        """Counts one table; returns what is wrong."""
        shape, seen = (len(truth), len(truth[0])), (found.row_count, found.column_count)
        self.tables += 1
        self.shapes += shape == seen
        self.bands += sum(shape)
        self.bands_found += sum(max(0, want - abs(want - got)) for want, got in zip(shape, seen, strict=True))
        cells = {(cell.row, cell.column): cell for cell in found.cells}
        wrong = [f"{seen[0]} × {seen[1]} for {shape[0]} × {shape[1]}"] * (shape != seen)
        for row, texts in enumerate(truth):
            for column, text in enumerate(texts):
                cell = cells.get((row, column))
                read = "—" if cell is None else cell.text.replace("\n", "")
                self.cells += 1
                self.right += read == text
                self.empty += not text
                self.empty_right += read == text == ""
                sure = cell is not None and not cell.doubtful
                self.sure += sure
                self.sure_wrong += sure and read != text
                if read != text:
                    wrong.append(f"{row + 1},{column + 1}: {read or 'nothing'} for {text or 'nothing'}")
        return wrong

    def row(self, name: str) -> str:
        def share(part: int, whole: int) -> str:
            return f"{100 * part / whole:.2f} %" if whole else "–"

        return (
            f"| {name} | {self.tables} | {share(self.shapes, self.tables)} | {share(self.bands_found, self.bands)} "
            f"| {self.cells} | {share(self.right, self.cells)} | {share(self.empty_right, self.empty)} "
            f"| {share(self.sure_wrong, self.sure)} |"
        )


def main() -> None:
    """Prints a row for each kind of table."""
    options = parse()
    reader = Reader()
    print("| tables | n | right shape | rows and columns | cells | right | empty right | sure and wrong |")
    print("|---|---|---|---|---|---|---|---|")
    if options.only != "made":
        measure("develop/strangers", develop(), reader, options)
    if options.only != "develop":
        writers = load_writers("validation")
        for kind in KINDS:
            made = (made_table(kind, n, options.seed, writers) for n in range(options.pictures // len(KINDS)))
            measure(kind, made, reader, options)


def measure(
    name: str, tables: Iterator[tuple[str, Texts, np.ndarray]], reader: Reader, options: argparse.Namespace
) -> None:
    """Reads tables and prints their row; with ``--show``, what was wrong, and writes those pictures."""
    score = Score()
    for label, truth, image in tables:
        wrong = score.add(truth, reader.read_table(image))
        if wrong and options.show:
            print(f"{label}: {'; '.join(wrong)}", file=sys.stderr)
            options.show.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(options.show / f"{label}.png")
    print(score.row(name), flush=True)


def develop() -> Iterator[tuple[str, Texts, np.ndarray]]:
    """Name, texts and picture of each table of strangers."""
    folder = data_folder() / "develop" / "strangers"
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["file"]: row["text"] for row in csv.DictReader(file)}
    for name, layout in LAYOUTS.items():
        digits = iter(texts[name])
        truth = [["".join(next(digits) for _ in range(int(count))) for count in row] for row in layout]
        yield name.partition(".")[0], truth, np.asarray(Image.open(folder / name).convert("RGB"))


def made_table(kind: str, number: int, seed: int, writers: Writers) -> tuple[str, Texts, np.ndarray]:
    """A made table; the same arguments make the same one."""
    rng = np.random.default_rng((seed, KINDS.index(kind), number))
    rows, columns = int(rng.integers(2, 11)), int(rng.integers(2, 8))
    texts = _texts(rows, columns, rng)
    height = float(np.exp(rng.uniform(np.log(22), np.log(56))))
    ruling = {
        "partly ruled": str(rng.choice(["rows", "columns", "header", "frame", "inner"])),
        "unruled": "none",
    }
    look = Look(
        ruling=ruling.get(kind, "all"),
        height=height,
        tall=float(rng.uniform(1.5, 2.6)),
        pad=float(rng.uniform(1.3 if kind != "unruled" else 1.7, 3.0)),
        align=float(rng.choice([0.0, 0.5, 1.0])),
        rule=float(rng.uniform(0.03, 0.1)),
        grey=float(rng.uniform(0.1, 0.7)),
        turn=float(rng.uniform(-3, 3)) if kind == "photographed" else float(rng.normal(0, 0.4)),
        tilt=float(rng.uniform(0, 0.06)) if kind == "photographed" else 0.0,
        photo=kind == "photographed",
    )
    seed = int(rng.integers(2**31))
    return (
        f"{kind.replace(' ', '-')}-{number}",
        texts,
        draw_table(texts, look, seed, _hand(writers, height, rng)),
    )


def _texts(rows: int, columns: int, rng: np.random.Generator) -> list[list[str]]:
    """Numbers of up to four digits, a fifth of the cells empty, but no row or column wholly so."""
    longest = rng.integers(1, 5, columns)
    empty = rng.random((rows, columns)) < 0.2
    empty[np.arange(rows), rng.integers(0, columns, rows)] = False
    empty[rng.integers(0, rows, columns), np.arange(columns)] = False
    return [
        ["" if empty[i, j] else _number(int(longest[j]), rng) for j in range(columns)] for i in range(rows)
    ]


def _number(longest: int, rng: np.random.Generator) -> str:
    return "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(1, longest + 1))))


def _hand(writers: Writers, height: float, rng: np.random.Generator) -> Write:
    """One person's hand; the digits of a number stand close, but apart."""
    hand = writers.hand(rng, height)

    def write(text: str) -> Ink:
        inks = [writers.draw(int(digit), hand, rng).ink for digit in text]
        gaps = [round(height * rng.uniform(0.1, 0.32)) for _ in inks]
        tall = max(ink.shape[0] for ink in inks)
        ink = np.zeros((tall, sum(each.shape[1] for each in inks) + sum(gaps[1:])), np.float32)
        x = 0
        for each, gap in zip(inks, [0, *gaps[1:]], strict=True):
            x += gap
            ink[tall - each.shape[0] :, x : x + each.shape[1]] = each
            x += each.shape[1]
        return ink

    return write


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=200, help="made tables")
    parser.add_argument("--seed", type=int, default=SEED, help="other made tables, to choose constants on")
    parser.add_argument("--only", choices=("made", "develop"), help="one of the two")
    parser.add_argument(
        "--show", type=Path, metavar="DIR", help="say what is wrong, and write those pictures"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
