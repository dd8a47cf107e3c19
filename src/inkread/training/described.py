"""A saved network's description -> Keras layers: known kinds only, each built anew from its numbers.

A Keras file describes its network in JSON, and Keras makes objects of whatever that names. Files come from
anywhere, so nothing of theirs is handed to Keras here: of each layer only the settings listed below are
taken, and a kind that is not listed is refused. Nothing in a file can name code, then; and since the names
and numbers of layers hardly changed, what TensorFlow 2's Keras 2 wrote is read like what Keras 3 writes.
This module does not know where the description comes from, nor the weights.
"""

from __future__ import annotations

from typing import Any

from inkread.errors import ModelError

__all__ = ["PASS_THROUGH", "STRIPS", "build_network"]

STRIPS = (32, None, 1)
"""What networks take that read whole lines, however long."""

_WINDOW = ("kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation", "use_bias")
_POOL = ("pool_size", "strides", "padding", "data_format")
_KINDS: dict[str, tuple[str, ...]] = {
    "Conv2D": ("filters", "groups", *_WINDOW),
    "SeparableConv2D": ("filters", "depth_multiplier", *_WINDOW),
    "DepthwiseConv2D": ("depth_multiplier", *_WINDOW),
    "MaxPooling2D": _POOL,
    "AveragePooling2D": _POOL,
    "GlobalAveragePooling2D": ("data_format", "keepdims"),
    "GlobalMaxPooling2D": ("data_format", "keepdims"),
    "BatchNormalization": ("axis", "epsilon", "center", "scale"),
    "Flatten": ("data_format",),
    "Reshape": ("target_shape",),
    "Dense": ("units", "activation", "use_bias"),
    "Activation": ("activation",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope", "alpha"),
    "PReLU": ("shared_axes",),
    "ELU": ("alpha",),
    "Softmax": ("axis",),
    "ZeroPadding2D": ("padding", "data_format"),
    "Rescaling": ("scale", "offset"),
    "Add": (),
    "Concatenate": ("axis",),
    "Dropout": ("rate",),
    "SpatialDropout2D": ("rate",),
    "GaussianDropout": ("rate",),
    "AlphaDropout": ("rate",),
    "GaussianNoise": ("stddev",),
}
"""The layers that can be read, and what of each matters once it has been trained."""
PASS_THROUGH = frozenset({
    "Dropout", "SpatialDropout2D", "GaussianDropout", "AlphaDropout", "GaussianNoise", "ActivityRegularization",
    "Identity", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "RandomContrast",
    "RandomBrightness", "RandomShear",
})  # fmt: skip
"""Layers that do something in training only."""
_ALIASES = {
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SeparableConvolution2D": "SeparableConv2D",
    "Convolution2D": "Conv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
}
_ACTIVATIONS = frozenset({
    "linear", "relu", "relu6", "softmax", "log_softmax", "sigmoid", "tanh", "elu", "selu", "softplus",
    "softsign", "exponential", "leaky_relu", "silu", "swish", "gelu",
})  # fmt: skip
_LARGEST = 100_000
"""No layer of a network for digits is larger; what is, would only fill the memory."""
_DEEPEST = 8


def build_network(keras: Any, description: Any, depth: int = 0) -> Any:
    """An untrained Keras model as ``description``, a file's ``model_config``, has it; raises ModelError."""
    kind, config = _kind_of(description), description.get("config")
    if depth > _DEEPEST:
        raise ModelError("its networks are nested too deeply")
    if kind == "Sequential":
        listed = config if isinstance(config, list) else _dict(config).get("layers")
        return _sequential(keras, _list(listed), _input_of(description, config, listed), depth)
    if kind in ("Functional", "Model"):
        return _functional(keras, _dict(config), depth)
    raise ModelError(f"it is a {kind}; only Sequential and Functional networks can be read")


def _sequential(keras: Any, listed: list[Any], shape: tuple[int, ...], depth: int) -> Any:
    model = keras.Sequential([keras.Input(shape)])
    for each in listed:
        if _kind_of(each) != "InputLayer":
            model.add(_layer(keras, each, depth))
    return model


def _functional(keras: Any, config: dict[str, Any], depth: int) -> Any:
    """The graph of ``config``; its layers may stand in any order."""
    waiting = {str(_dict(each).get("name") or _name_of(each)): each for each in _list(config.get("layers"))}
    tensors: dict[str, Any] = {}

    def tensor(name: str, above: frozenset[str] = frozenset()) -> Any:
        if name in tensors:
            return tensors[name]
        if name not in waiting or name in above:
            raise ModelError(f"its layers do not hang together at {name!r}")
        each = waiting[name]
        if _kind_of(each) == "InputLayer":
            tensors[name] = keras.Input(_shape_in(_dict(each.get("config"))) or (28, 28, 1))
        else:
            sources = [tensor(source, above | {name}) for source in _sources(each)]
            layer = _layer(keras, each, depth)
            tensors[name] = layer(sources if _kind_of(each) in ("Add", "Concatenate") else sources[0])
        return tensors[name]

    ends = [_ends(config.get(which)) for which in ("input_layers", "output_layers")]
    if [len(end) for end in ends] != [1, 1]:
        raise ModelError("it has more than one input or output")
    output = tensor(ends[1][0])
    return keras.Model(tensor(ends[0][0]), output)


def _layer(keras: Any, described: Any, depth: int) -> Any:
    kind, name = _kind_of(described), _name_of(described)
    if kind in ("Sequential", "Functional", "Model"):
        made = build_network(keras, described, depth + 1)
        made.name = name
        return made
    config = _dict(described.get("config"))
    if kind in PASS_THROUGH - _KINDS.keys():
        made = keras.layers.Identity(name=name)
    elif kind in _KINDS:
        settings = {key: _setting(keras, key, config[key], name) for key in _KINDS[kind] if key in config}
        if kind == "LeakyReLU" and "alpha" in settings:  # as Keras 2 called it
            settings["negative_slope"] = settings.pop("alpha")
        if settings.get("data_format") == "channels_first":
            raise ModelError(f"the layer {name} wants channels first; only channels last can be read")
        try:
            made = getattr(keras.layers, kind)(**settings, name=name)
        except (TypeError, ValueError) as error:
            raise ModelError(f"the layer {name} cannot be made: {_first_line(error)}") from None
    else:
        raise ModelError(f"it has a layer {kind} ({name}), which is not read{_why(kind)}")
    if config.get("trainable") is False:  # decides the order in which weights are listed
        made.trainable = False
    return made


def _why(kind: str) -> str:
    if kind == "TFOpLambda":  # what Keras 2 made of a function of TensorFlow's between two layers
        return ": it is an operation of TensorFlow, not a layer"
    return ": it holds code, and code from a file is never run" if "Lambda" in kind else ""


def _setting(keras: Any, key: str, value: Any, layer: str) -> Any:
    """One number, word, or tuple of numbers."""
    if key == "activation":
        return _activation(keras, value, layer)
    if key == "axis" and isinstance(value, list) and len(value) == 1:
        value = value[0]
    flat = [inner for each in value for inner in (each if isinstance(each, list) else [each])] \
        if isinstance(value, list) else [value]  # fmt: skip
    for each in flat:
        plain = each is None or isinstance(each, bool | int | float | str)
        if not plain or (isinstance(each, int | float) and not abs(each) <= _LARGEST) or len(flat) > 16:
            raise ModelError(f"the layer {layer} has a {key} that no network for digits has")
    return tuple(tuple(each) if isinstance(each, list) else each for each in value) \
        if isinstance(value, list) else value  # fmt: skip


def _activation(keras: Any, value: Any, layer: str) -> Any:
    if value is None:
        return "linear"
    if isinstance(value, dict):  # {"class_name": "function", "config": "relu"}, or a layer
        if value.get("class_name") in ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"):
            return _layer(keras, value | {"config": _dict(value.get("config", {}))}, 0)
        value = value.get("config")
    word = str(value).removesuffix("_v2").rpartition(">")[2]  # "softmax_v2" is TensorFlow's tf.nn.softmax
    if isinstance(value, str) and word in _ACTIVATIONS:
        return word
    raise ModelError(f"the layer {layer} has an activation {str(value)[:40]!r}, which is not read")


def _input_of(description: dict[str, Any], config: Any, listed: Any) -> tuple[int, ...]:
    """The shape of one input of a Sequential network, without the batch."""
    first = _dict(_list(listed)[0]).get("config") if _list(listed) else {}
    outer = config if isinstance(config, dict) else {}
    places = (first, outer, outer.get("build_config"), description.get("build_config"))
    for place in places:
        if isinstance(place, dict) and (shape := _shape_in(place)):
            return shape
    if listed and _kind_of(listed[0]) in ("Sequential", "Functional", "Model"):
        inner = _dict(first)
        return _input_of(listed[0], inner, inner.get("layers"))
    return (28, 28, 1)


def _shape_in(config: dict[str, Any]) -> tuple[int, ...] | None:
    """The shape that a layer or a network names, under any of the names it has had."""
    for key in ("batch_shape", "batch_input_shape", "build_input_shape", "input_shape", "shape"):
        shape = config.get(key)
        if isinstance(shape, list) and shape:
            sizes = shape if key == "shape" else shape[1:]
            whole = all(size is None or (isinstance(size, int) and 0 < size <= 784) for size in sizes)
            if whole and sizes:
                if tuple(sizes) == STRIPS:
                    return STRIPS  # type: ignore[return-value]
                # A network for pictures of any size is read as one for glyphs.
                return tuple(28 if size is None else size for size in sizes)
    return None


def _sources(described: dict[str, Any]) -> list[str]:
    """The names of the layers that feed a layer: as Keras 2 and as Keras 3 write it."""
    calls = described.get("inbound_nodes")
    if not isinstance(calls, list) or len(calls) != 1:
        raise ModelError(f"the layer {_name_of(described)} is not used exactly once")
    found: list[str] = []

    def gather(node: Any, depth: int) -> None:
        if depth > _DEEPEST:
            return
        if isinstance(node, dict):
            history = node.get("keras_history")
            if isinstance(history, list) and history:
                found.append(str(history[0]))
            for each in () if history else node.values():
                gather(each, depth + 1)
        elif isinstance(node, list) and len(node) >= 3 and isinstance(node[0], str):
            found.append(node[0])
        elif isinstance(node, list):
            for each in node:
                gather(each, depth + 1)

    gather(calls[0].get("args") if isinstance(calls[0], dict) else calls[0], 0)
    if not found:
        raise ModelError(f"nothing feeds the layer {_name_of(described)}")
    return found


def _ends(named: Any) -> list[str]:
    """Layers named as ``["x", 0, 0]`` or as a list of such."""
    if isinstance(named, dict):
        named = list(named.values())
    if isinstance(named, list) and named and isinstance(named[0], str):
        return [named[0]]
    return [str(each[0]) for each in named or () if isinstance(each, list) and each]


def _kind_of(described: Any) -> str:
    kind = _dict(described).get("class_name")
    return _ALIASES.get(str(kind), str(kind))


def _name_of(described: Any) -> str:
    config = described.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return str(name or described.get("name") or "unnamed")[:60].replace("/", "_")


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ModelError("its description is not one that Keras writes")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ModelError("its description is not one that Keras writes")
    return value


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
