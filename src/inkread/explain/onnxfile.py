"""What is in an ONNX file: its nodes and its weights; and how to have it say more than its answer.

An ONNX file is a protocol buffer, and the little of that format that is needed here takes a page: looking
inside a network then works wherever reading does, without the package ``onnx``.
(https://protobuf.dev/programming-guides/encoding, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto)
This module does not run networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError

# Numbers of fields, from onnx.proto.
_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_CONSTANT, _GRAPH_OUTPUT = 1, 5, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_KIND = 1, 2, 4
_TENSOR_SIZES, _TENSOR_TYPE, _TENSOR_FLOATS, _TENSOR_NAME, _TENSOR_BYTES = 1, 2, 4, 8, 9
_VALUE_NAME, _FLOAT = 1, 1


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """One step of the network: its kind (``Conv``), and the names of what it takes and gives."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """The nodes in order, and the weights that are float32, by name."""

    nodes: tuple[OnnxNode, ...]
    weights: dict[str, NDArray[np.float32]]


def parse(content: bytes) -> Inside:
    """The nodes and weights of an ONNX file; raises ModelError for what is none."""
    try:
        nodes, weights = [], {}
        for number, value in _fields(_graph(content)):
            if number == _GRAPH_NODE:
                nodes.append(_node(value))
            elif number == _GRAPH_CONSTANT:
                name, array = _tensor(value)
                if array is not None:
                    weights[name] = array
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise ModelError(f"the ONNX file cannot be looked into ({error}); export it again") from None
    return Inside(tuple(nodes), weights)


def with_outputs(content: bytes, names: Iterable[str]) -> bytes:
    """The same network, which also gives what is inside it under these names.

    Two halves of a message, one after the other, are the whole message: what is added is simply put behind.
    """
    outputs = b"".join(_message(_GRAPH_OUTPUT, _message(_VALUE_NAME, name.encode())) for name in names)
    return content + _message(_MODEL_GRAPH, outputs)


def _graph(content: bytes) -> bytes:
    return b"".join(value for number, value in _fields(content) if number == _MODEL_GRAPH)


def _node(content: bytes) -> OnnxNode:
    found: dict[int, list[str]] = {_NODE_INPUT: [], _NODE_OUTPUT: [], _NODE_KIND: []}
    for number, value in _fields(content):
        if number in found:
            found[number].append(value.decode())
    return OnnxNode(found[_NODE_KIND][0], tuple(found[_NODE_INPUT]), tuple(found[_NODE_OUTPUT]))


def _tensor(content: bytes) -> tuple[str, NDArray[np.float32] | None]:
    sizes: list[int] = []
    name, kind, raw = "", 0, b""
    for number, value in _fields(content):
        if number == _TENSOR_SIZES:  # one by one, or all packed together
            sizes += [value] if isinstance(value, int) else list(_numbers(value))
        elif number == _TENSOR_TYPE:
            kind = value
        elif number == _TENSOR_NAME:
            name = value.decode()
        elif number in (_TENSOR_BYTES, _TENSOR_FLOATS):
            raw += value
    if kind != _FLOAT:
        return name, None
    return name, np.frombuffer(raw, "<f4").reshape(sizes).astype(np.float32)


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    """Each field of a message: its number, and its value as an int or as bytes."""
    at = 0
    while at < len(content):
        key, at = _number(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _number(content, at)
            yield key >> 3, value
            continue
        size, at = _number(content, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
        if at + size > len(content):
            raise ValueError("it ends too early")
        yield key >> 3, content[at : at + size]
        at += size


def _numbers(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _number(content, at)
        yield value


def _number(content: bytes, at: int) -> tuple[int, int]:
    """The varint at ``at``, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:  # no longer one is ever written
            raise ValueError("a number without end")


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
