"""Strips of whole lines -> what a second network sees in each of their columns, by ONNX Runtime.

It looks at a line as a whole and cuts nothing, as networks for handwritten text do: each column, two pixels wide,
gets the probabilities that a digit, and which, is to be read off there, or nothing (connectionist temporal
classification: Graves, Fernández, Gomez, Schmidhuber 2006). What it cannot tell, and the lattice can, is where a digit
begins and ends. This module knows nothing of images, nor where the strips come from.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.inference.onnx_session import SHIPPED, first_line, open_network, read_card

__all__ = ["SHIPPED_TRANSCRIBER", "STEP", "Transcriber"]

SHIPPED_TRANSCRIBER = SHIPPED / "lines.onnx"
STEP = 2
"""Pixels of the strip for each column of what is given."""
_HEIGHT = 32
_WIDTHS = 32
"""Strips are filled up with paper to a multiple of this."""
_LEAST = 1e-9


class Transcriber:
    """A network that reads lines without cutting them; loaded when it is first used, safe to share between threads.

    ``model`` is the path of an ONNX file with one input (n, 32, w, 1) float32, 0 paper … 1 ink, and one output
    (n, w / 2, 12): probabilities of nothing, of each digit, and of a mark. None is the one that ships.
    """

    def __init__(self, model: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(SHIPPED_TRANSCRIBER if model is None else model)
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What the card beside the model says; empty for a model without one."""
        return read_card(self.path)

    def check(self) -> None:
        """Loads the network and runs it once; raises ModelError for one that cannot be used."""
        self.columns([np.zeros((_HEIGHT, _WIDTHS), np.float32)])

    def columns(self, strips: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """For each strip (32, w) the logarithms of the probabilities (ceil(w / 2), 11) that each of the ten digits is
        read off a column, and, last, that none is."""
        # One by one: filled up to the width of a longer one, the last digits of a number would come out a little
        # different, and no picture would be read among others as it is read alone.
        return [self._columns(strip) for strip in strips]

    def _columns(self, strip: NDArray[np.float32]) -> NDArray[np.float32]:
        width = strip.shape[1]
        batch = np.zeros((1, _HEIGHT, -(-width // _WIDTHS) * _WIDTHS, 1), np.float32)
        batch[0, :, :width, 0] = strip
        return _of_digits(self._run(batch)[0, : -(-width // STEP)])

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock:
            session = self._session
        try:
            return np.asarray(session.run(None, {session.get_inputs()[0].name: batch})[0], np.float32)
        except Exception as error:  # ONNX Runtime raises a dozen unrelated types
            raise ModelError(f"{self.path}: cannot be run ({first_line(error)}); reinstall inkread") from None

    @cached_property
    def _session(self) -> Any:
        return open_network(self.path, str(self.card.get("sha256", "")))


def _of_digits(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms (T, 11) of probabilities (T, 12): a mark is no digit either."""
    nothing = probabilities[:, :1] + probabilities[:, 11:]
    both = np.concatenate([probabilities[:, 1:11], nothing], axis=1)
    return np.log(np.maximum(both, np.float32(_LEAST)))
