"""Numbers with a check digit: Luhn, EAN and ISBN, modulo 11, modulo 97 and ISO 7064 MOD 11,10.

Each is an automaton of few states, so that decoding over it is exact. Marks between the digits count for nothing.
One wrong digit always shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from inkread.expectations.automaton import TEN

State = tuple[int | str, ...]


class CheckDigit:
    """Numbers whose digits lead from ``start`` by ``after`` to a state that ``is_right``.

    With ``has_ten``, the last one may be an X, which counts as 10.
    """

    def __init__(
        self,
        start: State,
        after: Callable[[Any, int], State],
        is_right: Callable[[Any], bool],
        has_ten: bool = False,
    ) -> None:
        self.start, self._after, self._is_right, self._has_ten = start, after, is_right, has_ten

    def step(self, state: Any, sign: str) -> Any:
        if sign == TEN:
            return (*self._after(state, 10), TEN) if self._has_ten and len(state) == 2 else None
        return None if TEN in state else self._after(state, int(sign)) if sign.isdigit() else state

    def accepts(self, state: Any, text: str) -> bool:
        return bool(self._is_right(state)) and sum(sign.isalnum() for sign in text) > 1


def _doubled(digit: int) -> int:
    return sum(divmod(2 * digit, 10))


CHECKS: dict[str, CheckDigit] = {
    # The sums if the last digit counts once, and if it counts twice (three times): the next digit changes their places.
    "luhn": CheckDigit(
        (0, 0), lambda s, d: ((s[1] + d) % 10, (s[0] + _doubled(d)) % 10), lambda s: s[0] == 0
    ),
    "ean": CheckDigit((0, 0), lambda s, d: ((s[1] + d) % 10, (s[0] + 3 * d) % 10), lambda s: s[0] == 0),
    # Weights 1, 2, 3 … from the right: each digit raises the weight of all before it by one.
    "mod11": CheckDigit(
        (0, 0), lambda s, d: ((s[0] + d) % 11, (s[1] + s[0] + d) % 11), lambda s: s[1] == 0, has_ten=True
    ),
    "mod97": CheckDigit((0,), lambda s, d: ((10 * s[0] + d) % 97,), lambda s: s[0] == 1),
    "mod11-10": CheckDigit((10,), lambda s, d: (2 * ((s[0] % 11 + d) % 10 or 10),), lambda s: s[0] % 11 == 2),
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
