"""The figures of an evaluation as a table on standard output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

from inkread.apps.terminal import printable, say

# Training is imported inside functions only, also for types: this is what its ``report`` makes a page of.
Evaluation: TypeAlias = Any


def show_figures(evaluation: Evaluation) -> None:
    """Prints an ``Evaluation``: a line for each figure, and one for each digit."""
    figures = evaluation.figures
    (low, high), curve = figures.interval, figures.risk_coverage
    say(f"{printable(evaluation.model)} on {printable(evaluation.data)}: {figures.count:,} digits\n")
    rows = [
        ("accuracy", _percent(figures.accuracy), f"95 % interval {_percent(low)} to {_percent(high)}"),
        ("loss", f"{figures.loss:.4f}", "cross-entropy"),
        ("mistakes", f"{figures.count - figures.right:,}", ""),
        ("ECE", _percent(figures.calibration.ece), f"calibration error, {figures.calibration.bins} bins"),
        (
            "AURC",
            _percent(curve.aurc, 3),
            f"area under risk and coverage; at best {_percent(curve.best_aurc, 3)}",
        ),
    ]
    for limit, share in curve.at_risk.items():
        rows.append(("answered", _percent(share), f"at {100 * float(limit):g} % risk"))
    if evaluation.recount is not None:
        rows += _corrected_rows(evaluation.recount)
    say(_table(("", "", ""), rows, right=(1,)))
    say()
    say(_table(*_digit_rows(figures), right=(0, 1, 2, 3, 4, 5)))


def _corrected_rows(recount: Any) -> list[tuple[str, str, str]]:
    told, seen = len(recount.rejected), len(recount.relabelled)
    without, mended = recount.excluded, recount.corrected
    return [
        ("corrected", _percent(mended.accuracy), f"{seen} labels set right, {told - seen} left out"),
        ("excluded", _percent(without.accuracy), f"{told} labels that most people reject left out"),
    ]


def _digit_rows(figures: Any) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from inkread.training.evaluation.report import often_taken_for

    rows = []
    for each in figures.digits:
        shares = (_percent(value) for value in (each.recall, each.precision, each.f1))
        taken = ", ".join(f"{guess} ({count})" for guess, count in often_taken_for(figures, each.digit))
        rows.append((str(each.digit), f"{each.count:,}", f"{each.count - each.right:,}", *shares, taken))
    return ("digit", "images", "missed", "recall", "precision", "F1", "taken for (times)"), rows


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: tuple[int, ...]) -> object:
    """Aligned columns; on a terminal with a little colour."""
    shown = [heads, *rows] if any(heads) else rows
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    lines = [
        "  ".join(
            word.rjust(width) if column in right else word.ljust(width)
            for column, (word, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in shown
    ]
    if not sys.stdout.isatty():
        return "\n".join(lines)
    from rich.text import Text

    text = Text("\n").join(Text(line) for line in lines)
    if any(heads):
        text.stylize("dim", 0, len(lines[0]))
    else:
        text.stylize("bold", 0, len(lines[0].split("  95")[0]))
    return text


def _percent(share: float | None, digits: int = 2) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f} %"
