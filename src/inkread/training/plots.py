"""Figures -> PNG files' bytes, by matplotlib: confusion, calibration, risk and coverage, mistakes, learning curves.

Drawn off screen, without pyplot; the settings of whoever uses matplotlib too are left as they were.
This module does not know how anything is measured.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ExtraMissing
from inkread.training.curves import best_epoch, curves_of
from inkread.training.metrics import Calibration, Figures, Mistake, RiskCoverage
from inkread.training.run import write_atomically

__all__ = ["draw_confusion", "draw_curves", "draw_mistakes", "draw_reliability", "draw_risk_coverage"]
__all__ += ["require_matplotlib"]

INK, MUTED, GRID, BLUE, RED, GREEN = "#1c2733", "#66727f", "#e3e7eb", "#2560a8", "#c2413a", "#2f7d4f"
SERIES = (BLUE, RED, GREEN, "#8a5fb0", "#b7791f", "#3b8c9e")
_MOST_MISTAKES = 40
_COLUMNS = 8
_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters everywhere
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "savefig.dpi": 144,
    "figure.dpi": 144,
}

_Given = ParamSpec("_Given")


def require_matplotlib() -> None:
    """Raises ExtraMissing where plots cannot be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ExtraMissing('plots need matplotlib: pip install "inkread[train]"') from error


def _drawn(draw: Callable[_Given, Any]) -> Callable[_Given, bytes]:
    """Makes of what gives a figure what gives a PNG file's bytes, in the house's style."""

    @wraps(draw)
    def drawn(*given: _Given.args, **named: _Given.kwargs) -> bytes:
        require_matplotlib()
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            buffer = io.BytesIO()
            # Without the software's version, the same figures make the same bytes.
            draw(*given, **named).savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    return drawn


@_drawn
def draw_confusion(figures: Figures) -> Any:
    """The confusion matrix; colour shows mistakes only, since right answers would outshine them."""
    figure, axes = _figure(7.2, 7.4, "What was taken for what", _right_of(figures))
    counts = np.array(figures.confusion)
    wrong = np.ma.masked_equal(np.where(np.eye(10, dtype=bool), 0, counts), 0)
    axes.imshow(wrong, cmap=_reds(), vmin=0, vmax=max(1, int(wrong.filled(0).max())))
    for label, guess in np.ndindex(10, 10):
        count = int(counts[label, guess])
        axes.add_patch(_cell(guess, label, right=label == guess))
        style = {"color": INK, "weight": "bold"} if label == guess else {"color": INK if count else "#c5ccd3"}
        axes.text(guess, label, f"{count:,}" if count else "·", ha="center", va="center", **style)
    for each in figures.digits:
        axes.text(10.05, each.digit, _percent(each.recall), ha="center", va="center", color=MUTED)
        axes.text(each.digit, 10.0, _percent(each.precision, ""), ha="center", va="center", color=MUTED)
    axes.text(10.05, -0.78, "recall, %", ha="center", va="center", color=MUTED)
    axes.text(-0.75, 10.0, "precision, %", ha="right", va="center", color=MUTED)
    axes.set(xlim=(-0.5, 10.6), ylim=(10.5, -0.5), xticks=range(10), yticks=range(10))
    axes.text(4.5, -1.45, "guess", ha="center", va="center", fontsize=11, color=MUTED)
    axes.text(-1.45, 4.5, "label", ha="center", va="center", fontsize=11, color=MUTED, rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(labelsize=11, labelcolor=INK)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return figure


@_drawn
def draw_reliability(calibration: Calibration) -> Any:
    """How often it was right, by how sure it was; below, how many samples were how sure."""
    remark = f"ECE {100 * calibration.ece:.2f} % over {calibration.bins} bins; bars: 95 % intervals; dashed: perfect"
    figure, (axes, below) = _figure(6.0, 6.9, "Is it as good as it thinks?", remark, rows=(3.4, 1))
    points = calibration.points
    sure, share = [p.confidence for p in points], [p.accuracy for p in points]
    reach = [[p.accuracy - p.interval[0] for p in points], [p.interval[1] - p.accuracy for p in points]]
    axes.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1)
    axes.errorbar(sure, share, reach, fmt="o", color=BLUE, markersize=5.5, elinewidth=1.2)
    axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.03), ylabel="share that is right")
    middles = [(p.low + p.high) / 2 for p in points]
    width = 0.86 / calibration.bins
    below.bar(middles, [p.count for p in points], width=width, color=BLUE, alpha=0.75)
    below.set(xlim=(0, 1.02), yscale="log", xlabel="confidence", ylabel="samples")
    below.set_ylim(0.7, 2 * max(p.count for p in points))
    for each in (axes.xaxis, axes.yaxis, below.xaxis):
        each.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    below.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(labelbottom=False)
    below.minorticks_off()
    return figure


@_drawn
def draw_risk_coverage(curve: RiskCoverage) -> Any:
    """The share of mistakes among the surest answers, by how many are answered."""
    remark = (
        f"AURC {100 * curve.aurc:.3f} %, the mean of the curve; dashed: if it doubted exactly its mistakes"
    )
    figure, axes = _figure(7.2, 5.0, "What does doubting gain?", remark)
    coverage, risk = 100 * np.array(curve.coverage), 100 * np.array(curve.risk)
    floor = np.maximum(coverage / 100 - (1 - curve.risk[-1]), 0) / (coverage / 100) * 100
    axes.plot(coverage, floor, "--", color=MUTED, linewidth=1.2)
    axes.plot(coverage, risk, color=BLUE, linewidth=2)
    highest = max(1.15 * risk.max(), 0.01)
    axes.set(xlim=(0, 101), ylim=(-0.01 * highest, highest))
    axes.set(xlabel="coverage: the surest answers kept, %", ylabel="risk: mistakes among these, %")
    for limit, share in curve.at_risk.items():
        level = 100 * float(limit)
        if share > 0 and 0.04 * highest < level < highest:
            axes.plot([100 * share], [level], "o", color=RED, markersize=6, zorder=5)
            says, aside = f"{100 * share:.1f} % answered\nat {level:g} % risk", 12 if share < 0.5 else -12
            style = {"textcoords": "offset points", "ha": "left" if share < 0.5 else "right", "color": RED}
            axes.annotate(says, (100 * share, level), (aside, 10), **style)
    return figure


@_drawn
def draw_mistakes(mistakes: Sequence[Mistake], images: NDArray[np.floating[Any]]) -> Any:
    """A contact sheet of the first ``mistakes``; ``images`` (n, 28, 28), 0 paper … 1 ink, are those of all data."""
    shown = mistakes[:_MOST_MISTAKES]
    rows = max(1, -(-len(shown) // _COLUMNS))
    figure, _ = _figure(
        10.0,
        0.95 + 1.55 * rows,
        "The worst mistakes",
        "the surest first: label → guess, confidence, index",
        rows=(),
    )
    if not shown:
        figure.text(0.5, 0.3, "There are none.", ha="center", fontsize=12, color=MUTED)
    top, height = 1 - 0.85 / figure.get_figheight(), 1.55 / figure.get_figheight()
    for place, mistake in enumerate(shown):
        row, column = divmod(place, _COLUMNS)
        left = 0.03 + 0.9565 * column / _COLUMNS
        axes = figure.add_axes((left, top - (row + 0.66) * height, 0.1028, 0.6632 * height))
        axes.imshow(images[mistake.index], cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
        axes.set(xticks=(), yticks=())
        axes.grid(False)
        axes.spines[:].set(visible=True, color=GRID)
        says = f"{mistake.label} → {mistake.guess}"
        axes.set_xlabel(
            f"{100 * mistake.confidence:.1f} %  #{mistake.index}", fontsize=8, color=MUTED, labelpad=16
        )
        axes.text(
            0.5, -0.06, says, transform=axes.transAxes, ha="center", va="top", fontsize=10, weight="bold"
        )
    return figure


def draw_curves(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Loss and accuracy by epoch, written to ``path`` at once and whole; ``rows`` as for ``curves.curves_of``."""
    content = _curves(rows)
    write_atomically(path, lambda beside: beside.write_bytes(content))


@_drawn
def _curves(rows: Sequence[dict[str, Any]]) -> Any:
    figure, (losses, shares) = _figure(9.6, 4.5, "Learning", _epochs(rows), columns=2)
    found, best = curves_of(rows), best_epoch(rows)
    for axes, curves, title, scale in ((losses, found[0], "loss", 1), (shares, found[1], "accuracy, %", 100)):
        axes.set_title(title, loc="left", fontsize=10, color=MUTED)
        axes.set_xlabel("epoch")
        axes.grid(False, axis="x")
        for colour, curve in zip(SERIES, curves, strict=False):
            values = scale * np.array(curve.values)
            few = {"marker": "o", "markersize": 3.5} if len(rows) <= 40 else {}
            axes.plot(curve.epochs, values, color=colour, linewidth=1.8, label=curve.name, **few)
            if best is not None and curve.name == "validation":
                at = curve.epochs.index(best)
                ring = {"marker": "o", "markersize": 9, "markerfacecolor": "white", "markeredgewidth": 1.8}
                axes.plot(best, values[at], color=colour, zorder=3, **ring)
        if curves:
            _name_curves(axes, len(curves))
        axes.xaxis.get_major_locator().set_params(integer=True)
        if len(rows) < 2:
            axes.set_xticks([row.get("epoch", 1) for row in rows])
        axes.margins(x=0.03, y=0.12)
    losses.set_ylim(bottom=min(0, losses.get_ylim()[0]) if found[0] else None)
    shares.set_ylim(top=min(shares.get_ylim()[1], 100.5))
    return figure


def _name_curves(axes: Any, count: int) -> None:
    """The names above the curves, not among them, unless there are too many for a line."""
    style: Any = {
        "frameon": False,
        "labelcolor": INK,
        "fontsize": 9,
        "handlelength": 1.3,
        "handletextpad": 0.5,
    }
    if count <= 3:
        style |= {"loc": "lower right", "bbox_to_anchor": (1.01, 1.0), "borderaxespad": 0.1}
    axes.legend(ncols=count if count <= 3 else 1, columnspacing=1.2, **style)


def _figure(width: float, height: float, title: str, remark: str, rows: Any = (1,), columns: int = 1) -> Any:
    """A figure with a heading, and its axes: one, or an array; with no ``rows``, none."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white")
    figure.text(0.03, 1 - 0.16 / height, title, fontsize=14, weight="bold", va="top")
    figure.text(0.03, 1 - 0.46 / height, remark, fontsize=9.5, color=MUTED, va="top")
    if not rows:
        return figure, None
    axes = figure.subplots(len(rows), columns, gridspec_kw={"height_ratios": rows})
    figure.set_layout_engine("tight", rect=(0.01, 0.0, 0.99, 1 - 0.72 / height))
    return figure, axes


def _reds() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    # Stops at a tone on which dark letters are still read.
    return LinearSegmentedColormap.from_list("mistakes", ["#fdf0ee", "#f8cdc6", "#ee9a8f"])


def _cell(column: int, row: int, right: bool) -> Any:
    from matplotlib.patches import Rectangle

    fill = "#e6eef7" if right else "none"
    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=fill, edgecolor="white", linewidth=1.5)


def _right_of(figures: Figures) -> str:
    wrong = figures.count - figures.right
    return f"{figures.right:,} of {figures.count:,} right, {wrong:,} wrong; the redder, the more mistakes"


def _percent(share: float | None, missing: str = "–") -> str:
    return missing if share is None else f"{100 * share:.1f}"


def _epochs(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "nothing has been learned yet"
    words, best = [f"{len(rows)} epoch{'' if len(rows) == 1 else 's'}"], best_epoch(rows)
    for row in rows if best is not None else ():
        if row["epoch"] == best and "val_accuracy" in row:
            words.append(
                f"ringed: the best so far, {100 * row['val_accuracy']:.2f} % of the validation images"
            )
    return "; ".join(words)
