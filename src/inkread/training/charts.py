"""Figures -> SVG drawings for the report: calibration, risk against coverage, and what each epoch gained.

They name no colours: the page's style sheet gives them, light or dark. Matplotlib is not needed.
This module does not know the page around them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from inkread.training.curves import Curve
from inkread.training.metrics import Calibration, RiskCoverage

__all__ = ["learning_svg", "reliability_svg", "risk_coverage_svg"]

_WIDTH = 440
"""Units of the drawing: about as many pixels as a column of the page has, so that letters keep their size."""
_LEFT, _RIGHT, _TOP = 54, 22, 32

Place = Callable[[float], float]


def reliability_svg(calibration: Calibration) -> str:
    """Accuracy by confidence with 95 % intervals, and how many samples there are of each confidence."""
    x, y = _scale(0, 1, _LEFT, _WIDTH - _RIGHT), _scale(0, 1, 312, _TOP)
    parts = [_grid(x, y, [0, 0.2, 0.4, 0.6, 0.8, 1], [0, 0.2, 0.4, 0.6, 0.8, 1], _percent, below=392)]
    parts.append(_line([(x(0), y(0)), (x(1), y(1))], "ideal"))
    most = math.log10(1 + max(point.count for point in calibration.points))
    for point in calibration.points:
        sure, (low, high) = x(point.confidence), point.interval
        says = (
            f"confidence {_percent(point.low)} to {_percent(point.high)}: "
            f"{_percent(point.accuracy)} of {point.count:,} right"
        )
        bar = 52 * math.log10(1 + point.count) / most
        width = (x(1) - x(0)) / calibration.bins - 3
        middle = x((point.low + point.high) / 2)
        parts.append(
            f"<g><title>{escape(says)}</title>"
            f'<line class="reach" x1="{sure:.1f}" x2="{sure:.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}"/>'
            f'<circle class="dot" cx="{sure:.1f}" cy="{y(point.accuracy):.1f}" r="4.2"/>'
            f'<rect class="bar" x="{middle - width / 2:.1f}" y="{380 - bar:.1f}" '
            f'width="{width:.1f}" height="{bar:.1f}" rx="1.5"/></g>'
        )
    parts.append(_axes("share that is right", "confidence; bars: how many samples (logarithmic)", 414))
    says = f"Reliability diagram: expected calibration error {_percent(calibration.ece, 2)}"
    return _svg(420, says, parts)


def risk_coverage_svg(curve: RiskCoverage) -> str:
    """Share of mistakes among the surest answers, by how many are given."""
    highest = max(1.12 * max(curve.risk), 0.0005)
    x, y = _scale(0, 1, _LEFT, _WIDTH - _RIGHT), _scale(0, highest, 374, _TOP)
    ticks = _ticks(highest)
    digits = max(0, -math.floor(math.log10(100 * ticks[1] + 1e-12))) if len(ticks) > 1 else 0
    parts = [
        _grid(
            x, y, [0, 0.2, 0.4, 0.6, 0.8, 1], ticks, _percent, below=392, of_y=lambda v: _percent(v, digits)
        )
    ]
    right = 1 - curve.risk[-1]
    bend = [(x(0), y(0)), (x(right), y(0))]
    bend += [
        (x(c), y(1 - right / c)) for c in (right + (1 - right) * step / 20 for step in range(1, 21)) if c > 0
    ]
    parts.append(_line(bend, "ideal"))
    parts.append(_line([(x(c), y(r)) for c, r in zip(curve.coverage, curve.risk, strict=True)], "curve"))
    for limit, share in curve.at_risk.items():
        # Further down it would lie on the axis, and on its neighbour.
        if 0 < share < 1 and 0.04 * highest < float(limit) < highest:
            at = x(share), y(float(limit))
            parts.append(f'<circle class="mark" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4.6"/>')
            says = f"{_percent(share, 1)} answered at {float(limit) * 100:g} % risk"
            # Beside the dot, on the side that has room.
            near = share > 0.5
            parts.append(
                _text(at[0] + (-9 if near else 9), at[1] - 8, says, "mark", "end" if near else "start")
            )
    parts.append(_axes("risk: mistakes among them", "coverage: the surest answers kept", 414))
    return _svg(420, f"Risk–coverage curve: area under it {_percent(curve.aurc, 3)}", parts)


def learning_svg(curves: Sequence[Curve], best: float | None, what: str, share: bool) -> str:
    """What each epoch gained: losses, or accuracies if ``share``. ``best`` is the epoch whose network was kept."""
    epochs = curves[0].epochs
    low, high, ticks = _span([value for curve in curves for value in curve.values], share)
    x = _scale(epochs[0] - 0.3, epochs[-1] + 0.3, _LEFT, _WIDTH - _RIGHT)
    y = _scale(low, high, 374, _TOP + 20)
    digits = max(0, -math.floor(math.log10((100 if share else 1) * (ticks[1] - ticks[0]) + 1e-12)))
    name = _percent if share else _plain
    lines = "".join(f"M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}" for tick in ticks)
    parts = [f'<path class="grid" d="{lines}"/>']
    parts += [_text(_LEFT - 7, y(tick) + 4, name(tick, digits), "tick", "end") for tick in ticks]
    parts += [_text(x(epoch), 394, f"{epoch:g}", "tick", "middle") for epoch in _some(epochs)]
    for number, curve in enumerate(curves):
        parts.append(_learned(curve, number, x, y, best))
    parts += [
        _text(6, 16, what, "axis"),
        _text((x(epochs[0]) + x(epochs[-1])) / 2, 414, "epoch", "axis", "middle"),
    ]
    parts.append(_names([curve.name for curve in curves]))
    return _svg(420, f"{what} by epoch: {', '.join(curve.name for curve in curves)}", parts)


def _span(values: Sequence[float], share: bool) -> tuple[float, float, list[float]]:
    """Lowest and highest of an axis, and round numbers on it. Losses begin at 0, and accuracies end at 1."""
    known = [value for value in values if math.isfinite(value)]
    least, most = (min(known) if share else min(0.0, *known, 0.0)), max(known)
    room = 0.06 * (most - least) or 0.01
    low, high = max(0.0, least - room) * share, min(most + room, 1.0) if share else most + room
    step = _ticks(high - low)[1]
    ticks = [step * number for number in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]
    return low, high, ticks


def _some(epochs: Sequence[float]) -> list[float]:
    """At most ten of the epochs, evenly spaced."""
    step = next(each for each in (1, 2, 5, 10, 20, 50, 100, 500, 10_000) if len(epochs) <= 10 * each)
    return [epoch for epoch in epochs if epoch % step == 0 or step == 1]


def _learned(curve: Curve, number: int, x: Place, y: Place, best: float | None) -> str:
    points = [(e, v) for e, v in zip(curve.epochs, curve.values, strict=True) if math.isfinite(v)]
    parts = [_line([(x(epoch), y(value)) for epoch, value in points], "curve")]
    for epoch, value in points:
        kept = epoch == best and curve.name == "validation"
        if kept or len(points) <= 40:
            kind, radius = ("kept", 5.5) if kept else ("dot", 2.6)
            says = f"{curve.name}, epoch {epoch:g}: {value:.4f}"
            parts.append(
                f"<g><title>{escape(says)}</title>"
                f'<circle class="{kind}" cx="{x(epoch):.1f}" cy="{y(value):.1f}" r="{radius}"/></g>'
            )
    return f'<g class="nth{number}">{"".join(parts)}</g>'


def _names(names: Sequence[str]) -> str:
    """The curves' names above them, each with its colour; in a line of their own if they are many."""
    words = "\u2002 ".join(
        f'<tspan class="nth{number}">●</tspan> {escape(name)}' for number, name in enumerate(names)
    )
    height = 16 if len(names) <= 3 else 36
    return f'<text class="axis" x="{_WIDTH - _RIGHT}" y="{height}" text-anchor="end">{words}</text>'


def _svg(height: int, says: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(says)}">'
        f"{''.join(parts)}</svg>"
    )


def _scale(low: float, high: float, start: float, end: float) -> Place:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _grid(
    x: Place,
    y: Place,
    columns: Sequence[float],
    rows: Sequence[float],
    name: Callable[[float], str],
    below: float,
    of_y: Callable[[float], str] | None = None,
) -> str:
    left, right, top, bottom = x(0), x(columns[-1]), _TOP, y(0)
    lines = [f"M{x(value):.1f} {top:.1f}V{bottom:.1f}" for value in columns]
    lines += [f"M{left:.1f} {y(value):.1f}H{right:.1f}" for value in rows]
    parts = [f'<path class="grid" d="{"".join(lines)}"/>']
    parts += [_text(x(value), below + 2, name(value), "tick", "middle") for value in columns]
    parts += [_text(left - 7, y(value) + 4, (of_y or name)(value), "tick", "end") for value in rows]
    return "".join(parts)


def _axes(upwards: str, along: str, below: float) -> str:
    """What the axes mean: of the upright one above it, where it can be read without turning the head."""
    return _text(6, 16, upwards, "axis") + _text(
        (_LEFT + _WIDTH - _RIGHT) / 2, below, along, "axis", "middle"
    )


def _line(points: Sequence[tuple[float, float]], kind: str) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{kind}" d="M{path}"/>'


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _plain(number: float, digits: int = 0) -> str:
    return f"{number:.{digits}f}"


def _ticks(highest: float) -> list[float]:
    """Round numbers from 0 up to ``highest``, four to eight of them."""
    rough = highest / 5
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10) if unit * times >= rough)
    return [step * number for number in range(math.floor(highest / step) + 1)]
