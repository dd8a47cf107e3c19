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
from inkread.reading import Digit, Line, Reading

if TYPE_CHECKING:
    from inkread.reader import Steps

__all__ = ["BOX", "Saying", "as_corrected", "forget", "keep", "list_kept", "saying"]

BOX = r"\d{1,6},\d{1,6},\d{1,6},\d{1,6}"
"""A box as requests write it, as a regular expression."""
_SHOWN = 200
"""Corrections that are listed at a time."""
Saying = tuple[tuple[int, ...], int]
"""The box of a digit, and its corrected value."""


def keep(folder: Path | None, steps: Steps, said: Saying) -> Answer:
    """Stores the value that somebody gives a digit. Raises ``Refused`` if the reading has no such box."""
    from inkread.closeup import look_at

    box, label = said
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


def as_corrected(reading: Reading, sayings: Sequence[Saying]) -> Reading:
    """The reading with corrected values. Raises ``Refused`` for a box that it does not have."""
    said = {_digit_at(reading, box): value for box, value in sayings}

    def corrected(digit: Digit) -> Digit:
        return Digit(said[digit], 1.0, False, digit.box) if digit in said else digit

    lines = tuple(Line(tuple(map(corrected, line.digits))) for line in reading.lines)
    return replace(reading, lines=lines)


def saying(box: str, label: str | int) -> Saying:
    """From ``10,20,30,40`` and a digit."""
    return tuple(map(int, box.split(","))), int(label)


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
