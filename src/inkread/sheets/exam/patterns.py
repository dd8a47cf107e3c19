"""The boxes of an answer: which are usual for its keys, and whether they can hold them.

This module does not know where on the paper they stand.
"""

from __future__ import annotations

from collections.abc import Sequence

from inkread.sheets.exam.design import Kind, slots_of

__all__ = ["MOST_BOXES", "pattern_fault", "usual_pattern"]

MOST_BOXES = 14
"""As many as fit side by side on either paper."""


def usual_pattern(kind: Kind, answers: Sequence[str]) -> str:
    """Boxes for an answer whose design names none: room for the keys, and one digit more than they need.

    There is always a box for the sign, for its absence would say that no answer is negative.
    """
    if kind == "time":
        return "HH:MM:SS" if any(answer.count(":") == 2 for answer in answers) else "HH:MM"
    if kind == "date":
        return "DD.MM.YYYY"
    if kind == "fraction":
        before = [answer.lstrip("-").rpartition(" ")[0] for answer in answers]
        parts = [answer.lstrip("-").rpartition(" ")[2].partition("/") for answer in answers] or [
            ("1", "/", "1")
        ]
        above, below = (max(len(part[i]) for part in parts) for i in (0, 2))
        mixed = f"{'#' * (max(map(len, before)) + 1)} " if any(before) else ""
        return f"±{mixed}{'#' * max(2, above)}/{'#' * max(2, below)}"
    wholes, parts_after = zip(*[_lengths(answer) for answer in answers] or [(1, 0)], strict=True)
    whole = "±" + "#" * (max(wholes) + 1)
    return whole if kind == "integer" else f"{whole}.{'#' * max(1, *parts_after, 1)}"


def _lengths(answer: str) -> tuple[int, int]:
    whole, _, part = answer.lstrip("-").partition(".")
    return len(whole), len(part)


def pattern_fault(pattern: str, kind: Kind, answers: Sequence[str]) -> str:
    """What is wrong with the boxes of a question whose keys are ``answers``; "" if nothing is."""
    try:
        boxes = slots_of(pattern, kind)
    except ValueError as error:
        return str(error)
    if not 1 <= len(boxes) <= MOST_BOXES:
        return f"an answer has 1 … {MOST_BOXES} boxes, not {len(boxes)}"
    if not any(box.slot == "digit" for box in boxes):
        return f'boxes = "{pattern}" has no box for a digit'
    if kind in ("time", "date"):
        return _clock_fault(pattern, kind)
    if any(box.slot == "sign" for box in boxes[1:]):
        return f'boxes = "{pattern}": the box for the sign stands first'
    if kind == "fraction" and pattern.count("/") != 1:
        return f'boxes = "{pattern}": a fraction has one /, such as "##/##"'
    if pattern.count(" ") > 1 or pattern.find(" ") > pattern.find("/"):
        return f'boxes = "{pattern}": a mixed number has one gap, before its fraction, such as "## ##/##"'
    return next((fault for answer in answers if (fault := _room_fault(pattern, answer))), "")


def _clock_fault(pattern: str, kind: Kind) -> str:
    letters = "".join(character for character in pattern if character.isalpha())
    right = ("HHMM", "HHMMSS") if kind == "time" else ("DDMMYYYY", "MMDDYYYY", "YYYYMMDD", "DDMMYY", "MMDDYY")
    if letters in right:
        return ""
    usual = "HH:MM or HH:MM:SS" if kind == "time" else "DD.MM.YYYY, MM/DD/YYYY or YYYY-MM-DD"
    return f"boxes of a {kind} are like {usual}, not {pattern}"


def _room_fault(pattern: str, answer: str) -> str:
    if answer.startswith("-") and "±" not in pattern and "+" not in pattern:
        return f'boxes = "{pattern}" has no box for the sign of {answer}; begin it with ±'
    divider = "/" if "/" in pattern else "."
    before, gap, rest = answer.lstrip("-").rpartition(" ")
    whole, _, part = rest.partition(divider)
    room, _, row = pattern.rpartition(" ")
    halves = row.partition(divider)
    if gap and len(before) > room.count("#"):
        return f'boxes = "{pattern}" has no room for the key {answer}; write "±## ##/##"'
    if pattern.count(".") > 1:  # the point may stand anywhere: only the sum counts
        fits = len(whole) + len(part) <= pattern.count("#")
    else:
        fits = len(whole) <= halves[0].count("#") and len(part) <= halves[2].count("#")
    return "" if fits else f'boxes = "{pattern}" has no room for the key {answer}'
