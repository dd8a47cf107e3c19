"""A network of one's own: `inkread train --network examples/own_network.py:layers --out runs/mine`."""

from __future__ import annotations

from typing import Any


def layers(keras: Any, classes: int) -> list[Any]:
    """Three convolutions and a softmax. Input: glyphs (n, 28, 28, 1), 0 paper … 1 ink."""
    return [
        keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
        keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
        keras.layers.Conv2D(48, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(classes, activation="softmax"),
    ]
