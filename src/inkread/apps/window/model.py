"""What the window does, without a window: what was drawn and read is corrected, and what was corrected is undone.

This module knows no widget, no screen and no clock; it never waits.
"""

from __future__ import annotations

from collections.abc import Callable

from inkread.apps.window.correction_log import CorrectionLog
from inkread.apps.window.drawing import View
from inkread.apps.window.placement import Edges, overlap
from inkread.apps.window.read_drawing import ReadDrawing, Readings
from inkread.apps.window.reading_view import Corrected, Found
from inkread.apps.window.state import Message, Tools, counted
from inkread.confidence import percent
from inkread.corrections import CannotKeep, Corrections
from inkread.errors import InkreadError

__all__ = ["Model", "Readings"]


class Model(ReadDrawing):
    """The state of one window; ``view`` is told of every change, ``store`` keeps what is corrected."""

    def __init__(
        self, view: View, readings: Readings, store: Corrections, tools: Tools | None = None
    ) -> None:
        super().__init__(view, readings, tools)
        self.store = store
        self._keeper = CorrectionLog(store)
        self.kept = 0
        """How many corrections there are in the store."""
        self._put_off: tuple[Edges, int] | None = None
        """The box of a digit and what it is: said before what is on the sheet now was read."""
        self.count_kept()

    def edited(self) -> None:
        if self._put_off is not None:
            self._put_off = None
            self.view.told(Message("Not corrected: the drawing has changed. Say it again.", "error"))
        super().edited()

    def was_read(self) -> None:
        if self._put_off is not None:
            (box, value), self._put_off = self._put_off, None
            self._correct_at(box, value)

    def correct(self, value: int) -> None:
        """Says what the chosen digit is; kept in the store with its picture."""
        parts = self.reading_view.parts
        if self.selected is None or not (self.chosen or len(parts) == 1):
            if parts:
                self.view.told(Message("Click the digit first, then type what it is"))
            return
        found = parts[self.selected]
        if self.is_outdated:
            # People say it of the ink that they see: it is read first.
            self._put_off = found.box, value
            if not self.tools.live:
                self.read(asked=True)
        else:
            self._correct(found, value)

    def _correct_at(self, box: Edges, value: int) -> None:
        for found in self.reading_view.parts:
            if overlap(found.box, box) > 0.5:
                self._correct(found, value)
                return
        self.view.told(Message("This digit is no longer there. Correct it as it is read now.", "error"))

    def _correct(self, found: Found, value: int) -> None:
        if found.corrected == value:
            self.view.told(Message(f"That this is a {value} is kept already"))
            return
        closeup = self.reading_view.closeup(found)
        if closeup is None:
            self.view.told(Message("There is too little ink to learn from", "error"))
            return
        guessed = getattr(found.part, "value", None)
        made = Corrected(found.box, closeup.glyph, value, closeup.picture, guessed)
        try:
            new = self._keeper.keep(made)
        except InkreadError as error:
            self.view.told(Message(str(error), "error"))
            return
        self.sketch.remark((*self.corrections, made))
        self._corrected_anew()
        self.view.told(_thanks(value, guessed, new))
        self.read()  # what was learned may change other digits

    def take_back(self) -> None:
        """Takes back what was said of the chosen digit; can be undone."""
        found = self.reading_view.parts[self.selected] if self.selected is not None else None
        gone = self.reading_view.holding(self.corrections, found) if found is not None else []
        if not gone:
            self.view.told(Message("This digit was not corrected"))
            return
        before = self.corrections
        self.sketch.remark(each for each in before if each not in gone)
        self._follow(before)

    def _step(self, step: Callable[[], bool], done: str, otherwise: str) -> None:
        before = self.corrections
        super()._step(step, done, otherwise)
        self._follow(before)

    def _follow(self, before: tuple[Corrected, ...]) -> None:
        """The sheet may have other corrections than before: they are shown, and the store follows."""
        if self.corrections == before:
            return
        after = self.corrections
        fewer = len(after) < len(before)
        changed = [each for each in (before if fewer else after) if each not in (after if fewer else before)]
        what = f"that this is a {changed[-1].value}" if len(changed) == 1 else f"{len(changed)} corrections"
        message = Message(f"{'Taken back' if fewer else 'Said again'}: {what}", "good")
        try:
            self._keeper.follow(before, self.corrections)
        except InkreadError as error:
            message = Message(str(error), "error")
        self._corrected_anew()
        self.view.told(message)
        self.read()

    def forget_all(self) -> None:
        """Deletes all corrections from the store; undo keeps those of this sheet again."""
        try:
            number = self.store.clear()
        except CannotKeep as error:
            self.view.told(Message(str(error), "error"))
            return
        if self.corrections:
            self.sketch.remark(())
        self._corrected_anew()
        self.view.told(Message(f"Forgot {counted(number, 'correction')}", "good"))
        self.read()

    def _corrected_anew(self) -> None:
        self.count_kept()
        self.view.tools_changed()
        self._found(self.reading_view.with_corrections(self.corrections))

    def count_kept(self) -> None:
        """Asks the store how many corrections it holds."""
        try:
            self.kept = self.store.count()
        except CannotKeep as error:
            self.view.told(Message(str(error), "error"))

    @property
    def summary(self) -> str:
        """How sure the whole number is, in words; "" where nothing was read."""
        digits = self.reading_view.digits
        if not digits:
            return ""
        doubtful = sum(found.doubtful for found in digits)
        if doubtful:
            return f"{counted(doubtful, 'digit')} to be checked"
        said = sum(found.corrected is not None for found in digits)
        if said == len(digits):
            return "as you said"
        sure = percent(self.reading_view.confidence)
        whole = f"{sure} sure" if len(digits) == 1 else f"{sure} sure of all of it"
        return f"{whole} · {said} corrected" if said else whole


def _thanks(value: int, guessed: int | None, new: bool) -> Message:
    if not new:
        return Message(f"That this is a {value} was kept before")
    was = (
        "was not read" if guessed is None else f"was read as {guessed}" if guessed != value else "was read so"
    )
    return Message(f"Kept: this is a {value}, it {was}. Undo takes it back.", "good")
