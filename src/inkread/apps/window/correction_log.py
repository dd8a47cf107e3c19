"""The corrections of a sheet and those in the store: what is said is kept, and what is undone is taken back.

This module does not know how corrections are shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from inkread.apps.window.reading_view import Corrected
from inkread.corrections import Added, Corrections

__all__ = ["CorrectionLog"]


class CorrectionLog:
    """Keeps corrections in a store; raises ``CannotKeep`` where that cannot be written."""

    def __init__(self, store: Corrections) -> None:
        self.store = store
        self._added: dict[Corrected, Added] = {}

    def keep(self, corrected: Corrected) -> bool:
        """Keeps a correction; whether it was not there before."""
        added = self.store.add(corrected.picture, corrected.value, corrected.guessed)
        self._added[corrected] = added
        return added.new

    def follow(self, before: Sequence[Corrected], after: Sequence[Corrected]) -> None:
        """Takes back what is no longer in a sheet's corrections, the newest first, and keeps what is in them again."""
        for gone in reversed([each for each in before if each not in after]):
            if gone in self._added:  # else it could not be kept
                self.store.take_back(self._added.pop(gone))
        for back in [each for each in after if each not in before]:
            self.keep(back)
