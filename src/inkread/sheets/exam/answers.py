"""Grading of one answer: symbols in boxes -> the answer as text -> points.

An answer is a short text in the notation of its kind: ``-12.5``, ``3/4``, ``2 3/4``, ``08:30``; "" is none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from inkread.sheets.exam.design import OPTIONS, Box, Key, Kind, Question

_LONGEST = 100  # Characters of an answer: far more than there can be boxes

_DAY = 86_400
_GAP = "_"  # The printed gap of a mixed number, while its row is spelt
_MIXED = r"(?:[0-9]+ +)?[0-9]+/[0-9]+"
TICK = "x"
"""The symbol of a box that is ticked."""
BLANK = " "
"""The symbol of a box with nothing in it; the others are ``0`` … ``9``, ``+``, ``-`` and ``.``."""


def spell(boxes: Sequence[Box], symbols: Sequence[str]) -> str | None:
    """The answer that the ``symbols``, one per box that is not printed, make; None if they make none.

    Empty boxes beside the digits do not count, so that a short number may stand anywhere in its row.
    """
    if boxes and boxes[0].slot == "free":  # a rectangle's symbols are whole answers
        return symbols[0].strip()
    rest = iter(symbols)
    pairs = [(box, box.text if box.slot == "printed" else next(rest)) for box in boxes]
    if boxes and boxes[0].slot == "tick":
        return "".join(box.text for box, symbol in pairs if symbol == TICK)
    if all(symbol == BLANK for box, symbol in pairs if box.slot != "printed"):
        return ""
    if any(box.text in "HMSDY" for box in boxes):
        return _spell_clock([(box.text, symbol) for box, symbol in pairs])
    return _spell_number(pairs)


def _spell_number(pairs: list[tuple[Box, str]]) -> str | None:
    sign = "-" if any(box.slot == "sign" and symbol == "-" for box, symbol in pairs) else ""
    text = "".join(_written(pairs, i) for i, (box, _) in enumerate(pairs) if box.slot != "sign")
    if re.search(r"\d +\d", text):
        return None  # 1 _ 5: nobody can say what it means
    return _number(sign, text.replace(BLANK, "").replace(_GAP, " "))


def _written(pairs: list[tuple[Box, str]], at: int) -> str:
    """The part of its row's text that a box adds."""
    box, symbol = pairs[at]
    if box.text == BLANK:
        return _GAP
    if box.slot != "point" or symbol != BLANK:
        return symbol
    # A row with one box for the point has its places fixed: also without the point, 12 _ 5 is 12.5.
    fixed = sum(other.slot == "point" for other, _ in pairs) == 1
    return "." if fixed and any(symbol.isdigit() for _, symbol in pairs[at + 1 :]) else ""


def _number(sign: str, text: str) -> str | None:
    text = text.strip()
    if re.fullmatch(r"\d+ ?/", text):  # the printed bar, and nothing above or below it
        text = text[:-1].strip()
    if re.fullmatch(_MIXED, text):
        return _canonical_fraction(sign + text)
    if not re.fullmatch(r"\d*\.?\d*", text) or not any(character.isdigit() for character in text):
        return None
    return canonical("decimal", sign + text)


def _spell_clock(pairs: list[tuple[str, str]]) -> str | None:
    fields: dict[str, str] = {}
    for letter, symbol in pairs:
        if letter.isalpha():
            fields[letter] = fields.get(letter, "") + symbol.strip()
    if not all(fields.values()):
        return None
    try:
        if "H" in fields:
            return canonical("time", ":".join(fields[letter] for letter in "HMS" if letter in fields))
        year = f"20{fields['Y']}" if len(fields["Y"]) == 2 else fields["Y"].zfill(4)
        return canonical("date", f"{year}-{int(fields['M']):02d}-{int(fields['D']):02d}")
    except ValueError:
        return None  # 10:75 is rather misread than meant


def canonical(kind: Kind, answer: str) -> str:
    """An answer in the one notation that ``spell`` gives it; raises ValueError if it is none of its kind."""
    if len(answer) > _LONGEST:
        raise ValueError(f"{answer[:_LONGEST]} … is too long for an answer")
    answer = answer.strip().replace("−", "-").replace(",", ".").removeprefix("+")
    answer = answer.removesuffix("%").strip() if kind in ("integer", "decimal") else answer
    if kind == "time":
        return _canonical_time(answer)
    if kind == "date":
        return date.fromisoformat(answer).isoformat()
    if kind == "choice":
        return _canonical_choice(answer)
    if kind == "fraction":
        if re.search(r"/0*$", answer):
            raise ValueError(answer)
        return _canonical_fraction(answer)
    if not re.fullmatch(r"-?[0-9]+" if kind == "integer" else r"-?([0-9]+\.?[0-9]*|\.[0-9]+)", answer):
        raise ValueError(answer)
    whole, _, part = answer.removeprefix("-").partition(".")
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    number = f"{whole}.{part}" if part else whole
    return f"-{number}" if answer.startswith("-") and number != "0" else number


def _canonical_fraction(answer: str) -> str:
    """``3/4``, ``-5``, or a mixed number: ``2 3/4``."""
    if not re.fullmatch(rf"-?({_MIXED}|[0-9]+)", answer):
        raise ValueError(answer)
    sign = "-" * answer.startswith("-")
    whole, _, part = answer.removeprefix("-").rpartition(" ")
    said = "/".join(str(int(number)) for number in part.split("/"))
    return f"{sign}{int(whole)} {said}" if whole.strip("0 ") else f"{sign}{said}"


def _canonical_time(answer: str) -> str:
    parts = [int(part) for part in answer.split(":")]
    if parts[0] == 24 and not any(parts[1:]):  # the end of a day is the beginning of the next one
        parts[0] = 0
    if not (2 <= len(parts) <= 3 and 0 <= parts[0] < 24 and all(0 <= part < 60 for part in parts[1:])):
        raise ValueError(answer)
    return ":".join(f"{part:02d}" for part in parts)


def _canonical_choice(answer: str) -> str:
    letters = sorted(set(answer.upper().replace(" ", "")))
    if not letters or set(letters) - set(OPTIONS):
        raise ValueError(answer)
    return "".join(letters)


def worth(question: Question, answer: str) -> Fraction:
    """The points that an answer brings: of the keys it meets, the best."""
    if question.void:
        return Fraction(0)
    if question.kind == "manual":
        given = _fraction(answer)
        return given if given is not None and 0 <= given <= question.points else Fraction(0)
    return max((key.points for key in question.keys if _meets(question, answer, key)), default=Fraction(0))


def _meets(question: Question, answer: str, key: Key) -> bool:
    if not answer:
        return False
    if question.kind in ("date", "choice"):
        return answer == key.answer
    if question.kind == "time":
        return _meets_time(
            _seconds(answer), _seconds(key.answer), _seconds(key.upto or key.answer), key.tolerance
        )
    given, first, last = _fraction(answer), _fraction(key.answer), _fraction(key.upto or key.answer)
    if given is None or first is None or last is None:
        return False
    if question.reduced and "/" in answer:
        above, below = (int(part) for part in answer.rpartition(" ")[2].removeprefix("-").split("/"))
        if math.gcd(above, below) != 1:
            return answer == key.answer  # 10/16 may be a partial key of its own
    return first - key.tolerance <= given <= last + key.tolerance


def _meets_time(given: int, first: int, last: int, tolerance: Fraction) -> bool:
    """Whether a time, in seconds, lies between two others, or is so many minutes off; also across midnight."""
    if (given - first) % _DAY <= (last - first) % _DAY:
        return True
    apart = min(
        abs(given - end) for end in (first, last, first - _DAY, first + _DAY, last - _DAY, last + _DAY)
    )
    return apart <= 60 * tolerance  # 23:58 is near 00:01


def _seconds(clock: str) -> int:
    parts = [int(part) for part in clock.split(":")]
    return 3600 * parts[0] + 60 * parts[1] + (parts[2] if len(parts) == 3 else 0)


def _fraction(answer: str) -> Fraction | None:
    try:
        return number_of(answer)
    except (ValueError, ZeroDivisionError):
        return None


def number_of(answer: str) -> Fraction:
    """The number that an answer says, also a mixed one; raises ValueError or ZeroDivisionError for none."""
    whole, _, part = answer.removeprefix("-").rpartition(" ")
    value = Fraction(whole or "0") + Fraction(part)
    return -value if answer.startswith("-") else value
