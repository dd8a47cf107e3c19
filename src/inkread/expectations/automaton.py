"""Automata over digits and marks: what may follow what has been written.

An automaton starts in ``start``, gives the next state for each sign, or None where that sign may not come, and says
whether the text may end in a state.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

SIGNS = "0123456789-/.,():+"
"""The signs of an automaton: digits, and the marks that are read between them."""


TEN = "X"
"""The check digit 10. It is not read: ink that was left unread, or taken for something else, may be one."""


class Automaton(Protocol):
    """Accepts texts, sign by sign."""

    start: Any

    def step(self, state: Any, sign: str) -> Hashable | None:
        """The state after ``sign``; None: it may not come."""

    def accepts(self, state: Any, text: str) -> bool:
        """Whether ``text``, which led to ``state``, may end there."""


def accepts(automaton: Automaton, text: str) -> bool:
    """Whether an automaton accepts the whole of a text."""
    state = automaton.start
    for sign in text:
        state = automaton.step(state, sign)
        if state is None:
            return False
    return automaton.accepts(state, text)


class Both:
    """What each of several automata accepts."""

    def __init__(self, *parts: Automaton) -> None:
        self._parts = parts
        self.start = tuple(part.start for part in parts)

    def step(self, state: Any, sign: str) -> Hashable | None:
        after = tuple(part.step(one, sign) for part, one in zip(self._parts, state, strict=True))
        return None if None in after else after

    def accepts(self, state: Any, text: str) -> bool:
        return all(part.accepts(one, text) for part, one in zip(self._parts, state, strict=True))


class Either:
    """What one of several automata accepts."""

    def __init__(self, *parts: Automaton) -> None:
        self._parts = parts
        self.start = tuple(part.start for part in parts)

    def step(self, state: Any, sign: str) -> Hashable | None:
        after = tuple(
            None if one is None else part.step(one, sign)
            for part, one in zip(self._parts, state, strict=True)
        )
        return after if any(one is not None for one in after) else None

    def accepts(self, state: Any, text: str) -> bool:
        ends = zip(self._parts, state, strict=True)
        return any(one is not None and part.accepts(one, text) for part, one in ends)


class Judged:
    """What ``inner`` accepts and ``judge`` finds right, once it is complete."""

    def __init__(self, inner: Automaton, judge: Callable[[str], bool]) -> None:
        self.start, self.step = inner.start, inner.step
        self._inner, self._judge = inner, judge

    def accepts(self, state: Any, text: str) -> bool:
        return self._inner.accepts(state, text) and self._judge(text)


class Values:
    """Texts that ``judge`` accepts, of which each beginning is one that ``may_begin`` accepts."""

    start = ""

    def __init__(self, may_begin: Callable[[str], bool], judge: Callable[[str], bool]) -> None:
        self._may_begin, self._judge = may_begin, judge

    def step(self, state: str, sign: str) -> str | None:
        return state + sign if self._may_begin(state + sign) else None

    def accepts(self, state: str, text: str) -> bool:
        return self._judge(text)


@dataclass
class _States:
    """A nondeterministic automaton (Thompson 1968): from each state by one of some signs, or by none, to others."""

    by_sign: list[list[tuple[frozenset[str], int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)

    def new(self) -> int:
        self.by_sign.append([])
        self.free.append([])
        return len(self.free) - 1


_MOST_REPEATS, _MOST_STATES = 100, 10_000


class Regex:
    """What a regular expression matches as a whole.

    It may have signs, ``.``, ``\\d``, ``[0-9]``, ``[^0]``, groups, ``|``, and ``*``, ``+``, ``?``, ``{2}``, ``{2,4}``.
    Raises ValueError for anything else.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at, self._states = pattern, 0, _States()
        first, self._end = self._either()
        if self._at < len(pattern):
            raise ValueError(f"{self._next()!r} has no place there")
        self.start = self._closure({first})
        self._known: dict[tuple[frozenset[int], str], frozenset[int] | None] = {}

    def step(self, state: frozenset[int], sign: str) -> frozenset[int] | None:
        if (state, sign) not in self._known:
            after = {to for one in state for signs, to in self._states.by_sign[one] if sign in signs}
            self._known[state, sign] = self._closure(after) if after else None
        return self._known[state, sign]

    def accepts(self, state: frozenset[int], text: str) -> bool:
        return self._end in state

    def _closure(self, states: set[int]) -> frozenset[int]:
        """The states, and all that are reached from them without a sign."""
        found, waiting = set(states), list(states)
        while waiting:
            new = set(self._states.free[waiting.pop()]) - found
            found |= new
            waiting += new
        return frozenset(found)

    def _next(self) -> str:
        """The character to come; "" at the end."""
        return self._pattern[self._at : self._at + 1]

    def _taken(self) -> str:
        character = self._next()
        if not character:
            raise ValueError("it ends too early")
        self._at += 1
        return character

    def _either(self) -> tuple[int, int]:
        ways = [self._sequence()]
        while self._next() == "|":
            self._taken()
            ways.append(self._sequence())
        if len(ways) == 1:
            return ways[0]
        start, end = self._states.new(), self._states.new()
        for first, last in ways:
            self._states.free[start].append(first)
            self._states.free[last].append(end)
        return start, end

    def _sequence(self) -> tuple[int, int]:
        start = last = self._states.new()
        while self._next() not in ("", "|", ")"):
            last = self._repeated(last)
        return start, last

    def _repeated(self, last: int) -> int:
        """Adds an atom behind a state, as often as its quantifier says; gives the state behind it."""
        begin = self._at
        least: int = 1
        most: int | None = 1
        self._atom()
        after = self._at
        if self._next() in ("*", "+", "?", "{"):
            least, most = self._quantifier()
            after = self._at
        ends = [last] if least == 0 else []
        for count in range(1, (max(least, 1) if most is None else most) + 1):
            self._at = begin
            first, reached = self._atom()
            self._states.free[last].append(first)
            if most is None and count == max(least, 1):
                self._states.free[reached].append(first)
            last = reached
            ends += [reached] if count >= least else []
            if len(self._states.free) > _MOST_STATES:
                raise ValueError("it repeats too much; use smaller numbers in { }")
        self._at = after
        final = self._states.new()
        for one in ends:
            self._states.free[one].append(final)
        return final

    def _quantifier(self) -> tuple[int, int | None]:
        sign = self._taken()
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        numbers, closed, _ = self._pattern[self._at :].partition("}")
        low, comma, high = numbers.partition(",")
        if not closed or not low.isdigit() or (high and not high.isdigit()):
            raise ValueError("a quantifier is like {2} or {2,4}")
        self._at += len(numbers) + 1
        least, most = int(low), int(high) if high else None if comma else int(low)
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise ValueError(f"a quantifier counts up to {_MOST_REPEATS}, the smaller number first")
        return least, most

    def _atom(self) -> tuple[int, int]:
        character = self._taken()
        if character == "(":
            if self._pattern.startswith("?:", self._at):
                self._at += 2
            start, end = self._either()
            if self._taken() != ")":
                raise ValueError("a ) is missing")
            return start, end
        start, end = self._states.new(), self._states.new()
        self._states.by_sign[start].append((self._signs(character), end))
        return start, end

    def _signs(self, character: str) -> frozenset[str]:
        if character == "[":
            return self._class()
        if character == ".":
            return frozenset(SIGNS)
        if character == "\\":
            character = self._taken()
            if character == "d":
                return frozenset("0123456789")
        if character not in SIGNS and character != TEN:
            raise ValueError(f"{character!r} is no digit and none of the marks {SIGNS[10:]}")
        return frozenset(character)

    def _class(self) -> frozenset[str]:
        inside, closed, _ = self._pattern[self._at :].partition("]")
        if not closed:
            raise ValueError("a ] is missing")
        self._at += len(inside) + 1
        negated, inside = (
            inside.startswith("^"),
            inside.removeprefix("^").replace("\\d", "0-9").replace("\\", ""),
        )
        found = _members(inside)
        if wrong := found - {*SIGNS, TEN}:
            raise ValueError(f"{''.join(sorted(wrong))!r} is no digit and no mark")
        return frozenset(SIGNS) - found if negated else frozenset(found)


def _members(inside: Sequence[str]) -> set[str]:
    """The characters of a class such as ``0-35`` without its brackets."""
    found: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and inside[at + 2 : at + 3]:
            found |= {chr(code) for code in range(ord(inside[at]), ord(inside[at + 2]) + 1)}
            at += 3
        else:
            found.add(inside[at])
            at += 1
    return found
