"""What people have of a network -> an ONNX file that reading opens.

An ``.onnx`` file is taken as it is. A Keras file, the folder of a training run and a Keras model are converted, which
needs the extra ``train``. This is the only module of reading that calls ``training``, and only for those: reading
with an ONNX network imports nothing of it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from inkread.errors import ModelError
from inkread.inference.onnx_session import is_keras, network_file


class KerasModel(Protocol):
    """A Keras model, of Keras 3 or of TensorFlow's Keras 2."""

    name: str

    def save(self, filepath: Any) -> Any: ...


ModelSource: TypeAlias = "str | os.PathLike[str] | KerasModel"
"""A path of an .onnx, .keras or .h5 file or of the folder of a training run; or a Keras model."""


def onnx_file(model: ModelSource, input_range: str | None = None) -> Path:
    """The path of the ONNX file of a network; see ``ModelSource``.

    ``input_range`` says what a Keras network was given for paper and for ink when it was trained, such as ``0..255``;
    None: it is found. Raises ModelError, and ExtraMissing where what converts it is not installed.
    """
    if _is_keras_model(model):
        from inkread.training.formats.loading import model_as_onnx

        return model_as_onnx(model, input_range)
    if not isinstance(model, str | os.PathLike):
        raise ModelError(
            f"a {type(model).__name__} is no network; give the path of an .onnx, .keras or .h5 file or of a run's "
            "folder, or a Keras model"
        )
    path = network_file(Path(model))
    if not is_keras(path):
        if input_range is not None:
            raise ModelError(
                f"{path}: an input range is for Keras files; an .onnx file is given 0 for paper and 1 for ink"
            )
        return path
    from inkread.training.formats.loading import as_onnx

    return as_onnx(path, input_range)


def _is_keras_model(model: Any) -> bool:
    """Whether it is one, without importing Keras."""
    return any(
        kind.__name__ == "Model" and kind.__module__.partition(".")[0] in ("keras", "tf_keras")
        for kind in type(model).__mro__
    )
