"""Opens a network: an ONNX file and the card beside it, for ONNX Runtime.

The card names the file's SHA-256, and a file that is not the one its card describes is refused. This is the only
module that imports ONNX Runtime, because the telemetry of that library must be switched off before the first import.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkread.errors import ModelError

if TYPE_CHECKING:  # the command line imports this module, and most of it needs no arrays
    import numpy as np
    from numpy.typing import NDArray

SHIPPED = Path(__file__).parents[1] / "model"
"""The folder of the networks that ship."""

KERAS_ENDINGS = (".keras", ".h5", ".hdf5")
_KERAS = (b"PK\x03\x04", b"\x89HDF\r\n\x1a\n")
"""How .keras and .h5 files begin."""
_OF_A_RUN = ("best.keras", "last.keras")
"""The networks in the folder of a training run, the better one first."""


class Network:
    """An ONNX file with one input and one output, opened when it is first used; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What the card beside the file says."""
        return read_card(self.path)

    def check(self) -> None:
        """Opens the network and runs it once; raises ModelError for one that cannot be used."""
        shape = self.card.get("example_shape")
        if not isinstance(shape, list) or not all(isinstance(size, int) and size > 0 for size in shape):
            raise ModelError(
                f"{self.path}: its card has no example_shape; {remedy(self.path, 'export it again')}"
            )
        import numpy as np

        self.run(np.zeros(shape, np.float32))

    def run(self, given: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output for an input; raises ModelError."""
        import numpy as np

        with self._lock:
            session = self._session
        try:
            return np.asarray(session.run(None, {session.get_inputs()[0].name: given})[0], np.float32)
        except Exception as error:  # ONNX Runtime raises a dozen unrelated types
            todo = remedy(self.path, "export it again")
            raise ModelError(f"{self.path}: cannot be run ({first_line(error)}); {todo}") from None

    @cached_property
    def _session(self) -> Any:
        # Pictures have all sizes: what the largest one needed would be held for ever.
        return open_network(self.path, str(self.card.get("sha256", "")), keep_memory=False)


def network_file(path: Path) -> Path:
    """The file of a network: ``path`` itself, or the best network in the folder of a training run.

    Raises ModelError where there is none.
    """
    if path.is_dir():
        for name in _OF_A_RUN:
            if (path / name).is_file():
                return path / name
        raise ModelError(
            f"{path}: is a folder without {_OF_A_RUN[0]}; give the folder of a training run, or the file of a network"
        )
    if not path.exists():
        raise ModelError(f"{path}: no such model file; {remedy(path, 'check the path')}")
    return path


def is_keras(path: Path) -> bool:
    """Whether a file is Keras', by its ending or its first bytes: it is to be converted before it can read."""
    if path.suffix.lower() in KERAS_ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            return file.read(8).startswith(_KERAS)
    except OSError:  # whoever opens it says what is wrong
        return False


def onnx_runtime() -> Any:
    """The module ``onnxruntime``, imported with its telemetry switched off.

    From version 1.29 on, ONNX Runtime sends events to its vendor and keeps a device id in the user's cache, unless
    ``ORT_DISABLE_TELEMETRY`` is set before the import. A value that the user has set is kept. The import takes a
    moment, so that it waits until a network is needed.
    """
    switch = os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    if switch == "1":
        onnxruntime.disable_telemetry_events()  # versions below 1.29 on Windows do not know the variable
    return onnxruntime


def read_card(model: Path) -> dict[str, Any]:
    """What the card beside the ``model`` says; empty for a model of one's own without one. Raises ModelError."""
    path = model.with_suffix(".json")
    if not path.is_file() and path.parent != SHIPPED:
        return {}
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # RecursionError: brackets within brackets
        raise ModelError(
            f"{path}: the model's card cannot be read ({error}); {remedy(model, 'mend it, or remove it')}"
        ) from None
    if not isinstance(card, dict):
        todo = remedy(model, "mend the model's card, or remove it for a model of digits only")
        raise ModelError(f"{path}: holds no table of names and values; {todo}")
    return card


def open_network(path: Path, sha256: str = "", *, keep_memory: bool = True) -> Any:
    """A session that runs the ONNX file ``path``, whose content has this ``sha256`` if one is given.

    ``keep_memory``: what a run needed is kept for the next one, which is faster where inputs have one size.

    Raises ModelError for a file that is not there, cannot be read, is another one, or is no ONNX.
    """
    content = _read(path, sha256)
    try:
        return open_session(content, keep_memory=keep_memory)
    except Exception as error:  # ONNX Runtime raises a dozen unrelated types for a file that is not ONNX
        todo = remedy(path, "give the .onnx file of a network")
        raise ModelError(f"{path}: not an ONNX model that can be run ({first_line(error)}); {todo}") from None


def open_session(content: bytes, threads: int = 1, *, keep_memory: bool = True) -> Any:
    """A session that runs the ``content`` of an ONNX file; ``threads`` 0 means one for each core.

    Raises what ONNX Runtime raises.
    """
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    # Glyphs are small: more threads cost more than they give, and spinning ones steal from other work.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = options.enable_mem_pattern = keep_memory
    # Without a fallback: there is none, but ONNX Runtime would print that it looks for one.
    return runtime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], enable_fallback=False
    )


def remedy(path: Path, own: str) -> str:
    """What mends a network: another installation for one that ships, else what is said for a model of one's ``own``."""
    return "reinstall inkread" if path.parent == SHIPPED else own


def first_line(error: Exception) -> str:
    """The first line of what an error says, cut if it is long; its type if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]


def _read(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file; {remedy(path, 'check the path')}") from None
    except IsADirectoryError:
        raise ModelError(f"{path}: is a folder; give the .onnx file in it") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if content.startswith(_KERAS):
        raise ModelError(
            f"{path}: is a Keras file; make it ONNX first: inkread export {path.name} -o own.onnx"
        )
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        todo = remedy(path, "give the file that belongs to the card, or remove the card")
        card = path.with_suffix(".json").name
        raise ModelError(f"{path}: not the file that its card {card} describes (SHA-256 differs); {todo}")
    return content
