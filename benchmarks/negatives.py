"""Does inkread know what is no digit, and when it is wrong? Digits of many people against what is none.

    python benchmarks/negatives.py                        all of it
    python benchmarks/negatives.py --limit 200            the first 200 pictures of each set
    python benchmarks/negatives.py --sheet accepted.png   also draws what was taken for a digit, the surest first
    python benchmarks/negatives.py --plot curve.png       also draws the risk–coverage curve of the digits

A picture is accepted if any digit is read in it and not doubtful. Letters and signs that look like digits are reported
apart. The pictures of others lie in $INKREAD_DATA/develop; scribbles, textures, empty paper and print are made.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import inkread
from inkread.errors import InkreadError
from inkread.training.evaluation.metrics import auroc
from madenegatives import KINDS, make_negative
from madesheet import draw_sheet, refuse_inside
from sets import NEGATIVES, Share, data_folder, load_set

POSITIVES = ("wild_single", "page_crops", "unipen_digits", "pendigits")
AGAINST = ("wild_single", "pendigits")
"""The digits that negatives are told from."""
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True)
class Seen:
    """One picture as it was read: its set, the digit on it ("" for none), and all digits read with confidences."""

    name: str
    picture: Path | tuple[int, ...]
    """A file, or the seed of a made one."""
    truth: str
    look_alike: bool
    text: str
    confidences: tuple[float, ...]
    sure: str
    """The digits that are not doubtful."""

    @property
    def highest(self) -> float:
        return max(self.confidences, default=0.0)

    def sure_at(self, level: float) -> str:
        return "".join(c for c, p in zip(self.text, self.confidences, strict=True) if p >= level)


def main() -> int:
    options = parse()
    work = list_work(options.limit, options.n, options.seed)
    chunks = [work[i :: 8 * options.workers] for i in range(8 * options.workers)]
    try:
        inkread.Reader(options.model or None).classify(np.zeros((1, 28, 28), np.float32))
    except InkreadError as error:  # of the network: those of pictures are counted
        print(error, file=sys.stderr)
        return 1
    with ProcessPoolExecutor(options.workers) as pool:
        seen = [one for part in pool.map(partial(read_all, options.model), chunks) for one in part]
    positives = [one for one in seen if one.truth]
    negatives = [one for one in seen if not one.truth]
    print("\n".join(digits_table(positives)), end="\n\n")
    print(
        "\n".join(negatives_table(negatives, [one for one in positives if one.name in AGAINST])), end="\n\n"
    )
    print("\n".join(levels_table(positives, [one for one in negatives if not one.look_alike])))
    if options.sheet:
        draw_accepted(options.sheet, [one for one in negatives if one.sure and not one.look_alike])
    if options.plot:
        draw_curve(options.plot, positives)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--n", type=int, default=250, help="made pictures of each kind (250)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N pictures of each set")
    parser.add_argument("--seed", type=int, default=0, help="where chance begins (0)")
    parser.add_argument("--model", default="", metavar="FILE", help="another network than the shipped one")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at a time"
    )
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draws what was accepted as a PNG file")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draws the risk–coverage curve as a PNG file"
    )
    options = parser.parse_args()
    if min(options.n, options.workers, 1 if options.limit is None else options.limit) < 1:
        parser.error("--n, --limit and --workers must be at least 1")
    refuse_inside(parser, options.sheet)
    options.model = str(Path(options.model).resolve()) if options.model else ""
    return options


def list_work(limit: int | None, made: int, seed: int) -> list[tuple[str, Any, str, bool]]:
    """Each picture to read: its set, its file or seed, its digit, and whether it looks like one though it is none."""
    work: list[tuple[str, Any, str, bool]] = []
    for name in (*POSITIVES, *NEGATIVES):
        folder = data_folder() / "develop" / name
        for sample in load_set(name)[:limit]:
            work.append(
                (name, folder / sample.file, sample.truth, not sample.truth and sample.looks_like_a_digit)
            )
    for number, kind in enumerate(KINDS):
        work += [
            (kind, (seed, number, i), "", False) for i in range(made if limit is None else min(made, limit))
        ]
    return work


def read_all(model: str, work: Sequence[tuple[str, Any, str, bool]]) -> list[Seen]:
    cv2.setNumThreads(1)
    reader = inkread.Reader(model or None)
    return [look(reader.read, *item) for item in work]


def look(read: Callable[[Any], Any], name: str, picture: Any, truth: str, look_alike: bool) -> Seen:
    """What ``read`` makes of one picture; one that cannot be read has no digit."""
    try:
        digits = read(picture if isinstance(picture, Path) else make_negative(name, picture)).digits
    except InkreadError:
        digits = ()
    text = "".join(str(digit.value) for digit in digits)
    sure = "".join(str(digit.value) for digit in digits if not digit.doubtful)
    return Seen(name, picture, truth, look_alike, text, tuple(d.confidence for d in digits), sure)


def digits_table(positives: Sequence[Seen]) -> list[str]:
    """How many digits are read right, accepted, and wrong though accepted."""
    lines = [
        "| digits | n | right | accepted | wrong and accepted | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for name in (*POSITIVES, "together"):
        group = [one for one in positives if name in (one.name, "together")]
        right = Share(sum(one.text == one.truth for one in group), len(group))
        accepted = Share(sum(bool(one.sure) for one in group), len(group))
        wrong = Share(sum(one.sure not in ("", one.truth) for one in group), len(group))
        lines.append(f"| {name} | {len(group)} | {right} | {accepted} | {wrong} | {wrong.bounds} |")
    return lines


def negatives_table(negatives: Sequence[Seen], digits: Sequence[Seen]) -> list[str]:
    """How much of what is no digit is accepted as one, and how well confidence tells the two apart."""
    lines = ["| no digits | n | accepted as a digit | 95 % interval | AUROC | n look-alikes | accepted |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    of_digits = np.array([one.highest for one in digits], np.float32)
    for name in (*NEGATIVES, *KINDS, "together"):
        every = [one for one in negatives if name in (one.name, "together")]
        plain, alike = ([one for one in every if one.look_alike is which] for which in (False, True))
        accepted, others = (Share(sum(bool(one.sure) for one in g), len(g)) for g in (plain, alike))
        # The chance that a digit's highest confidence is above that of what is none.
        area = (
            auroc(of_digits, np.array([one.highest for one in plain], np.float32)) if plain else float("nan")
        )
        cells = [
            name,
            accepted.n,
            accepted,
            accepted.bounds,
            f"{area:.4f}",
            others.n or "",
            others if others.n else "",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def levels_table(positives: Sequence[Seen], negatives: Sequence[Seen]) -> list[str]:
    """The same at other thresholds than the reader's own."""
    lines = ["| threshold | digits accepted | wrong and accepted | no digits accepted |", "|---|---|---|---|"]
    for level in LEVELS:
        accepted = Share(sum(bool(one.sure_at(level)) for one in positives), len(positives))
        wrong = Share(sum(one.sure_at(level) not in ("", one.truth) for one in positives), len(positives))
        none = Share(sum(bool(one.sure_at(level)) for one in negatives), len(negatives))
        lines.append(f"| {level:g} | {accepted} | {wrong} | {none} |")
    return lines


def draw_accepted(file: Path, accepted: Sequence[Seen]) -> None:
    """A contact sheet of what was taken for a digit, the surest first."""
    from inkread.images import load_image

    shown = []
    for one in sorted(accepted, key=lambda one: -one.highest)[:96]:
        made = not isinstance(one.picture, Path)
        picture = make_negative(one.name, one.picture) if made else load_image(one.picture)
        shown.append((picture, (), f"{one.name} -> {one.text}  {one.highest:.3f}"))
    draw_sheet(file, shown)
    print(f"{len(accepted)} accepted: {file}", file=sys.stderr)


def draw_curve(file: Path, positives: Sequence[Seen]) -> None:
    """The risk–coverage curve of the digits, each picture's surest digit."""
    from inkread.training.evaluation.metrics import risk_coverage
    from inkread.training.evaluation.plots import draw_risk_coverage

    confidences = np.array([one.highest for one in positives])
    right = np.array([one.text == one.truth for one in positives])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(draw_risk_coverage(risk_coverage(confidences, right)))


if __name__ == "__main__":
    sys.exit(main())
