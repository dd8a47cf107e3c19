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
from pathlib import Path

from inkread.training.strings import PAPERS, SPACINGS
from madefigures import table
from madereading import GROUPS, make, measure, named
from madesheet import draw_sheet
from sets import data_folder

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    options = parse()
    data_folder()
    if options.samples:
        shown = [
            make(options.source, options.seed, group, i) for i in range(6) for group in range(len(GROUPS))
        ]
        draw_sheet(options.samples, [(made, made.boxes, made.text) for made in shown])
        return 0
    start = time.perf_counter()
    measured = measure(options.n, options.seed, options.source, options.model, options.workers)
    groups = [(named(*group), outcomes) for group, outcomes in zip(GROUPS, measured, strict=True)]
    every = [outcome for _, outcomes in groups[: len(SPACINGS)] for outcome in outcomes]
    print(f"\nMade numbers, hands of the {options.source} data, seed {options.seed}:\n")
    print("\n".join(table([*groups, ("all lengths and spacings", every)], PAPERS)))
    print(f"{time.perf_counter() - start:.0f} s", file=sys.stderr)
    if options.sheet:
        failed = [(g, o) for g, outcomes in enumerate(measured) for o in outcomes if not o.is_right]
        shown = [(make(options.source, options.seed, g, o.number), o) for g, o in failed[:96]]
        draw_sheet(
            options.sheet,
            [(m, tuple(d.box for d in o.digits), f"{m.text} -> {o.text or 'nothing'}") for m, o in shown],
        )
        print(f"{len(failed)} failures: {options.sheet}", file=sys.stderr)
    return 0


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
    for file in filter(None, (options.sheet, options.samples)):
        inside = file.resolve()
        if inside.is_relative_to(ROOT) and not inside.is_relative_to(ROOT / "runs"):
            parser.error(f"{file}: handwriting must not end up in the repository; choose a folder outside")
    options.model = str(Path(options.model).resolve()) if options.model else ""
    return options


if __name__ == "__main__":
    sys.exit(main())
