"""``python -m inkread.training.pages``: make pools of pages, fit the page network, export it.

make POOLS --seed 1 --pools 0 50          pools of 1,000 made pages each, resumable
fit RUN POOLS --steps 12000               trains, or goes on with the run
export RUN page.onnx                      the averaged weights as ONNX, float16, with a card
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Runs one of the three commands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="make pools of pages")
    make.add_argument("pools_folder", type=Path)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--pools", type=int, nargs=2, default=(0, 50), metavar=("FIRST", "LAST"))
    make.add_argument("--pages", type=int, default=1000, help="pages of a pool")
    make.add_argument(
        "--validation", action="store_true", help="write with the hands that training holds back"
    )
    fit = commands.add_parser("fit", help="train, or go on with a run")
    fit.add_argument("run", type=Path)
    fit.add_argument("pools_folder", type=Path)
    fit.add_argument("--steps", type=int, required=True)
    fit.add_argument("--rate", type=float, default=2e-3)
    fit.add_argument("--start", type=Path, help="begin with the averages of this state")
    export = commands.add_parser("export", help="write the averaged weights as ONNX")
    export.add_argument("run", type=Path)
    export.add_argument("onnx", type=Path)
    options = parser.parse_args()
    if options.command == "make":
        from inkread.training.pages.pools import make_pools

        first, last = options.pools
        make_pools(options.pools_folder, options.seed, first, last, options.pages, options.validation)
    elif options.command == "fit":
        from inkread.training.pages.fit import Schedule, fit_pages

        schedule = Schedule(steps=options.steps, rate=options.rate)
        fit_pages(options.run, options.pools_folder, schedule, start=options.start)
    else:
        from inkread.training.pages.export import export_run

        print(export_run(options.run, options.onnx))


if __name__ == "__main__":
    main()
