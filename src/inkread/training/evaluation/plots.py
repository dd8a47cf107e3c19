"""Figures -> drawings by matplotlib: confusion, calibration, risk and coverage, mistakes, learning curves.

Each is a ``Plot``: called, it gives a PNG file's bytes; ``svg`` gives what stands in a page of HTML. Both are drawn
off screen, without pyplot, and the settings of whoever uses matplotlib too are left as they were.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, Generic, ParamSpec

import numpy as np
from numpy.typing import NDArray

from inkread.durable import write_atomically
from inkread.errors import ExtraMissing
from inkread.training.evaluation.curves import Curve, Setting, best_epoch, curves_of
from inkread.training.evaluation.metrics import Calibration, Figures, Mistake, RiskCoverage
from inkread.training.recipe import counted

INK, MUTED, GRID, BLUE, RED = "#1c2733", "#66727f", "#e3e7eb", "#2560a8", "#c2413a"
SERIES = (BLUE, RED, "#3f9163", "#9a72bd", "#c0842b", "#3b8c9e")
_OF_THE_PAGE = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--line",
    BLUE: "--blue",
    RED: "--red",
    "#ffffff": "--card",
}
"""The colours that a page's style sheet gives anew, light or dark."""
_PAGE_SIZE = (440, 420)
"""Units of a drawing in a page: about as many pixels as a column has, so that letters keep their size."""
_SAYS = "says "
"""How the ``gid`` of an artist begins that has words of its own, shown when the mouse is over it."""
_CHOSEN_BY = ("validation", "exact")
"""The curves by which an epoch is best."""
_LEGEND_LETTERS = {1: 46, 2: 62}
"""In a line of the legend, by how many panels there are."""
_MOST_MISTAKES = 40
_COLUMNS = 8
_STYLE: Any = {
    # The font comes with matplotlib: the same letters everywhere. In an SVG, letters stay letters.
    "font.family": "DejaVu Sans", "font.size": 10, "legend.fontsize": "small", "text.parse_math": False,
    "svg.fonttype": "none", "text.color": INK, "axes.labelcolor": MUTED, "axes.edgecolor": GRID,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.axisbelow": True,
    "grid.color": GRID, "grid.linewidth": 0.8, "xtick.color": MUTED, "ytick.color": MUTED,
    "xtick.major.size": 0, "ytick.major.size": 0, "savefig.dpi": 144, "figure.dpi": 144,
}  # fmt: skip

_Given = ParamSpec("_Given")


def require_matplotlib() -> None:
    """Raises ExtraMissing where plots cannot be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ExtraMissing('plots need matplotlib: pip install "inkread[train]"') from error


class Plot(Generic[_Given]):
    """What draws a figure, as files and pages have it, in the house's style."""

    def __init__(self, draw: Callable[_Given, Any]) -> None:
        self.figure, self.__doc__ = draw, draw.__doc__

    def __call__(self, *given: _Given.args, **named: _Given.kwargs) -> bytes:
        """A PNG file's bytes: without the software's version, the same figures make the same ones."""
        buffer = io.BytesIO()
        with _styled({}):
            self.figure(*given, **named).savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()

    def svg(self, *given: _Given.args, **named: _Given.kwargs) -> str:
        """An ``<svg>`` for a page that has a heading of its own: its title becomes the label for screen readers."""
        buffer = io.StringIO()
        with _styled({"font.size": 13, "legend.fontsize": "medium", "figure.dpi": 72}) as settings:
            figure = self.figure(*given, **named)
            for text in list(figure.texts):
                text.remove()
            figure.set_size_inches(_PAGE_SIZE[0] / 72, _PAGE_SIZE[1] / 72)
            figure.get_layout_engine().set(rect=(0, 0, 1, 1))
            # The salt makes the names of clip paths and markers unique in a page.
            settings["svg.hashsalt"] = label = figure.get_label()
            nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
        return _for_a_page(buffer.getvalue(), label)


@contextmanager
def _styled(more: dict[str, Any]) -> Iterator[Any]:
    """matplotlib's settings in the house's style, until the block ends."""
    require_matplotlib()
    import matplotlib

    with matplotlib.rc_context(_STYLE | more):
        yield matplotlib.rcParams


def _for_a_page(file: str, label: str) -> str:
    """What matplotlib wrote, without addresses, fonts and names of groups, and with the page's colours."""
    inner = file[file.index(">", file.index("<svg")) + 1 :]
    inner = re.sub(r"<style.*?</style>", "", inner, flags=re.DOTALL)
    inner = re.sub(rf'<g id="{_SAYS}([^"]*)">', r"<g><title>\1</title>", inner)
    inner = re.sub(r"<g id=(\"[^\"]*\"|'[^']*')>", "<g>", inner).replace("xlink:href", "href")
    inner = re.sub(r"font-size: [^;]*; font-family: [^;]*;?", "", inner)
    for colour, name in _OF_THE_PAGE.items():
        inner = inner.replace(colour, f"var({name})")
    size = f"0 0 {_PAGE_SIZE[0]} {_PAGE_SIZE[1]}"
    return f'<svg class="chart" viewBox="{size}" role="img" aria-label="{escape(label)}">{inner}'


@Plot
def draw_confusion(figures: Figures) -> Any:
    """The confusion matrix; colour shows mistakes only, since right answers would outshine them."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    counts, wrong = np.array(figures.confusion), figures.count - figures.right
    remark = f"{figures.right:,} of {figures.count:,} right, {wrong:,} wrong; the redder, the more mistakes"
    figure, axes = _figure(7.2, 7.4, "What was taken for what", remark)
    # Stops at a tone on which dark letters are still read.
    reds = LinearSegmentedColormap.from_list("mistakes", ["#fdf0ee", "#f8cdc6", "#ee9a8f"])
    mistakes = np.ma.masked_equal(np.where(np.eye(10, dtype=bool), 0, counts), 0)
    axes.imshow(mistakes, cmap=reds, vmin=0, vmax=max(1, int(mistakes.filled(0).max())))

    def write(x: float, y: float, text: str, **style: Any) -> None:
        axes.text(x, y, text, **({"ha": "center", "va": "center", "color": MUTED} | style))

    for label, guess in np.ndindex(10, 10):
        count, right = int(counts[label, guess]), label == guess
        fill: Any = {"facecolor": "#e6eef7" if right else "none", "edgecolor": "white", "linewidth": 1.5}
        axes.add_patch(Rectangle((guess - 0.5, label - 0.5), 1, 1, **fill))
        colour = INK if right or count else "#c5ccd3"
        write(
            guess, label, f"{count:,}" if count else "·", color=colour, weight="bold" if right else "normal"
        )
    for each in figures.digits:
        write(10.05, each.digit, "–" if each.recall is None else f"{100 * each.recall:.1f}")
        write(each.digit, 10.0, "" if each.precision is None else f"{100 * each.precision:.1f}")
    write(10.05, -0.78, "recall, %")
    write(-0.75, 10.0, "precision, %", ha="right")
    write(4.5, -1.45, "guess", fontsize=11)
    write(-1.45, 4.5, "label", fontsize=11, rotation=90)
    axes.set(xlim=(-0.5, 10.6), ylim=(10.5, -0.5), xticks=range(10), yticks=range(10))
    axes.xaxis.tick_top()
    axes.tick_params(labelsize=11, labelcolor=INK)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return figure


@Plot
def draw_reliability(calibration: Calibration) -> Any:
    """How often it was right, by how sure it was; below, how many samples were how sure."""
    remark = f"ECE {100 * calibration.ece:.2f} % over {calibration.bins} bins; bars: 95 % intervals; dashed: perfect"
    figure, (axes, below) = _figure(6.0, 6.9, "Is it as good as it thinks?", remark, rows=(3.4, 1))
    points = calibration.points
    sure, share = [p.confidence for p in points], [p.accuracy for p in points]
    reach = [[p.accuracy - p.interval[0] for p in points], [p.interval[1] - p.accuracy for p in points]]
    axes.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1)
    axes.errorbar(sure, share, reach, fmt="none", ecolor=BLUE, elinewidth=1.2)
    for p in points:
        says = f"{_SAYS}confidence {p.low:.0%} to {p.high:.0%}: {p.accuracy:.0%} of {p.count:,} right"
        axes.plot(p.confidence, p.accuracy, "o", color=BLUE, markersize=5.5, gid=says)
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


@Plot
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


@Plot
def draw_mistakes(mistakes: Sequence[Mistake], images: NDArray[np.floating[Any]]) -> Any:
    """A contact sheet of the first ``mistakes``; ``images`` (n, 28, 28), 0 paper … 1 ink, are those of all data."""
    shown = mistakes[:_MOST_MISTAKES]
    rows, remark = max(1, -(-len(shown) // _COLUMNS)), "the surest first: label → guess, confidence, index"
    figure, _ = _figure(10.0, 0.95 + 1.55 * rows, "The worst mistakes", remark, rows=())
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
        below = f"{100 * mistake.confidence:.1f} %  #{mistake.index}"
        axes.set_xlabel(below, fontsize=8, color=MUTED, labelpad=16)
        style = {"ha": "center", "va": "top", "fontsize": 10, "weight": "bold"}
        axes.text(0.5, -0.06, f"{mistake.label} → {mistake.guess}", transform=axes.transAxes, **style)
    return figure


def draw_curves(rows: Sequence[dict[str, Any]], path: Path, setting: Setting = Setting()) -> None:  # noqa: B008
    """Loss and accuracy by epoch, written to ``path`` at once and whole; ``rows`` as for ``curves.curves_of``."""
    content = learning_curves(rows, setting)
    write_atomically(path, lambda beside: beside.write_bytes(content))


@Plot
def learning_curves(
    rows: Sequence[dict[str, Any]], setting: Setting, panels: Sequence[str] = ("loss", "accuracy")
) -> Any:
    """Loss and accuracy by epoch, or one of them; the legend says what the training figures are taken on."""
    figure, axes = _figure(10.4, 5.0, setting.title, _epochs(rows), columns=len(panels))
    figure.set_label(f"{' and '.join(panels)} by epoch, {setting.title}")
    found, best = dict(zip(("loss", "accuracy"), curves_of(rows), strict=True)), best_epoch(rows)
    for one, panel in zip(np.atleast_1d(axes), panels, strict=True):
        share, curves = panel == "accuracy", found[panel]
        lines = [
            _plot_curve(one, curve, colour, 100 if share else 1, best if curve.name in _CHOSEN_BY else None)
            for colour, curve in zip(SERIES, curves, strict=False)
        ]
        one.set(xlabel="epoch")
        one.grid(False, axis="x")
        one.xaxis.get_major_locator().set_params(integer=True)
        one.margins(x=0.03, y=0.12)
        if curves:
            width = _LEGEND_LETTERS[len(panels)]
            labels = [textwrap.fill(setting.legend(curve.name, share), width) for curve in curves]
            _name_curves(one, "accuracy, %" if share else "loss", lines, labels)
            _set_limits(one, share, len(rows))
    return figure


def _plot_curve(axes: Any, curve: Curve, colour: str, scale: float, best: float | None) -> Any:
    """A line, its epochs as dots if they are few, a ring around the ``best`` one; the value beside a single one."""
    values = scale * np.array(curve.values)
    dot = {"marker": "o", "markersize": 4} if len(values) == 1 else {}
    (line,) = axes.plot(curve.epochs, values, color=colour, linewidth=1.8, **dot)
    ring = {"markersize": 9, "markerfacecolor": "#ffffff", "markeredgewidth": 1.8, "zorder": 4}
    for epoch, value in zip(curve.epochs, values, strict=True):
        if np.isfinite(value) and (epoch == best or len(values) <= 40):
            style = ring if epoch == best else {"markersize": 3.5, "zorder": 3}
            says = f"{_SAYS}epoch {epoch:g}: {value:.4f}"
            axes.plot(epoch, value, "o", color=colour, clip_on=False, gid=says, **style)
    if len(values) == 1:
        # To the left and to the right, so that two values that are alike can be read.
        side, turned = ("right", -10) if curve.name == "training" else ("left", 10)
        place = {"xytext": (turned, 0), "textcoords": "offset points", "ha": side, "va": "center"}
        axes.annotate(f"{values[0]:.4g}", (curve.epochs[0], values[0]), color=colour, **place)
    return line


def _set_limits(axes: Any, share: bool, epochs: int) -> None:
    """Losses begin at 0 and accuracies end at 100 %; a single epoch is seen on the whole scale."""
    low, high = axes.get_ylim()
    if share:
        axes.set_ylim((0, 105) if epochs == 1 else (max(low, -2), min(high, 100.5)))
    else:
        axes.set_ylim(0, high)
    if epochs == 1:
        axes.set_xticks(axes.lines[0].get_xdata())


def _name_curves(axes: Any, title: str, lines: Sequence[Any], labels: Sequence[str]) -> None:
    """Labels the axis above it and the curves below it."""
    from matplotlib.transforms import ScaledTranslation

    axes.set_title(title, loc="left", fontsize="medium", color=MUTED)
    drop = -3.6 * axes.xaxis.label.get_size() / 72
    below = axes.transAxes + ScaledTranslation(0, drop, axes.figure.dpi_scale_trans)
    place = {"loc": "upper left", "bbox_to_anchor": (-0.01, 0), "bbox_transform": below, "borderaxespad": 0}
    style = {"frameon": False, "labelcolor": INK, "handlelength": 1.3, "handletextpad": 0.5}
    axes.legend(lines, labels, **place, **style)


def _figure(width: float, height: float, title: str, remark: str, rows: Any = (1,), columns: int = 1) -> Any:
    """A figure with a heading, and its axes: one, or an array; with no ``rows``, none."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white", label=f"{title}: {remark}")
    figure.text(0.03, 1 - 0.16 / height, title, fontsize=14, weight="bold", va="top")
    figure.text(0.03, 1 - 0.46 / height, remark, fontsize=9.5, color=MUTED, va="top")
    if not rows:
        return figure, None
    axes = figure.subplots(len(rows), columns, gridspec_kw={"height_ratios": rows})
    figure.set_layout_engine("tight", rect=(0.01, 0.0, 0.99, 1 - 0.72 / height))
    return figure, axes


def _epochs(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "nothing has been learned yet"
    words, best = counted(len(rows), "epoch"), best_epoch(rows)
    if best is None:
        return words
    found = [row["val_accuracy"] for row in rows if row.get("epoch") == best and "val_accuracy" in row]
    right = f": {100 * found[0]:.2f} % of the validation images are right" if found else ""
    return f"{words}; ringed: epoch {best:g}, the best so far{right}"
