"""Numbers with a check digit: Luhn, EAN and ISBN, modulo 11, modulo 97 and ISO 7064 MOD 11,10.

Each is an automaton of few states, so that decoding over it is exact. Marks between the digits count for nothing.
One wrong digit always shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["CHECKS", "CheckDigit", "has_check_digit", "with_check_digit"]


class CheckDigit:
    """Numbers whose digits lead from ``start`` by ``after`` to a state that ``is_right``."""

    def __init__(self, start: Any, after: Callable[[Any, int], Any], is_right: Callable[[Any], bool]) -> None:
        self.start, self._after, self._is_right = start, after, is_right

    def step(self, state: Any, sign: str) -> Any:
        return self._after(state, int(sign)) if sign.isdigit() else state

    def accepts(self, state: Any, text: str) -> bool:
        return bool(self._is_right(state)) and sum(sign.isdigit() for sign in text) > 1


def _doubled(digit: int) -> int:
    return sum(divmod(2 * digit, 10))


CHECKS: dict[str, CheckDigit] = {
    # The sums if the last digit counts once, and if it counts twice (three times): the next digit changes their places.
    "luhn": CheckDigit(
        (0, 0), lambda s, d: ((s[1] + d) % 10, (s[0] + _doubled(d)) % 10), lambda s: s[0] == 0
    ),
    "ean": CheckDigit((0, 0), lambda s, d: ((s[1] + d) % 10, (s[0] + 3 * d) % 10), lambda s: s[0] == 0),
    # Weights 1, 2, 3 … from the right: each digit raises the weight of all before it by one.
    "mod11": CheckDigit((0, 0), lambda s, d: ((s[0] + d) % 11, (s[1] + s[0] + d) % 11), lambda s: s[1] == 0),
    "mod97": CheckDigit(0, lambda s, d: (10 * s + d) % 97, lambda s: s == 1),
    "mod11-10": CheckDigit(10, lambda s, d: 2 * ((s % 11 + d) % 10 or 10), lambda s: s % 11 == 2),
}
"""By name. The state of ``mod11-10`` is reduced modulo 11 when the next digit comes."""


def with_check_digit(number: str) -> str:
    """The ``number``, digits only, with its check digit by ISO 7064 MOD 11,10 behind it."""
    state = 10
    for digit in number:
        state = 2 * ((state + int(digit)) % 10 or 10) % 11
    return f"{number}{(11 - state) % 10}"


def has_check_digit(number: str) -> bool:
    """Whether the last digit of ``number`` is the check digit of those before it, by ISO 7064 MOD 11,10."""
    return with_check_digit(number[:-1]) == number
