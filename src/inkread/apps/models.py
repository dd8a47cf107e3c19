"""The network and the threshold that a command is to use: ``--model`` and ``--min-confidence``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inkread.apps.terminal import note, printable
from inkread.confidence import checked_min_confidence
from inkread.errors import ModelError

__all__ = ["MinConfidence", "usable_model"]

_KERAS_ENDINGS = (".keras", ".h5", ".hdf5")


def _checked(min_confidence: float) -> float:
    try:
        return checked_min_confidence(min_confidence)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


MinConfidence = Annotated[
    float, typer.Option(metavar="0…1", callback=_checked, help="Below it, a digit is doubtful.")
]
"""The option ``--min-confidence`` of every command that reads; its default is ``DEFAULT_MIN_CONFIDENCE``."""


def usable_model(model: Path | None) -> Path | None:
    """A network that a ``Reader`` takes. A Keras file is opened in another process, once its hash is said.

    Raises ModelError, and ExtraMissing where Keras is not installed.
    """
    if model is not None and not model.exists():
        raise ModelError(f"{printable(str(model))}: no such model file; check the path, or leave --model out")
    if model is None or model.suffix.lower() not in _KERAS_ENDINGS:
        return model
    # Here, and not above: reading with an ONNX network needs nothing of training.
    from inkread.training.loading import as_onnx, hash_of, is_ready

    note(f"{printable(str(model))}: SHA-256 {hash_of(model)}")
    if not is_ready(model):
        note("(a Keras file: opened in a process of its own and made ONNX, once; this takes some seconds)")
    return as_onnx(model)
