"""What stands in a line: numbers as people write them, amounts, dates, telephone numbers, and what is none of these.

Each symbol is a character; ``LETTER`` stands for any handwritten letter, ``WORD`` for a whole printed word. How often
each kind comes is chosen for what is read (forms, cheques, lists of numbers) and for what is hard: zeros in a row,
marks that look like a 1, and letters or signs beside a number, which are not to be read.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inkread.training.lines.network import DIGITS

LETTER, WORD = "L", "P"
_AT_EITHER_END = ("$", "#", "(", "-", "*", "=", "/"), ("-", "-", "=", "/", "#", ".-", "+", ")")
"""What is written before and after an amount, so that nothing can be added to it."""


def made_text(rng: np.random.Generator) -> str:
    """The symbols of one line, mostly 1 to 12."""
    if rng.random() < 0.05:
        return _words(rng)
    kind = rng.random()
    for share, make in _KINDS:
        if kind < share:
            return make(rng)
    return _with_letters(rng)


def _digits(rng: np.random.Generator, count: int) -> str:
    return "".join(DIGITS[int(value)] for value in rng.integers(0, 10, count))


def _some(rng: np.random.Generator, least: int, most: int) -> str:
    """So many random digits."""
    return _digits(rng, int(rng.integers(least, most + 1)))


def _one_of(rng: np.random.Generator, among: tuple[str, ...]) -> str:
    return str(rng.choice(among))


def _number(rng: np.random.Generator) -> str:
    return _some(rng, 1, 8)


def _round_number(rng: np.random.Generator) -> str:
    return _some(rng, 1, 3) + "0" * int(rng.integers(2, 5))


def _amount(rng: np.random.Generator) -> str:
    text = _some(rng, 1, 3)
    for _ in range(int(rng.integers(0, 3))):
        text += _one_of(rng, (".", ",", "."))
        text += _digits(rng, 3) if rng.random() < 0.4 else "000"
    if rng.random() < 0.4:
        text += _one_of(rng, (",", ".", "-", "/"))
        text += _digits(rng, 2) if rng.random() < 0.5 else "00"
    if rng.random() < 0.4:
        text += _one_of(rng, _AT_EITHER_END[1])
    if rng.random() < 0.25:
        text = _one_of(rng, _AT_EITHER_END[0]) + text
    return text


def _date(rng: np.random.Generator) -> str:
    between = _one_of(rng, ("/", "/", "-", "."))
    first, second = _some(rng, 1, 2), _some(rng, 1, 2)
    return between.join((first, second, _digits(rng, int(rng.choice([2, 2, 4])))))


def _telephone(rng: np.random.Generator) -> str:
    area = f"({_digits(rng, 3)})" if rng.random() < 0.7 else f"{_digits(rng, 3)}-"
    before = "-" if rng.random() < 0.2 else ""
    return f"{before}{area}{_digits(rng, 3)}-{_some(rng, 2, 4)}"


def _extended_code(rng: np.random.Generator) -> str:
    return f"{_some(rng, 3, 5)}-{_some(rng, 1, 4)}"


def _in_brackets(rng: np.random.Generator) -> str:
    text = f"({_some(rng, 1, 4)})"
    return f"{text}{_digits(rng, 3)}-{_digits(rng, 4)}" if rng.random() < 0.2 else text


def _fraction(rng: np.random.Generator) -> str:
    return f"{_digits(rng, 1)}/{_some(rng, 1, 2)}"


def _per_cent(rng: np.random.Generator) -> str:
    text = _some(rng, 1, 3)
    return text + (f".{_some(rng, 1, 2)}" if rng.random() < 0.5 else "") + "%"


def _with_a_mark(rng: np.random.Generator) -> str:
    """A mark where none is expected."""
    text = _some(rng, 1, 5)
    at = int(rng.integers(0, len(text) + 1))
    return text[:at] + _one_of(rng, tuple("-/.,:+()/")) + text[at:]


def _words(rng: np.random.Generator) -> str:
    """Words with nothing to be read in them, or a number beside a printed one, as on forms."""
    kind = rng.random()
    if kind < 0.35:
        return WORD
    if kind < 0.6:
        return LETTER * int(rng.integers(2, 8))
    text = _some(rng, 1, 6)
    return WORD + text if kind < 0.85 else text + WORD


def _with_letters(rng: np.random.Generator) -> str:
    text = _some(rng, 1, 4)
    first = rng.random() < 0.5
    letters = LETTER * int(rng.integers(1, 4))
    return letters + text if first else text + letters


_KINDS: tuple[tuple[float, Callable[[np.random.Generator], str]], ...] = (
    (0.42, _number),
    (0.52, _round_number),
    (0.72, _amount),
    (0.79, _date),
    (0.87, _telephone),
    (0.91, _extended_code),
    (0.93, _in_brackets),
    (0.94, _fraction),
    (0.955, _per_cent),
    (0.97, _with_a_mark),
)
"""Each kind, and how often this one or one above it comes; what is left has letters."""
