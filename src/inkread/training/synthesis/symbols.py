"""The classes of the page network, and the symbol that stands for each in made text."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "0123456789"
MARKS: Final = "-/.,():+×÷=%"
OTHER: Final = "other"
"""Letters, words, signs and scribbles: writing that is neither a digit nor a mark."""
CLASSES: Final = (*DIGITS, *MARKS, OTHER)
"""The network's classes in order."""


def class_of(symbol: str) -> int:
    """The index in ``CLASSES`` of a character; every character without a class of its own is ``OTHER``."""
    index = (DIGITS + MARKS).find(symbol)
    return index if index >= 0 else len(CLASSES) - 1
