"""What window and page say of a number and of its digits, in words. ``page/view_model.js`` says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inkread.apps.view_parts import Part
from inkread.confidence import percent
from inkread.reading import Digit

_WORTH_NAMING = 0.005
"""Runners-up with a lower probability are not named."""


@dataclass(frozen=True)
class Message:
    """One line that says what happened."""

    text: str
    kind: Literal["info", "good", "error"] = "info"


def counted(number: int, what: str) -> str:
    """``3 digits``, ``1 digit``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def trust(digits: Sequence[Part], scraps: Sequence[Part]) -> str:
    """How far a number can be trusted, and what was left unread."""
    left = sum(part.kind == "scrap" for part in scraps)
    unread = f" · {counted(left, 'piece')} of ink left unread" if left else ""
    return (_trust(digits) if digits else "No digits found") + unread


def _trust(digits: Sequence[Part]) -> str:
    doubtful = sum(part.kind == "doubtful" for part in digits)
    if doubtful:
        return f"Please check {_which(doubtful, len(digits))}"
    said = sum(part.edit is not None for part in digits)
    if said == len(digits):
        return "Checked by you"
    sure = percent(math.prod(part.confidence for part in digits))
    whole = f"{sure} sure" if len(digits) == 1 else f"{sure} sure of all {len(digits)} digits"
    return f"{whole} · {said} checked by you" if said else whole


def _which(some: int, count: int) -> str:
    """``this digit``, ``1 of 3 digits``, ``both digits``, ``all 3 digits``."""
    if some < count:
        return f"{some} of {count} digits"
    return {1: "this digit", 2: "both digits"}.get(count, f"all {count} digits")


def panel_of(part: Part, at: int, count: int) -> dict[str, str]:
    """``title``, ``value``, ``sure`` and ``rest`` of the part at a place, from 0, among so many digits."""
    titles = {"scrap": "Not a digit", "deleted": "Left out"}
    sure = f"{percent(part.confidence)} sure"
    words = {
        "sure": sure,
        "doubtful": f"doubtful: {sure}",
        "scrap": "ink that is not a digit",
        "deleted": "left out by you",
    }
    return {
        "title": titles.get(part.kind, f"Digit {at + 1} of {count}"),
        "value": part.text or "–",
        "sure": words.get(part.kind, f"{part.kind} by you"),
        "rest": _rest(part),
    }


def _rest(part: Part) -> str:
    """What a part was read as, or what else it may be."""
    read = part.part
    if part.edit is not None and read is not None:
        if part.guessed is None or not isinstance(read, Digit):
            return "not read as a digit"
        # What was learned from a correction changes the next reading of the same ink.
        sure = f", {percent(read.confidence)} sure" if part.guessed == read.value else ""
        return f"read as {part.guessed}{sure}"
    if not isinstance(read, Digit):
        return ""
    if read.unadapted is not None:
        return f"{read.unadapted} without your corrections"
    runners = [f"or {value}, {percent(share)}" for value, share in read.runners_up if share >= _WORTH_NAMING]
    return "; ".join(runners[:2]) or "no other digit is likely"
