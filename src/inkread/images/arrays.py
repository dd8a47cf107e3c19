"""What may be given as a picture, as types; and an array of any numbers -> one of 8 bits."""

from __future__ import annotations

import inspect
import os
from typing import Any, Literal, Protocol, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkread.errors import UnreadableImage
from inkread.images.limits import ImageLimits, check_pixels


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


_SCALES = (255.0, 4095.0, 65535.0)  # White of cameras and scanners with 8, 12 and 16 bits per pixel
_LEAST_WHITE = 32
"""Floats up to less than this, but above 1, may be anything: of 0 … 255, they would be a black picture."""
_CHANNELS = (1, 3, 4)
_NUMBERS_AT_ONCE = 100_000
"""An array is made 8 bits so many numbers at a time, which the processor has at hand: whole copies of a large one, as
floats, would fill the memory, and take longer."""


def levels_of(array: NDArray[Any], limits: ImageLimits, order: ChannelOrder = "RGB") -> NDArray[np.uint8]:
    """The array as 8 bits: (H, W) or (H, W, 1) grey as (H, W), (H, W, 3) as RGB and (H, W, 4) as RGBA.

    One picture may also be (C, H, W), as PyTorch has it, or the only one of a batch (1, …). It may be ``array`` itself.
    Raises ``UnreadableImage`` for any other array, ValueError for an ``order`` that is neither RGB nor BGR.
    """
    swapped = checked_order(order) == "BGR"
    array = _with_channels_last(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in _CHANNELS):
        shape = " × ".join(map(str, array.shape)) or "a single number"
        raise UnreadableImage(
            f"the array is {shape}; it must be (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)"
            + ("; give its pictures to read_many" if array.ndim == 4 else "")
        )
    height, width = array.shape[:2]
    check_pixels(width, height, "the array", limits)
    levels = _levels(array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array)
    return levels[..., [2, 1, 0, 3][: levels.shape[2]]] if swapped and levels.ndim == 3 else levels


def _with_channels_last(array: NDArray[Any]) -> NDArray[Any]:
    """(1, …) of four dimensions without the first; (C, H, W) as (H, W, C)."""
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[2] not in _CHANNELS and array.shape[0] in _CHANNELS:
        array = np.moveaxis(array, 0, 2)
    return array


def to_rgb(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey (H, W) or RGB (H, W, 3) as a new array (H, W, 3)."""
    if levels.ndim == 3:
        return np.array(levels, order="C")
    return cv2.cvtColor(np.ascontiguousarray(levels), cv2.COLOR_GRAY2RGB)


def _levels(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The numbers of an array as 8 bits; a scale that would have to be guessed is refused."""
    kind = values.dtype.kind
    if values.dtype == np.uint8:
        return values
    if kind == "b":
        return values * np.uint8(255)
    if kind not in "iuf":
        raise UnreadableImage(f"the array holds {values.dtype}; convert it to uint8")
    low, high = value_range(values, "the array")
    if kind == "f":
        return _levels_of_floats(values, low, high)
    if low < 0 or high > (65535 if values.dtype.itemsize == 2 else 255):
        raise UnreadableImage(f"the array has integers {low:g} … {high:g}; they must be 0 … 255, or uint16")
    return to_eight_bits(values)


def _levels_of_floats(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    # A little over is rounding, such as resizing makes.
    if -1.01 < low <= -0.01 and high < 1.01:
        return to_eight_bits((values + 1) / 2)
    if (low > -0.01 and high < 1.01) or (low > -1 and _LEAST_WHITE < high < 256):
        return to_eight_bits(values)
    raise UnreadableImage(
        f"the array has floats {low:g} … {high:g}; they must be 0 … 1, −1 … 1 or 0 … 255, or make them uint8"
    )


def to_eight_bits(values: NDArray[Any], name: str = "the picture") -> NDArray[np.uint8]:
    """Numbers as uint8, linearly: white is the least of 1 (floats), 255, 4095 and 65535 that is not exceeded.

    So a 12-bit scan in a 16-bit file is not taken for night. What fits none of these, negative numbers also,
    is stretched from its smallest to its largest. Raises ``UnreadableImage`` for NaN and infinity.
    """
    low, high = value_range(values, name)
    levels = np.empty(values.shape, np.uint8)
    height, width = values.shape[:2]
    columns = min(width, _NUMBERS_AT_ONCE)
    rows = max(1, _NUMBERS_AT_ONCE // columns)
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            block = np.s_[top : top + rows, left : left + columns]
            levels[block] = scaled_to_eight_bits(values[block], low, high)
    return levels


def scaled_to_eight_bits(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """The same for a part of a picture that holds numbers from ``low`` to ``high``."""
    scales = (1.0, *_SCALES) if values.dtype.kind == "f" else _SCALES
    black, white = 0.0, next((scale for scale in scales if high <= 1.01 * scale), 0.0)
    if not white or low < -0.01 * white:
        black, white = low, high if high > low else low + 1
    # Doubles where black is subtracted: of large neighbours, float32 would leave no difference.
    levels: NDArray[Any] = values.astype(np.float64 if black else np.float32)
    levels -= black
    levels *= 255.0 / (white - black)
    levels += 0.5
    return np.asarray(np.clip(levels, 0, 255, out=levels), np.uint8)


def value_range(values: NDArray[Any], name: str) -> tuple[float, float]:
    """The smallest and the largest; raises ``UnreadableImage`` for NaN and infinity."""
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise UnreadableImage(f"{name}: has values that are NaN or infinite; replace them first")
    return low, high
