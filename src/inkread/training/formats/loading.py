"""A network in any of the three formats -> something that reads: ``.onnx`` as it is, ``.keras`` and ``.h5`` made ONNX.

A Keras file may come from anywhere, so it is opened in a process of its own (``conversion``). What comes out is kept
in the user's cache under the file's SHA-256: each file is converted once. Needs no Keras here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ExtraMissing, ModelError
from inkread.glyphs.classifier import Classifier
from inkread.inference.onnx_session import first_line, is_keras
from inkread.training.formats.card import write_card
from inkread.training.formats.input_range import INKREAD, InputRange
from inkread.training.formats.parity import Classify

_VERSION = 3
"""Raised when conversion makes something else of the same file."""
_NEEDED = ("keras", "tensorflow", "onnx", "tf2onnx", "h5py")
_SECONDS_MAX = 600
_PACKAGES = Path(__file__).resolve().parents[3]
_RECIPES = (("recipe.toml", tomllib.loads), ("recipe.json", json.loads))


def classifier_for(path: str | os.PathLike[str], input_range: str | None = None) -> Classify:
    """A network file as a function of glyphs (n, 28, 28) float32, 0 paper … 1 ink, to probabilities (n, 10).

    Rows say which digit it is, given that it is one, and sum to 1. ``input_range`` is that of ``as_onnx``. Raises
    ModelError, ExtraMissing.
    """
    classifier = Classifier(as_onnx(Path(path), input_range))

    def classify(glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        digits = classifier.scores(glyphs)[:, :10]
        totals = np.maximum(digits.sum(axis=1, keepdims=True), np.float32(1e-12))
        return np.asarray(digits / totals, np.float32)

    classify(np.zeros((1, 28, 28), np.float32))  # what cannot be used is told now, not at the first digit
    return classify


def as_onnx(path: Path, input_range: str | None = None) -> Path:
    """The ONNX file of a network: ``path`` itself, or for a Keras file what the cache has or gets of it.

    ``input_range`` is what the network was trained with; without it, it is found. Raises ModelError, ExtraMissing.
    """
    if not is_keras(path):
        return path
    known = _parsed(input_range)
    return _converted(path, _kept(path, known), known)


def model_as_onnx(model: Any, input_range: str | None = None) -> Path:
    """The ONNX file of a Keras model, converted once for the same layers and weights.

    Raises ModelError, ExtraMissing.
    """
    known, shown = _parsed(input_range), f"the Keras model {model.name}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        try:
            model.save(path)
            with zipfile.ZipFile(path) as saved:  # the whole file would differ in the time when it was saved
                content = [saved.read(name) for name in ("config.json", "model.weights.h5")]
        except Exception as error:  # Keras raises many types for what it cannot save
            raise ModelError(f"{shown}: cannot be saved ({first_line(error)}); build it before") from None
        digest = hashlib.sha256(b"".join(content)).hexdigest()
        try:
            name = f"{digest[:32]}-model-{known or 'found'}-{_VERSION}.onnx"
            return _converted(path, cache_folder() / name, known)
        except ModelError as error:
            raise ModelError(str(error).replace(str(path), shown)) from None


def is_ready(path: Path, input_range: str | None = None) -> bool:
    """Whether ``as_onnx`` has nothing to convert."""
    return not is_keras(path) or _whole(_kept(path, _parsed(input_range)))


def _parsed(input_range: str | None) -> InputRange | None:
    return None if input_range is None else InputRange.parse(input_range)


def _converted(path: Path, kept: Path, input_range: InputRange | None) -> Path:
    if not _whole(kept):
        convert_apart(path, kept, input_range)
    return kept


def convert_apart(path: Path, out: Path, input_range: InputRange | None = None) -> dict[str, Any]:
    """Converts a Keras file in another process; gives the card that ``out`` gets, if it is ONNX.

    Raises ModelError, ExtraMissing.
    """
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise ExtraMissing(
            f'opening a Keras file needs {", ".join(missing)}: pip install "inkread[train]"; or give an .onnx file'
        )
    classes = classes_beside(path)
    found = _asked(path, out, len(classes), _known_range(path, input_range))
    card = {
        "name": path.name,
        "file": out.name,
        "sha256": hash_of(out),
        "classes": list(classes),
        "source": {"file": path.name, "sha256": hash_of(path)},
        **found,
    }
    if out.suffix.lower() == ".onnx":
        write_card(out, card)
    return card


def hash_of(path: Path) -> str:
    """A file's SHA-256; raises ModelError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file; check the path") from None
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be read ({error.strerror}); give a .keras, .h5 or .onnx file"
        ) from None


def classes_beside(path: Path) -> tuple[str, ...]:
    """What the network's outputs are: as the recipe of the run that the file lies in says, else the digits."""
    digits = tuple(str(value) for value in range(10))
    for name, parse in _RECIPES:
        try:
            named = parse((path.parent / name).read_text(encoding="utf-8"))["classes"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue
        if isinstance(named, list) and all(isinstance(each, str) for each in named):
            return tuple(named) if tuple(named[:10]) == digits else digits
    return digits


def _known_range(path: Path, given: InputRange | None) -> InputRange | None:
    """What was ``given``; for a network in the folder of a run inkread's own range, however little it has learned."""
    made_here = path.stem in ("best", "last", "model")
    made_here = made_here and any((path.parent / name).is_file() for name, _ in _RECIPES)
    return given or (INKREAD if made_here else None)


@cache
def cache_folder() -> Path:
    """Where converted networks are kept: the user's cache, or where nothing may be written there, a new folder."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("inkread")) / "models"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="inkread-"))


def _kept(path: Path, input_range: InputRange | None) -> Path:
    """Where the cache has the ONNX file of a Keras file, if it has one."""
    known = f"{len(classes_beside(path))}-{_known_range(path, input_range) or 'found'}"
    return cache_folder() / f"{hash_of(path)[:32]}-{known}-{_VERSION}.onnx"


def _whole(kept: Path) -> bool:
    """Whether the cache has the file, as it was written."""
    try:
        card = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
        return bool(card["sha256"] == hash_of(kept))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ModelError):
        return False


def _asked(path: Path, out: Path, classes: int, input_range: InputRange | None) -> dict[str, Any]:
    """Runs ``inkread.training.formats.conversion``; gives its answer."""
    # -P: a keras.py in the folder one happens to be in, perhaps with the model, is not Keras.
    command = [sys.executable, "-P", "-m", "inkread.training.formats.conversion", str(path.resolve())]
    command += [str(out.resolve()), "--classes", str(classes)]
    command += [] if input_range is None else [f"--input-range={input_range}"]
    # The other process finds inkread where this one did, and computes with TensorFlow, which alone can export.
    found = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH", "")]))
    env = os.environ | {"PYTHONPATH": found, "KERAS_BACKEND": "tensorflow"}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS_MAX, env=env
        )
        answer = json.loads(done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"{path}: not converted after {_SECONDS_MAX // 60} minutes; is it a network?"
        ) from None
    except (ValueError, IndexError):
        raise ModelError(
            f"{path}: the process that opened it ended with status {done.returncode}; is it a network for digits?"
        ) from None
    if "error" in answer:
        kind = ExtraMissing if answer.get("extra") else ModelError
        raise kind(str(answer["error"]).replace(str(path.resolve()), str(path)))
    return dict(answer)
