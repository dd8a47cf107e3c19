"""Corrections: stored, removed, and applied to a reading.

A correction names the digit by its box, and comes with the picture of the reading that has it. A box that this
picture does not have is from another reading, and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inkread.apps.web.answers import Answer, Refused, as_json, as_text, refusal
from inkread.corrections import Corrections, NoSuchCorrection
from inkread.reading import Box, Digit, Line, Reading

if TYPE_CHECKING:
    from inkread.reader import Steps

__all__ = ["BOX", "Saying", "as_corrected", "forget", "keep", "list_kept", "saying"]

BOX = r"\d{1,6},\d{1,6},\d{1,6},\d{1,6}"
"""A box as requests write it, as a regular expression."""
_SHOWN = 200
"""Corrections that are listed at a time."""
Saying = tuple[tuple[int, ...], int | None]
"""The box of a digit, and its corrected value; None if it is no digit."""


def keep(folder: Path | None, steps: Steps, said: Saying) -> Answer:
    """Stores the value that somebody gives a digit. Raises ``Refused`` if the reading has no such box."""
    from inkread.closeup import look_at

    box, label = said
    assert label is not None
    digit = _digit_at(steps.reading, box)
    closeup = look_at(steps, digit)
    if closeup is None:
        raise Refused(refusal(422, "no_glyph", "this digit has no glyph", "correct another one"))
    store = Corrections(folder)
    # What the network alone made of it: earlier corrections may have changed that already.
    added = store.add(closeup.picture, label, digit.value if digit.unadapted is None else digit.unadapted)
    former = added.former.label if added.former is not None else None
    told = {"kept": added.new, "id": added.correction.id, "former": former, "corrections": store.count()}
    return as_json(told, 201 if added.new else 200)


def forget(folder: Path | None, correction: str) -> Answer:
    """Removes the correction with this id; "" removes all."""
    store = Corrections(folder)
    if not correction:
        store.clear()
        return as_json({"corrections": 0})
    try:
        store.remove(correction)
    except NoSuchCorrection:
        return refusal(404, "no_such_correction", f"no correction has the id {correction}", "it is gone")
    return as_json({"corrections": store.count()})


def list_kept(folder: Path | None) -> Answer:
    """The newest corrections with their pictures, the newest first, and how many there are."""
    store = Corrections(folder)
    shown = [
        {"id": each.id, "label": each.label, "guessed": each.guessed, "png": as_text(each.path.read_bytes())}
        for each in store.newest(_SHOWN)
    ]
    return as_json({"corrections": store.count(), "newest": shown})


def as_corrected(reading: Reading, sayings: Sequence[Saying], inserted: Sequence[Saying] = ()) -> Reading:
    """The reading with corrected values, without digits whose value is None, and with inserted ones.

    Also ink that was left unread can be said to be a digit. Raises ``Refused`` for a box that the reading lacks."""
    said = dict(sayings)
    ink = {tuple(each.box.to_list()) for each in reading.rejected}
    for box in said.keys() - ink:
        _digit_at(reading, box)
    new = [Digit(value, 1.0, False, Box(*box)) for box, value in inserted if value is not None]
    new += [Digit(said[box], 1.0, False, Box(*box)) for box in ink & said.keys() if said[box] is not None]
    rows = [[each for digit in line.digits if (each := _said(digit, said))] for line in reading.lines]
    for digit in new:
        middle = (digit.box.top + digit.box.bottom) / 2
        beside = [row for row in rows if any(each.box.top < middle < each.box.bottom for each in row)]
        row = beside[0] if beside else []
        rows += [] if beside else [row]
        row.append(digit)
        row.sort(key=lambda each: each.box.left)
    rejected = tuple(each for each in reading.rejected if tuple(each.box.to_list()) not in said)
    return replace(reading, lines=tuple(Line(tuple(row)) for row in rows if row), rejected=rejected)


def _said(digit: Digit, said: dict[tuple[int, ...], int | None]) -> Digit | None:
    """The digit as it is said to be; None if it is left out."""
    value = said.get(tuple(digit.box.to_list()), digit.value)
    if tuple(digit.box.to_list()) not in said:
        return digit
    return None if value is None else Digit(value, 1.0, False, digit.box)


def saying(box: str, label: str | int) -> Saying:
    """From ``10,20,30,40`` and a digit; "" is no digit."""
    return tuple(map(int, box.split(","))), None if label == "" else int(label)


def _digit_at(reading: Reading, box: Sequence[int]) -> Digit:
    for digit in reading.digits:
        if digit.box.to_list() == list(box):
            return digit
    where = ",".join(map(str, box))
    raise Refused(
        refusal(
            409,
            "stale_correction",
            f"the reading of this picture has no digit in the box {where}",
            "send the picture of the reading that you correct",
        )
    )
