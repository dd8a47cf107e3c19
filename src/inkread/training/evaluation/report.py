"""Figures -> one page of HTML that needs nothing else: no script, no font, no request.

The page follows the light or dark setting of the browser, folds up on a phone, and can be printed. One part is a
contact sheet of the worst mistakes.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.data.relabelled import Recount
from inkread.training.evaluation.curves import Setting, best_epoch, curves_of
from inkread.training.evaluation.metrics import DigitFigures, Figures, Mistake
from inkread.training.evaluation.plots import draw_reliability, draw_risk_coverage, learning_curves

_CSS = Path(__file__).with_suffix(".css")
_MOST_MISTAKES = 60


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The subject of a page: ``model`` and ``data`` in words, and ``facts`` on both, by name.

    ``epochs`` are the figures of each epoch of the run that made the model, as its metrics.jsonl has them, or none;
    ``setting`` says what was trained, and how.
    """

    model: str
    data: str
    figures: Figures
    recount: Recount | None = None
    caution: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    setting: Setting = field(default_factory=Setting)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, fit for JSON."""
        return {
            "model": self.model,
            "data": self.data,
            "facts": self.facts,
            "figures": self.figures.to_dict(),
            "relabelled": None if self.recount is None else self.recount.to_dict(),
            "epochs": self.epochs,
        }


def to_html(evaluation: Evaluation, images: NDArray[np.floating[Any]]) -> str:
    """The page; ``images`` (n, 28, 28), 0 paper … 1 ink, are those the figures were measured on."""
    figures = evaluation.figures
    caution = f'<p class="caution">{escape(evaluation.caution)}</p>' if evaluation.caution else ""
    sections = [
        _headline(figures),
        _relabelled(evaluation.recount) if evaluation.recount else "",
        _digits(figures),
        _confusion(figures),
        _curves(figures),
        _mistakes(figures, images),
        _learning(evaluation.epochs, evaluation.setting),
        _facts(evaluation.facts),
    ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>{escape(f"{evaluation.model} on {evaluation.data}")}</title>
<style>
{_CSS.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<p class="mark-of-house">inkread · evaluation</p>
<h1>{escape(evaluation.model)}</h1>
<p class="lead">measured on {escape(evaluation.data)}: {figures.count:,} digits</p>
{caution}
</header>
<main>
{"".join(sections)}
</main>
<footer>The same figures, for programs, are in figures.json beside this page.</footer>
</body>
</html>
"""


def often_taken_for(figures: Figures, digit: int, most: int = 3) -> list[tuple[int, int]]:
    """The digits that ``digit`` was wrongly taken for, with how often, the commonest first."""
    row = figures.confusion[digit]
    wrong = [(guess, count) for guess, count in enumerate(row) if count and guess != digit]
    return sorted(wrong, key=lambda each: (-each[1], each[0]))[:most]


def _section(name: str, heading: str, how: str, body: str, kind: str = "") -> str:
    """A section of the page; ``how`` to read it is a paragraph, if there is one."""
    said = f'<p class="how">{how}</p>\n' if how else ""
    style = f' class="{kind}"' if kind else ""
    return (
        f'<section{style} aria-labelledby="{name}">\n<h2 id="{name}">{heading}</h2>\n{said}{body}\n</section>'
    )


def _table(label: str, heads: Iterable[str], rows: Iterable[str], words: tuple[str, ...] = ()) -> str:
    """A table that scrolls on a phone; columns of ``words`` are set to the left."""
    shown = "".join(f'<th{_words(name in words)} scope="col">{name}</th>' for name in heads)
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0"><table>\n<thead><tr>{shown}</tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _words(yes: bool) -> str:
    return ' class="words"' if yes else ""


def _headline(figures: Figures) -> str:
    (low, high), curve = figures.interval, figures.risk_coverage
    risk, answered = next(iter(curve.at_risk.items()))
    recall, weakest = min((each.recall, each.digit) for each in figures.digits if each.recall is not None)
    cards = [
        ("Accuracy", _value(figures.accuracy, 2), f"95 % interval {100 * low:.2f} to {100 * high:.2f} %"),
        ("Mistakes", f"{figures.count - figures.right:,}", f"of {figures.count:,} digits"),
        ("Loss", f"{figures.loss:.4f}", "cross-entropy, nats"),
        ("Calibration error", _value(figures.calibration.ece, 2), f"ECE, {figures.calibration.bins} bins"),
        ("Answers it can give", _value(answered, 1), f"with at most {1000 * float(risk):g} in 1,000 wrong"),
        ("AURC", _value(curve.aurc, 3), f"at best {100 * curve.best_aurc:.3f} %"),
        ("Weakest digit", f"{weakest} <small>{100 * recall:.1f} %</small>", "lowest recall"),
    ]
    boxes = [
        f'<div class="figure{" first" if not place else ""}"><dt>{name}</dt>'
        f'<dd class="value">{value}</dd><dd class="aside">{aside}</dd></div>'
        for place, (name, value, aside) in enumerate(cards)
    ]
    return f'<dl class="headline" aria-label="Headline figures">{"".join(boxes)}</dl>'


def _relabelled(recount: Recount) -> str:
    told, seen = len(recount.rejected), len(recount.relabelled)
    corrected = f"{seen} relabelled, {told - seen} that nobody can tell left out"
    rows = (
        f'<tr><th class="words" scope="row">{name}</th><td>{100 * share.accuracy:.2f} %</td>'
        f"<td>{100 * share.interval[0]:.2f} to {100 * share.interval[1]:.2f} %</td>"
        f'<td>{share.count - share.right:,}</td><td>{share.count:,}</td><td class="words">{counted}</td></tr>'
        for name, share, counted in (
            ("Official labels", recount.official, "as published"),
            ("Rejected labels left out", recount.excluded, f"without {told} images"),
            ("Rejected labels corrected", recount.corrected, corrected),
        )
    )
    how = """Five people judged each of 100 suspicious test images (Northcutt, Athalye and Mueller 2021). A label is
rejected if at most two of the five back it, and corrected if three or more agree on the digit that was suggested
instead. All other labels count as published."""
    heads = ("labels", "accuracy", "95 % interval", "mistakes", "images", "counted")
    table = _table("Accuracy by labels", heads, rows, ("labels", "counted"))
    return _section("relabelled", "With the labels that people reject set right", how, table)


def _digits(figures: Figures) -> str:
    most = max(1, max(each.count - each.right for each in figures.digits))
    how = """Recall: of the images that show a digit, the share recognised. Precision: of the guesses of a digit, the
share that is right. F1 weighs both alike."""
    heads = ("digit", "images", "missed", "recall", "precision", "F1", "taken for (times)")
    rows = (_digit_row(figures, each, most) for each in figures.digits)
    table = _table("Digit by digit", heads, rows, ("taken for (times)",))
    return _section("digits", "Digit by digit", how, table)


def _digit_row(figures: Figures, each: DigitFigures, most: int) -> str:
    missed = each.count - each.right
    taken = ", ".join(f"{guess} ({count:,})" for guess, count in often_taken_for(figures, each.digit)) or "–"
    bar = f'<i style="width:{64 * missed / most:.0f}px" aria-hidden="true"></i>' if missed else ""
    shares = "".join(f"<td>{_share(value)}</td>" for value in (each.recall, each.precision, each.f1))
    return (
        f'<tr><th scope="row">{each.digit}</th><td>{each.count:,}</td>'
        f'<td><span class="bar-cell">{bar}{missed:,}</span></td>{shares}<td class="words">{taken}</td></tr>'
    )


def _confusion(figures: Figures) -> str:
    counts = np.array(figures.confusion)
    most = int(counts[~np.eye(10, dtype=bool)].max())

    def cell(label: int, guess: int) -> str:
        count = figures.confusion[label][guess]
        if guess == label:
            return f'<td class="right">{count:,}</td>'
        return f'<td class="wrong" style="--much:{count / most:.3f}">{count:,}</td>' if count else _NO_MISTAKE

    heads = "".join(f'<th scope="col">{guess}</th>' for guess in range(10))
    rows = "".join(
        f'<tr><th scope="row">{each.digit}</th>{"".join(cell(each.digit, guess) for guess in range(10))}'
        f'<td class="sum">{_share(each.recall, "")}</td></tr>'
        for each in figures.digits
    )
    sums = "".join(f'<td class="sum">{_share(each.precision, "")}</td>' for each in figures.digits)
    how = """A row is a label, a column a guess. Right answers lie on the diagonal; the redder a cell beside it, the
more often that mistake was made."""
    table = f"""<div class="wide" role="region" aria-label="Confusion matrix" tabindex="0"><table class="confusion">
<colgroup><col class="edge"><col span="10"><col class="edge"></colgroup>
<thead><tr><td class="corner">label ↓<br>guess →</td>{heads}<th scope="col" class="sum">recall, %</th></tr></thead>
<tbody>{rows}<tr><th scope="row" class="sum">precision, %</th>{sums}<td></td></tr></tbody></table></div>"""
    return _section("confusion", "What was taken for what", how, table)


_NO_MISTAKE = '<td class="none">·</td>'


def _curves(figures: Figures) -> str:
    reliability = """On the dashed line, what it is 80 % sure of is right in 80 % of cases. Above it, it is better than
it thinks; below: it is too sure of itself. Lines show the 95 % interval, long where there are few samples."""
    risk = """Keep only the surest answers, so many as the lower axis says: the height is the share of mistakes among
them. The dashed line is as low as it could be: if it doubted exactly its mistakes."""
    drawn = draw_reliability.svg(figures.calibration), draw_risk_coverage.svg(figures.risk_coverage)
    first = _section("reliability", "Is it as good as it thinks?", reliability, drawn[0])
    return f'<section class="pair">{first}{_section("risk", "What does doubting gain?", risk, drawn[1])}</section>'


def _learning(epochs: list[dict[str, Any]], setting: Setting) -> str:
    """How the run went that made the network; nothing where that is not known."""
    if not all(curves_of(epochs)):
        return ""
    ring = "" if best_epoch(epochs) is None else " Ringed: the epoch whose network this is."
    drawn = "\n".join(learning_curves.svg(epochs, setting, [panel]) for panel in ("loss", "accuracy"))
    charts = f'<div class="pair charts">\n{drawn}\n</div>'
    return _section("learning", "How it learned", f"{escape(setting.title)}.{ring}", charts)


def _mistakes(figures: Figures, images: NDArray[np.floating[Any]]) -> str:
    shown, wrong = figures.mistakes[:_MOST_MISTAKES], figures.count - figures.right
    many = "All of its mistakes" if wrong == len(shown) else f"The worst {len(shown)} of {wrong:,} mistakes"
    how = f"{many}, the surest first. Above: label → guess. Below: its confidence, and the image’s index in the data."
    body = f'<ul class="sheet">{"".join(_figure_of(each, images) for each in shown)}</ul>' if shown else ""
    return _section("mistakes", "The worst mistakes", how if shown else "There are none.", body, "long")


def _facts(facts: dict[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return _section("facts", "What was measured, and on what", "", f'<dl class="facts">{rows}</dl>')


def _figure_of(mistake: Mistake, images: NDArray[np.floating[Any]]) -> str:
    """A mistake's image, black ink on nothing so that the page's colours show through, and what it was taken for."""
    from PIL import Image

    alpha = (np.clip(images[mistake.index], 0, 1) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([np.zeros_like(alpha), alpha]), "LA").save(buffer, format="PNG", optimize=True)
    source = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    says = f"Image {mistake.index}: labelled {mistake.label}, taken for {mistake.guess}"
    return (
        f'<li><figure><img class="glyph" width="84" height="84" alt="{says}" src="{source}">'
        f'<figcaption><span class="turned">{mistake.label} → <b>{mistake.guess}</b></span><br>'
        f'<span class="detail">{100 * mistake.confidence:.1f} %<br>#{mistake.index}</span></figcaption></figure></li>'
    )


def _share(share: float | None, unit: str = " %") -> str:
    return "–" if share is None else f"{100 * share:.1f}{unit}"


def _value(share: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} <small>%</small>"
