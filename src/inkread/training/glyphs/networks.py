"""The networks, each a list of layers to be read from top to bottom (Keras 3).

Input: glyphs (n, 28, 28, 1) float32, 0 paper … 1 ink. Output: one probability per class.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkread.errors import ExtraMissing
from inkread.training.glyphs.own_network import Layers, absolute, check_network, name_of, own_layers, told
from inkread.training.recipe import AnyRecipe, LinesRecipe, RecipeError, asked_recipe, is_own


def import_keras() -> Any:
    """Keras 3; raises ExtraMissing where the extra is not installed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with nullcontext() if "keras" in sys.modules else _hushed():
            import keras
    except ImportError as error:
        raise ExtraMissing('training needs Keras: pip install "inkread[train]"') from error
    return keras


def build(name: str, classes: int) -> Any:
    """A fresh, uncompiled network ``name`` with ``classes`` outputs. Raises RecipeError."""
    keras, layers = import_keras(), layers_of(name)

    def model_of(made: Any) -> Any:
        if isinstance(made, keras.Model):
            return made
        return keras.Sequential([keras.Input((28, 28, 1), name="glyphs"), *made], name=name_of(name))

    if not is_own(name):
        return model_of(layers(keras, classes))
    try:
        model = model_of(layers(keras, classes))
    except Exception as error:
        raise RecipeError(f"{name}: cannot be built ({told(error)}); mend it") from None
    check_network(model, name, classes)
    return model


def asked(recipe: str | Path | None, options: Mapping[str, Any]) -> AnyRecipe:
    """The recipe a command asks for (``asked_recipe``), with a network that there is. Raises RecipeError."""
    found = asked_recipe(recipe, options)
    if isinstance(found, LinesRecipe):
        return found
    layers_of(found.network)
    return replace(found, network=absolute(found.network)) if is_own(found.network) else found


def layers_of(name: str) -> Layers:
    """What lists the layers of network ``name``; raises RecipeError where there is none."""
    if is_own(name):
        return own_layers(name)
    if name.lower() not in NETWORKS:
        raise RecipeError(f"no network {name!r}; there are {', '.join(NETWORKS)}, or give FILE.py:function")
    return NETWORKS[name.lower()]


def _default(keras: Any, classes: int) -> list[Any]:
    """Six convolutions, strided instead of pooled: 8 million multiply-adds, 0.5 million parameters.

    The first looks at every second pixel, and the last only at whole neighbourhoods, four of them: what is then
    spent on 14 × 14 and 7 × 7 costs a CPU as much time as half of it did on 28 × 28. ``embedding`` is what the
    classes are told from: 64 numbers, alike for digits alike.
    """
    return [
        *convolution(keras, 16, size=4, strides=2),
        *convolution(keras, 32),
        *convolution(keras, 64, strides=2),
        *convolution(keras, 96),
        *convolution(keras, 128, strides=2),
        *convolution(keras, 192, padding="valid"),
        keras.layers.Flatten(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(64, use_bias=False),
        keras.layers.BatchNormalization(momentum=0.95),
        keras.layers.ReLU(name="embedding"),
        _probabilities(keras, classes),
    ]


def _classic(keras: Any, classes: int) -> list[Any]:
    """What the well-known tutorials build: 13 million multiply-adds, 2.4 million parameters."""
    return [
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Conv2D(64, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Dropout(0.25),
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dropout(0.5),
        _probabilities(keras, classes),
    ]


def _lenet5(keras: Any, classes: int) -> list[Any]:
    """LeCun, Bottou, Bengio, Haffner 1998, with what is usual now: ReLU, largest of four, softmax.

    Its 61,706 parameters are those of the paper's figure 2 with every map of C3 joined to every one of S2.
    """
    return [
        keras.layers.Conv2D(6, 5, padding="same", activation="relu", name="c1"),
        keras.layers.MaxPooling2D(name="s2"),
        keras.layers.Conv2D(16, 5, activation="relu", name="c3"),
        keras.layers.MaxPooling2D(name="s4"),
        keras.layers.Flatten(),
        keras.layers.Dense(120, activation="relu", name="c5"),
        keras.layers.Dense(84, activation="relu", name="f6"),
        _probabilities(keras, classes),
    ]


def _tiny(keras: Any, classes: int) -> list[Any]:
    """Less than 10,000 parameters: small enough to be looked at whole."""
    return [
        *convolution(keras, 8),
        *convolution(keras, 8),
        keras.layers.MaxPooling2D(),
        *convolution(keras, 12),
        *convolution(keras, 16),
        keras.layers.MaxPooling2D(),
        *convolution(keras, 16),
        *convolution(keras, 20, padding="valid"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        _probabilities(keras, classes),
    ]


def _fast(keras: Any, classes: int) -> list[Any]:
    """For the clock: 0.6 million multiply-adds, 31,000 parameters.

    The first convolution looks at blocks of 4 × 4, every second pixel, so that nothing is ever computed in
    28 × 28, where the time of the others goes. It is not normalised either: that took a seventh of the time,
    and gained nothing.
    """
    return [
        keras.layers.Conv2D(16, 4, strides=2, padding="same", activation="relu"),
        *convolution(keras, 32, strides=2),
        *convolution(keras, 48, padding="valid"),
        keras.layers.Flatten(),
        _probabilities(keras, classes),
    ]


Size = int | tuple[int, int]


def convolution(
    keras: Any, filters: int, size: Size = 3, strides: Size = 1, padding: str = "same"
) -> list[Any]:
    """A convolution without a bias, since the normalisation behind it has one."""
    return [
        keras.layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False),
        keras.layers.BatchNormalization(momentum=0.95),
        keras.layers.ReLU(),
    ]


def _probabilities(keras: Any, classes: int) -> Any:
    return keras.layers.Dense(classes, activation="softmax", name="probabilities")


WITH_DROPOUT = ("default", "classic", "lines")
"""Networks with dropout, which makes what they learn from harder than what they are judged by."""
NETWORKS = {"default": _default, "classic": _classic, "lenet5": _lenet5, "tiny": _tiny, "fast": _fast}


@contextmanager
def _hushed() -> Iterator[None]:
    """TensorFlow greets on the descriptor of standard error, whatever its log level; errors are exceptions."""
    try:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # there is no standard error
        yield
        return
    sys.stderr.flush()
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
