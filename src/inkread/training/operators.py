"""What each Keras layer is in ONNX: one short function per kind, listed at the end.

Inside the ONNX graph, pictures are (n, channels, height, width). Sizes are known when a network is written, so
that the padding which Keras calls "same" is written down as numbers: it then means the same everywhere.
This module does not know how layers are joined, which is ``graph``'s, nor the activations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.training.activations import ACTIVATION_LAYERS, activated
from inkread.training.described import PASS_THROUGH
from inkread.training.nodes import Node, Write, is_last_axis, values_of

if TYPE_CHECKING:
    from inkread.training.graph import Graph

__all__ = ["OPERATORS", "folded_into"]


def folded_into(layer: Any, after: list[Any]) -> Any:
    """The batch normalisation that follows a linear convolution and nothing else does; or None."""
    if type(layer).__name__ != "Conv2D" or getattr(layer.activation, "__name__", "") != "linear":
        return None
    if len(after) != 1 or type(after[0]).__name__ != "BatchNormalization":
        return None
    return after[0] if is_last_axis(after[0].axis, 4) else None


def _identity(graph: Graph, node: Node, folded: Any) -> str:
    return node.source


def _convolution(graph: Graph, node: Node, folded: Any) -> str:
    layer = node.layer
    kernel = values_of(layer.kernel).transpose(3, 2, 0, 1)
    bias = values_of(layer.bias) if layer.use_bias else np.zeros(len(kernel))
    if folded is not None:
        scale, shift = _scale_and_shift(folded)
        kernel, bias = kernel * scale[:, None, None, None], bias * scale + shift
    weights = [graph.constant(each) for each in (kernel, bias)]
    name = graph.add("Conv", node.source, *weights, **_window(node), group=layer.groups)
    return activated(graph, name, layer, len(node.shape))


def _depthwise(graph: Graph, node: Node, folded: Any) -> str:
    layer = node.layer
    bias = values_of(layer.bias) if layer.use_bias else None
    name = _depthwise_part(graph, node, values_of(layer.kernel), bias)
    return activated(graph, name, layer, len(node.shape))


def _separable(graph: Graph, node: Node, folded: Any) -> str:
    layer = node.layer
    name = _depthwise_part(graph, node, values_of(layer.depthwise_kernel), None)
    pointwise = values_of(layer.pointwise_kernel).transpose(3, 2, 0, 1)
    bias = values_of(layer.bias) if layer.use_bias else np.zeros(len(pointwise))
    name = graph.add("Conv", name, graph.constant(pointwise), graph.constant(bias))
    return activated(graph, name, layer, len(node.shape))


def _depthwise_part(graph: Graph, node: Node, kernel: NDArray[Any], bias: NDArray[Any] | None) -> str:
    height, width, channels, times = kernel.shape
    weights = [kernel.transpose(2, 3, 0, 1).reshape(channels * times, 1, height, width)]
    weights += [] if bias is None else [bias]
    names = [graph.constant(each) for each in weights]
    return graph.add("Conv", node.source, *names, **_window(node), group=channels)


def _pooling(kind: str) -> Write:
    return lambda graph, node, folded: graph.add(kind, node.source, **_window(node, pooling=True))


def _global_pooling(kind: str) -> Write:
    def write(graph: Graph, node: Node, folded: Any) -> str:
        name = graph.add(kind, node.source)
        return name if node.layer.keepdims else graph.add("Flatten", name)

    return write


def _normalisation(graph: Graph, node: Node, folded: Any) -> str:
    if not is_last_axis(node.layer.axis, node.rank):
        raise ModelError(f"the layer {node.layer.name} normalises along an axis that is not the last")
    factors = _scale_and_shift(node.layer)
    scale, shift = (each[:, None, None] if node.rank == 4 else each for each in factors)
    name = graph.add("Mul", node.source, graph.constant(scale))
    return graph.add("Add", name, graph.constant(shift))


def _flatten(graph: Graph, node: Node, folded: Any) -> str:
    # Keras flattens rows, columns, channels in this order.
    return graph.add("Flatten", graph.rows_first(node.source, node.rank))


def _reshape(graph: Graph, node: Node, folded: Any) -> str:
    name = graph.rows_first(node.source, node.rank)
    if (
        None in node.shape[1:]
    ):  # how long a line is, is not known: ONNX has 0 for "as it was", and -1 for "the rest"
        sizes = [0, *(-1 if size is None else int(size) for size in node.shape[1:])]
    else:
        sizes = [-1, *(int(size or 0) for size in node.shape[1:])]
    name = graph.reshaped(name, sizes)
    return graph.channels_first(name, len(node.shape))


def _dense(graph: Graph, node: Node, folded: Any) -> str:
    layer, rank = node.layer, node.rank
    weights = graph.constant(values_of(layer.kernel))
    bias = graph.constant(values_of(layer.bias) if layer.use_bias else np.zeros(layer.units))
    if rank == 2:
        name = graph.add("Gemm", node.source, weights, bias)
    else:
        name = graph.add("Add", graph.add("MatMul", graph.rows_first(node.source, rank), weights), bias)
        name = graph.channels_first(name, rank)
    return activated(graph, name, layer, rank)


def _zero_padding(graph: Graph, node: Node, folded: Any) -> str:
    (top, bottom), (left, right) = node.layer.padding
    pads = graph.constant([0, 0, top, left, 0, 0, bottom, right], np.int64)
    return graph.add("Pad", node.source, pads, mode="constant")


def _rescaling(graph: Graph, node: Node, folded: Any) -> str:
    numbers = [np.asarray(each, np.float64) for each in (node.layer.scale, node.layer.offset)]
    if any(each.size != 1 for each in numbers):
        raise ModelError(f"the exporter does not know a Rescaling of single channels ({node.layer.name})")
    name = graph.add("Mul", node.source, graph.constant(numbers[0].reshape(1)))
    return graph.add("Add", name, graph.constant(numbers[1].reshape(1))) if numbers[1].any() else name


def _add(graph: Graph, node: Node, folded: Any) -> str:
    if len(set(node.shapes)) != 1:
        raise ModelError(f"the layer {node.layer.name} adds tensors of different shapes")
    name = node.source
    for other in node.inputs[1:]:
        name = graph.add("Add", name, other)
    return name


def _concatenate(graph: Graph, node: Node, folded: Any) -> str:
    axis = node.layer.axis % node.rank
    place = {4: [0, 2, 3, 1]}.get(node.rank, list(range(node.rank)))[axis]
    return graph.add("Concat", *node.inputs, axis=place)


def _window(node: Node, pooling: bool = False) -> dict[str, Any]:
    """How a window moves over a picture, as ONNX' attributes.

    A length that is not known is taken for a multiple of the step, as the width of strips is.
    """
    layer = node.layer
    if node.rank != 4 or layer.data_format != "channels_last":
        raise ModelError(f"the exporter knows only channels last ({layer.name})")
    size = list(layer.pool_size if pooling else layer.kernel_size)
    steps = list(layer.strides)
    spread = [1, 1] if pooling else list(layer.dilation_rate)
    found: dict[str, Any] = {"kernel_shape": size, "strides": steps}
    if spread != [1, 1]:
        found["dilations"] = spread
    if layer.padding == "same":
        before, after = [], []
        for length, extent, step, gap in zip(node.shapes[0][1:3], size, steps, spread, strict=True):
            reach = (-(-int(length or 0) // step) - 1) * step + (extent - 1) * gap + 1
            missing = max(0, reach - int(length or 0))
            before.append(missing // 2)
            after.append(missing - missing // 2)
        found["pads"] = before + after
    return found


def _scale_and_shift(layer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Batch normalisation, once it is trained: so many times the input, and so much more."""
    scale = 1 / np.sqrt(values_of(layer.moving_variance) + layer.epsilon)
    if layer.scale:
        scale = scale * values_of(layer.gamma)
    shift = -values_of(layer.moving_mean) * scale
    return scale, shift + values_of(layer.beta) if layer.center else shift


OPERATORS: dict[str, Write] = {
    "Conv2D": _convolution,
    "SeparableConv2D": _separable,
    "DepthwiseConv2D": _depthwise,
    "MaxPooling2D": _pooling("MaxPool"),
    "AveragePooling2D": _pooling("AveragePool"),
    "GlobalMaxPooling2D": _global_pooling("GlobalMaxPool"),
    "GlobalAveragePooling2D": _global_pooling("GlobalAveragePool"),
    "BatchNormalization": _normalisation,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Dense": _dense,
    "ZeroPadding2D": _zero_padding,
    "Rescaling": _rescaling,
    "Add": _add,
    "Concatenate": _concatenate,
    **ACTIVATION_LAYERS,
    **dict.fromkeys(PASS_THROUGH, _identity),
}
"""Every layer that can be exported; the last ones do something in training only."""
