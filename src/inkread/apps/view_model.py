"""What a window or a page shows of a drawing: what was drawn, read, chosen, corrected and undone, without widgets.

    view = ViewModel()
    view.drew(stroke)
    view.started()                          # a reading of the sheet as it is now has been asked for
    view.read(Found.of(reading))            # and is here
    view.choose(1), view.correct(9)
    view.number, view.badges, view.panel, view.state, view.says, view.message

Strokes and pictures are opaque. Boxes are in units of the sheet, so that those of successive readings compare.
``page/view_model.js`` is the twin; ``tests/apps/view_model_cases.json`` holds what both must do.

    view_parts    digits, marks and other ink, with what was said of them       view_words    the words
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from inkread.apps.view_parts import Arranged, Badge, Edges, Edit, Found, Part, Sheet, best_of
from inkread.apps.view_words import Message, counted, panel_of, trust

State = Literal["empty", "waiting", "reading", "read", "doubtful", "unread", "failed"]
_CHANGES_KEPT = 300
"""Changes that can be undone; an hour's drawing would else fill the memory."""
_STAYS = 0.5
"""Intersection over union from which a digit stays chosen."""


@dataclass
class _Change:
    """One thing that was done: the sheet on the other side of it, what it was, and whether it was said of digits."""

    sheet: Sheet
    what: str
    said: bool


@dataclass
class ViewModel:
    """The state of one sheet. Methods change it; ``message`` is what the last of them has to say."""

    same_ink: Callable[[Any, Any], bool] = lambda one, other: one == other
    live: bool = True
    """Whether all that is drawn is read at once."""
    followed: Callable[[tuple[Edit, ...], tuple[Edit, ...]], None] = lambda before, after: None
    """Told what was said of digits before and after each change of that."""
    sheet: Sheet = field(default_factory=Sheet)
    selected: int | None = None
    """Which of ``parts`` the panel shows."""
    chosen: bool = False
    """Whether somebody chose it."""

    def __post_init__(self) -> None:
        self.message = Message("")
        self._done: list[_Change] = []
        self._undone: list[_Change] = []
        self._found = Found()
        self._found_on: Sheet | None = None
        self._asked_on: Sheet | None = None
        self._error: tuple[str, Sheet] | None = None
        self._newest: Edges | None = None
        self._put_off: tuple[Part, Callable[[], None]] | None = None
        self._arranged = Arranged(Found(), ())

    # What is done

    def drew(self, stroke: Any, what: str = "a stroke") -> None:
        """A stroke was drawn, or rubs out."""
        self._newest = getattr(stroke, "bounds", None)
        self._change(replace(self.sheet, strokes=(*self.sheet.strokes, stroke)), what)

    def erased(self, strokes: Sequence[Any], what: str = "the eraser") -> None:
        """Only these strokes are left."""
        self._change(replace(self.sheet, strokes=tuple(strokes)), what)

    def opened(self, size_wh: tuple[int, int], picture: Any, what: str) -> None:
        """Another picture lies on the sheet."""
        self._change(Sheet((), picture, size_wh), what)

    def clear(self, size_wh: tuple[int, int] | None = None) -> None:
        """Empties the sheet."""
        if not self.is_blank:
            self._change(Sheet((), None, size_wh or self.sheet.size_wh), "clearing")
            self.message = Message("Cleared. Undo brings it back.")

    def trim(self, size_wh: tuple[int, int], picture: Any = None) -> None:
        """The sheet has another size, or its picture another shape; nothing that could be undone."""
        before = self.sheet
        self.sheet = replace(before, size_wh=size_wh, picture=before.picture if picture is None else picture)
        self._found_on = self.sheet if self._found_on is before else self._found_on
        self._asked_on = self.sheet if self._asked_on is before else self._asked_on

    def undo(self) -> bool:
        """Takes back the last thing that was done, and says what it was."""
        return self._step(self._done, self._undone, "Undone", "Nothing to undo")

    def redo(self) -> bool:
        """Does again what was undone last, and says what it was."""
        return self._step(self._undone, self._done, "Redone", "Nothing to redo")

    # What is read

    def started(self) -> Sheet:
        """A reading of the sheet as it is now was asked for."""
        self._asked_on, self._error = self.sheet, None
        return self.sheet

    def read(self, found: Found, of: Sheet | None = None) -> None:
        """A reading is here: of ``of``, or of what was asked for last."""
        self._found, self._found_on, self._error = found, of or self._asked_on or self.sheet, None
        self._arrange()
        if self._put_off is None or not self.is_current:
            return
        (wanted, say), self._put_off = self._put_off, None
        there = best_of(self.parts, wanted.box, _STAYS)
        if there is None:
            self.message = Message("This digit is no longer there. Correct it as it is read now.", "error")
        else:
            self.choose(there)
            say()

    def failed(self, message: str) -> None:
        """The reading that was asked for came to nothing."""
        self._error = message, self._asked_on or self.sheet
        self.message = Message(message, "error")
        self._forget_reading()

    # What is chosen and said

    @property
    def is_put_off(self) -> bool:
        """Whether something was said that waits for a reading."""
        return self._put_off is not None

    def choose(self, index: int | None) -> None:
        """Chooses one of ``parts`` to be looked at and corrected, or none."""
        self.selected = index if index is not None and index < len(self.parts) else None
        self.chosen = self.selected is not None

    def choose_next(self, step: int) -> None:
        """Chooses the next of ``parts`` (1), or the one before (-1)."""
        count = len(self.parts)
        if count:
            at = self.selected if self.selected is not None and self.chosen else (-1 if step > 0 else count)
            self.choose((at + step) % count)

    def correct(self, value: int) -> None:
        """Says what the chosen digit is."""
        part = self._chosen_part("then type what it is", lambda: self.correct(value))
        if part is None:
            return
        if part.edit is not None and part.edit.value == value:
            self.message = Message(f"You said already that this is a {value}")
            return
        if part.part is None and part.edit is not None:
            new, was = replace(part.edit, value=value), "inserted"
            edits = tuple(new if each is part.edit else each for each in self.sheet.edits)
        else:
            new = Edit("correct", part.box, part.ink, value, part.guessed)
            edits, was = (*self.sheet.edits, new), f"read as {part.guessed}"
            was = "not read" if part.guessed is None else was
        if value == part.guessed:
            self._say(edits, f"{value} confirmed", f"Confirmed: this is a {value}.")
        else:
            told = f"This is a {value}; it was {was}. Undo takes it back."
            self._say(edits, f"{part.badge.text or 'ink'} corrected to {value}", told)

    def confirm(self) -> None:
        """Says that the chosen digit was read right."""
        part = self.selected_part
        if part is not None and part.guessed is not None:
            self.correct(part.guessed)

    def delete(self) -> None:
        """Says that the chosen digit is none: it leaves the number."""
        part = self._chosen_part("then delete it", self.delete)
        if part is None:
            return
        if part.value is None:
            self.message = Message("This ink is not in the number")
            return
        at, edits = self.selected or 0, tuple(each for each in self.sheet.edits if each is not part.edit)
        if part.part is not None:
            edits = (*self.sheet.edits, Edit("delete", part.box, part.ink, None, part.guessed))
        self._say(edits, f"{part.value} deleted", f"Left the {part.value} out. Undo brings it back.")
        self.choose(min(at, len(self.digits) - 1) if self.digits else None)

    def insert(self, value: int, before: bool = False, own: Edges | None = None) -> None:
        """Puts a digit after the chosen one, or before it; its ink stands in ``own``, if that was marked."""
        part = self._chosen_part("then insert beside it", lambda: self.insert(value, before, own))
        if part is None:
            return
        if part.value is None:
            self.message = Message("Choose a digit of the number, then insert beside it")
            return
        edits = list(self.sheet.edits)
        if part.part is None and part.edit is not None:  # beside an inserted digit: it has the same anchor
            new = replace(part.edit, value=value, own=own)
            edits.insert(edits.index(part.edit) + (not before), new)
        else:
            new = Edit("before" if before else "after", part.box, part.ink, value, own=own)
            # The last before a digit stands next to it; so does the first after it.
            edits.insert(len(edits) if before else 0, new)
        self._say(tuple(edits), f"{value} inserted", f"Inserted a {value}. Undo takes it back.")
        self.choose(next((i for i, each in enumerate(self.digits) if each.edit is new), None))

    def take_back(self) -> None:
        """Takes back what was said of the chosen digit."""
        part = self.selected_part
        if part is None or part.edit is None:
            self.message = Message("This digit was not corrected")
            return
        own = self._arranged.holding(part, "correct", "delete") if part.part is not None else [part.edit]
        what = f"{part.badge.text} {part.kind}"
        edits = tuple(each for each in self.sheet.edits if each not in own)
        self._say(edits, f"{what}, taken back", f"Taken back: {what}.")

    def forgot(self, number: int) -> None:
        """All corrections that were kept are deleted, so many: those of this sheet no longer hold."""
        edits = tuple(each for each in self.sheet.edits if each.kind != "correct")
        said = f"Forgot {counted(number, 'correction')}"
        if len(edits) == len(self.sheet.edits):
            self.message = Message(said, "good")
        else:
            self._say(edits, "forgetting", said)

    # What is shown

    @property
    def lines(self) -> tuple[tuple[Part, ...], ...]:
        """The digits of each line, as they are read and corrected."""
        return self._arranged.lines

    @property
    def digits(self) -> tuple[Part, ...]:
        return tuple(part for line in self.lines for part in line)

    @property
    def scraps(self) -> tuple[Part, ...]:
        """Ink that is not in the number."""
        return self._arranged.scraps

    @property
    def marks(self) -> tuple[Part, ...]:
        return self._arranged.marks

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that can be chosen: digits, then ink that is not in the number."""
        return self.digits + self.scraps

    @property
    def selected_part(self) -> Part | None:
        return self.parts[self.selected] if self.selected is not None else None

    @property
    def badges(self) -> tuple[Badge, ...]:
        """The badge of each of ``parts``, then those of the marks."""
        return tuple(part.badge for part in (*self.parts, *self.marks))

    @property
    def is_blank(self) -> bool:
        """Whether nothing is on the sheet."""
        return not self.sheet.strokes and self.sheet.picture is None

    @property
    def is_current(self) -> bool:
        """Whether what is shown is of what is on the sheet."""
        return self.sheet.same_ink(self._found_on)

    @property
    def written(self) -> tuple[tuple[Part | None, ...], ...]:
        """Digits and marks of each line, None for a space between numbers."""
        return self._arranged.written

    @property
    def number(self) -> str:
        """The number with its marks and spaces, as it is corrected."""
        return "\n".join("".join(part.text if part else " " for part in line) for line in self.written)

    @property
    def copied(self) -> str:
        """What is copied and spoken: the number; nothing while it is not of what is on the sheet."""
        return self.number if self.is_current else ""

    @property
    def state(self) -> State:
        """In a word, what ``says`` tells in a sentence."""
        if self.is_blank:
            return "empty"
        if self._error is not None and self.sheet.same_ink(self._error[1]):
            return "failed"
        if not self.is_current:
            return "reading" if self.live or self.sheet.same_ink(self._asked_on) else "waiting"
        if not self.digits:
            return "unread"
        return "doubtful" if any(part.kind == "doubtful" for part in self.digits) else "read"

    @property
    def says(self) -> str:
        """In words, how far the number can be trusted."""
        fixed = {
            "empty": "Nothing is drawn yet",
            "waiting": "Not read yet: press Recognise",
            "reading": "Reading …",
            "failed": f"Not read: {self._error[0] if self._error else ''}",
        }
        return fixed.get(self.state) or trust(self.digits, self.scraps)

    @property
    def panel(self) -> dict[str, str] | None:
        """The chosen digit in words: ``title``, ``value``, ``sure``, ``rest``; None where there is none."""
        part = self.selected_part
        return None if part is None else panel_of(part, self.selected or 0, len(self.digits))

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    # How it is done

    def _chosen_part(self, how: str, again: Callable[[], None]) -> Part | None:
        """The chosen part, if something can be said of it now; else that is told, or put off until it was read."""
        part = self.selected_part
        if part is None or not (self.chosen or len(self.parts) == 1):
            if self.parts:
                self.message = Message(f"Choose a digit first, {how}")
            return None
        if self.is_current:
            return part
        self._put_off = part, again
        self.message = Message("Reading …")
        return None

    def _say(self, edits: tuple[Edit, ...], what: str, told: str) -> None:
        before, self.message = self.sheet.edits, Message(told, "good")
        self._change(replace(self.sheet, edits=edits), what, said=True)
        self.followed(before, edits)

    def _change(self, sheet: Sheet, what: str, said: bool = False) -> None:
        self._done = [*self._done[-_CHANGES_KEPT + 1 :], _Change(self.sheet, what, said)]
        self._undone = []
        self._become(sheet)

    def _step(self, source: list[_Change], target: list[_Change], done: str, otherwise: str) -> bool:
        if not source:
            self.message = Message(otherwise)
            return False
        change, before = source.pop(), self.sheet
        target.append(_Change(before, change.what, change.said))
        self.message, self._newest = Message(f"{done}: {change.what}"), None
        self._become(change.sheet)
        if change.said:
            self.followed(before.edits, change.sheet.edits)
        return True

    def _become(self, sheet: Sheet) -> None:
        if self._put_off is not None:
            self._put_off = None
            self.message = Message("Not corrected: the drawing has changed. Say it again.", "error")
        before, self.sheet = self.sheet, sheet
        if sheet.picture is not before.picture or self.is_blank:
            self._forget_reading()
        else:
            self._arrange()

    def _forget_reading(self) -> None:
        self._found, self._found_on, self.chosen = Found(), None, False
        self._arrange()

    def _arrange(self) -> None:
        former = self.selected_part if self.chosen else None
        self._arranged = Arranged(self._found, self.sheet.edits, self.same_ink)
        self.selected, self.chosen = self._selection(former)

    def _selection(self, former: Part | None) -> tuple[int | None, bool]:
        """What was chosen, if it is still there; else the newest digit of a drawing, or the first of a picture."""
        if former is not None and (there := best_of(self.parts, former.box, _STAYS)) is not None:
            return there, True
        if self._newest is not None and (there := best_of(self.parts, self._newest, 0.0)) is not None:
            return there, False
        if not self.digits:
            return (0 if self.scraps else None), False
        return (0 if self.sheet.picture is not None else len(self.digits) - 1), False
