"""Check digits of student numbers, by ISO 7064, MOD 11,10.

One wrong digit always shows, and so do nearly all pairs of neighbours that are swapped. This module does not know
whose a number is.
"""

from __future__ import annotations

__all__ = ["has_check_digit", "with_check_digit"]


def with_check_digit(number: str) -> str:
    """The ``number``, digits only, with its check digit behind it."""
    state = 10
    for digit in number:
        state = 2 * ((state + int(digit)) % 10 or 10) % 11
    return f"{number}{(11 - state) % 10}"


def has_check_digit(number: str) -> bool:
    """Whether the last digit of ``number`` is the check digit of those before it."""
    return with_check_digit(number[:-1]) == number
