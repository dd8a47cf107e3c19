"""A Keras network -> ONNX, by Keras' own exporter with TensorFlow.

Networks that were trained with JAX or PyTorch are exported by TensorFlow, too: a Keras file fits every backend.
This module does not check the result; ``parity`` does.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from inkread.errors import ExtraMissing, ModelError
from inkread.network import first_line
from inkread.training.glyphs.networks import import_keras

INPUT_SHAPES = ((28, 28), (28, 28, 1), (784,))
"""Shapes of one glyph that a network may take."""

LEAST_SHARE = 1e-30
"""Added to each of ten numbers before they are divided by their sum: ten zeros become ten tenths. It is less than any
sigmoid that matters, and more than those that one library rounds to 0 and another does not."""


def glyphs_to_onnx(model: Any, scale: float = 1.0, offset: float = 0.0, ending: str = "") -> bytes:
    """An ONNX file: ``glyphs`` (n, 28, 28) float32 -> ``probabilities`` (n, classes) float32.

    A layer named ``embedding`` with rows of numbers becomes a second output, (n, size) float32.

    The network is given ``glyphs * scale + offset``. ``ending`` makes probabilities of its output: "softmax" of
    logits, "shares" of ten numbers that need not sum to 1. Raises ModelError, ExtraMissing.
    """
    keras = import_keras()
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ModelError(f"{model.name} has more than one input or output")
    shape = tuple(model.inputs[0].shape[1:])
    if shape not in INPUT_SHAPES:
        raise ModelError(f"the exporter does not know inputs of {shape}")
    outputs = {"probabilities": model.outputs[0]}
    if any(layer.name == "embedding" and len(layer.output.shape) == 2 for layer in model.layers):
        outputs["embedding"] = model.get_layer("embedding").output
    inner = keras.Model(model.inputs, outputs)
    glyphs = given = keras.Input((28, 28), name="glyphs")
    if (scale, offset) != (1, 0):
        given = keras.layers.Rescaling(scale, offset)(given)
    if shape != (28, 28):
        given = keras.layers.Reshape(shape)(given)
    found = inner(given, training=False)
    found["probabilities"] = _ended(keras, found["probabilities"], ending)
    return export_onnx(keras.Model(glyphs, found))


def export_onnx(model: Any, *, half: bool = False, bytes_only: bool = False) -> bytes:
    """An ONNX file of a network whose outputs are a dictionary: they keep their names and order.

    Sizes that are free in Keras, such as height and width, are free in ONNX. ``half`` stores weights as float16,
    ``bytes_only`` as int8 with a scale for each output channel; both are made float32 when the file is opened.
    Raises ModelError, ExtraMissing.
    """
    keras = import_keras()
    _require_exporter(keras)
    import onnx

    outputs = list(model.output)
    free = [size or 32 for size in model.inputs[0].shape[1:]]
    with tempfile.TemporaryDirectory() as folder, _quiet(), _plain_operations():
        path = Path(folder) / "network.onnx"
        try:
            model(np.zeros((1, *free), np.float32))  # Keras exports only what has been called
            model.export(path, format="onnx", verbose=False)
            written = onnx.load(path)
        except Exception as error:  # TensorFlow and tf2onnx raise dozens of unrelated types
            raise ModelError(f"Keras cannot export {model.name} as ONNX ({first_line(error)})") from None
    _name_sizes(written.graph, outputs)
    if half or bytes_only:
        _shrink(written.graph, _as_int8 if bytes_only else _as_float16)
    try:
        onnx.checker.check_model(written)
    except onnx.checker.ValidationError as error:
        raise ModelError(f"ONNX lacks an operation of {model.name} ({first_line(error)})") from None
    content: bytes = written.SerializeToString()
    return content


def _ended(keras: Any, given: Any, ending: str) -> Any:
    """The output as probabilities; see ``glyphs_to_onnx``."""
    if ending == "softmax":
        return keras.layers.Softmax()(given)
    if ending == "shares":
        given = given + LEAST_SHARE
        return given / keras.ops.sum(given, axis=-1, keepdims=True)
    return given


def _name_sizes(graph: Any, outputs: list[str]) -> None:
    """Puts the outputs in order, and names free sizes after what they belong to: ``n``, ``strips_2``."""
    by_name = {value.name: value for value in graph.output}
    ordered = [by_name[name] for name in outputs]
    del graph.output[:]
    graph.output.extend(ordered)
    for value in (*graph.input, *graph.output):
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            if not size.HasField("dim_value"):
                size.dim_param = f"{value.name}_{axis}" if axis else "n"


def _shrink(graph: Any, stored: Callable[[Any, str], tuple[list[Any], list[Any]]]) -> None:
    """Stores weights smaller; biases and scales are few, and add up to more than weights do."""
    from onnx import numpy_helper

    kept, nodes = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.ndim > 1:
            tensors, made = stored(values, tensor.name)
            kept += tensors
            nodes += made
        else:
            kept.append(tensor)
    nodes += graph.node
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)


def _as_float16(values: Any, name: str) -> tuple[list[Any], list[Any]]:
    """The tensors that hold a weight as float16, and the nodes that make it float32."""
    from onnx import TensorProto, helper, numpy_helper

    half = f"{name}_half"
    tensor = numpy_helper.from_array(values.astype(np.float16), half)
    return [tensor], [helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT)]


def _as_int8(values: Any, name: str) -> tuple[list[Any], list[Any]]:
    """The same as int8; 127 is the largest weight of an output channel: the first axis, or the last of a matrix."""
    from onnx import TensorProto, helper, numpy_helper

    channel = 0 if values.ndim > 2 else values.ndim - 1
    others = tuple(axis for axis in range(values.ndim) if axis != channel)
    scale = np.maximum(np.abs(values).max(axis=others, keepdims=True), 1e-12) / 127
    whole, scales = f"{name}_int8", f"{name}_scale"
    tensors = [
        numpy_helper.from_array(np.rint(values / scale).astype(np.int8), whole),
        numpy_helper.from_array(scale.astype(np.float32), scales),
    ]
    cast = helper.make_node("Cast", [whole], [f"{name}_cast"], to=TensorProto.FLOAT)
    return tensors, [cast, helper.make_node("Mul", [f"{name}_cast", scales], [name])]


def _require_exporter(keras: Any) -> None:
    if keras.backend.backend() != "tensorflow":
        raise ExtraMissing('exporting needs TensorFlow as Keras\' backend: pip install "inkread[train]"')
    try:
        import onnx  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise ExtraMissing(f'exporting needs {error.name}: pip install "inkread[train]"') from None
    _add_operations()


@cache
def _add_operations() -> None:
    """Teaches tf2onnx what it lacks: Erfc, which GELU is made of, and a sigmoid that is exact where it is small.

    ONNX Runtime's own Sigmoid is right to 1e-7 of one, not of the answer: where every class is unlikely, their
    shares would be far from those of Keras.
    """
    from tf2onnx.handler import tf_op

    @tf_op("Erfc")
    class Erfc:
        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            graph.remove_node(node.name)
            one = graph.make_const(f"{node.name}_one", np.float32(1)).output[0]
            erf = graph.make_node("Erf", [node.input[0]]).output[0]
            graph.make_node("Sub", [one, erf], name=node.name, outputs=node.output)

    @tf_op("Sigmoid")
    class Sigmoid:
        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            graph.remove_node(node.name)
            one = graph.make_const(f"{node.name}_one", np.float32(1)).output[0]
            opposite = graph.make_node("Neg", [node.input[0]]).output[0]
            power = graph.make_node("Exp", [opposite]).output[0]
            total = graph.make_node("Add", [power, one]).output[0]
            graph.make_node("Reciprocal", [total], name=node.name, outputs=node.output)


@contextlib.contextmanager
def _plain_operations() -> Iterator[None]:
    """Keras compiles convolutions in groups with XLA, which tf2onnx cannot read; run eagerly, they are not compiled."""
    import tensorflow as tf

    former = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(former)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silences remarks of TensorFlow and tf2onnx; what goes wrong is an exception."""
    former = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(former)
