"""How well are made numbers read? Digits of unseen hands, wide to overlapping, on four kinds of paper.

    python benchmarks/made.py                            200 numbers of each spacing, and as many pairs of digits
    python benchmarks/made.py --source validation        hands that were held back from training: these may choose
    python benchmarks/made.py --samples made.png         what the numbers look like; nothing is read
    python benchmarks/made.py --sheet failures.png       also a contact sheet of the failures

Numbers have 1 to 10 digits, 30 to 120 pixels high, by one writer each: MNIST's, or pen strokes drawn with any pen.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from inkread.errors import InkreadError
from inkread.training.synthesis.characters.degradation import PAPERS
from inkread.training.synthesis.characters.strings import SPACINGS, MadeString
from madefigures import Outcome, table
from madereading import GROUPS, make, measure, named
from madesheet import draw_sheet, refuse_inside
from sets import data_folder

_SHOWN = 24
"""Failures of each group that a sheet shows."""


def main() -> int:
    options = parse()
    data_folder()
    try:
        return run(options)
    except InkreadError as error:
        print(error, file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    if options.samples:
        made = [make(options.source, options.seed, g, i) for i in range(6) for g in range(len(GROUPS))]
        draw_sheet(options.samples, [(one.picture, one.boxes, says(one, one.text)) for one in made])
        return 0
    start = time.perf_counter()
    measured = measure(options.n, options.seed, options.source, options.model, options.workers)
    groups = [(named(*group), outcomes) for group, outcomes in zip(GROUPS, measured, strict=True)]
    every = [outcome for _, outcomes in groups[: len(SPACINGS)] for outcome in outcomes]
    print(f"\nMade numbers, hands of the {options.source} data, seed {options.seed}:\n")
    print("\n".join(table([*groups, ("all lengths and spacings", every)], PAPERS)))
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if options.sheet:
        draw_failures(options, measured)
    return 0


def draw_failures(options: argparse.Namespace, measured: Sequence[Sequence[Outcome]]) -> None:
    """The first failures of each group, with the boxes of what was read."""
    shown, count = [], 0
    for group, outcomes in enumerate(measured):
        failed = [outcome for outcome in outcomes if not outcome.is_right]
        count += len(failed)
        for outcome in failed[:_SHOWN]:
            made = make(options.source, options.seed, group, outcome.number)
            boxes = tuple(digit.box for digit in outcome.digits)
            shown.append((made.picture, boxes, says(made, f"{made.text} -> {outcome.text or 'nothing'}")))
    draw_sheet(options.sheet, shown)
    print(f"{count} failures: {options.sheet}", file=sys.stderr)


def says(made: MadeString, text: str) -> str:
    return f"{text}   {made.spacing}, {made.paper}, {made.hand}"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--n", type=int, default=200, help="numbers of each spacing (200)")
    parser.add_argument("--seed", type=int, default=0, help="where chance begins (0)")
    parser.add_argument("--source", choices=["test", "validation"], default="test", help="whose hands (test)")
    parser.add_argument("--model", default="", metavar="FILE", help="another network than the shipped one")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at a time"
    )
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draws the failures as a PNG file")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="draws made numbers, and reads none")
    options = parser.parse_args()
    if options.n < 1 or options.workers < 1:
        parser.error("--n and --workers must be at least 1")
    refuse_inside(parser, options.sheet, options.samples)
    options.model = str(Path(options.model).resolve()) if options.model else ""
    return options


if __name__ == "__main__":
    sys.exit(main())
