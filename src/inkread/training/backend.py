"""Which framework Keras computes with: the one that was asked for, else one that is installed.

Keras itself takes TensorFlow where nothing else is said, also where only JAX or PyTorch is installed, and then cannot
be imported at all.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

from inkread.errors import ExtraMissing

BACKENDS = ("tensorflow", "jax", "torch")
"""The frameworks that can train; on a CPU, TensorFlow is the quickest by far."""
_ASKED = "KERAS_BACKEND"


def require_backend() -> str:
    """Has Keras take the framework that it is to train with, and gives its name.

    Raises ExtraMissing where ``KERAS_BACKEND`` asks for one that is not there.
    """
    asked = os.environ.get(_ASKED, "")
    if asked and asked not in BACKENDS:
        raise ExtraMissing(f"{_ASKED} is {asked!r}: set it to tensorflow, jax or torch, or leave it unset")
    if asked and not _installed(asked):
        raise ExtraMissing(f"{_ASKED} asks for {asked}, which is missing: pip install {asked}, or unset it")
    os.environ[_ASKED] = usable_backend()
    return os.environ[_ASKED]


def usable_backend() -> str:
    """``KERAS_BACKEND``, else what Keras' own settings name, else the first there is; of those installed."""
    for name in (os.environ.get(_ASKED, ""), _configured(), *BACKENDS):
        if name in BACKENDS and _installed(name):
            return name
    return BACKENDS[0]


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _configured() -> str:
    """What Keras' settings file names; it writes one by itself, so it may name what never was installed."""
    try:
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        return str(json.loads((home / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError):
        return ""
