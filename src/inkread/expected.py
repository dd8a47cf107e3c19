"""Expected: how well a line, or a page, agrees with what was expected of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Expected"]


@dataclass(frozen=True, slots=True)
class Expected:
    """How well a line, or a page of several, agrees with what was expected of it.

    ``text`` is the likeliest text that satisfies the ``pattern``, with its marks; None: there is none. ``odds`` is its
    probability over that of what was read: 1 where that is ``satisfied``, 0 without a text. ``confidence`` is the
    probability, 0 … 1, that ``text`` is right, given that the pattern holds.
    """

    pattern: str
    satisfied: bool
    text: str | None
    odds: float
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    """The next best texts that satisfy it, with their probabilities given that the pattern holds."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "pattern": self.pattern,
            "satisfied": self.satisfied,
            "text": self.text,
            "odds": float(f"{self.odds:.6g}"),
            "confidence": round(self.confidence, 6),
            "alternatives": [{"text": text, "confidence": round(p, 6)} for text, p in self.alternatives],
        }

    @staticmethod
    def joined(lines: Sequence[Expected]) -> Expected:
        """That of all lines of a page, at least one. A line without a text leaves the page without one."""
        if len(lines) == 1:
            return lines[0]
        texts = [line.text for line in lines if line.text is not None]
        return Expected(
            lines[0].pattern,
            all(line.satisfied for line in lines),
            "\n".join(texts) if len(texts) == len(lines) else None,
            math.prod(line.odds for line in lines),
            math.prod(line.confidence for line in lines),
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Expected:
        others = tuple((each["text"], each["confidence"]) for each in fields.get("alternatives", ()))
        return cls(**{**fields, "alternatives": others})
