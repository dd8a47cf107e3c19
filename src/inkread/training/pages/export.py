"""A run of the page network -> an ONNX file and its card, which reading opens."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from inkread.training.formats.onnx_export import export_onnx
from inkread.training.pages.network import (
    BOX,
    CENTRE,
    CLASS,
    DISTANCE_UNIT,
    PRINTED,
    STRIDE,
    build_page_network,
)
from inkread.training.synthesis.symbols import CLASSES

__all__ = ["export_run", "reading_network"]


def export_run(run: Path, path: Path) -> dict[str, Any]:
    """Writes the averaged weights of a run's state to ``path``, and a card beside it; returns the card."""
    model = build_page_network()
    with np.load(run / "state.npz") as state:
        model.set_weights([state[f"average_{i}"] for i in range(len(model.get_weights()))])
        step = int(state["step"])
    content = export_onnx(reading_network(model), half=True)
    path.write_bytes(content)
    card = {
        "network": "page",
        "classes": list(CLASSES),
        "stride": STRIDE,
        "parameters": model.count_params(),
        "steps": step,
        "data": "made pages of MNIST train-* and strokes/train_*, see training/synthesis",
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    path.with_suffix(".json").write_text(
        json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return card


def reading_network(model: Any) -> Any:
    """The network with outputs as reading takes them: ``cells`` (n, h, w, C + 6) float32.

    Channels: centre score and class probabilities, 0 … 1, printed, 0 … 1, four distances in pixels.
    """
    import keras
    from keras import ops

    raw = model.output
    cells = ops.concatenate(
        [
            ops.sigmoid(raw[..., CENTRE]),
            ops.softmax(raw[..., CLASS]),
            ops.sigmoid(raw[..., PRINTED]),
            ops.softplus(raw[..., BOX]) * DISTANCE_UNIT,
        ],
        axis=-1,
    )
    return keras.Model(model.input, {"cells": cells}, name="page")
