"""The embedding: a second output of the exported network, which changes nothing of the first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inkread
from inkread.errors import ModelError
from inkread.explain import look_inside
from inkread.glyphs.classifier import Classifier
from inkread.inference.onnx_session import open_session
from made_networks import unsettled

pytestmark = pytest.mark.train
SIZE = 6


def noise(count: int) -> Any:
    return np.random.default_rng(0).random((count, 28, 28)).astype(np.float32)


def network(name: str = "embedding") -> Any:
    """A small one whose last but one layer is called ``name``; the same weights whatever its name."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 5, strides=4, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(SIZE, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(name=name),
            layers.Dense(19, activation="softmax"),
        ]
    )
    return unsettled(model)


def exported(model: Any, path: Path) -> Path:
    from inkread.training.formats.onnx_export import glyphs_to_onnx

    path.write_bytes(glyphs_to_onnx(model))
    return path


def with_classes(path: Path) -> Path:
    """A card that names nineteen classes, as a network needs that has more than ten."""
    path.with_suffix(".json").write_text(json.dumps({"classes": CLASSES}))
    return path


CLASSES = (*"0123456789", *"-/.,():+", "none")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_classes(exported(network(), tmp_path_factory.mktemp("networks") / "own.onnx"))


def outputs(path: Path) -> list[tuple[str, list[Any]]]:
    session = open_session(path.read_bytes())
    return [(output.name, output.shape) for output in session.get_outputs()]


def test_a_layer_of_this_name_is_a_second_output(path: Path, tmp_path: Path) -> None:
    assert outputs(path) == [("probabilities", ["n", 19]), ("embedding", ["n", SIZE])]
    other = exported(network("features"), tmp_path / "other.onnx")
    assert outputs(other) == [("probabilities", ["n", 19])]


def test_the_embedding_is_what_the_layer_gives(path: Path) -> None:
    """The oracle: the same layer in Keras."""
    import keras

    model, glyphs = network(), noise(50)
    inner = keras.Model(model.inputs, model.get_layer("embedding").output)
    expected = np.asarray(inner.predict_on_batch(glyphs[..., None]))
    found = Classifier(path).embed(glyphs)
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, abs=1e-5)
    assert np.ptp(found, axis=0).max() > 0.01


def test_scores_are_the_same_with_and_without_it(path: Path, tmp_path: Path) -> None:
    other = with_classes(exported(network("features"), tmp_path / "other.onnx"))
    assert np.array_equal(Classifier(path).scores(noise(40)), Classifier(other).scores(noise(40)))


@pytest.mark.parametrize("count", [0, 1, 256, 300])
def test_any_number_of_glyphs(path: Path, count: int) -> None:
    found = Classifier(path).embed(noise(count))
    assert found.shape == (count, SIZE)
    if count:
        assert found[-1] == pytest.approx(Classifier(path).embed(noise(count)[-1:])[0], abs=1e-5)


def test_a_network_without_one_says_so(tmp_path: Path) -> None:
    other = with_classes(exported(network("features"), tmp_path / "other.onnx"))
    with pytest.raises(ModelError, match="no output named embedding") as raised:
        Classifier(other).embed(noise(1))
    assert str(other) in str(raised.value)


def test_pictures_are_no_embedding(tmp_path: Path) -> None:
    """Only a row of numbers for each glyph is: a convolution of that name stays inside."""
    import keras

    layers = [keras.layers.Conv2D(2, 5, name="embedding"), keras.layers.Flatten()]
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), *layers, keras.layers.Dense(10, activation="softmax")]
    )
    assert outputs(exported(unsettled(model), tmp_path / "own.onnx")) == [("probabilities", ["n", 10])]


def test_the_reader_gives_it_for_glyphs_of_floats_and_of_bytes(path: Path) -> None:
    reader, glyphs = inkread.Reader(path), (noise(5) * 255).astype(np.uint8)
    found = reader.embed(glyphs / np.float32(255))
    assert found.shape == (5, SIZE)
    assert reader.embed(glyphs) == pytest.approx(found, abs=1e-6)
    assert reader.classify(glyphs) == pytest.approx(reader.classify(glyphs / np.float32(255)), abs=1e-6)


def test_it_does_not_hide_the_probabilities_from_those_who_look_inside(path: Path) -> None:
    glyph = noise(1)[0]
    insight = look_inside(path, glyph)
    assert insight.probabilities == pytest.approx(Classifier(path).scores(glyph[None])[0], abs=1e-6)


def test_the_default_network_has_one(tmp_path: Path) -> None:
    from inkread.training.glyphs.networks import build

    path = with_classes(exported(unsettled(build("default", 19)), tmp_path / "default.onnx"))
    assert outputs(path) == [("probabilities", ["n", 19]), ("embedding", ["n", 64])]
    assert Classifier(path).embed(noise(2)).min() >= 0, "after the activation"
