"""Networks from anywhere: formats, conventions, backends, agreement of the export, and files that mean harm."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.errors import ModelError
from inkread.training.formats import loading
from inkread.training.formats.input_range import INKREAD, KNOWN_RANGES, InputRange, find_range
from inkread.training.formats.test_glyphs import probe_digits
from made import draw_number
from made_networks import nearest_mean, unsettled

train = pytest.mark.train
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(loading, "cache_folder", lambda: folder)
    return folder


def noise(count: int) -> Any:
    return np.random.default_rng(0).random((count, 28, 28)).astype(np.float32)


# What the exporter knows


def layers_in_a_row(L: Any) -> dict[str, list[Any]]:
    """Sequences of layers that end in pictures or rows; a dense layer follows."""
    return {
        "strides": [L.Conv2D(4, 3, strides=2, padding="same", activation="relu"), L.Conv2D(4, 4, padding="same")],
        "dilation": [L.Conv2D(4, 3, dilation_rate=2, padding="same"), L.Conv2D(4, 3, dilation_rate=2)],
        "groups": [L.Conv2D(4, 3), L.Conv2D(6, 3, groups=2, strides=2)],
        "separable": [
            L.SeparableConv2D(6, 3, depth_multiplier=2, strides=2, padding="same", activation="tanh"),
            L.DepthwiseConv2D(3, depth_multiplier=3, activation="elu"),
            L.SeparableConv2D(3, 3, use_bias=False),
        ],
        "pooling": [
            L.Conv2D(4, 3), L.MaxPooling2D(3, 2, padding="same"), L.AveragePooling2D(2, padding="same"),
            L.AveragePooling2D(3, strides=1), L.MaxPooling2D(),
        ],
        "global": [L.Conv2D(4, 3), L.GlobalAveragePooling2D(keepdims=True), L.GlobalMaxPooling2D()],
        "normalised": [
            L.BatchNormalization(), L.Conv2D(4, 3, use_bias=False), L.BatchNormalization(scale=False),
            L.ReLU(6.0), L.BatchNormalization(center=False), L.Flatten(), L.Dense(8), L.BatchNormalization(),
        ],
        "activations": [
            L.Conv2D(4, 3), L.LeakyReLU(), L.Conv2D(4, 3), L.PReLU(), L.Conv2D(4, 3), L.PReLU(shared_axes=[1, 2]),
            L.ELU(0.5), L.ReLU(negative_slope=0.1, max_value=2.0), L.Softmax(), L.Activation("softmax"),
        ],
        "functions": [
            L.Dense(4, activation=name)
            for name in ("sigmoid", "tanh", "elu", "selu", "softplus", "softsign", "exponential", "leaky_relu",
                         "silu", "gelu", "relu6", "softmax")
        ],
        "shapes": [
            L.ZeroPadding2D(((1, 2), (0, 3))), L.Conv2D(4, 5), L.Reshape((27 * 27, 4)), L.Dense(3),
            L.Reshape((27, 27, 3)), L.Conv2D(2, 3), L.Flatten(), L.Reshape((25, 25, 2)), L.Flatten(),
        ],
        "training only": [
            L.Rescaling(1 / 127.5, offset=-1), L.RandomRotation(0.1), L.GaussianNoise(0.1), L.Conv2D(4, 3),
            L.SpatialDropout2D(0.2), L.BatchNormalization(), L.Dropout(0.5),
        ],
        "less usual": [
            L.Conv2D(4, 3, strides=2), L.LayerNormalization(), L.UpSampling2D(), L.ReLU(threshold=0.5),
            L.Conv2DTranspose(4, 3, strides=2, padding="same"), L.GroupNormalization(2), L.Softmax(axis=1),
            L.Cropping2D(2), L.Permute((2, 1, 3)), L.UnitNormalization(),
        ],
    }  # fmt: skip


ROWS = ["strides", "dilation", "groups", "separable", "pooling", "global", "normalised", "activations",
        "functions", "shapes", "training only", "less usual"]  # fmt: skip


def agree(model: Any) -> Any:
    """The ONNX answers to some noise, which must be Keras' own."""
    from inkread.training.formats.onnx_export import glyphs_to_onnx
    from inkread.training.formats.parity import check_agreement, keras_answers, onnx_answers

    given = onnx_answers(glyphs_to_onnx(model))(noise(40))
    check_agreement(keras_answers(model)(noise(40)), given)
    return given


@train
@pytest.mark.parametrize("name", ROWS)
def test_the_export_knows_what_networks_for_digits_are_made_of(name: str) -> None:
    import keras

    layers = layers_in_a_row(keras.layers)
    assert sorted(layers) == sorted(ROWS)
    ends = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    agree(unsettled(keras.Sequential([keras.Input((28, 28, 1)), *layers[name], *ends])))


@train
def test_the_export_knows_branches_and_networks_within_networks() -> None:
    import keras

    L = keras.layers
    inner = keras.Sequential(
        [keras.Input((28, 28, 1)), L.Conv2D(4, 3, padding="same"), L.BatchNormalization()]
    )
    glyphs = keras.Input((28, 28, 1))
    one = inner(glyphs)
    two = L.Add()([one, L.Conv2D(4, 3, padding="same")(one), one])
    joined = L.Concatenate()([L.GlobalMaxPooling2D()(two), L.Flatten()(L.Concatenate(axis=1)([one, two]))])
    agree(unsettled(keras.Model(glyphs, L.Dense(10, activation="softmax")(joined))))


@train
def test_a_page_of_any_size_has_two_outputs() -> None:
    """A fully convolutional network keeps free sizes and the names and order of its outputs."""
    import keras

    from inkread.inference.onnx_session import open_session
    from inkread.training.formats.onnx_export import export_onnx
    from inkread.training.glyphs.networks import convolution

    L = keras.layers
    pages = found = keras.Input((None, None, 1), name="pages")
    for layer in convolution(keras, 8, strides=2):
        found = layer(found)
    fine = found
    for layer in convolution(keras, 8, strides=2):
        found = layer(found)
    found = L.Concatenate()([L.UpSampling2D()(found), L.Conv2DTranspose(4, 2, 2)(found), fine])
    outputs = {"scores": L.Conv2D(11, 1, activation="sigmoid")(found), "boxes": L.Conv2D(4, 1)(found)}
    model = unsettled(keras.Model(pages, outputs))
    session = open_session(export_onnx(model))
    assert [(node.name, node.shape) for node in session.get_inputs()] == [
        ("pages", ["n", "pages_1", "pages_2", 1])
    ]
    assert [(node.name, node.shape[-1]) for node in session.get_outputs()] == [("scores", 11), ("boxes", 4)]
    for count, height, width in ((1, 32, 48), (3, 64, 36), (2, 160, 160)):
        given = np.random.default_rng(0).random((count, height, width, 1)).astype(np.float32)
        expected = model.predict_on_batch(given)
        for name, values in zip(("scores", "boxes"), session.run(None, {"pages": given}), strict=True):
            assert values.shape[:3] == (count, height // 2, width // 2)
            assert values == pytest.approx(expected[name], abs=1e-5)


@train
def test_what_cannot_be_exported_is_named() -> None:
    import keras

    from inkread.training.formats.onnx_export import glyphs_to_onnx

    glyphs = keras.Input((28, 28, 1))
    rows = keras.layers.Flatten()(keras.ops.erfinv(glyphs))
    with pytest.raises(ModelError, match=r"^[^\n]*Erfinv[^\n]*$"):
        glyphs_to_onnx(keras.Model(glyphs, keras.layers.Dense(10)(rows)))


# Files, as people have them


def digits_network(keras: Any, shape: tuple[int, ...], ending: str | None) -> Any:
    L = keras.layers
    layers = [
        L.Reshape((28, 28, 1)),
        L.Conv2D(4, 3, activation="relu"),
        L.BatchNormalization(),
        L.MaxPooling2D(),
    ]
    layers += [L.Dropout(0.5), L.Flatten(), L.Dense(10, activation=ending)]
    return unsettled(keras.Sequential([keras.Input(shape), *layers]))


@train
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize(
    ("shape", "ending"), [((28, 28, 1), "softmax"), ((28, 28), None), ((784,), "sigmoid")]
)
def test_both_formats_and_every_shape(
    suffix: str, shape: tuple[int, ...], ending: str | None, tmp_path: Path
) -> None:
    import keras

    from inkread.training.formats.conversion import convert
    from inkread.training.formats.parity import keras_answers, onnx_answers

    model, path, out = digits_network(keras, shape, ending), tmp_path / f"net{suffix}", tmp_path / "net.onnx"
    model.save(path)
    found = convert(path, out, input_range=INKREAD)
    assert found["compared_on"] == 10_000
    assert found["range"] == "0..1"
    assert found["ending"] == {"softmax": "probabilities", None: "softmax", "sigmoid": "shares"}[ending]
    given = onnx_answers(out.read_bytes())(noise(20))
    assert given.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (given.argmax(axis=1) == keras_answers(model)(noise(20)).argmax(axis=1)).all()


@train
@pytest.mark.parametrize("bias", [-20, -60, -500, 20])
def test_sigmoids_that_all_say_hardly_or_surely_are_exact(bias: float, tmp_path: Path) -> None:
    """Their shares are what is compared: an error of 1e-7, which is little in a sigmoid, would be large there."""
    import keras

    from inkread.training.formats.conversion import convert
    from inkread.training.formats.parity import keras_answers, onnx_answers

    model = digits_network(keras, (28, 28, 1), "sigmoid")
    weights, biases = model.layers[-1].get_weights()
    model.layers[-1].set_weights([weights, biases + bias])
    assert (keras_answers(model)(noise(20)) < 1e-6).all() == (bias < 0)
    model.save(tmp_path / "net.keras")
    found = convert(tmp_path / "net.keras", tmp_path / "net.onnx", input_range=INKREAD)
    assert (found["ending"], found["largest_difference"] <= 1e-5) == ("shares", True)
    given = onnx_answers((tmp_path / "net.onnx").read_bytes())(noise(20))
    assert given.sum(axis=1) == pytest.approx(1, abs=1e-5)


LEGACY = [
    ("Conv2D", {"name": "conv2d", "trainable": True, "batch_input_shape": [None, 28, 28, 1], "dtype": "float32",
                "filters": 4, "kernel_size": [3, 3], "strides": [1, 1], "padding": "valid", "groups": 1,
                "data_format": "channels_last", "dilation_rate": [1, 1], "activation": "relu", "use_bias": True,
                "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None}),
    ("BatchNormalization", {"name": "batch_normalization", "dtype": "float32", "axis": [3], "momentum": 0.99,
                            "epsilon": 0.001, "center": True, "scale": True,
                            "gamma_initializer": {"class_name": "Ones", "config": {}}}),
    ("LeakyReLU", {"name": "leaky_re_lu", "dtype": {"class_name": "Policy", "config": {"name": "mixed_float16"}},
                   "alpha": 0.1}),
    ("MaxPooling2D", {"name": "max_pooling2d", "pool_size": [2, 2], "padding": "valid", "strides": [2, 2],
                      "data_format": "channels_last"}),
    ("Dropout", {"name": "dropout", "rate": 0.25, "noise_shape": None, "seed": None}),
    ("Flatten", {"name": "flatten", "data_format": "channels_last"}),
    ("Dense", {"name": "dense", "units": 10, "activation": "softmax_v2", "use_bias": True}),
]  # fmt: skip
"""The layers of a network as TensorFlow 2's Keras 2 describes them."""
LEGACY_WEIGHTS = {
    "conv2d": {"kernel:0": (3, 3, 1, 4), "bias:0": (4,)},
    "batch_normalization": {
        "gamma:0": (4,),
        "beta:0": (4,),
        "moving_mean:0": (4,),
        "moving_variance:0": (4,),
    },
    "dense": {"kernel:0": (676, 10), "bias:0": (10,)},
}


def description(kind: str) -> dict[str, Any]:
    layers = [{"class_name": name, "config": dict(config)} for name, config in LEGACY]
    if kind == "2.2":  # a list, the shape in the first layer
        return {"class_name": "Sequential", "config": layers}
    shape = layers[0]["config"].pop("batch_input_shape")
    given = {
        "class_name": "InputLayer",
        "config": {"batch_input_shape": shape, "name": "input_1", "ragged": False},
    }
    if kind == "sequential":
        return {"class_name": "Sequential", "config": {"name": "sequential", "layers": [given, *layers]}}
    if kind == "built":  # the shape found when it was first called
        config = {"name": "sequential", "layers": layers, "build_input_shape": [32, 28, 28, 1]}
        return {"class_name": "Sequential", "config": config}
    if kind == "nested":  # the first layers as a network of their own; Keras 2 counts its uses from 1
        whole = [given | {"name": "input_1"}, *layers[:3]]
        layers[:3] = [{"class_name": "Sequential", "config": {"name": "inner", "layers": whole}}]
    before = "input_1"
    for layer in layers:
        use = int(before == "inner")
        layer |= {"name": layer["config"]["name"], "inbound_nodes": [[[before, use, 0, {}]]]}
        before = layer["name"]
    ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [["dense", 0, 0]]}
    listed = [given | {"name": "input_1", "inbound_nodes": []}, *layers]
    return {"class_name": "Functional", "config": {"name": "model", "layers": listed, **ends}}


def write_legacy(path: Path, described: Any, weights: dict[str, dict[str, Any]] = LEGACY_WEIGHTS) -> None:
    """A file as ``model.save("x.h5")`` of TensorFlow 2.x writes it."""
    h5py = pytest.importorskip("h5py")
    rng = np.random.default_rng(5)
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = b"2.10.0", b"tensorflow"
        file.attrs["model_config"] = json.dumps(described).encode()
        group = file.create_group("model_weights")
        names = [config["name"] for _, config in LEGACY]
        grouped = {name: [name] for name in names}
        if '"inner"' in json.dumps(described):
            grouped = {"inner": names[:3], **{name: [name] for name in names[3:]}}
        group.attrs["layer_names"] = np.array([*grouped], "S")
        for top, inside in grouped.items():
            inner = group.create_group(top)
            arrays = {
                f"{name}/{each}": shape for name in inside for each, shape in weights.get(name, {}).items()
            }
            inner.attrs["weight_names"] = np.array([*arrays], "S")
            for each, shape in arrays.items():
                values = rng.normal(0, 0.3, shape) if isinstance(shape, tuple) else shape
                inner[each] = np.abs(values).astype(np.float32)


@train
@pytest.mark.parametrize("kind", ["sequential", "built", "functional", "nested", "2.2"])
def test_files_of_tensorflow_2_open(kind: str, tmp_path: Path) -> None:
    import h5py

    from inkread.training.formats.keras_file import open_saved

    path = tmp_path / "old.h5"
    write_legacy(path, description(kind))
    model = open_saved(path)
    given = agree(model)
    # Keras' own names and order of weights: those of the file.
    with h5py.File(path) as file:
        dense = file["model_weights/dense/dense/kernel:0"][()]
        top = "inner" if kind == "nested" else "batch_normalization"
        mean = file[f"model_weights/{top}/batch_normalization/moving_mean:0"][()]
    inside = model.get_layer("inner") if kind == "nested" else model
    assert np.array_equal(model.get_layer("dense").get_weights()[0], dense)
    assert np.array_equal(inside.get_layer("batch_normalization").get_weights()[2], mean)
    assert inside.get_layer("leaky_re_lu").negative_slope == pytest.approx(0.1)
    assert given.shape == (40, 10)


@train
def test_keras_files_of_tensorflow_2_13_open(tmp_path: Path) -> None:
    import h5py
    import keras

    from inkread.training.formats.keras_file import open_saved

    new, old, weights = tmp_path / "new.keras", tmp_path / "old.keras", tmp_path / "weights.h5"
    model = digits_network(keras, (28, 28, 1), "softmax")
    model.save(new)
    with zipfile.ZipFile(new) as source, zipfile.ZipFile(old, "w") as target:
        weights.write_bytes(source.read("model.weights.h5"))
        with h5py.File(weights, "r+") as file:
            file.move("layers", "_layer_checkpoint_dependencies")
        target.writestr("model.weights.h5", weights.read_bytes())
        target.writestr("config.json", source.read("config.json"))
        target.writestr("metadata.json", json.dumps({"keras_version": "2.13.1"}))
    for mine, theirs in zip(open_saved(old).get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)


# Which range, which ending


@pytest.mark.parametrize("wanted", KNOWN_RANGES, ids=str)
def test_the_range_is_the_one_in_which_it_reads(wanted: InputRange) -> None:
    """Dark and bright paper, 0 to 255, -1 to 1, and mean and deviation of MNIST."""
    reader = inkread.Reader()

    def answers(given: Any) -> Any:
        glyphs = (given - np.float32(wanted.paper)) / np.float32(wanted.scale)
        return reader.classify(np.clip(glyphs, 0, 1))

    found, share = find_range(answers)
    assert share > 0.95, "the made digits must be what they are said to be"
    shares = {each: find_share(answers, each) for each in (found, wanted)}
    # Where glyphs are clipped, a wider range reads as well.
    assert found == wanted or shares[found] >= shares[wanted] - 0.03


def find_share(answers: Callable[[Any], Any], tried: InputRange) -> float:
    """The share of the made digits that is read in a range."""
    glyphs, labels = probe_digits()
    return float((answers(tried.of(glyphs)).argmax(axis=1) == labels).mean())


@train
@pytest.mark.parametrize("wanted", ["0..1", "0..255", "255..0", "1..0", "-0.4242..2.8215"])
def test_a_network_of_any_range_reads_in_its_own(wanted: str, tmp_path: Path) -> None:
    import keras

    from inkread.training.formats.conversion import convert

    nearest_mean(keras, InputRange.parse(wanted)).save(tmp_path / "net.keras")
    found = convert(tmp_path / "net.keras", tmp_path / "net.onnx")
    assert found["range"] == wanted
    assert found["accuracy_on_made_digits"] > 0.7
    glyphs, labels = probe_digits()
    given = inkread.Reader(tmp_path / "net.onnx").classify(glyphs)
    assert (given.argmax(axis=1) == labels).mean() == pytest.approx(
        found["accuracy_on_made_digits"], abs=1e-4
    )


@train
def test_a_network_that_reads_in_no_known_range_needs_to_be_told(tmp_path: Path) -> None:
    import keras

    from inkread.training.formats.conversion import convert

    path, out = tmp_path / "net.keras", tmp_path / "net.onnx"
    digits_network(keras, (28, 28, 1), "softmax").save(path)
    with pytest.raises(ModelError, match=r"net\.keras: reads \d+ % of made digits at best.*--input-range"):
        convert(path, out)
    assert not out.exists()
    assert convert(path, out, input_range=InputRange(0, 7))["range"] == "0..7"
    given, labels = noise(20), loading.as_onnx(out)
    expected = keras.models.load_model(path).predict_on_batch(given[..., None] * 7)
    assert inkread.Reader(labels).classify(given) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "paper", "ink"),
    [("0..255", 0, 255), ("1..0", 1, 0), ("-1 to 1", -1, 1), (" -.5 .. 0.5 ", -0.5, 0.5)],
)
def test_a_range_is_written_as_paper_and_ink(text: str, paper: float, ink: float) -> None:
    assert InputRange.parse(text) == InputRange(paper, ink)
    assert InputRange.parse(str(InputRange(paper, ink))) == InputRange(paper, ink)


@pytest.mark.parametrize("text", ["", "0", "1..1", "0..nan", "0..1..2", "a..b", "0..9999999"])
def test_what_is_no_range_is_one_line(text: str) -> None:
    with pytest.raises(ModelError, match=r"^no input range [^\n]*such as 0\.\.255[^\n]*$"):
        InputRange.parse(text)


@train
def test_a_runs_own_network_is_given_what_it_learned_from(tmp_path: Path) -> None:
    """However little it has learned, and though it may read more of the made digits in another range."""
    import keras

    path = tmp_path / "best.keras"
    nearest_mean(keras, InputRange(0, 255)).save(path)
    assert loading.convert_apart(path, tmp_path / "one.onnx")["range"] == "0..255"
    (tmp_path / "recipe.toml").write_text('network = "tiny"')
    assert loading.convert_apart(path, tmp_path / "two.onnx")["range"] == "0..1"


def test_made_glyphs_are_many_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.training.formats.test_glyphs import parity_glyphs

    monkeypatch.setenv("INKREAD_DATA", os.devnull)
    glyphs = parity_glyphs()
    assert (glyphs.shape, glyphs.dtype) == ((10_000, 28, 28), np.float32)
    assert glyphs.min() >= 0
    assert glyphs.max() <= 1.001
    assert len(np.unique(glyphs.reshape(10_000, -1)[:500], axis=0)) == 500


# What is wrong with a file, in one line


class Harm:
    """Whatever unpickles it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr({"config": "config.json", "weights": "model.weights.h5"}.get(name, name), content)


def as_json(described: Any) -> bytes:
    return json.dumps(described).encode()


def with_layer(kind: str, config: Any) -> dict[str, Any]:
    """A description in which this layer stands in the middle."""
    described = description("sequential")
    config = {"name": "odd", **config} if isinstance(config, dict) else config
    layer = {"module": "os", "class_name": kind, "registered_name": None, "config": config}
    described["config"]["layers"].insert(3, layer)
    return described


def hostile(tmp_path: Path) -> dict[str, Callable[[Path], Any]]:
    """Files that mean harm, or are none, each by what it is called."""
    mark = tmp_path / "harm"
    pickled = pickle.dumps(Harm(mark))
    code = marshal.dumps(compile(f"open({str(mark)!r}, 'w')", "x", "eval"))
    lambdas = {"function": [code.hex(), None, None], "function_type": "lambda"}
    system = {"module": "os", "class_name": "system", "registered_name": None, "config": f"touch {mark}"}
    deep: Any = description("sequential")
    for _ in range(30):
        deep = {"class_name": "Sequential", "config": {"name": "odd", "layers": [deep]}}
    bomb = {name: dict.fromkeys(arrays, (9, 9)) for name, arrays in LEGACY_WEIGHTS.items()}
    return {
        "Lambda.h5": lambda path: write_legacy(path, with_layer("Lambda", lambdas)),
        "Lambda.keras": lambda path: zipped(path, config=as_json(with_layer("Lambda", lambdas)), weights=b"x"),
        "TorchModuleWrapper.keras": lambda path: zipped(
            path, config=as_json(with_layer("TorchModuleWrapper", {"module": pickled.hex()})), weights=pickled
        ),
        "system.h5": lambda path: write_legacy(path, with_layer("system", f"touch {mark}")),
        "activation.h5": lambda path: write_legacy(path, with_layer("Activation", {"activation": system})),
        "initializer.h5": lambda path: write_legacy(path, with_layer("Dense", {"units": system})),
        "huge.h5": lambda path: write_legacy(path, with_layer("Dense", {"units": 2_000_000_000})),
        "nan.h5": lambda path: write_legacy(path, with_layer("Dropout", {"rate": float("nan")})),
        "deep.h5": lambda path: write_legacy(path, deep),
        "shapes.h5": lambda path: write_legacy(path, description("sequential"), bomb),
        "pickle.h5": lambda path: path.write_bytes(pickled),
        "pickle.keras": lambda path: zipped(path, config=pickled, weights=pickled),
        "text.keras": lambda path: path.write_text("not a network"),
        "empty.h5": lambda path: path.write_bytes(b""),
        "folder.keras": lambda path: path.mkdir(),
        "json.h5": lambda path: write_legacy(path, [1, 2]),
        "nothing.keras": lambda path: zipped(path, other=b"x"),
        "broken.keras": lambda path: path.write_bytes(b"PK\x03\x04" + bytes(200)),
        "broken.h5": lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200)),
        "missing.h5": lambda path: None,
    }  # fmt: skip


HOSTILE = ["Lambda.h5", "Lambda.keras", "TorchModuleWrapper.keras", "system.h5", "activation.h5", "initializer.h5",
           "huge.h5", "nan.h5", "deep.h5", "shapes.h5", "pickle.h5", "pickle.keras", "text.keras", "empty.h5",
           "folder.keras", "json.h5", "nothing.keras", "broken.keras", "broken.h5", "missing.h5"]  # fmt: skip


@train
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_network_is_one_line_and_does_nothing(name: str, tmp_path: Path) -> None:
    from inkread.training.formats.keras_file import open_saved

    assert sorted(hostile(tmp_path)) == sorted(HOSTILE)
    hostile(tmp_path)[name](tmp_path / name)
    with pytest.raises(ModelError) as caught:
        open_saved(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "harm").exists()
    if "Lambda" in name:
        assert "never run" in str(caught.value)


@train
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("what", ["Lambda", "Mine", "activation", "huge", "module"])
def test_what_keras_3_saved_runs_nothing_either(
    what: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from inkread.training.formats.keras_file import open_saved

    class Mine(keras.layers.Layer):  # type: ignore[misc]
        def call(self, given: Any) -> Any:
            return given

    monkeypatch.chdir(tmp_path)
    L, path, harm = keras.layers, tmp_path / f"net{suffix}", Path("harm")
    layer = {
        "Lambda": L.Lambda(
            lambda given: (__import__("os").mkdir("harm"), given)[1], output_shape=(28, 28, 1), name="odd"
        ),
        "Mine": Mine(name="odd"),
        "activation": L.Dense(
            3, activation=lambda given: (__import__("os").mkdir("harm"), given)[1], name="odd"
        ),
    }.get(what, L.Dense(3, name="odd"))
    keras.Sequential([keras.Input((28, 28, 1)), layer, L.Flatten(), L.Dense(10)]).save(path)
    if harm.exists():
        harm.rmdir()  # building the network runs it
    if what in ("huge", "module"):
        changes = {"huge": ('"units": 3', '"units": 2000000000'), "module": ('"keras.initializers"', '"os"')}
        rewrite(path, *changes[what])
    with pytest.raises(ModelError) as caught:
        open_saved(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert not harm.exists()
    told = {"Lambda": "Lambda (odd)", "Mine": "Mine", "huge": "2e+09", "module": "not Keras' own"}
    assert told.get(what, "activation that is code") in str(caught.value)


def rewrite(path: Path, old: str, new: str) -> None:
    """Changes the description in a Keras file."""
    import h5py

    if path.suffix == ".h5":
        with h5py.File(path, "r+") as file:
            text = file.attrs["model_config"]
            assert old in text
            file.attrs["model_config"] = text.replace(old, new)
        return
    with zipfile.ZipFile(path) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    assert old.encode() in members["config.json"]
    members["config.json"] = members["config.json"].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)


@train
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_networks_of_mixed_precision_are_read_in_float32(suffix: str, tmp_path: Path) -> None:
    import keras

    from inkread.training.formats.keras_file import open_saved

    L, path = keras.layers, tmp_path / f"net{suffix}"
    layers = [L.Conv2D(4, 3, dtype="mixed_float16"), L.BatchNormalization(dtype="mixed_float16"), L.Flatten()]
    model = unsettled(
        keras.Sequential([keras.Input((28, 28, 1)), *layers, L.Dense(10, activation="softmax")])
    )
    model.save(path)
    opened = open_saved(path)
    assert {layer.compute_dtype for layer in opened.layers} == {"float32"}
    for mine, theirs in zip(opened.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    agree(opened)


@train
def test_an_operation_between_layers_is_told_from_code(tmp_path: Path) -> None:
    from inkread.training.formats.keras_file import open_saved

    write_legacy(tmp_path / "net.h5", with_layer("TFOpLambda", {"function": "expand_dims"}))
    with pytest.raises(ModelError, match="operation of TensorFlow, not a layer"):
        open_saved(tmp_path / "net.h5")


@train
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_no_cut_of_a_file_opens_or_fails_otherwise(suffix: str, tmp_path: Path) -> None:
    import keras

    from inkread.training.formats.keras_file import open_saved

    whole, cut = tmp_path / f"net{suffix}", tmp_path / f"cut{suffix}"
    digits_network(keras, (28, 28, 1), "softmax").save(whole)
    content = whole.read_bytes()
    for share in (0.01, 0.3, 0.6, 0.9, 0.99):
        cut.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ModelError, match=r"^[^\n]*$"):
            open_saved(cut)


@train
def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import h5py

    from inkread.training.formats import keras_file as saved

    monkeypatch.setattr(saved, "_FILE_BYTES", 2_000_000)
    monkeypatch.setattr(saved, "_TEXT_BYTES", 100_000)
    zipped(tmp_path / "text.keras", config=bytes(200_000), weights=b"x")
    described = json.dumps(description("sequential")).encode()
    zipped(tmp_path / "weights.keras", config=described, weights=bytes(3_000_000))
    write_legacy(tmp_path / "zeros.h5", description("sequential"))
    with h5py.File(tmp_path / "zeros.h5", "r+") as file:
        file.create_dataset("zeros", (1000, 1000), np.float32, compression="gzip", fillvalue=0)
    (tmp_path / "large.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(2_100_000))
    for name in ("text.keras", "weights.keras", "zeros.h5", "large.h5"):
        with pytest.raises(ModelError, match="MB"):
            saved.open_saved(tmp_path / name)


@train
@pytest.mark.parametrize("link", ["external", "soft", "virtual"])
def test_links_out_of_a_file_are_not_followed(link: str, tmp_path: Path) -> None:
    import h5py

    from inkread.training.formats.keras_file import open_saved

    write_legacy(tmp_path / "secret.h5", description("sequential"))
    write_legacy(tmp_path / "net.h5", description("sequential"))
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        group = file["model_weights/dense"]
        del group["dense/kernel:0"]
        if link == "virtual":
            layout = h5py.VirtualLayout((676, 10), np.float32)
            inner = "model_weights/dense/dense/kernel:0"
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), inner, shape=(676, 10))
            group.create_virtual_dataset("dense/kernel:0", layout)
        else:
            kind = h5py.ExternalLink if link == "external" else lambda file, path: h5py.SoftLink(path)
            group["dense/kernel:0"] = kind("secret.h5", "/model_weights/conv2d")
    with pytest.raises(ModelError, match="links to what lies outside"):
        open_saved(tmp_path / "net.h5")


@train
def test_weights_alone_are_told_from_a_network(tmp_path: Path) -> None:
    import h5py

    from inkread.training.formats.keras_file import open_saved

    write_legacy(tmp_path / "net.h5", description("sequential"))
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        del file.attrs["model_config"]
    with pytest.raises(ModelError, match="without their network"):
        open_saved(tmp_path / "net.h5")


@train
@pytest.mark.parametrize(
    ("shape", "classes", "match"), [((32, 32, 1), 10, "28 × 28"), ((28, 28, 1), 12, "needs 10")]
)
def test_networks_for_something_else(
    shape: tuple[int, ...], classes: int, match: str, tmp_path: Path
) -> None:
    import keras

    from inkread.training.formats.conversion import convert

    L = keras.layers
    keras.Sequential([keras.Input(shape), L.Flatten(), L.Dense(classes)]).save(tmp_path / "net.keras")
    with pytest.raises(ModelError, match=match):
        convert(tmp_path / "net.keras", tmp_path / "net.onnx")
    assert not (tmp_path / "net.onnx").exists()


# The commands, and the other process


def inkread_process(*arguments: object, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    # Caches follow the user's home, here a folder of the test's own.
    own = {
        "HOME": str(cwd),
        "XDG_CACHE_HOME": str(cwd / "user-cache"),
        "LOCALAPPDATA": str(cwd / "user-cache"),
    }
    env = {**os.environ, **own, "PYTHONPATH": str(ROOT / "src"), **more}
    command = [sys.executable, "-m", "inkread", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, cwd=cwd, env=env)


@train
def test_a_keras_file_reads_and_is_converted_once(tmp_path: Path) -> None:
    from hashlib import sha256

    write_legacy(tmp_path / "old.h5", description("sequential"))
    # Whoever stands in a folder with a keras.py of somebody's does not run it.
    (tmp_path / "keras.py").write_text("open('harm', 'w')\nraise SystemExit(3)")
    Image.fromarray(draw_number("20", seed=3)).save(tmp_path / "number.png")
    digest = sha256((tmp_path / "old.h5").read_bytes()).hexdigest()
    first = inkread_process("read", "number.png", "--model", "old.h5", "--input-range", "0..1", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stderr.splitlines()[0] == f"old.h5: SHA-256 {digest}"
    assert first.stderr.splitlines()[2] == "(input range 0..1)"
    kept = list((tmp_path / "user-cache").rglob("*.onnx")) or list(tmp_path.rglob("*.onnx"))
    assert len(kept) == 1
    times = kept[0].stat().st_mtime_ns
    second = inkread_process("read", "number.png", "--model", "old.h5", "--input-range", "0..1", cwd=tmp_path)
    assert second.stdout == first.stdout
    assert kept[0].stat().st_mtime_ns == times
    kept[0].write_bytes(b"damaged")  # is made again
    assert (
        inkread_process(
            "read", "number.png", "--model", "old.h5", "--input-range", "0..1", cwd=tmp_path
        ).stdout
        == first.stdout
    )
    assert not (tmp_path / "harm").exists()


@train
def test_a_hostile_file_ends_the_command_in_one_line(tmp_path: Path) -> None:
    hostile(tmp_path)["Lambda.h5"](tmp_path / "Lambda.h5")
    done = inkread_process("export", "Lambda.h5", "-o", "out.onnx", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("inkread: Lambda.h5: it has a layer Lambda (odd)")
    assert len(done.stderr.splitlines()) == 2
    assert not (tmp_path / "out.onnx").exists()


@train
def test_a_run_goes_to_every_format_and_back(tmp_path: Path) -> None:
    import keras

    from inkread.training.formats.export import export_file

    run = tmp_path / "run"
    run.mkdir()
    model = digits_network(keras, (28, 28, 1), "softmax")
    model.save(run / "best.keras")
    images, labels = noise(30)[..., None], np.arange(30) % 10
    export_file(run, tmp_path / "one.h5")
    export_file(tmp_path / "one.h5", tmp_path / "two.keras")
    export_file(tmp_path / "two.keras", tmp_path / "three.onnx", INKREAD)
    again = keras.models.load_model(tmp_path / "two.keras")
    for written in (keras.models.load_model(tmp_path / "one.h5"), again):
        assert written.name == model.name
        assert [layer.name for layer in written.layers] == [layer.name for layer in model.layers]
        loss, share = written.evaluate(images, labels, verbose=0)
        shares = model.predict_on_batch(images)
        assert loss == pytest.approx(-np.log(shares[np.arange(30), labels]).mean(), rel=1e-3)
        assert share == pytest.approx((shares.argmax(axis=1) == labels).mean())
    glyphs = noise(30)
    answers = [
        classify(glyphs)
        for classify in (
            loading.classifier_for(tmp_path / "three.onnx"),
            loading.classifier_for(tmp_path / "one.h5", "0..1"),
        )
    ]
    assert answers[0].shape == (30, 10)
    assert np.array_equal(*answers)
    card = json.loads((tmp_path / "three.json").read_text())
    assert card["classes"] == list("0123456789")
    assert card["largest_difference"] <= 1e-5


@train
@pytest.mark.parametrize("out", ["out.txt", "best.keras", "taken.onnx"])
def test_what_cannot_be_written_is_said_before_any_work(out: str, tmp_path: Path) -> None:
    from inkread.training.formats.export import export_file

    (tmp_path / "best.keras").write_bytes(b"PK\x03\x04")
    (tmp_path / "taken.json").write_text("{}")
    with pytest.raises(ModelError, match=r"another|end its name"):
        export_file(tmp_path, tmp_path / out)
    assert json.loads((tmp_path / "taken.json").read_text()) == {}


def test_the_classes_are_those_of_the_run(tmp_path: Path) -> None:
    assert loading.classes_beside(tmp_path / "x.keras") == tuple("0123456789")
    listed = json.dumps([*"0123456789", "none"])
    (tmp_path / "recipe.toml").write_text(f"classes = {listed}")
    assert loading.classes_beside(tmp_path / "x.keras") == (*"0123456789", "none")
    (tmp_path / "recipe.toml").write_text('classes = ["cat"]')
    assert loading.classes_beside(tmp_path / "x.keras") == tuple("0123456789")


# Backends

_LEARN = """
import numpy as np, keras, sys
from pathlib import Path
L = keras.layers
keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
model = keras.Sequential([keras.Input((28, 28, 1)),
    L.Conv2D(8, 3, strides=2, padding="same", use_bias=False), L.BatchNormalization(), L.ReLU(),
    L.SeparableConv2D(8, 3, padding="same", activation="relu"), L.MaxPooling2D(padding="same"),
    L.AveragePooling2D(3, 2, padding="same"), L.Dropout(0.3), L.Flatten(), L.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(rng.random((128, 28, 28, 1)), rng.integers(0, 10, 128), epochs=2, verbose=0)
model.save(sys.argv[1])
from inkread.training.formats.input_range import INKREAD
from inkread.training.formats.loading import convert_apart
print(keras.backend.backend(), convert_apart(Path(sys.argv[1]), Path(sys.argv[2]), INKREAD)["compared_on"])
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_what_each_backend_trains_is_exported(backend: str, tmp_path: Path) -> None:
    """TensorFlow exports what others trained: a Keras file fits every backend."""
    missing = [
        name for name in ("keras", "tf2onnx", "tensorflow", backend) if importlib.util.find_spec(name) is None
    ]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    env = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", _LEARN, str(tmp_path / "net.keras"), str(tmp_path / "net.onnx")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, env=env)
    assert done.stdout.split() == [backend, "10000"], done.stderr[-2000:]
