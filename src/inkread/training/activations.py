"""What each activation of Keras is in ONNX, as a function of a layer or as a layer of its own.

Where ONNX Runtime's own operator is not as exact as Keras, the activation is written out.
This module does not know the layers that have weights of their own to multiply with; those are ``operators``'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from inkread.errors import ModelError
from inkread.training.nodes import Node, Write, is_last_axis, values_of

if TYPE_CHECKING:
    from inkread.training.graph import Graph

__all__ = ["ACTIVATION_LAYERS", "activated"]


def activated(graph: Graph, name: str, layer: Any, rank: int) -> str:
    """The output ``name`` after the activation of ``layer``: a function, or a layer that stands in its place.

    ``rank`` is that of the tensor in Keras. Raises ModelError for an activation that is not known.
    """
    function = layer.activation
    word = getattr(function, "__name__", type(function).__name__)
    if word in ACTIVATION_LAYERS:
        shape = (None,) * rank
        return ACTIVATION_LAYERS[word](graph, Node(function, [name], [shape], shape), None)
    if word == "linear":
        return name
    if word in _ONE_OPERATOR:
        return graph.add(_ONE_OPERATOR[word], name)
    if word in ("softmax", "log_softmax"):
        return graph.add("Softmax" if word == "softmax" else "LogSoftmax", name, axis=_channels(rank))
    if word == "sigmoid":
        return _sigmoid(graph, name)
    if word in ("silu", "swish"):
        return graph.add("Mul", name, _sigmoid(graph, name))
    if word == "relu6":
        return graph.add("Clip", name, graph.constant(0.0), graph.constant(6.0))
    if word == "leaky_relu":
        return graph.add("LeakyRelu", name, alpha=0.2)  # Keras' own slope
    if word == "gelu":
        erf = graph.add("Erf", graph.add("Mul", name, graph.constant(np.sqrt(0.5))))
        half = graph.add("Mul", name, graph.constant(0.5))
        return graph.add("Mul", half, graph.add("Add", erf, graph.constant(1.0)))
    raise ModelError(f"the exporter does not know the activation {word} ({layer.name})")


def _sigmoid(graph: Graph, name: str) -> str:
    """1 / (1 + e^-x), written out.

    ONNX Runtime's own operator is right to 1e-7 of one, not of the answer: where every class is unlikely, their
    shares would be far from what Keras says.
    """
    exponential = graph.add("Exp", graph.add("Neg", name))
    return graph.add("Reciprocal", graph.add("Add", exponential, graph.constant(1.0)))


def _channels(rank: int) -> int:
    """The axis of Keras' last one in ONNX, where pictures have their channels second."""
    return 1 if rank == 4 else -1


def _activation(graph: Graph, node: Node, folded: Any) -> str:
    return activated(graph, node.source, node.layer, node.rank)


def _relu(graph: Graph, node: Node, folded: Any) -> str:
    layer = node.layer
    if layer.threshold:
        raise ModelError(f"the exporter does not know a ReLU with a threshold ({layer.name})")
    slope = float(layer.negative_slope or 0)
    name = graph.add("LeakyRelu", node.source, alpha=slope) if slope else graph.add("Relu", node.source)
    return name if layer.max_value is None else graph.add("Min", name, graph.constant(layer.max_value))


def _leaky(graph: Graph, node: Node, folded: Any) -> str:
    return graph.add("LeakyRelu", node.source, alpha=float(node.layer.negative_slope))


def _elu(graph: Graph, node: Node, folded: Any) -> str:
    return graph.add("Elu", node.source, alpha=float(node.layer.alpha))


def _parametric(graph: Graph, node: Node, folded: Any) -> str:
    slopes = values_of(node.layer.alpha)
    slopes = slopes.transpose(2, 0, 1) if slopes.ndim == 3 else slopes
    return graph.add("PRelu", node.source, graph.constant(slopes))


def _softmax(graph: Graph, node: Node, folded: Any) -> str:
    if not is_last_axis(node.layer.axis, node.rank):
        raise ModelError(f"the layer {node.layer.name} takes its softmax along an axis that is not the last")
    return graph.add("Softmax", node.source, axis=_channels(node.rank))


_ONE_OPERATOR = {
    "relu": "Relu", "tanh": "Tanh", "elu": "Elu", "selu": "Selu", "softplus": "Softplus",
    "softsign": "Softsign", "exponential": "Exp",
}  # fmt: skip
ACTIVATION_LAYERS: dict[str, Write] = {
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "PReLU": _parametric,
    "ELU": _elu,
    "Softmax": _softmax,
}
"""The activations that are layers."""
