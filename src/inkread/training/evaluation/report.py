"""Figures -> one page of HTML that needs nothing else: no script, no font, no request.

The page follows the light or dark setting of the browser, folds up on a phone, and can be printed. Its last part is a
contact sheet of the worst mistakes.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.data.relabelled import Recount, Share
from inkread.training.evaluation.curves import Setting, best_epoch, curves_of
from inkread.training.evaluation.metrics import DigitFigures, Figures, Mistake
from inkread.training.evaluation.plots import draw_reliability, draw_risk_coverage, learning_curves

_CSS = Path(__file__).with_suffix(".css")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a page is about: ``model`` and ``data`` in words, and ``facts`` on both, by name.

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
    title = f"{evaluation.model} on {evaluation.data}"
    caution = f'<p class="caution">{escape(evaluation.caution)}</p>' if evaluation.caution else ""
    sections = [
        _headline(figures),
        _relabelled(evaluation.recount) if evaluation.recount else "",
        _digits(figures),
        _confusion(figures),
        _curves(figures),
        mistakes_section(figures, images),
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
<title>{escape(title)}</title>
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


def _headline(figures: Figures) -> str:
    low, high = figures.interval
    wrong, curve = figures.count - figures.right, figures.risk_coverage
    few = next(iter(curve.at_risk.items()))
    cards = [
        ("Accuracy", _value(figures.accuracy, 2), f"95 % interval {100 * low:.2f} to {100 * high:.2f} %"),
        ("Mistakes", f"{wrong:,}", f"of {figures.count:,} digits"),
        ("Loss", f"{figures.loss:.4f}", "cross-entropy, nats"),
        ("Calibration error", _value(figures.calibration.ece, 2), f"ECE, {figures.calibration.bins} bins"),
        (
            "Answers it can give",
            _value(few[1], 1),
            f"with at most {1000 * float(few[0]):g} in 1,000 wrong",
        ),
        ("AURC", _value(curve.aurc, 3), f"at best {100 * curve.best_aurc:.3f} %"),
        ("Weakest digit", _weakest(figures), "lowest recall"),
    ]
    boxes = [
        f'<div class="figure{" first" if not place else ""}"><dt>{name}</dt>'
        f'<dd class="value">{value}</dd><dd class="aside">{aside}</dd></div>'
        for place, (name, value, aside) in enumerate(cards)
    ]
    return f'<dl class="headline" aria-label="Headline figures">{"".join(boxes)}</dl>'


def _weakest(figures: Figures) -> str:
    known = [(each.recall, each.digit) for each in figures.digits if each.recall is not None]
    recall, digit = min(known)
    return f"{digit} <small>{100 * recall:.1f} %</small>"


def _relabelled(recount: Recount) -> str:
    told, seen = len(recount.rejected), len(recount.relabelled)
    rows = [
        _share_row("Official labels", recount.official, "as published"),
        _share_row("Rejected labels left out", recount.excluded, f"without {told} images"),
        _share_row(
            "Rejected labels corrected",
            recount.corrected,
            f"{seen} relabelled, {told - seen} that nobody can tell left out",
        ),
    ]
    return f"""<section aria-labelledby="relabelled">
<h2 id="relabelled">With the labels that people reject set right</h2>
<p class="how">Five people judged each of 100 suspicious test images (Northcutt, Athalye and Mueller 2021). A label is
rejected if at most two of the five back it, and corrected if three or more agree on the digit that was suggested
instead. All other labels count as published.</p>
<div class="wide" role="region" aria-label="Accuracy by labels" tabindex="0"><table>
<thead><tr><th class="words" scope="col">labels</th><th scope="col">accuracy</th><th scope="col">95 % interval</th>
<th scope="col">mistakes</th><th scope="col">images</th><th class="words" scope="col">counted</th></tr></thead>
<tbody>{"".join(rows)}</tbody></table></div>
</section>"""


def _share_row(name: str, share: Share, counted: str) -> str:
    low, high = share.interval
    return (
        f'<tr><th class="words" scope="row">{name}</th><td>{100 * share.accuracy:.2f} %</td>'
        f"<td>{100 * low:.2f} to {100 * high:.2f} %</td><td>{share.count - share.right:,}</td>"
        f'<td>{share.count:,}</td><td class="words">{counted}</td></tr>'
    )


def _digits(figures: Figures) -> str:
    most = max(1, max(each.count - each.right for each in figures.digits))
    rows = "".join(_digit_row(figures, each, most) for each in figures.digits)
    return f"""<section aria-labelledby="digits">
<h2 id="digits">Digit by digit</h2>
<p class="how">Recall: of the images that show a digit, the share recognised. Precision: of the guesses of a digit, the
share that is right. F1 weighs both alike.</p>
<div class="wide" role="region" aria-label="Digit by digit" tabindex="0"><table>
<thead><tr><th scope="col">digit</th><th scope="col">images</th><th scope="col">missed</th><th scope="col">recall</th>
<th scope="col">precision</th><th scope="col">F1</th><th class="words" scope="col">taken for (times)</th></tr></thead>
<tbody>{rows}</tbody></table></div>
</section>"""


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
    heads = "".join(f'<th scope="col">{guess}</th>' for guess in range(10))
    rows = "".join(
        f'<tr><th scope="row">{each.digit}</th>{"".join(_cells(figures, each.digit))}'
        f'<td class="sum">{_share(each.recall, "")}</td></tr>'
        for each in figures.digits
    )
    sums = "".join(f'<td class="sum">{_share(each.precision, "")}</td>' for each in figures.digits)
    return f"""<section aria-labelledby="confusion">
<h2 id="confusion">What was taken for what</h2>
<p class="how">A row is a label, a column a guess. Right answers lie on the diagonal; the redder a cell beside it, the
more often that mistake was made.</p>
<div class="wide" role="region" aria-label="Confusion matrix" tabindex="0"><table class="confusion">
<colgroup><col class="edge"><col span="10"><col class="edge"></colgroup>
<thead><tr><td class="corner">label ↓<br>guess →</td>{heads}<th scope="col" class="sum">recall, %</th></tr></thead>
<tbody>{rows}<tr><th scope="row" class="sum">precision, %</th>{sums}<td></td></tr></tbody></table></div>
</section>"""


def _cells(figures: Figures, label: int) -> Iterator[str]:
    most = max(
        (n for row, counts in enumerate(figures.confusion) for at, n in enumerate(counts) if at != row),
        default=1,
    )
    for guess, count in enumerate(figures.confusion[label]):
        if guess == label:
            yield f'<td class="right">{count:,}</td>'
        elif count:
            yield f'<td class="wrong" style="--much:{count / most:.3f}">{count:,}</td>'
        else:
            yield '<td class="none">·</td>'


def _curves(figures: Figures) -> str:
    return f"""<section class="pair">
<section aria-labelledby="reliability">
<h2 id="reliability">Is it as good as it thinks?</h2>
<p class="how">On the dashed line, what it is 80 % sure of is right in 80 % of cases. Above it, it is better than it
thinks; below: it is too sure of itself. Lines show the 95 % interval, long where there are few samples.</p>
{draw_reliability.svg(figures.calibration)}
</section>
<section aria-labelledby="risk">
<h2 id="risk">What does doubting gain?</h2>
<p class="how">Keep only the surest answers, so many as the lower axis says: the height is the share of mistakes among
them. The dashed line is as low as it could be: if it doubted exactly its mistakes.</p>
{draw_risk_coverage.svg(figures.risk_coverage)}
</section>
</section>"""


def _learning(epochs: list[dict[str, Any]], setting: Setting) -> str:
    """How the run went that made the network; nothing where that is not known."""
    if not all(curves_of(epochs)):
        return ""
    ring = "" if best_epoch(epochs) is None else " Ringed: the epoch whose network this is."
    return f"""<section aria-labelledby="learning">
<h2 id="learning">How it learned</h2>
<p class="how">{escape(setting.title)}.{ring}</p>
<div class="pair charts">
{learning_curves.svg(epochs, setting, ["loss"])}
{learning_curves.svg(epochs, setting, ["accuracy"])}
</div>
</section>"""


def _facts(facts: dict[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f"""<section aria-labelledby="facts">
<h2 id="facts">What was measured, and on what</h2>
<dl class="facts">{rows}</dl>
</section>"""


def _share(share: float | None, unit: str = " %") -> str:
    return "–" if share is None else f"{100 * share:.1f}{unit}"


def _value(share: float, digits: int) -> str:
    return f"{100 * share:.{digits}f} <small>%</small>"


_MOST_MISTAKES = 60


def mistakes_section(figures: Figures, images: NDArray[np.floating[Any]]) -> str:
    """A section of HTML; ``images`` (n, 28, 28), 0 paper … 1 ink, are those the figures were measured on."""
    shown = figures.mistakes[:_MOST_MISTAKES]
    wrong = figures.count - figures.right
    many = "All of its mistakes" if wrong == len(shown) else f"The worst {len(shown)} of {wrong:,} mistakes"
    body = f'<ul class="sheet">{"".join(_figure_of(each, images) for each in shown)}</ul>'
    how = f"{many}, the surest first. Above: label → guess. Below: its confidence, and the image’s index in the data."
    if not shown:
        how, body = "There are none.", ""
    return f"""<section class="long" aria-labelledby="mistakes">
<h2 id="mistakes">The worst mistakes</h2>
<p class="how">{how}</p>
{body}
</section>"""


def _figure_of(mistake: Mistake, images: NDArray[np.floating[Any]]) -> str:
    says = f"Image {mistake.index}: labelled {mistake.label}, taken for {mistake.guess}"
    return (
        f'<li><figure><img class="glyph" width="84" height="84" alt="{says}" src="{_inline(images[mistake.index])}">'
        f'<figcaption><span class="turned">{mistake.label} → <b>{mistake.guess}</b></span><br>'
        f'<span class="detail">{100 * mistake.confidence:.1f} %<br>#{mistake.index}</span></figcaption></figure></li>'
    )


def _inline(image: NDArray[np.floating[Any]]) -> str:
    """The image as a data URL: black ink on nothing, so that the page's colours show through."""
    from PIL import Image

    alpha = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([np.zeros_like(alpha), alpha]), "LA").save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
