"""``python -m inkread.training.pages``: make pools of pages, fit the page network, export it.

make POOLS --seed 1 --pools 0 50          pools of 1,000 made pages each, resumable
fit RUN POOLS --steps 12000               trains, or goes on with the run
export RUN page.onnx                      the averaged weights as ONNX, float16, with a card
propose POOLS page.onnx                   what the page network proposes on each pool, for the box head
fit RUN POOLS --head --steps 20000        trains the box head on pools with proposals
export RUN head.onnx --head
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
    fit.add_argument("--batch", type=int, default=32)
    fit.add_argument("--start", type=Path, help="begin with the averages of this state")
    export = commands.add_parser("export", help="write the averaged weights as ONNX")
    export.add_argument("run", type=Path)
    export.add_argument("onnx", type=Path)
    propose = commands.add_parser("propose", help="write what the page network proposes on each pool")
    propose.add_argument("pools_folder", type=Path)
    propose.add_argument("onnx", type=Path)
    calibrate = commands.add_parser("calibrate", help="fit the calibrations, and write them into the card")
    calibrate.add_argument("page", type=Path)
    calibrate.add_argument("head_onnx", type=Path)
    calibrate.add_argument("--pictures", type=int, default=1500)
    for command in (fit, export):
        command.add_argument("--head", action="store_true", help="the box head, not the page network")
    options = parser.parse_args()
    if options.command == "make":
        from inkread.training.pages.pools import make_pools

        first, last = options.pools
        make_pools(options.pools_folder, options.seed, first, last, options.pages, options.validation)
    elif options.command == "fit":
        from inkread.training.pages.fit import CROPS, PAGES, Schedule
        from inkread.training.pages.fit import fit as train

        schedule = Schedule(steps=options.steps, rate=options.rate, batch=options.batch)
        task = CROPS if options.head else PAGES
        train(task, options.run, options.pools_folder, schedule, options.start)
    elif options.command == "propose":
        from inkread.network import open_network, read_card
        from inkread.training.pages.crops import make_proposals

        session = open_network(options.onnx, read_card(options.onnx)["sha256"])
        name = session.get_inputs()[0].name
        make_proposals(
            options.pools_folder, lambda grey: session.run(None, {name: grey[None, ..., None]})[0][0]
        )
    elif options.command == "calibrate":
        from inkread.training.pages.calibration import calibrate as calibrated

        print(calibrated(options.page, options.head_onnx, options.pictures))
    else:
        from inkread.training.pages.export import export_run

        print(export_run(options.run, options.onnx, head=options.head))


if __name__ == "__main__":
    main()
