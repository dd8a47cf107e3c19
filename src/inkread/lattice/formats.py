"""How numbers are written that have marks in set places: dates, and telephone numbers with the code in brackets.

Alone, a slanted stroke is rather a 1 than a slash, since digits are that much commoner; two of them where a date has
its slashes are slashes. A format is a chain of what may come next; what it gives for its marks are the odds that it
takes away from all other readings. This module does not know where the ink was cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = ["DIGIT", "FORMATS", "REST", "Arc", "Format"]

DIGIT = "0123456789"
"""Any digit; some of them are named by themselves."""
REST = "rest"
"""Whatever comes, as in any number."""

Arc = tuple[int, str, int]
"""From a state, by one of some digits, a mark or ``REST``, to a state."""


@dataclass(frozen=True)
class Format:
    """What comes after each other from the start of a line; what ends in ``?`` may be missing.

    ``given`` is the logarithm of how much likelier each of its marks is than in any number, ``cost`` the negative
    log probability that a number is written so.
    """

    pattern: tuple[str, ...]
    given: float
    cost: float

    @property
    def marks(self) -> tuple[str, ...]:
        """Its marks, each as often as it is needed."""
        return tuple(each for each in self.pattern if each != REST and not each.rstrip("?").isdigit())

    @cached_property
    def shortest(self) -> int:
        """How many pieces of ink it needs at least."""
        return sum(each != REST and not each.endswith("?") for each in self.pattern)

    @cached_property
    def arcs(self) -> tuple[Arc, ...]:
        """State i: the first i of the pattern have come, or have been left out."""
        found = []
        for i in range(len(self.pattern)):
            for j in range(i, len(self.pattern)):
                symbol = self.pattern[j].rstrip("?")
                # The rest goes on for ever: it comes back to where it is.
                found.append((i, symbol, j if symbol == REST else j + 1))
                if symbol != REST and not self.pattern[j].endswith("?"):
                    break
        return tuple(found)

    @cached_property
    def ends(self) -> frozenset[int]:
        """The states in which a line may end."""
        size = len(self.pattern)
        missing = [all(p == REST or p.endswith("?") for p in self.pattern[i:]) for i in range(size + 1)]
        return frozenset(i for i in range(size + 1) if missing[i])


# What is given and what it costs was chosen on the develop sets, see docs/decisions/2026-11-21-cuts-and-lattice.md.
FORMATS: Sequence[Format] = (
    # Day and month in either order; of years with four digits, those of our times.
    Format(("0123?", DIGIT, "/", "0123?", DIGIT, "/", "12?", "09?", DIGIT, DIGIT), given=3.0, cost=3.0),
    Format(("(", DIGIT, DIGIT, DIGIT, ")", REST), given=3.0, cost=3.0),
)
