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
from inkread.reading import Box, Digit, Line, Reading, Rejected

if TYPE_CHECKING:
    from inkread.apps.web.jobs import Correction
    from inkread.reader import Steps


Edges = tuple[int, int, int, int]
"""Left, top, right, bottom."""
_SHOWN = 200
"""Corrections that are listed at a time."""


def keep(folder: Path | None, steps: Steps, said: Correction) -> Answer:
    """Stores the value that somebody gives a digit. Raises ``Refused`` if the reading has no such box."""
    from inkread.closeup import look_at

    digit = _digit_at(steps.reading, _edges(said.box))
    closeup = look_at(steps, digit)
    if closeup is None:
        raise Refused(refusal(422, "no_glyph", "this digit has no glyph", "correct another one"))
    store = Corrections(folder)
    # What the network alone made of it: earlier corrections may have changed that already.
    added = store.add(
        closeup.picture, said.label, digit.value if digit.unadapted is None else digit.unadapted
    )
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


def as_corrected(reading: Reading, corrected: Sequence[str], inserted: Sequence[str] = ()) -> Reading:
    """The reading with corrected values, without digits that are left out, and with inserted ones.

    Also ink that was left unread can be said to be a digit. Raises ``Refused`` for a box that the reading lacks."""
    if not corrected and not inserted:
        return reading
    said, added = (dict(map(_saying, each)) for each in (corrected, inserted))
    ink = {_box(each) for each in reading.rejected}
    for box in said.keys() - ink:
        _digit_at(reading, box)
    read = [[(_box(digit), digit) for digit in line.digits] for line in reading.lines]
    rows = [[_said(said[box], box) if box in said else digit for box, digit in row] for row in read]
    kept = [[digit for digit in row if digit is not None] for row in rows]
    for box, value in [*added.items(), *((box, said[box]) for box in sorted(ink & said.keys()))]:
        if (digit := _said(value, box)) is not None:
            _place(kept, digit)
    rejected = tuple(each for each in reading.rejected if _box(each) not in said)
    return replace(reading, lines=tuple(Line(tuple(row)) for row in kept if row), rejected=rejected)


def _place(rows: list[list[Digit]], digit: Digit) -> None:
    """Adds a digit to the row that it stands level with, else as a row of its own."""
    middle = (digit.box.top + digit.box.bottom) / 2
    level = [row for row in rows if any(each.box.top < middle < each.box.bottom for each in row)]
    row = level[0] if level else []
    if not level:
        rows.append(row)
    row.append(digit)
    row.sort(key=lambda each: each.box.left)


def _box(part: Digit | Rejected) -> Edges:
    return part.box.left, part.box.top, part.box.right, part.box.bottom


def _said(value: int | None, box: Edges) -> Digit | None:
    return None if value is None else Digit(value, 1.0, False, Box(*box))


def _edges(box: str) -> Edges:
    left, top, right, bottom = map(int, box.split(","))
    return left, top, right, bottom


def _saying(text: str) -> tuple[Edges, int | None]:
    """From ``10,20,30,40:5``; without a digit it is None."""
    box, _, label = text.partition(":")
    return _edges(box), int(label) if label else None


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
