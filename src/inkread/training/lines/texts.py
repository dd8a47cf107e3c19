"""Random content of a line: numbers as people write them, amounts, dates, telephone numbers, letters and words.

Each symbol is a character; ``LETTER`` stands for any handwritten letter, ``WORD`` for a whole printed word. How often
each kind comes is chosen for what is read (forms, cheques, lists of numbers) and for what is hard: zeros in a row,
marks that look like a 1, and letters or signs beside a number, which are not to be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from inkread.training.lines.network import DIGITS

LETTER, WORD = "L", "P"
_AT_EITHER_END = ("$", "#", "(", "-", "*", "=", "/"), ("-", "-", "=", "/", "#", ".-", "+", ")")
"""Signs before and after an amount, which prevent changes to it."""
Rng = np.random.Generator


def made_text(rng: Rng) -> str:
    """The symbols of one line, mostly 1 to 12."""
    if rng.random() < 0.05:
        return _words(rng)
    kind = rng.random()
    return next(make for share, make in _KINDS if kind < share)(rng)


def _digits(rng: Rng, count: int) -> str:
    return "".join(DIGITS[int(value)] for value in rng.integers(0, 10, count))


def _some(rng: Rng, least: int, most: int) -> str:
    """So many random digits."""
    return _digits(rng, int(rng.integers(least, most + 1)))


def _one_of(rng: Rng, among: Sequence[str]) -> str:
    return str(rng.choice([*among]))


def _amount(rng: Rng) -> str:
    text = _some(rng, 1, 3)
    for _ in range(int(rng.integers(0, 3))):
        text += _one_of(rng, ".,.")
        text += _digits(rng, 3) if rng.random() < 0.4 else "000"
    if rng.random() < 0.4:
        text += _one_of(rng, ",.-/")
        text += _digits(rng, 2) if rng.random() < 0.5 else "00"
    if rng.random() < 0.4:
        text += _one_of(rng, _AT_EITHER_END[1])
    return (_one_of(rng, _AT_EITHER_END[0]) if rng.random() < 0.25 else "") + text


def _date(rng: Rng) -> str:
    between = _one_of(rng, "//-.")
    first, second = _some(rng, 1, 2), _some(rng, 1, 2)
    return between.join((first, second, _digits(rng, int(rng.choice([2, 2, 4])))))


def _telephone(rng: Rng) -> str:
    area = f"({_digits(rng, 3)})" if rng.random() < 0.7 else f"{_digits(rng, 3)}-"
    before = "-" if rng.random() < 0.2 else ""
    return f"{before}{area}{_digits(rng, 3)}-{_some(rng, 2, 4)}"


def _in_brackets(rng: Rng) -> str:
    text = f"({_some(rng, 1, 4)})"
    return f"{text}{_digits(rng, 3)}-{_digits(rng, 4)}" if rng.random() < 0.2 else text


def _per_cent(rng: Rng) -> str:
    text = _some(rng, 1, 3)
    return text + (f".{_some(rng, 1, 2)}" if rng.random() < 0.5 else "") + "%"


def _with_a_mark(rng: Rng) -> str:
    """A mark where none is expected."""
    text = _some(rng, 1, 5)
    at = int(rng.integers(0, len(text) + 1))
    return text[:at] + _one_of(rng, "-/.,:+()/") + text[at:]


def _words(rng: Rng) -> str:
    """Words with nothing to be read in them, or a number beside a printed one, as on forms."""
    kind = rng.random()
    if kind < 0.35:
        return WORD
    if kind < 0.6:
        return LETTER * int(rng.integers(2, 8))
    text = _some(rng, 1, 6)
    return WORD + text if kind < 0.85 else text + WORD


def _with_letters(rng: Rng) -> str:
    text = _some(rng, 1, 4)
    first = rng.random() < 0.5
    letters = LETTER * int(rng.integers(1, 4))
    return letters + text if first else text + letters


_KINDS: tuple[tuple[float, Callable[[Rng], str]], ...] = (
    (0.42, lambda rng: _some(rng, 1, 8)),
    (0.52, lambda rng: _some(rng, 1, 3) + "0" * int(rng.integers(2, 5))),
    (0.72, _amount),
    (0.79, _date),
    (0.87, _telephone),
    (0.91, lambda rng: f"{_some(rng, 3, 5)}-{_some(rng, 1, 4)}"),
    (0.93, _in_brackets),
    (0.94, lambda rng: f"{_digits(rng, 1)}/{_some(rng, 1, 2)}"),
    (0.955, _per_cent),
    (0.97, _with_a_mark),
    (1.0, _with_letters),
)
"""Each kind, and how often this one or one above it comes."""
