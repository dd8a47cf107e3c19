"""Candidate: a piece of ink that may be one digit, as the stages before the lattice find it."""

from __future__ import annotations

from dataclasses import dataclass

from inkread.elements import Box

WHOLE = -1
"""The line of a candidate that is all the ink of a page."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of ink that may be one digit: atoms ``start`` … ``stop - 1`` of line ``line``, joined.

    ``parts`` are the labels of its atoms in the label map that comes with it (see ``segments``);
    ``box`` is in pixels of the ink map; ``cost`` is what speaks against joining and cutting the ink so, as a negative
    logarithm of probability (0: nothing); ``breadth`` and ``tall`` are its width and height in heights of its line,
    ``drop`` is how far its middle lies below that of the line's digits, in the same; ``unfit`` says why it cannot
    be a digit whatever it looks like ("" if it can); ``cut_from`` are the atoms of the part that it is the left
    end of, first and one past the last (0, 0: of none, but it may be the right end of one, or its middle).
    Candidates of one line overlap; the lattice chooses among them. That of line ``WHOLE`` is all the ink of the page as
    one digit, and stands against all lines together.
    """

    line: int
    start: int
    stop: int
    parts: tuple[int, ...]
    box: Box
    cost: float = 0.0
    breadth: float = 0.7
    tall: float = 1.0
    drop: float = 0.0
    unfit: str = ""
    cut_from: tuple[int, int] = (0, 0)
