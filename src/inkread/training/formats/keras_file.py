"""A ``.keras`` or ``.h5`` file of anybody's -> a Keras network, with nothing in the file ever run.

The file is measured before anything in it is unpacked. Keras opens it in its safe mode; what Keras 2 wrote is
described anew by ``keras2``.
"""

from __future__ import annotations

import io
import json
import logging
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkread.errors import ModelError
from inkread.training.formats.keras2 import build_network
from inkread.training.glyphs.networks import import_keras

_FILE_BYTES = 500_000_000
"""The largest file, packed or unpacked; VGG-16, which nobody needs for digits, has 530 MB."""
_TEXT_BYTES = 10_000_000
_LARGEST = 1_000_000
"""No layer of a network for digits has a larger size; such a one would only fill the memory."""
_DEEPEST = 60
"""Levels of nesting in a description; a network of networks needs about 20."""
_GROUPS_DEEPEST = 20
_KERAS = ("keras", "builtins")
"""The packages whose classes a file may name."""
_WEIGHTS = "model.weights.h5"
_OUTSIDE = "links to what lies outside of it"


def open_saved(path: Path) -> Any:
    """The network in ``path``, whatever its ending, in float32; raises ModelError, with one line, for what is none."""
    start, keras = _start_of(path), import_keras()
    try:
        if start.startswith(b"PK\x03\x04"):
            return _in_float32(keras, _from_zip(keras, path))
        if start == b"\x89HDF\r\n\x1a\n":
            return _in_float32(keras, _from_hdf5(keras, path))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    except Exception as error:  # zipfile, json, h5py and Keras raise many types for what is damaged
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(
            f"{path}: damaged, or not as Keras writes it ({reason}); save it again, or export it as ONNX where it "
            "was made"
        ) from None
    raise ModelError(f"{path}: is no Keras file (.keras or .h5); save one with model.save('x.keras')")


def compiled(model: Any, from_logits: bool = False) -> Any:
    """The network with a loss, an optimizer and the metric accuracy, so that Keras can evaluate it and train it on.

    Labels are numbers (n,), 0 … 9. The optimizer is a new Adam: what the former one has learned is not kept.
    """
    loss = import_keras().losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model.compile("adam", loss, metrics=["accuracy"])
    # Without its variables, Keras warns when it opens the file.
    model.optimizer.build(model.trainable_variables)
    return model


def save_keras(model: Any, path: Path) -> None:
    """Writes a network in the format of the ending of ``path``, without Keras' remark that .h5 is an old one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        former = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            model.save(path)
        finally:
            logging.disable(former)
    if path.suffix.lower() != ".keras":
        import h5py  # type: ignore[import-untyped]

        with h5py.File(path, "r+") as file:  # Keras 3 cannot train on a network whose .h5 has these
            file.pop("optimizer_weights", None)


def _start_of(path: Path) -> bytes:
    """The first bytes of a file that is not too large."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file; check the path") from None
    except IsADirectoryError:
        raise ModelError(
            f"{path}: is a folder; open it where it was made, and model.save('x.keras')"
        ) from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if size > _FILE_BYTES:
        raise ModelError(f"{path}: has {size / 1e6:.0f} MB; no network for digits needs more than 500")
    return start


def _from_zip(keras: Any, path: Path) -> Any:
    """A description, the weights and the version of Keras, in a zip file."""
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
        if any(name.startswith("assets") for name in names):
            raise ModelError("holds files beside its weights, which no network for digits has")
        description = json.loads(_member(packed, "config.json", _TEXT_BYTES))
        noted = _member(packed, "metadata.json", _TEXT_BYTES) if "metadata.json" in names else b"{}"
        new = _inspected(description, json.loads(noted).get("keras_version"))
        weights = _member(packed, _WEIGHTS, _FILE_BYTES)
    with _checked(io.BytesIO(weights)), tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / _WEIGHTS
        unpacked.write_bytes(weights)
        return _built(keras, path, ".keras", None if new else description or {}, unpacked)


def _member(packed: zipfile.ZipFile, name: str, most: int) -> bytes:
    """One file of the zip; what the zip says of its size is not believed."""
    if name not in packed.namelist():
        raise ModelError(f"has no {name}; save the whole model with model.save('x.keras')")
    with packed.open(name) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ModelError(f"its {name} unpacks to more than {most / 1e6:.0f} MB: no network for digits does")
    return content


def _from_hdf5(keras: Any, path: Path) -> Any:
    """Keras 2's format, which Keras 3 still writes: one HDF5 file."""
    with _checked(path) as file:
        text, version = file.attrs.get("model_config"), file.attrs.get("keras_version", "")
    if text is None:
        raise ModelError("holds weights without their network; save the whole with model.save('x.h5')")
    description = json.loads(text)
    new = _inspected(description, version.decode() if isinstance(version, bytes) else version)
    return _built(keras, path, ".h5", None if new else description or {}, None)


def _built(keras: Any, path: Path, ending: str, description: Any, weights: Path | None) -> Any:
    """Opens what Keras 3 wrote; builds what Keras 2 wrote by its ``description``, with ``weights`` or those in it."""
    with tempfile.TemporaryDirectory() as folder:
        # Keras tells formats by the ending.
        named = path if path.suffix == ending else shutil.copyfile(path, Path(folder) / f"network{ending}")
        if description is None:
            return keras.models.load_model(named, compile=False, safe_mode=True)
        model = build_network(keras, description)
        model.load_weights(weights or named)
    return model


def _inspected(description: Any, version: Any) -> bool:
    """Whether Keras 3 or later wrote a file, once its description is found harmless."""
    major = str(version).partition(".")[0]
    new = major.isdigit() and int(major) >= 3
    _inspect(description, new)
    return new


def _inspect(part: Any, new: bool, depth: int = 0) -> None:
    """Refuses a description with code, with classes that are not Keras' own, or with numbers that are too large.

    Keras refuses code, too, but its messages do not name the layer. Of what is not ``new``, only classes that are
    listed are read.
    """
    if depth > _DEEPEST:
        raise ModelError("its description is nested too deeply")
    if isinstance(part, dict):
        _refuse_code(part, new)
        part = [value for key, value in part.items() if key not in ("seed", "shared_object_id")]
    if isinstance(part, list):
        for each in part:
            _inspect(each, new, depth + 1)
    elif isinstance(part, int | float) and not abs(part) <= _LARGEST:
        raise ModelError(f"a layer has a size of {part:g}, which no network for digits has")


def _refuse_code(part: dict[str, Any], new: bool) -> None:
    kind, config, activation = part.get("class_name"), part.get("config"), part.get("activation")
    name = str(config.get("name", "unnamed") if isinstance(config, dict) else "unnamed")[:60]
    never = "code, and code from a file is never run"
    if kind in ("Lambda", "__lambda__"):
        raise ModelError(f"it has a layer Lambda ({name}), which is not read: it holds {never}")
    if isinstance(activation, dict) and "class_name" not in activation:
        raise ModelError(f"its layer {part.get('name')} has an activation that is {never}")
    if new and kind and "module" in part and str(part["module"]).partition(".")[0] not in _KERAS:
        raise ModelError(f"it has a {kind} ({name}), which is not Keras' own; export it where it was made")


@contextmanager
def _checked(source: Any) -> Iterator[Any]:
    """An HDF5 file without links to other files, and without more numbers than a network has."""
    import h5py

    def size_of(group: Any, depth: int) -> int:
        if depth > _GROUPS_DEEPEST:
            raise ModelError("its groups are nested too deeply")
        total = 0
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ModelError(_OUTSIDE)
            item = group[name]
            if isinstance(item, h5py.Group):
                total += size_of(item, depth + 1)
            elif item.external or item.is_virtual:
                raise ModelError(_OUTSIDE)
            else:
                total += item.nbytes
            if total > _FILE_BYTES:
                raise ModelError("unpacks to more than 500 MB: no network for digits does")
        return total

    with h5py.File(source, "r") as file:
        size_of(file, 0)
        yield file


def _in_float32(keras: Any, model: Any) -> Any:
    """The network itself, or one like it where layers compute with other numbers, as with mixed precision."""
    if all(layer.compute_dtype == "float32" for layer in model._flatten_layers(include_self=False)):
        return model

    def like(layer: Any) -> Any:
        return layer.__class__.from_config(layer.get_config() | {"dtype": "float32"})

    other = keras.models.clone_model(model, clone_function=like)
    other.set_weights(model.get_weights())
    return other
