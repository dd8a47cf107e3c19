"""A network as Keras 2 described it -> a Keras 3 model.

Keras 3 opens some of the files that TensorFlow 2.0 to 2.15 wrote. It fails on separable convolutions, on mixed
precision, on networks within networks and on random layers, among others. So such a description is rewritten: of each
layer, only plain settings are kept that Keras 3 still knows. A kind of layer that is not listed is refused, and
nothing in a file can name code.
"""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from inkread.errors import ModelError

_LAYERS = frozenset({
    "Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose", "UpSampling2D", "ZeroPadding2D", "Cropping2D",
    "MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D", "BatchNormalization",
    "LayerNormalization", "Flatten", "Reshape", "Permute", "Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU",
    "ThresholdedReLU", "Softmax", "Rescaling", "Normalization", "Add", "Multiply", "Average", "Maximum",
    "Concatenate", "Dropout", "SpatialDropout2D", "GaussianDropout", "AlphaDropout", "GaussianNoise",
})  # fmt: skip
"""The layers that are read."""
_TRAINING_ONLY = frozenset({
    "ActivityRegularization", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast",
    "RandomBrightness", "RandomCrop",
})  # fmt: skip
"""Layers that do nothing once a network is trained; their settings have changed."""
_ALIASES = {
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "SeparableConvolution2D": "SeparableConv2D", "Convolution2D": "Conv2D", "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D", "Model": "Functional",
}  # fmt: skip
_SHAPES = ("batch_shape", "batch_input_shape", "build_input_shape", "input_shape")
_DEEPEST = 8
_Plain = TypeVar("_Plain")


def build_network(keras: Any, description: Any) -> Any:
    """An untrained Keras model as ``description``, a file's ``model_config``, has it. Raises ModelError."""
    described = _network(keras, description, 0)
    kind = keras.Sequential if described["class_name"] == "Sequential" else keras.Model
    return kind.from_config(described["config"])


def _network(keras: Any, description: Any, depth: int) -> dict[str, Any]:
    kind, config = _kind_of(description), description.get("config")
    if depth > _DEEPEST:
        raise ModelError("its networks are nested too deeply")
    if kind not in ("Sequential", "Functional"):
        raise ModelError(f"it is a {kind}; only Sequential and Functional networks can be read")
    config = (
        {"layers": config} if kind == "Sequential" and not isinstance(config, dict) else _is(dict, config)
    )
    listed = _is(list, config.get("layers"))
    made: dict[str, Any] = {"name": str(config.get("name") or kind.lower())}
    if kind == "Sequential":
        layers = [_layer(keras, each, depth) for each in listed if _kind_of(each) != "InputLayer"]
        made["layers"] = [_input(_shape_in(listed, config, description), "input"), *layers]
    else:
        networks = {_name_of(each) for each in listed if _kind_of(each) == "Functional"}
        made["layers"] = [_used_layer(keras, each, networks, depth) for each in listed]
        made |= {end: _first_use(config.get(end), networks) for end in ("input_layers", "output_layers")}
    return {"class_name": kind, "config": made}


def _used_layer(keras: Any, described: Any, networks: set[str], depth: int) -> dict[str, Any]:
    """A layer of a functional network, with what it is given."""
    calls, name = _is(list, described.get("inbound_nodes", [])), _name_of(described)
    is_input = _kind_of(described) == "InputLayer"
    if len(calls) != (0 if is_input else 1):
        raise ModelError(f"the layer {name} is not used exactly once")
    made = _input(_shape_in([described], {}, {}), name) if is_input else _layer(keras, described, depth)
    return {**made, "name": name, "inbound_nodes": _first_use(calls, networks)}


def _first_use(node: Any, networks: set[str]) -> Any:
    """References to tensors, ``[name, use, number]``, as Keras 3 counts uses: a Functional network's begin at 1."""
    if isinstance(node, dict):
        return {key: _first_use(value, networks) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    if len(node) >= 3 and isinstance(node[0], str):
        return [node[0], int(node[0] in networks), 0, *node[3:]]
    return [_first_use(each, networks) for each in node]


def _layer(keras: Any, described: Any, depth: int) -> dict[str, Any]:
    kind, name = _kind_of(described), _name_of(described)
    if kind in ("Sequential", "Functional"):
        made = _network(keras, described, depth + 1)
        made["config"]["name"] = name
        return made
    if kind in _TRAINING_ONLY:
        return {"class_name": "Identity", "config": {"name": name}}
    if kind not in _LAYERS:
        raise ModelError(f"it has a layer {kind} ({name}), which is not read{_why(kind)}")
    config = _is(dict, described.get("config"))
    if kind == "ThresholdedReLU":
        kind, config = "ReLU", config | {"threshold": config.get("theta", 1.0)}
    if kind == "LeakyReLU" and "alpha" in config:
        config = config | {"negative_slope": config["alpha"]}
    if config.get("data_format") == "channels_first":
        raise ModelError(f"the layer {name} wants channels first; only channels last can be read")
    known = inspect.signature(getattr(keras.layers, kind).__init__).parameters
    kept = {key: value for key, value in config.items() if key in known and _is_plain(value)}
    if "activation" in known:
        kept["activation"] = _activation(config.get("activation"), name)
    if isinstance(axis := kept.get("axis"), list) and len(axis) == 1:
        kept["axis"] = axis[0]
    trainable = config.get("trainable") is not False  # decides the order in which weights are listed
    return {"class_name": kind, "config": kept | {"name": name, "trainable": trainable}}


def _why(kind: str) -> str:
    if kind == "TFOpLambda":  # what Keras 2 made of a function of TensorFlow's between two layers
        return ": it is an operation of TensorFlow, not a layer"
    return ": it holds code, and code from a file is never run" if "Lambda" in kind else ""


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(each) for each in value)
    return value is None or isinstance(value, bool | int | float | str)


def _activation(value: Any, layer: str) -> str:
    if isinstance(value, dict):  # {"class_name": "function", "config": "relu"}
        value = value.get("config")
    # "softmax_v2" is TensorFlow's tf.nn.softmax.
    if value is None or isinstance(value, str):
        return (value or "linear").removesuffix("_v2").rpartition(">")[2]
    raise ModelError(f"the layer {layer} has an activation {str(value)[:40]!r}, which is not read")


def _input(shape: tuple[int, ...], name: str) -> dict[str, Any]:
    return {"class_name": "InputLayer", "config": {"batch_shape": [None, *shape], "name": name}}


def _shape_in(layers: list[Any], *outer: Any) -> tuple[int, ...]:
    """The shape of one input, without the batch, under any of the names that it has had; of any size: 28."""
    first = _settings(layers[0] if layers else None)
    inside = first.get("config")
    places = [inside, *outer, *(_settings(each).get("build_config") for each in outer)]
    found = (_settings(place).get(key) for place in places for key in _SHAPES)
    shape = next((each for each in found if isinstance(each, list) and len(each) > 1), None)
    if shape is not None:
        return tuple(28 if size is None else size for size in shape[1:])
    if first and _kind_of(first) in ("Sequential", "Functional"):
        inner = inside if isinstance(inside, dict) else {"layers": inside}
        return _shape_in(_is(list, inner.get("layers")), inner, first)
    return (28, 28, 1)


def _kind_of(described: Any) -> str:
    kind = str(_is(dict, described).get("class_name"))
    return _ALIASES.get(kind, kind)


def _name_of(described: Any) -> str:
    name = _settings(described.get("config")).get("name")
    return str(name or described.get("name") or "unnamed")[:60].replace("/", "_")


def _settings(value: Any) -> dict[str, Any]:
    """A description, or nothing in place of what is none."""
    return value if isinstance(value, dict) else {}


def _is(kind: type[_Plain], value: Any) -> _Plain:
    if not isinstance(value, kind):
        raise ModelError("its description is not one that Keras writes")
    return value
