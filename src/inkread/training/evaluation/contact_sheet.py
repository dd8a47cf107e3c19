"""The worst mistakes as a sheet of pictures in the report: image, label and guess, confidence, index."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.training.evaluation.metrics import Figures, Mistake

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
