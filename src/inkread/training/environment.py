"""The backend that Keras computes with, and the versions, machine and data hashes that are kept with a run.

Keras takes TensorFlow where nothing else is said, also where only JAX or PyTorch is installed, and then cannot be
imported at all. So the backend is set before Keras is imported.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from inkread.errors import ExtraMissing

BACKENDS = ("tensorflow", "jax", "torch")
"""The frameworks that can train; on a CPU, TensorFlow is the quickest by far."""
_ASKED = "KERAS_BACKEND"
_PACKAGES = (
    "inkread",
    "keras",
    "tensorflow",
    "tensorflow-cpu",
    "torch",
    "jax",
    "numpy",
    "opencv-python-headless",
)


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
    try:  # Keras writes its settings by itself, so they may name what never was installed.
        home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
        configured = str(json.loads((home / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError):
        configured = ""
    for name in (os.environ.get(_ASKED, ""), configured, *BACKENDS):
        if name in BACKENDS and _installed(name):
            return name
    return BACKENDS[0]


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def environment_of(data_sha256: str, backend: str, networks_sha256: dict[str, str]) -> dict[str, Any]:
    """Plain values for a file; nothing that tells who or where one is.

    ``networks_sha256``: those that the run begins with or learns from, by the names in its recipe.
    """
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "backend": backend,
        "packages": versions,
        "data_sha256": data_sha256,
        "networks_sha256": networks_sha256,
    }
