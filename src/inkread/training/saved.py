"""A ``.keras`` or ``.h5`` file of anybody's -> a Keras network, with nothing in the file ever run.

The file is measured before anything in it is unpacked. Only its description and its numbers are taken: the
description goes through ``described``, so that no Lambda, no custom object and no pickle is ever made; the
optimizer and all else are left where they are. This module does not know what the network is for.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from inkread.errors import ModelError
from inkread.training.described import build_network
from inkread.training.networks import import_keras

__all__ = ["open_saved"]

_FILE_BYTES = 500_000_000
"""The largest file, packed or unpacked; VGG-16, which nobody needs for digits, has 530 MB."""
_TEXT_BYTES = 10_000_000
_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"


def open_saved(path: Path) -> Any:
    """The network in ``path``, whatever its ending; raises ModelError, with one line, for what is none."""
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
    keras = import_keras()
    try:
        if start.startswith(_ZIP):
            return _from_zip(keras, path)
        if start == _HDF5:
            return _from_hdf5(keras, path)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, OSError, RuntimeError, RecursionError, MemoryError) as error:
        # What zipfile, json, h5py and Keras raise for what is damaged or does not fit together.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(f"{path}: damaged, or not as Keras writes it ({reason}); save it again") from None
    raise ModelError(f"{path}: is no Keras file (.keras or .h5); save one with model.save('x.keras')")


def _from_zip(keras: Any, path: Path) -> Any:
    """Keras 3's own format: a description and the weights, in a zip file."""
    try:
        with zipfile.ZipFile(path) as packed:
            description = json.loads(_member(packed, _CONFIG, _TEXT_BYTES))
            weights = _member(packed, _WEIGHTS, _FILE_BYTES)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise ModelError(f"damaged ({error}); save it again") from None
    model = build_network(keras, description)
    with _checked(io.BytesIO(weights)):
        pass
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / _WEIGHTS
        unpacked.write_bytes(weights)
        model.load_weights(unpacked)
    return model


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
        text = file.attrs.get("model_config")
        if text is None:
            raise ModelError("holds weights without their network; save the whole with model.save('x.h5')")
        model = build_network(keras, json.loads(text))
        _fill(model, file["model_weights"])
    return model


@contextmanager
def _checked(source: Any) -> Iterator[Any]:
    """An HDF5 file without links to other files, and without more numbers than a network has."""
    import h5py  # type: ignore[import-untyped]

    with h5py.File(source, "r") as file:
        total = 0

        def visit(group: Any, depth: int) -> None:
            nonlocal total
            if depth > 20:
                raise ModelError("its groups are nested too deeply")
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ModelError("links to what lies outside of it")
                item = group[name]
                if isinstance(item, h5py.Group):
                    visit(item, depth + 1)
                    continue
                if item.external or item.is_virtual:
                    raise ModelError("links to what lies outside of it")
                total += item.nbytes
                if total > _FILE_BYTES:
                    raise ModelError("unpacks to more than 500 MB: no network for digits does")

        visit(file, 0)
        yield file


def _fill(model: Any, groups: Any) -> None:
    """Gives every layer its weights by its name; where names were changed in between, by their order."""
    stored = {name: [group[each] for each in _names(group, "weight_names")] for name, group in groups.items()}
    order = [name for name in _names(groups, "layer_names") if stored.get(name)]
    layers = [layer for layer in model.layers if layer.weights]
    if len(order) != len(layers):
        raise ModelError(f"has weights for {len(order)} layers, but describes {len(layers)}; save it again")
    by_name = {layer.name for layer in layers} == set(order)
    for layer, name in zip(layers, order, strict=True):
        values = stored[layer.name if by_name else name]
        # As Keras lists them in such files: what is trained first, then the rest.
        wanted = [*layer.trainable_weights, *layer.non_trainable_weights]
        if [tuple(each.shape) for each in values] != [tuple(each.shape) for each in wanted]:
            raise ModelError(f"the weights of the layer {layer.name} do not fit it; save it again")
        for variable, value in zip(wanted, values, strict=True):
            variable.assign(np.asarray(value[()], np.float32))


def _names(group: Any, attribute: str) -> list[str]:
    """A list of names; long ones are split over ``NAME0``, ``NAME1`` and so on."""
    parts = [group.attrs[attribute]] if attribute in group.attrs else []
    while f"{attribute}{len(parts)}" in group.attrs:
        parts.append(group.attrs[f"{attribute}{len(parts)}"])
    return [each.decode() if isinstance(each, bytes) else str(each) for part in parts for each in part]
