"""Training, in the order of a lesson: data -> characters -> glyphs -> evaluation -> formats.

    data          labelled images and strokes          evaluation   figures, report, thresholds
    characters    ink from strokes and from code       formats      Keras -> ONNX, and networks of other people
    glyphs        samples, networks, fit               lines        the network for whole lines
    recipe, run   the settings of a run, its folder    pages, synthesis   the page network and its made pages

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
