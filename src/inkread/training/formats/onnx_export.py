"""A Keras network -> ONNX, by Keras' own exporter with TensorFlow.

Networks that were trained with JAX or PyTorch are exported by TensorFlow, too: a Keras file fits every backend.
This module does not check the result; ``parity`` does.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ExtraMissing, ModelError
from inkread.inference.onnx_session import first_line
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
    if ending == "softmax":
        found["probabilities"] = keras.layers.Softmax()(found["probabilities"])
    elif ending == "shares":
        shares = found["probabilities"] + LEAST_SHARE
        found["probabilities"] = shares / keras.ops.sum(shares, axis=-1, keepdims=True)
    return export_onnx(keras.Model(glyphs, found))


def export_onnx(model: Any, *, half: bool = False, bytes_only: bool = False) -> bytes:
    """An ONNX file of a network whose outputs are a dictionary: they keep their names and order.

    Sizes that are free in Keras, such as height and width, are free in ONNX. ``half`` stores weights as float16,
    ``bytes_only`` as int8 with a scale for each output channel; both are made float32 when the file is opened.
    Raises ModelError, ExtraMissing.
    """
    keras = import_keras()
    if keras.backend.backend() != "tensorflow":
        raise ExtraMissing('exporting needs TensorFlow as Keras\' backend: pip install "inkread[train]"')
    try:
        import onnx

        _add_operations()
    except ImportError as error:
        raise ExtraMissing(f'exporting needs {error.name}: pip install "inkread[train]"') from None
    free = [size or 32 for size in model.inputs[0].shape[1:]]
    with tempfile.TemporaryDirectory() as folder, _plain_and_quiet():
        path = Path(folder) / "network.onnx"
        try:
            model(np.zeros((1, *free), np.float32))  # Keras exports only what has been called
            model.export(path, format="onnx", verbose=False)
            written = onnx.load(path)
        except Exception as error:  # TensorFlow and tf2onnx raise dozens of unrelated types
            raise ModelError(f"Keras cannot export {model.name} as ONNX ({first_line(error)})") from None
    _name_sizes(written.graph, list(model.output))
    if half or bytes_only:
        _shrink(written.graph, half)
    try:
        onnx.checker.check_model(written)
    except onnx.checker.ValidationError as error:
        raise ModelError(f"ONNX lacks an operation of {model.name} ({first_line(error)})") from None
    content: bytes = written.SerializeToString()
    return content


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


def _shrink(graph: Any, half: bool) -> None:
    """Stores weights as float16 or int8; biases and scales are few, and add up to more than weights do."""
    from onnx import TensorProto, helper, numpy_helper

    kept, nodes = [], []

    def cast(values: NDArray[Any], name: str, kind: str) -> str:
        """Stores an array, and names it as float32."""
        kept.append(numpy_helper.from_array(values, f"{name}_{kind}"))
        made = name if half else f"{name}_cast"
        nodes.append(helper.make_node("Cast", [f"{name}_{kind}"], [made], to=TensorProto.FLOAT))
        return made

    for tensor in graph.initializer:
        values, name = numpy_helper.to_array(tensor), tensor.name
        if values.dtype != np.float32 or values.ndim < 2:
            kept.append(tensor)
        elif half:
            cast(values.astype(np.float16), name, "half")
        else:
            # 127 is the largest weight of an output channel: the first axis, or the last of a matrix.
            channel = 0 if values.ndim > 2 else values.ndim - 1
            others = tuple(axis for axis in range(values.ndim) if axis != channel)
            scale = np.maximum(np.abs(values).max(axis=others, keepdims=True), 1e-12) / 127
            whole = cast(np.rint(values / scale).astype(np.int8), name, "int8")
            kept.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}_scale"))
            nodes.append(helper.make_node("Mul", [whole, f"{name}_scale"], [name]))
    nodes += graph.node
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)


@cache
def _add_operations() -> None:
    """Teaches tf2onnx what it lacks: Erfc, which GELU is made of, and a sigmoid that is exact where it is small.

    ONNX Runtime's own Sigmoid is right to 1e-7 of one, not of the answer: where every class is unlikely, their
    shares would be far from those of Keras.
    """
    from tf2onnx.handler import tf_op

    def one_and(graph: Any, node: Any, *kinds: str) -> list[str]:
        """Takes a node out; gives a 1, and what was given to it after operations of these kinds."""
        graph.remove_node(node.name)
        given = node.input[0]
        for kind in kinds:
            given = graph.make_node(kind, [given]).output[0]
        return [graph.make_const(f"{node.name}_one", np.float32(1)).output[0], given]

    @tf_op("Erfc")
    class Erfc:
        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            graph.make_node("Sub", one_and(graph, node, "Erf"), name=node.name, outputs=node.output)

    @tf_op("Sigmoid")
    class Sigmoid:
        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            one, power = one_and(graph, node, "Neg", "Exp")
            total = graph.make_node("Add", [power, one]).output[0]
            graph.make_node("Reciprocal", [total], name=node.name, outputs=node.output)


@contextlib.contextmanager
def _plain_and_quiet() -> Iterator[None]:
    """Runs TensorFlow eagerly, and silences its remarks and tf2onnx's; what goes wrong is an exception.

    Keras compiles convolutions in groups with XLA, which tf2onnx cannot read; run eagerly, they are not compiled.
    """
    import tensorflow as tf

    eagerly, logged = tf.config.functions_run_eagerly(), logging.root.manager.disable
    tf.config.run_functions_eagerly(True)
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logged)
        tf.config.run_functions_eagerly(eagerly)
