"""Training, in the order of a lesson: data -> synthesis -> network -> fit -> evaluation -> export.

    data         labelled images and strokes        evaluation   figures, report, thresholds
    synthesis    made characters and pages          formats      Keras -> ONNX, cards, networks of other people
    glyphs       the network for single glyphs      lines        the network for whole lines
    pages        the page network                   recipe, run  the settings of a run, its folder

``train``, ``evaluate`` and ``export`` are the commands of that name, for Python (``api``).
Reading imports nothing of this package. Keras is imported inside the functions that need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inkread.training.api import evaluate, export, train

__all__ = ["evaluate", "export", "train"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from inkread.training import api

    return getattr(api, name)
