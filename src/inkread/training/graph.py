"""A Keras network -> ONNX: its layers are walked and written one by one.

So no backend and no converter is needed. Pictures are (n, height, width, channels) in Keras and (n, channels,
height, width) in ONNX; batch normalisation is folded into the convolution before it. What each layer becomes
is in ``operators``. This module does not know how the network was trained.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from inkread.errors import ExtraMissing, ModelError
from inkread.training.nodes import Node
from inkread.training.operators import OPERATORS, folded_into

__all__ = ["INPUT_SHAPES", "LEAST_SHARE", "Graph", "followers_of", "to_onnx"]

Shapes = dict[str, list[int | str]]
"""The names of inputs or outputs, and the shape of each; a word stands for any number."""
_OPSET, _IR_VERSION = 17, 8
"""What onnxruntime 1.17 reads, and what it reads fastest."""

INPUT_SHAPES: dict[tuple[int, ...], list[int]] = {
    (28, 28): [],
    (28, 28, 1): [-1, 1, 28, 28],
    (784,): [-1, 784],
}
"""What a Keras network may take, and as what ONNX has it; nothing: as the glyphs are."""

LEAST_SHARE = 1e-30
"""Added to each of ten numbers before shares are made of them: where all are 0, each gets a tenth. It is less than
any sigmoid that matters, and more than those that one library rounds to 0 and another does not."""


def to_onnx(model: Any, scale: float = 1.0, offset: float = 0.0, ending: str = "") -> bytes:
    """An ONNX file: ``glyphs`` (n, 28, 28) float32 -> ``probabilities`` (n, classes) float32.

    A layer named ``embedding`` becomes a second output, (n, size) float32.

    The network is given ``glyphs * scale + offset``. ``ending`` makes probabilities of what it gives: "softmax" of
    logits, "shares" of ten numbers that need not sum to 1. Raises ModelError for a layer that is not known.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ModelError(f"{model.name} has more than one input or output")
    graph = Graph()
    graph.enter(model.inputs[0], scale, offset)
    graph.leave(graph.tensor(model.outputs[0], followers_of(model)), ending)
    gives = {"probabilities": int(model.output_shape[-1])}
    if "embedding" in graph.sizes:
        gives["embedding"] = graph.sizes["embedding"]
    return graph.packed({"glyphs": ["n", 28, 28]}, {name: ["n", size] for name, size in gives.items()})


class Graph:
    """ONNX nodes in order; a Keras tensor is known by the name of the output that holds it.

    With ``half``, weights are kept as float16 and made float32 when the file is opened: half the bytes.
    """

    def __init__(self, half: bool = False) -> None:
        try:
            from onnx import helper
        except ImportError as error:
            raise ExtraMissing('exporting needs onnx: pip install "inkread[train]"') from error
        self._helper, self._half = helper, half
        self._names: dict[int, str] = {}
        self.sizes: dict[str, int] = {}
        """Outputs beside the last, and how many numbers each has per glyph."""
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node; gives the name of its output."""
        output = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, values: Any, kind: type[np.generic] = np.float32) -> str:
        """A constant tensor; gives its name."""
        from onnx import TensorProto, numpy_helper

        name, array = f"constant{len(self.constants)}", np.ascontiguousarray(np.asarray(values, kind))
        # Biases and scales are few, and add up to more than weights do.
        half = self._half and kind is np.float32 and array.ndim > 1
        stored = array.astype(np.float16) if half else array
        self.constants.append(numpy_helper.from_array(stored, name))
        return self.add("Cast", name, to=TensorProto.FLOAT) if half else name

    def reshaped(self, name: str, shape: list[int]) -> str:
        return self.add("Reshape", name, self.constant(shape, np.int64))

    def rows_first(self, name: str, rank: int) -> str:
        """A picture with its channels last, as Keras has it; anything else as it is."""
        return self.add("Transpose", name, perm=[0, 2, 3, 1]) if rank == 4 else name

    def channels_first(self, name: str, rank: int) -> str:
        """What Keras would have as (n, height, width, channels) as ONNX has pictures."""
        return self.add("Transpose", name, perm=[0, 3, 1, 2]) if rank == 4 else name

    def enter(self, tensor: Any, scale: float, offset: float) -> None:
        """Names the network's input: the glyphs, in the range and shape that it wants."""
        shape = tuple(tensor.shape[1:])
        if shape not in INPUT_SHAPES:
            raise ModelError(f"the exporter does not know inputs of {shape}")
        name = "glyphs"
        if scale != 1:
            name = self.add("Mul", name, self.constant(scale))
        if offset != 0:
            name = self.add("Add", name, self.constant(offset))
        wanted = INPUT_SHAPES[shape]
        self._names[id(tensor)] = self.reshaped(name, wanted) if wanted else name

    def enter_as(self, tensor: Any, name: str) -> None:
        """Names the network's input, as it is."""
        self._names[id(tensor)] = self.channels_first(name, len(tensor.shape))

    def tensor(self, tensor: Any, followers: dict[int, list[Any]]) -> str:
        """The name of what holds a Keras tensor, written with all that it needs."""
        if id(tensor) not in self._names:
            layer, call, _ = tensor._keras_history
            sources = layer._inbound_nodes[call].input_tensors
            names = [self.tensor(source, followers) for source in sources]
            node = Node(layer, names, [tuple(source.shape) for source in sources], tuple(tensor.shape))
            after = followers.get(id(tensor), [])
            self._names[id(tensor)] = self._write(node, sources, after, followers)
            if layer.name == "embedding" and node.rank == 2:
                self.name(self._names[id(tensor)], layer.name)
                self.sizes[layer.name] = int(tensor.shape[-1])
        return self._names[id(tensor)]

    def _write(
        self, node: Node, sources: list[Any], after: list[Any], followers: dict[int, list[Any]]
    ) -> str:
        layer, kind = node.layer, type(node.layer).__name__
        if kind in ("Sequential", "Functional", "Model"):
            self._names[id(layer.inputs[0])] = node.inputs[0]
            return self.tensor(layer.outputs[0], followers_of(layer))
        before = sources[0]._keras_history[0]
        if folded_into(before, followers.get(id(sources[0]), [])) is layer:
            return node.inputs[0]
        # Keras' own operations (x + 1) have names like layers', but no weights.
        if not hasattr(layer, "weights") or kind not in OPERATORS:
            raise ModelError(f"the exporter does not know the layer {kind} ({layer.name})")
        return OPERATORS[kind](self, node, folded_into(layer, after))

    def leave(self, name: str, ending: str) -> None:
        """Makes ``name`` the output, as probabilities."""
        if ending == "softmax":
            name = self.add("Softmax", name, axis=-1)
        elif ending == "shares":
            name = self.add("Add", name, self.constant(LEAST_SHARE))
            total = self.add("ReduceSum", name, self.constant([1], np.int64), keepdims=1)
            name = self.add("Div", name, total)
        self.name(name, "probabilities")

    def name(self, name: str, wanted: str) -> None:
        """Gives what is called ``name`` a name of its own, as an output."""
        self.nodes.append(self._helper.make_node("Identity", [name], [wanted]))

    def packed(self, takes: Shapes, gives: Shapes) -> bytes:
        """The file, with its inputs and outputs by name."""
        from onnx import TensorProto, checker

        helper = self._helper
        ends = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in each.items()]
            for each in (takes, gives)
        )
        made = helper.make_graph(self.nodes, "inkread", *ends, self.constants)
        opset = helper.make_opsetid("", _OPSET)
        whole = helper.make_model(made, opset_imports=[opset], producer_name="inkread")
        whole.ir_version = _IR_VERSION
        checker.check_model(whole)
        content: bytes = whole.SerializeToString()
        return content


def followers_of(model: Any) -> dict[int, list[Any]]:
    """The layers that each tensor of a model feeds, by the tensor's id."""
    found: dict[int, list[Any]] = {}
    waiting, seen = list(model.outputs), set()
    ends = {id(tensor) for tensor in model.inputs}
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in ends or id(tensor) in seen:
            continue
        seen.add(id(tensor))
        layer, call, _ = tensor._keras_history
        for source in layer._inbound_nodes[call].input_tensors:
            found.setdefault(id(source), []).append(layer)
            waiting.append(source)
    return found
