"""Opens a network: an ONNX file and the card beside it, for ONNX Runtime.

The card names the file's SHA-256, and a file that is not the one its card describes is refused. This module does not
know what a network takes and gives.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from inkread.errors import ModelError

__all__ = ["first_line", "open_network", "read_card"]

_KERAS = (b"PK\x03\x04", b"\x89HDF\r\n\x1a\n")
"""How .keras and .h5 files begin."""


def read_card(model: Path) -> dict[str, Any]:
    """What the card beside the ``model`` says; empty for a model without one. Raises ModelError."""
    path = model.with_suffix(".json")
    if not path.is_file():
        return {}
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # RecursionError: brackets within brackets
        raise ModelError(f"{path}: the model's card cannot be read ({error}); reinstall inkread") from None
    if not isinstance(card, dict):
        raise ModelError(
            f"{path}: holds no table of names and values; mend the model's card, or remove it for a model of "
            "digits only"
        )
    return card


def open_network(path: Path, sha256: str = "") -> Any:
    """A session that runs the ONNX file ``path``, whose content has this ``sha256`` if one is given.

    Raises ModelError for a file that is not there, cannot be read, is another one, or is no ONNX.
    """
    content = _read(path, sha256)
    import onnxruntime  # not at import: `inkread --help` and an unread picture do without

    options = onnxruntime.SessionOptions()
    # Glyphs are small: more threads cost more than they give, and spinning ones steal from other work.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        # Without a fallback: there is none, but onnxruntime would print that it looks for one.
        return onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=False
        )
    except Exception as error:  # ONNX Runtime raises a dozen unrelated types for a file that is not ONNX
        raise ModelError(
            f"{path}: not an ONNX model that can be run ({first_line(error)}); give the .onnx file of a network"
        ) from None


def first_line(error: Exception) -> str:
    """The first line of what an error says, cut if it is long; its type if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]


def _read(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file; check the path, or leave --model out") from None
    except IsADirectoryError:
        raise ModelError(f"{path}: is a folder; give the .onnx file in it") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if content.startswith(_KERAS):
        raise ModelError(
            f"{path}: is a Keras file; make it ONNX first: inkread export {path.name} -o own.onnx"
        )
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            f"{path}: not the file that its card {path.with_suffix('.json').name} describes "
            "(SHA-256 differs); reinstall inkread, or remove the card of a model of your own"
        )
    return content
