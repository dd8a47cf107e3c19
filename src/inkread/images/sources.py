"""What may be given as a picture, as types, and what is said of everything else."""

from __future__ import annotations

import inspect
import os
from typing import Any, Literal, Protocol, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.errors import UnreadableImage


class BinaryFile(Protocol):
    """An open binary file, or anything else whose ``read`` gives bytes."""

    def read(self, size: int, /) -> bytes: ...


class ArrayLike(Protocol):
    """What NumPy makes an array of without copying its numbers one by one, such as tensors of PyTorch and JAX."""

    def __array__(self) -> NDArray[Any]: ...


Source: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryFile
    | Image.Image
    | NDArray[Any]
    | ArrayLike
)
"""A picture: a path, the bytes of a file, an open binary file, a PIL image, or an array (H, W[, 1|3|4])."""

ChannelOrder: TypeAlias = Literal["RGB", "BGR"]
"""The order of the channels of an array: RGB as Pillow and imageio have it, BGR as OpenCV does."""


def checked_order(order: ChannelOrder) -> ChannelOrder:
    """``order`` itself; raises ValueError for any other."""
    if order not in get_args(ChannelOrder):
        raise ValueError(f"order must be RGB or BGR, not {order!r}")
    return order


def not_a_picture(source: object) -> UnreadableImage:
    """The error for something that is none of ``Source``: what it is, and what to give instead."""
    kind = type(source).__name__
    if inspect.isawaitable(source):
        if inspect.iscoroutine(source):
            source.close()  # nobody will await it, of which Python would warn
        return UnreadableImage(f"a {kind} is no picture yet; await it, and give what it returns")
    if isinstance(source, list | tuple | set | frozenset | dict) or inspect.isgenerator(source):
        return UnreadableImage(f"a {kind} is not one picture; give its pictures to read_many")
    return UnreadableImage(
        f"{kind} is no picture; give a path, bytes, a binary file, a PIL image or an array"
    )


def as_array(source: object) -> NDArray[Any]:
    """The array that a source is; raises ``UnreadableImage`` for what is none."""
    if not (hasattr(source, "__array__") or hasattr(source, "__array_interface__")):
        raise not_a_picture(source)
    return np.asarray(source)
