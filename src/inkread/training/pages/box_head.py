"""The box head: a small network that looks at one box of the page network closely, with its surroundings.

It is the second stage of a detector (Fast R-CNN: Girshick 2015; Cascade R-CNN: Cai and Vasconcelos 2018): what
stands in the box, if it holds one symbol at all, and where its edges should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from inkread.detection.crops import CROP_SIZE
from inkread.training.pages.network import convolved, residual
from inkread.training.synthesis.texts import CLASSES

if TYPE_CHECKING:
    import keras

NOTHING: Final = len(CLASSES)
"""The class of a box that does not hold one symbol: a part of one, several, paper, a rule."""
OUTPUTS: Final = NOTHING + 1 + 1 + 4
"""Classes and nothing (logits), printed (logit), corrections of the four edges in units of the crop's side."""
_WEIGHTS: Final = {"class": 1.0, "printed": 0.1, "box": 0.5}


@dataclass(frozen=True, slots=True)
class HeadShape:
    """Channels at strides 2, 4 and 8, and of the layer before the outputs."""

    channels: tuple[int, int, int] = (24, 48, 96)
    last: int = 128


def build_box_head(shape: HeadShape = HeadShape()) -> keras.Model:
    """A network from crops (n, 44, 44, 2) to (n, OUTPUTS)."""
    import keras
    from keras import layers

    crops = keras.Input((CROP_SIZE, CROP_SIZE, 2), name="crops")
    x = convolved(crops, shape.channels[0], kernel=5, stride=2)
    x = residual(x, shape.channels[0])
    for channels in shape.channels[1:]:
        x = residual(convolved(x, channels, stride=2), channels)
    x = layers.Dropout(0.1)(layers.Flatten()(convolved(x, shape.last // 4, kernel=1)))
    x = layers.Dense(shape.last, use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.98)(x))
    # Corrections begin near 0: boxes that do not meet give no gradient.
    near_zero = keras.initializers.RandomNormal(stddev=0.01)
    outputs = layers.Dense(OUTPUTS, kernel_initializer=near_zero, dtype="float32", name="outputs")(x)
    return keras.Model(crops, outputs, name="box_head")


def head_loss(targets: Any, outputs: Any) -> Any:
    """The weighted sum of the parts: targets as ``crop_batches`` gives them, outputs (n, OUTPUTS)."""
    return sum(_WEIGHTS[name] * part for name, part in head_losses(targets, outputs).items())


def head_losses(targets: Any, outputs: Any) -> dict[str, Any]:
    """Each part of the loss, a scalar. Targets (n, 11): class, class weight, printed, box weight, box, true box.

    Both boxes are left, top, right, bottom in units of the crop's side.
    """
    from keras import ops

    labels, share, known = ops.cast(targets[:, 0], "int32"), targets[:, 1], targets[:, 3]
    chosen = ops.sparse_categorical_crossentropy(labels, outputs[:, : NOTHING + 1], from_logits=True)
    printed = ops.binary_crossentropy(
        targets[:, 2:3], outputs[:, NOTHING + 1 : NOTHING + 2], from_logits=True
    )
    apart = _box_loss(targets[:, 8:12], targets[:, 4:8] + outputs[:, NOTHING + 2 :])
    return {
        "class": ops.sum(chosen * share) / (ops.sum(share) + 1e-3),
        "printed": ops.sum(printed[:, 0] * known) / (ops.sum(known) + 1e-3),
        "box": ops.sum(apart * known) / (ops.sum(known) + 1e-3),
    }


def _box_loss(wanted: Any, found: Any) -> Any:
    """The logarithm of the intersection over union (UnitBox, Yu et al. 2016) of boxes (n, 4)."""
    from keras import ops

    common = ops.relu(ops.minimum(wanted[:, 2:], found[:, 2:]) - ops.maximum(wanted[:, :2], found[:, :2]))
    areas = [ops.prod(ops.relu(box[:, 2:] - box[:, :2]), axis=1) for box in (wanted, found)]
    meet = ops.prod(common, axis=1)
    return -ops.log((meet + 1e-3) / (areas[0] + areas[1] - meet + 1e-3))
