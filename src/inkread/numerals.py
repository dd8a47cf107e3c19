"""Written digits and marks -> numbers: ``"1,234.50"`` is ``Decimal("1234.50")``, ``"11/05/87"`` is none.

Which mark is the decimal one is told, or guessed from all lines of a page together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, TypeAlias

__all__ = ["DecimalMark", "Number", "guessed_decimal", "number_of"]

Number: TypeAlias = int | Decimal
DecimalMark: TypeAlias = Literal[".", ","]

_GROUPED = r"\d{{1,3}}(?:{0}\d{{3}})+"
_NUMBER = {
    mark: re.compile(rf"[+-]?(?:(?:\d+|{_GROUPED.format(re.escape(group))})?(?P<part>{re.escape(mark)}\d+)?)")
    for mark, group in ((".", ","), (",", "."))
}
"""By decimal mark: a sign, digits in one piece or in groups of three, and a fraction."""


def number_of(written: str, decimal: DecimalMark) -> Number | None:
    """The number of one line with this decimal mark; None if it is none.

    It is a Decimal where there is a fraction, and else an int. A point or comma at the end counts as punctuation.
    """
    if decimal not in _NUMBER:
        raise ValueError(f'decimal must be "." or ",", not {decimal!r}')
    text = written.rstrip(".,")
    found = _NUMBER[decimal].fullmatch(text)
    if found is None or not any(sign.isdigit() for sign in text):
        return None
    plain = text.replace("," if decimal == "." else ".", "").replace(",", ".")
    return Decimal(plain) if found["part"] else int(plain)


def guessed_decimal(lines: Iterable[str]) -> DecimalMark:
    """The decimal mark of lines that were written by one hand.

    Each line that is a number with one of the marks only votes for it: ``1.234,50``, ``12,5``. Without a majority it
    is the point, so that ``1,234`` is an int and ``1.234`` a Decimal.
    """
    votes = 0
    for line in lines:
        votes += (number_of(line, ".") is not None) - (number_of(line, ",") is not None)
    return "," if votes < 0 else "."
