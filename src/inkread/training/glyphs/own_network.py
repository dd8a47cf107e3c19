"""A network of one's own: ``FILE.py:function``, where ``function(keras, classes)`` lists its layers or makes the model.

The function takes the module ``keras`` and the number of classes. A list of layers follows an input (28, 28, 1);
a ``keras.Model`` has it. Either gives probabilities (n, classes). The file is run as Python.
"""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from inkread.training.recipe import RecipeError, is_own

Layers = Callable[[Any, int], Any]
_TOLERANCE = 1e-3
"""How far the sum of a glyph's probabilities may be from 1."""


def own_layers(spec: str) -> Layers:
    """The function that ``FILE.py:function`` names. Raises RecipeError."""
    path, name = _parts(spec)
    try:
        found = runpy.run_path(str(path)).get(name)
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read ({error.strerror}); give FILE.py:function") from None
    except Exception as error:
        raise RecipeError(f"{path}: fails when it is run ({told(error)}); mend it") from None
    if not callable(found):
        raise RecipeError(f"{path}: has no function {name!r}; define {name}(keras, classes)")
    return found


def spec_of(network: Layers) -> str:
    """``FILE.py:function`` for a function of a module or script. Raises RecipeError for others."""
    name = getattr(network, "__qualname__", "")
    try:
        path = Path(inspect.getsourcefile(network) or "")
    except TypeError:
        path = Path()
    if not name.isidentifier() or not path.is_file():
        raise RecipeError(
            "the network must be a function at the top of a .py file, to be found again by --resume"
        )
    return f"{path.resolve()}:{name}"


def absolute(spec: str) -> str:
    """The same with an absolute path, so that a run goes on from any folder."""
    path, name = _parts(spec)
    return f"{path.resolve()}:{name}"


def name_of(network: str) -> str:
    """The name for titles: that of the function, or the network's own."""
    return network.rpartition(":")[2]


def hash_of_own(network: str) -> dict[str, str]:
    """The SHA-256 of the file of a network of one's own, by its name; empty for inkread's."""
    return {network: sha256(_parts(network)[0].read_bytes()).hexdigest()} if is_own(network) else {}


def check_network(model: Any, name: str, classes: int) -> None:
    """Raises RecipeError unless ``model`` takes glyphs and gives probabilities."""
    takes, gives = tuple(model.input_shape), tuple(model.output_shape)
    if (takes, gives) != ((None, 28, 28, 1), (None, classes)):
        wanted = f"it must take (None, 28, 28, 1) and give (None, {classes})"
        raise RecipeError(f"{name}: takes {takes} and gives {gives}; {wanted}")
    sums = model.predict_on_batch(np.zeros((2, 28, 28, 1), np.float32)).sum(axis=1)
    if not np.all(np.abs(sums - 1) < _TOLERANCE):
        mend = f'end it with Dense({classes}, activation="softmax")'
        raise RecipeError(f"{name}: its numbers do not sum to 1; {mend}")


def _parts(spec: str) -> tuple[Path, str]:
    path, _, name = spec.rpartition(":")
    return Path(path), name


def told(error: Exception) -> str:
    """What went wrong in a file of one's own, in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
