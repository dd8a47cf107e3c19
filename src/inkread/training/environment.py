"""Where a run took place: versions, machine, and the hash of the data; kept with the run."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

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


def environment_of(data_sha256: str, backend: str, networks_sha256: dict[str, str]) -> dict[str, Any]:
    """Plain values for a file; nothing that tells who or where one is.

    ``networks_sha256``: those that the run begins with or learns from, by the names in its recipe.
    """
    versions = {name: found for name in _PACKAGES if (found := _version(name))}
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


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
