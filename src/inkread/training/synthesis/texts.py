"""The classes of symbols, and random content: numbers, amounts, dates, telephone numbers, sums, fractions, words.

Each text is a string of symbols. Lower-case and capital letters stand for handwritten letters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

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


_BENFORD: Final = np.log10(1 + 1 / np.arange(1, 10))
LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FORM_WORDS: Final = (
    "Name", "Date", "Total", "Marks", "Roll No", "Student", "Number", "Class", "Section", "Subject", "Amount", "Sum",
    "Signature", "Address", "Telephone", "Code", "Account", "Pay", "Euro", "Question", "Points", "Grade", "Page",
    "Invoice", "Quantity", "Price", "Unit", "Item", "Year", "Month", "Day", "Time", "Result", "Exam", "ID",
)  # fmt: skip


_MANY_ONES, _ONES = 0.3, 0.4
"""Share of texts with many 1s, which a reader may take for rules or slashes, and the least share of 1s there."""


def digits(rng: np.random.Generator, least: int, most: int | None = None) -> str:
    """``least`` to ``most`` random digits, both inclusive; some texts have many 1s."""
    count = least if most is None else int(rng.integers(least, most + 1))
    values = rng.integers(0, 10, count)
    if rng.random() < _MANY_ONES:
        values[rng.random(count) < _ONES] = 1
    return "".join(DIGITS[int(value)] for value in values)


def leading_digits(rng: np.random.Generator, least: int, most: int) -> str:
    """Digits as numbers begin: half of the first ones follow Benford's law (1938), so 1 is the likeliest."""
    text = digits(rng, least, most)
    return text if rng.random() < 0.5 else DIGITS[int(rng.choice(9, p=_BENFORD)) + 1] + text[1:]


def short_number(rng: np.random.Generator) -> str:
    """What stands in a cell of a table: mostly one to three digits, sometimes with a decimal mark or a sign."""
    kind = rng.random()
    if kind < 0.82:
        return digits(rng, 1, 3)
    if kind < 0.90:
        return f"{digits(rng, 1, 2)}{_one_of(rng, '.,')}{digits(rng, 1, 2)}"
    if kind < 0.94:
        return digits(rng, 4, 5)
    return _one_of(rng, "+-") + digits(rng, 1, 2) if kind < 0.97 else digits(rng, 1, 2) + "%"


def made_text(rng: np.random.Generator) -> str:
    """The symbols of one line, mostly 1 to 12; a space is a gap."""
    kind = rng.random()
    for share, make in _KINDS:
        if kind < share:
            return make(rng)
    return _with_letters(rng)


def printed_text(rng: np.random.Generator) -> str:
    """A label, a heading or a number as a form shows it in print."""
    kind = rng.random()
    if kind < 0.4:
        return _one_of(rng, _FORM_WORDS) + _one_of(rng, ("", ":", ".", " :"))
    if kind < 0.6:
        return _word(rng, 2, 9).capitalize() + " " + _word(rng, 2, 8).lower()
    if kind < 0.75:
        return digits(rng, 1, 2) + _one_of(rng, (".", ")", ""))
    if kind < 0.9:
        return digits(rng, 1, 6)
    return _one_of(rng, ("/", "-", "Q", "No. ", "(", "S")) + digits(rng, 1, 3)


def _one_of(rng: np.random.Generator, among: tuple[str, ...] | str) -> str:
    return among[int(rng.integers(len(among)))]


def _word(rng: np.random.Generator, least: int, most: int) -> str:
    return "".join(_one_of(rng, LETTERS) for _ in range(int(rng.integers(least, most + 1))))


def _number(rng: np.random.Generator) -> str:
    return leading_digits(rng, 1, 8)


def _round_number(rng: np.random.Generator) -> str:
    return leading_digits(rng, 1, 3) + "0" * int(rng.integers(2, 5))


def _same_digits(rng: np.random.Generator) -> str:
    return digits(rng, 1) * int(rng.integers(2, 6))


def _amount(rng: np.random.Generator) -> str:
    text = leading_digits(rng, 1, 3)
    for _ in range(int(rng.integers(0, 3))):
        text += _one_of(rng, ".,. ") + (digits(rng, 3) if rng.random() < 0.5 else "000")
    if rng.random() < 0.4:
        text += _one_of(rng, ",.-/") + (digits(rng, 2) if rng.random() < 0.5 else "00")
    if rng.random() < 0.45:
        text += _one_of(rng, ("-", " -", ".-", ". -", ",-", "=", "/", "#", ".", "+", ")"))
    if rng.random() < 0.25:
        text = _one_of(rng, "$#(-*=") + text
    return text


def _decimal(rng: np.random.Generator) -> str:
    return f"{digits(rng, 1, 4)}{_one_of(rng, '.,')}{digits(rng, 1, 3)}"


def _date(rng: np.random.Generator) -> str:
    """Day, month and year in both orders. Real dates have many 1s, which stand beside slashes; half are real."""
    between = _one_of(rng, "///-.")
    if rng.random() < 0.5:
        year = digits(rng, 4) if rng.random() < 0.35 else digits(rng, 2)
        return between.join((digits(rng, 1, 2), digits(rng, 1, 2), year))
    day, month, year = (str(rng.integers(*ends)) for ends in ((1, 32), (1, 13), (1900, 2040)))
    if rng.random() < 0.4:
        day, month = day.zfill(2), month.zfill(2)
    first, second = (day, month) if rng.random() < 0.5 else (month, day)
    return between.join((first, second, year if rng.random() < 0.35 else year[2:]))


def _time(rng: np.random.Generator) -> str:
    return ":".join((digits(rng, 1, 2), digits(rng, 2)))


def _telephone(rng: np.random.Generator) -> str:
    area = f"({digits(rng, 3)})" if rng.random() < 0.7 else f"{digits(rng, 3)}-"
    return f"{area}{digits(rng, 3)}-{digits(rng, 2, 4)}"


def _extended_code(rng: np.random.Generator) -> str:
    return f"{digits(rng, 3, 5)}-{digits(rng, 1, 4)}"


def _in_brackets(rng: np.random.Generator) -> str:
    return f"({digits(rng, 1, 4)})" + (f"{digits(rng, 3)}-{digits(rng, 4)}" if rng.random() < 0.25 else "")


def _sum(rng: np.random.Generator) -> str:
    text = digits(rng, 1, 3)
    for _ in range(int(rng.integers(1, 3))):
        text += _one_of(rng, "++-×÷:/") + digits(rng, 1, 3)
    return text + ("=" + digits(rng, 0, 3) if rng.random() < 0.6 else "")


def _fraction(rng: np.random.Generator) -> str:
    return f"{digits(rng, 1, 2)}/{digits(rng, 1, 2)}"


def _per_cent(rng: np.random.Generator) -> str:
    return digits(rng, 1, 3) + (f".{digits(rng, 1, 2)}" if rng.random() < 0.4 else "") + "%"


def _with_a_mark(rng: np.random.Generator) -> str:
    text = digits(rng, 1, 5)
    at = int(rng.integers(0, len(text) + 1))
    return text[:at] + _one_of(rng, "-/.,:+()/×÷=%") + text[at:]


def _spaced(rng: np.random.Generator) -> str:
    return " ".join(digits(rng, 1, 4) for _ in range(int(rng.integers(2, 5))))


def _words(rng: np.random.Generator) -> str:
    return _word(rng, 2, 7) if rng.random() < 0.6 else f"{_word(rng, 2, 5)} {digits(rng, 1, 4)}"


def _with_letters(rng: np.random.Generator) -> str:
    text, letters = digits(rng, 1, 4), _word(rng, 1, 3)
    return letters + text if rng.random() < 0.5 else text + letters


_KINDS: Final[tuple[tuple[float, Callable[[np.random.Generator], str]], ...]] = (
    (0.27, _number),
    (0.34, _round_number),
    (0.36, _same_digits),
    (0.50, _amount),
    (0.54, _decimal),
    (0.64, _date),
    (0.65, _time),
    (0.72, _telephone),
    (0.76, _extended_code),
    (0.80, _in_brackets),
    (0.835, _sum),
    (0.86, _fraction),
    (0.88, _per_cent),
    (0.905, _with_a_mark),
    (0.935, _spaced),
    (0.975, _words),
)
"""Each kind with the cumulative share up to it; the rest has letters beside digits."""
