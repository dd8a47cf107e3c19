"""``python -m inkread.training.pages``: make pools of pages, fit the page network, export it.

make POOLS --seed 1 --pools 0 50          pools of 1,000 made pages each, resumable
fit RUN POOLS --steps 12000               trains, or goes on with the run
export RUN page.onnx                      the averaged weights as ONNX, int8, with a card
propose POOLS page.onnx                   what the page network proposes on each pool, for the box head
fit RUN POOLS --head --batch 128 --steps 9000    trains the box head on pools with proposals
export RUN boxes.onnx --head
calibrate page.onnx boxes.onnx            fits the calibrations on made pictures of held-back hands
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Runs one of the commands."""
    options = _parser().parse_args()
    {
        "make": _make, "fit": _fit, "propose": _propose, "export": _export, "calibrate": _calibrate
    }[options.command](options)  # fmt: skip


def _parser() -> argparse.ArgumentParser:
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
    fit.add_argument("--batch", type=int, default=32)
    fit.add_argument("--start", type=Path, help="begin with the averages of this state")
    export = commands.add_parser("export", help="write the averaged weights as ONNX")
    export.add_argument("run", type=Path)
    export.add_argument("onnx", type=Path)
    for command in (fit, export):
        command.add_argument("--head", action="store_true", help="the box head, not the page network")
    propose = commands.add_parser("propose", help="write what the page network proposes on each pool")
    propose.add_argument("pools_folder", type=Path)
    propose.add_argument("onnx", type=Path)
    calibrate = commands.add_parser("calibrate", help="fit the calibrations, and write them into the card")
    calibrate.add_argument("page", type=Path)
    calibrate.add_argument("head", type=Path)
    calibrate.add_argument("--pictures", type=int, default=2500)
    return parser


def _make(options: argparse.Namespace) -> None:
    from inkread.training.pages.pools import make_pools

    first, last = options.pools
    make_pools(options.pools_folder, options.seed, first, last, options.pages, options.validation)


def _fit(options: argparse.Namespace) -> None:
    from inkread.training.pages.fit import CROPS, PAGES, Schedule, fit

    schedule = Schedule(steps=options.steps, rate=options.rate, batch=options.batch)
    fit(CROPS if options.head else PAGES, options.run, options.pools_folder, schedule, options.start)


def _propose(options: argparse.Namespace) -> None:
    from inkread.inference.onnx_session import Network
    from inkread.training.pages.crops import make_proposals

    network = Network(options.onnx)
    make_proposals(options.pools_folder, lambda grey: network.run(grey[None, ..., None])[0])


def _export(options: argparse.Namespace) -> None:
    from inkread.training.pages.export import export_run

    print(export_run(options.run, options.onnx, head=options.head))


def _calibrate(options: argparse.Namespace) -> None:
    from inkread.training.pages.calibration import calibrate

    print(calibrate(options.page, options.head, options.pictures))


if __name__ == "__main__":
    main()
