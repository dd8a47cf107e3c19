"""What people write after ``--expect`` -> an automaton.

Lengths, patterns of dates and numbers, regular expressions, ranges, lists of values and names of check digits; several
are joined by ``&``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from inkread.errors import ExpectationError
from inkread.expectations.automaton import Automaton, Both, Either, Judged, Regex, Values
from inkread.expectations.checkdigits import CHECKS
from inkread.expectations.series import Series

Expect: TypeAlias = str | Iterable[str | int]
"""An expectation in its notation, or the values that are possible."""

_LENGTH = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")
_RANGE = re.compile(
    r"(-?[0-9]+(?:\.[0-9]+)?)?\.\.(-?[0-9]+(?:\.[0-9]+)?)?(?:\s+step\s+([0-9]+(?:\.[0-9]+)?))?"
)
_SERIES = re.compile(r"rising(\s+over\s+pictures)?(?:\s+from\s+([0-9]+))?(?:\s+by\s+([0-9]*)\.\.([0-9]*))?")
_MASK = re.compile(r"[-0#/.,():+ ]*[0#][-0#/.,():+ ]*")
_DATE = re.compile(r"(?:d+|m+|y+|h+|s+|[-/.,:])+")
_AMOUNT = re.compile(r"#(?:([.,])(?:###\1)*#{0,2}0{1,3}|#*0*)(?:([.,])([0#]+))?")
_FIELDS = {
    "d": "(0?[1-9]|[12][0-9]|3[01])", "dd": "(0[1-9]|[12][0-9]|3[01])", "m": "(0?[1-9]|1[0-2])",
    "mm": "(0[1-9]|1[0-2])", "yy": "[0-9]{2}", "yyyy": "(1[89]|2[01])[0-9]{2}", "h": "(0?[0-9]|1[0-9]|2[0-4])",
    "hh": "([01][0-9]|2[0-4])", "ss": "[0-5][0-9]",
}  # fmt: skip
_ISBN = "97[89]-?([0-9]-?){9}[0-9]", "([0-9]-?){9}[0-9X]"
_HELP = 'such as 6, 1-3, dd/mm/yyyy, #,##0.00, [0-9]{5}-[0-9]{4}, 0..100, 7|8, luhn or rising; join several by " & "'


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """How each line is expected to be written: ``source`` as it was given, the automaton, and a series over lines."""

    source: str
    automaton: Automaton
    series: Series | None = None

    @property
    def over_pictures(self) -> bool:
        """Whether lines of several pictures are one series."""
        return self.series is not None and self.series.over_pictures


def expectation_of(source: Expect) -> Expectation:
    """What a notation means; an iterable is the list of allowed values. Raises ExpectationError."""
    if isinstance(source, str):
        return _parsed(source)
    values = [str(value) for value in source]
    if not values:
        raise ExpectationError("the list of expected values is empty; give at least one")
    return _parsed("|".join(values))


@lru_cache(maxsize=64)
def _parsed(source: str) -> Expectation:
    automata: list[Automaton] = []
    series = None
    for part in re.split(r"\s*&\s*", source.strip()):
        try:
            if found := _SERIES.fullmatch(part.lower()):
                last, least, most = (int(number) if number else None for number in found.groups()[1:])
                series = Series(last, least or 0, most, over_pictures=bool(found[1]))
                automata.append(Regex(r"\d+"))
            else:
                automata.append(_automaton(part))
        except (ValueError, RecursionError) as error:
            raise ExpectationError(f"cannot expect {source!r}: {error}; give something {_HELP}") from None
    return Expectation(source, automata[0] if len(automata) == 1 else Both(*automata), series)


def _automaton(part: str) -> Automaton:
    """The automaton of one notation; raises ValueError."""
    name = part.lower()
    if name in CHECKS:
        return CHECKS[name]
    if name in ("isbn", "isbn13", "isbn10"):
        return _isbn(name)
    if not part:
        raise ValueError("nothing is given")
    if _MASK.fullmatch(part):
        return Regex(_amount(found) if (found := _AMOUNT.fullmatch(part)) else _mask(part))
    if (length := _LENGTH.fullmatch(part)) and int(length[2] or length[1]) >= int(length[1]):
        return Regex(rf"\d{{{length[1]},{length[2] or length[1]}}}")
    if found := _RANGE.fullmatch(name):
        return _range(*found.groups())
    if any(letter in name for letter in "dmyhs") and _DATE.fullmatch(name):
        return _dated(name)
    return Regex(part)


def _isbn(name: str) -> Automaton:
    long, short = (
        Both(Regex(text), CHECKS[check]) for text, check in zip(_ISBN, ("ean", "mod11"), strict=True)
    )
    return Either(long, short) if name == "isbn" else long if name == "isbn13" else short


def _mask(part: str) -> str:
    """A pattern of ``0`` (a digit) and ``#`` (a digit that may be missing) as a regular expression."""
    shown = {"0": "[0-9]", "#": "[0-9]?", " ": ""}
    return "".join(shown.get(sign, "\\" + sign) for sign in part)


def _amount(found: re.Match[str]) -> str:
    """A number format such as ``#,##0.00``: thousands may be grouped, the fraction has so many digits."""
    group, point, fraction = found.groups()
    if group is None and point is None:
        return _mask(found[0])
    whole = "(0|[1-9][0-9]*)"
    if group:
        whole = rf"(0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(\{group}[0-9]{{3}})+)"
    if not fraction:
        return whole
    least = fraction.count("0")
    digits = rf"\{point}[0-9]{{{max(least, 1)},{len(fraction)}}}"
    return whole + (digits if least else f"({digits})?")


def _dated(name: str) -> Automaton:
    """A date or time such as ``dd/mm/yyyy`` or ``hh:mm``; ``mm`` behind ``hh`` are minutes.

    Of dates with a year, only days of the calendar are accepted.
    """
    parts = re.findall(r"([a-z])(\1*)|(.)", name)
    pattern, order = "", ""
    for letter, more, mark in parts:
        field = letter + more
        if field == "mm" and "h" in order:
            pattern += "[0-5][0-9]"
        elif field and field not in _FIELDS:
            raise ValueError(f"{field!r} is no part of a date")
        else:
            pattern += _FIELDS[field] if field else "\\" + mark
        order += letter
    if sorted(order) != ["d", "m", "y"] or not re.fullmatch(r"[a-z]+[^a-z][a-z]+[^a-z][a-z]+", name):
        return Regex(pattern)
    return Judged(Regex(pattern), lambda text: _is_day(order, re.findall(r"[0-9]+", text)))


def _is_day(order: str, numbers: list[str]) -> bool:
    given = dict(zip(order, map(int, numbers), strict=True))
    try:
        date(given["y"] + (2000 if given["y"] < 100 else 0), given["m"], given["d"])
    except ValueError:
        return False
    return True


def _range(low: str | None, high: str | None, step: str | None) -> Automaton:
    """Numbers from ``low`` to ``high`` in steps (without: integers, or as many decimals as the ends have)."""
    if low is None and high is None:
        raise ValueError("a range needs an end")
    least, most = Decimal(low or "-Infinity"), Decimal(high or "Infinity")
    if most < least:
        raise ValueError("the smaller end of a range comes first")
    places = max(len((each or "").partition(".")[2]) for each in (low, high, step))
    by = Decimal(step) if step else Decimal(1).scaleb(-places)
    if not by:
        raise ValueError("a step is more than 0")
    base = least if low else Decimal(0)
    digits = max(len(str(int(abs(end)))) for end in (least, most) if end.is_finite()) + most.is_infinite()
    sign = "-?" if base < 0 else ""
    fraction = rf"(?:[.,][0-9]{{0,{places}}})?" if places else ""
    form = re.compile(rf"{sign}(?:0|[1-9][0-9]{{0,{digits - 1}}})?{fraction}")

    def is_in(text: str) -> bool:
        if not re.fullmatch(r"-?[0-9](?:.*[0-9])?", text):
            return False
        value = Decimal(text.replace(",", "."))
        return least <= value <= most and (value - base) % by == 0

    return Values(lambda text: bool(form.fullmatch(text)), is_in)
