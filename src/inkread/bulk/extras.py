"""Imports of optional packages, with the error for one that is missing."""

from __future__ import annotations

import importlib
from typing import Any

from inkread.errors import ExtraMissing

_EXTRA_OF = {"ray": "ray", "ray.data": "ray"}


def need(module: str, what: str) -> Any:
    """Imports a module. Raises ExtraMissing, whose message begins with ``what``, such as "Parquet"."""
    try:
        return importlib.import_module(module)
    except ImportError:
        extra = _EXTRA_OF.get(module, "bulk")
        raise ExtraMissing(
            f'{what} needs {module.partition(".")[0]}: pip install "inkread[{extra}]"'
        ) from None


def is_url(name: str) -> bool:
    """Whether a name is of the form ``scheme://…``."""
    scheme, mark, _ = name.partition("://")
    return bool(mark) and scheme.replace("+", "").replace("-", "").isalnum()


def filesystem_of(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it; raises ExtraMissing for one that is not installed."""
    fsspec = need("fsspec", "a URL")
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as error:  # "Install s3fs to access S3"
        raise ExtraMissing(f"{url.partition('://')[0]}:// cannot be used: {error}") from None
    except ValueError as error:
        raise ExtraMissing(f"{url}: {error}; give a path, or a URL that fsspec knows") from None
    return filesystem, str(path)
