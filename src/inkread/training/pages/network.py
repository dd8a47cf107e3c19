"""The page network: fully convolutional, grey picture in, one vector per cell of 4 × 4 pixels out.

A residual encoder (He et al. 2016) to stride 16 and two steps back to stride 4 (a feature pyramid, Lin et al. 2017).
Each cell tells whether a symbol has its centre there, its class, whether it is printed, and the four distances to
the edges of its box (FCOS, Tian et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from inkread.training.synthesis.texts import CLASSES

if TYPE_CHECKING:
    import keras

STRIDE: Final = 4
"""Pixels of a cell's side."""
CENTRE: Final = slice(0, 1)
CLASS: Final = slice(1, 1 + len(CLASSES))
PRINTED: Final = slice(1 + len(CLASSES), 2 + len(CLASSES))
BOX: Final = slice(2 + len(CLASSES), 6 + len(CLASSES))
CHANNELS: Final = 6 + len(CLASSES)
"""Channels of the output: centre (logit), classes (logits), printed (logit), distances (before softplus)."""
DISTANCE_UNIT: Final = 8.0
"""Pixels of a distance of 1 after softplus."""
_RARE: Final = -4.6
"""The centre's bias at first: one cell in a hundred holds a centre (Lin et al. 2017, focal loss)."""


@dataclass(frozen=True, slots=True)
class PageShape:
    """Channels at strides 4, 8 and 16, residual blocks at each, and channels before the outputs."""

    channels: tuple[int, int, int] = (32, 64, 112)
    blocks: tuple[int, int, int] = (1, 2, 3)
    last: int = 48


def build_page_network(shape: PageShape = PageShape()) -> keras.Model:
    """A network from (n, height, width, 1), 0 … 1, sides divisible by 16, to (n, height / 4, width / 4, CHANNELS)."""
    import keras
    from keras import layers

    picture = keras.Input((None, None, 1), name="picture")
    # Four rows and columns at once: a convolution whose kernel and stride are one cell loses nothing.
    x = convolved(picture, shape.channels[0], kernel=8, stride=STRIDE)
    levels = []
    for level, (channels, blocks) in enumerate(zip(shape.channels, shape.blocks, strict=True)):
        x = convolved(x, channels, stride=2) if level else x
        for _ in range(blocks):
            x = residual(x, channels)
        levels.append(x)
    for level in (1, 0):
        above = layers.UpSampling2D(2)(_projected(x, shape.channels[level]))
        x = layers.ReLU()(layers.Add()([above, _projected(levels[level], shape.channels[level])]))
        x = convolved(x, shape.channels[1] if level else shape.last)
    bias = keras.initializers.Constant(0.0)
    centre = layers.Conv2D(1, 1, bias_initializer=keras.initializers.Constant(_RARE), dtype="float32")(x)
    rest = layers.Conv2D(CHANNELS - 1, 1, bias_initializer=bias, dtype="float32")(x)
    return keras.Model(
        picture, layers.Concatenate(dtype="float32", name="cells")([centre, rest]), name="page"
    )


def convolved(x: Any, channels: int, kernel: int = 3, stride: int = 1) -> Any:
    from keras import layers

    x = layers.Conv2D(channels, kernel, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))


def _projected(x: Any, channels: int) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=0.98)(layers.Conv2D(channels, 1, use_bias=False)(x))


def residual(x: Any, channels: int) -> Any:
    from keras import layers

    inner = convolved(x, channels)
    inner = layers.Conv2D(channels, 3, padding="same", use_bias=False)(inner)
    inner = layers.BatchNormalization(momentum=0.98)(inner)
    return layers.ReLU()(layers.Add()([x, inner]))
