"""A run of the page network -> an ONNX file and its card, which reading opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from inkread.detection.crops import CROP_SIZE
from inkread.training.formats.card import data_of, file_facts, write_card
from inkread.training.formats.onnx_export import export_onnx
from inkread.training.pages.box_head import NOTHING, build_box_head
from inkread.training.pages.network import (
    BOX,
    CENTRE,
    CLASS,
    DISTANCE_UNIT,
    PRINTED,
    STRIDE,
    build_page_network,
)
from inkread.training.synthesis.texts import CLASSES

_DATA = data_of(
    "digits on made pages",
    "pen strokes of digits, marks, letters and signs on made pages",
    "pen strokes of digits on made pages",
    "inkread.training.synthesis",
    "arrangements, rules, forms, print, paper, light and camera",
)


def export_run(run: Path, path: Path, *, head: bool = False) -> dict[str, Any]:
    """Writes the averaged weights of a run's state to ``path``, and a card beside it; returns the card."""
    model = build_box_head() if head else build_page_network()
    with np.load(run / "state.npz") as state:
        model.set_weights([state[f"average_{i}"] for i in range(len(model.get_weights()))])
        step = int(state["step"])
    content = export_onnx(reading_head(model) if head else reading_network(model), bytes_only=True)
    path.write_bytes(content)
    card = {
        **file_facts(path),
        "network": "box head" if head else "page network",
        "classes": list(CLASSES),
        **({} if head else {"stride": STRIDE}),
        "example_shape": [1, CROP_SIZE, CROP_SIZE, 2] if head else [1, 64, 64, 1],
        "parameters": model.count_params(),
        "weights": "int8, with a scale for each output channel",
        "steps": step,
        "data": _DATA,
    }
    write_card(path, card)
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


def reading_head(model: Any) -> Any:
    """The box head with outputs as reading takes them: ``opinions`` (n, C + 6) float32.

    Channels: probabilities of the classes and of nothing, printed, 0 … 1, corrections of four edges.
    """
    import keras
    from keras import ops

    raw = model.output
    opinions = ops.concatenate(
        [
            ops.softmax(raw[:, : NOTHING + 1]),
            ops.sigmoid(raw[:, NOTHING + 1 : NOTHING + 2]),
            raw[:, NOTHING + 2 :],
        ],
        axis=-1,
    )
    return keras.Model(model.input, {"opinions": opinions}, name="box_head")
