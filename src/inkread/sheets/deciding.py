"""Decisions about pages -> what holds for a sheet: whose it is, and what its answers are.

A decision belongs to a page and goes with it to whatever sheet the page belongs to. One picture of a page has the
decisions of its duplicates, too. This module does not know what an answer is worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from inkread.sheets.assignment import moves
from inkread.sheets.store import Decision, PageRow

__all__ = ["Decided"]


class Decided:
    """What was decided last about pages. ``duplicates`` are pairs of a page and the one that counts."""

    def __init__(
        self,
        pages: Sequence[PageRow],
        duplicates: Sequence[tuple[PageRow, PageRow]],
        decisions: Sequence[Decision],
    ) -> None:
        counts = {again.id: first.id for again, first in duplicates}
        moved = moves(pages, decisions)
        self._students: dict[int, Decision] = {}
        self._answers: dict[tuple[int, str], Decision] = {}
        for one in decisions:
            page = counts.get(one.page, one.page)
            if one.kind == "answer":
                self._answers[page, one.question] = one
            elif one.kind == "student" and one.id > moved.get(one.page, 0):
                self._students[page] = one

    def answer(self, page: PageRow, question: str) -> Decision | None:
        """The decision about a question on this page."""
        return self._answers.get((page.id, question))

    def student(self, pages: Iterable[PageRow]) -> Decision | None:
        """The last decision about whose these pages of one sheet are, made since they were given to it."""
        found = [self._students[page.id] for page in pages if page.id in self._students]
        return max(found, key=lambda one: one.id, default=None)

    def answers_on(self, page: PageRow) -> list[str]:
        """The questions of which this page has a decided answer."""
        return [question for (owner, question) in self._answers if owner == page.id]
