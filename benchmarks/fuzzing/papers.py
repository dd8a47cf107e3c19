"""Seeds for everything that is no picture: tables, arrays, models, recipes, exams, class lists, forms, codes.

Whole, small, and made by code; ``mutate`` damages them. This module does not know who reads them.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import zipfile
from random import Random
from typing import Any

import numpy as np

from inkread.sheets.paper.printed import PageCode, write_code

__all__ = [
    "CODE_SECRET",
    "card_of",
    "code_text",
    "csv_table",
    "idx_file",
    "npz_file",
    "packed",
    "pen_strokes",
    "stroke_arrays",
    "tiny_network",
]

CODE_SECRET = b"any secret will do"


def csv_table(chance: Random) -> str:
    """A label and 784 pixels in each line."""
    rng = np.random.default_rng(chance.getrandbits(32))
    separator = chance.choice(",,,;\t")
    rows = [[chance.randrange(10), *rng.integers(0, 256, 784)] for _ in range(chance.randrange(1, 5))]
    lines = [separator.join(map(str, row)) for row in rows]
    if chance.random() < 0.3:
        lines = [separator.join(f"{value / 255:.3f}" for value in row) for row in rows]
    if chance.random() < 0.4:
        lines.insert(0, separator.join(["label", *(f"pixel{i}" for i in range(784))]))
    return "\n".join(lines) + "\n"


def idx_file(chance: Random) -> bytes:
    """Images or labels as MNIST has them."""
    count = chance.randrange(0, 6)
    if chance.random() < 0.5:
        return b"\0\0\x08\x01" + count.to_bytes(4, "big") + bytes(chance.randrange(10) for _ in range(count))
    sides = (28).to_bytes(4, "big") * 2
    return b"\0\0\x08\x03" + count.to_bytes(4, "big") + sides + chance.randbytes(784 * count)


def packed(content: bytes, chance: Random) -> bytes:
    """Gzipped, in a third of the cases; seldom it is a megabyte of nothing."""
    if chance.random() < 0.01:
        content += bytes(3_000_000)
    return gzip.compress(content, 1, mtime=0) if chance.random() < 0.33 else content


def npz_file(chance: Random) -> bytes:
    """Arrays as Keras' ``mnist.npz`` has them, of any numbers and shapes."""
    count = chance.randrange(1, 5)
    kind = chance.choice(("u1", "u1", "f4", "f8", "i8", "u2", "?", "c8", "M8[s]", "U3", "O", ">f4", "f2"))
    shape = chance.choice(((28, 28), (28, 28), (784,), (28, 28, 1), (7, 7), (), (0,)))
    arrays: dict[str, Any] = {}
    for part in ("train", "test") if chance.random() < 0.5 else ("train",):
        arrays[f"x_{part}"] = (
            np.zeros((count, *shape), "u1") if kind == "O" else _any_array(kind, (count, *shape), chance)
        )
        arrays[f"y_{part}"] = np.arange(count, dtype=chance.choice(("u1", "i8", "f8"))) % 10
        if kind == "O":
            arrays[f"y_{part}"] = np.array([{}] * count, object)
    if chance.random() < 0.1:
        arrays["y_train"] = np.eye(10)[:count]
    return _zipped(arrays, chance)


def _zipped(arrays: dict[str, Any], chance: Random) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if chance.random() < 0.5 else np.savez)(file, **arrays)
    content = file.getvalue()
    if chance.random() < 0.03:  # an array whose header promises more than there is
        shape = chance.choice(((10**6, 28, 28), (10**12, 28, 28), (2**62, 28, 28), (-1, 28, 28)))
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as added:
            header = (
                f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
            )
            added.writestr(
                chance.choice(("x_train.npy", "y_train.npy")), b"\x93NUMPY\x01\0v\0" + header + bytes(1000)
            )
        content = file.getvalue()
    return content


def _any_array(kind: str, shape: tuple[int, ...], chance: Random) -> Any:
    rng = np.random.default_rng(chance.getrandbits(32))
    values = rng.integers(0, 256, shape)
    return values.astype(kind) if kind[0] in "MU" else np.asarray(values * chance.choice((1, 1 / 255)), kind)


def stroke_arrays(chance: Random) -> bytes:
    """Pen strokes as the training data has them; now and then with offsets that lead nowhere."""
    count = chance.randrange(1, 4)
    points = [len(stroke) for stroke in (pen_strokes(chance) * count)]
    ends = np.cumsum([0, *points])
    arrays = {
        "points": np.array([p for stroke in pen_strokes(chance) for p in stroke] * count, np.float32),
        "stroke_offsets": ends.astype(np.int64),
        "sample_offsets": np.linspace(0, len(ends) - 1, count + 1).astype(np.int64),
        "labels": np.array(["3"] * count),
        "source": np.array([chance.choice(("18", "aga"))] * count),
    }
    if chance.random() < 0.6:
        name = chance.choice(list(arrays))
        way = chance.randrange(4)
        if way == 0:
            del arrays[name]
        elif way == 1:
            arrays[name] = arrays[name][: chance.randrange(3)]
        elif way == 2:
            arrays[name] = np.zeros(chance.choice(((), (0,), (3, 3, 3))), chance.choice(("f4", "i8", "U2")))
        elif arrays[name].dtype.kind in "if":
            arrays[name] = arrays[name] * chance.choice((-1, 10**9))
    return _zipped(arrays, chance)


def pen_strokes(chance: Random) -> list[list[list[float]]]:
    """A few strokes of a few points."""
    return [
        [
            [round(chance.uniform(-20, 300), 1), round(chance.uniform(-20, 300), 1)]
            for _ in range(chance.choice((1, 2, 3, 9)))
        ]
        for _ in range(chance.choice((1, 1, 2, 5)))
    ]


@functools.cache
def tiny_network() -> bytes:
    """A network of one dense layer, 784 to 10, as ONNX. Needs the extra ``train``."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights = [("shape", np.array([-1, 784])), ("w", rng.normal(size=(784, 10)).astype(np.float32))]
    nodes = [
        helper.make_node("Reshape", ["glyphs", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes, "tiny",
        [helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(array, name) for name, array in weights],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


def card_of(network: bytes, chance: Random) -> dict[str, Any]:
    """The card of a network for ten digits."""
    return {
        "name": "tiny",
        "version": "1",
        "sha256": hashlib.sha256(network).hexdigest(),
        "classes": list("0123456789"),
        "sharpness": chance.choice((1.0, 1.5, 0.5)),
        "figures": {"": ""},
        "recipe": {"epochs": 3},
    }


def code_text(chance: Random) -> str:
    """What the QR code of a page says."""
    code = PageCode(chance.randbytes(5), chance.randbytes(3), chance.randrange(256), chance.randrange(2**24))
    return write_code(code, chance.choice((CODE_SECRET, b"another")))
