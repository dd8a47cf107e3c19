"""Decisions about pages -> what holds: which page of whom each is, whose a sheet is, and what its answers are.

A decision belongs to a page and goes with it to whatever sheet the page belongs to. One picture of a page has the
decisions of its duplicates, too. This module does not know how pages are read, nor what an answer is worth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from inkread.sheets.store import Decision, PageRow

__all__ = ["KIND", "Assigned", "Decided", "assigned_pages", "assignments", "moves", "name_of"]

KIND = "page"
"""Of such decisions."""


@dataclass(frozen=True)
class Assigned:
    """Page ``page`` (from 1) of the numbered copy ``copy``, or of the student whose ``number`` it is.

    ``page`` 0: it is none of this exam's. ``doubt`` is what stays doubtful about what is written on it,
    and ``layout`` the version of the printed layout by which it was read.
    """

    page: int
    copy: int = 0
    number: str | None = None
    doubt: str = ""
    layout: str = ""

    def to_text(self) -> str:
        """As a decision keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Assigned:
        """What ``to_text`` made a text of."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        if not self.page:
            return "no page of this exam"
        whose = f"copy {self.copy}" if self.copy else f"student {self.number}"
        return f"page {self.page} of {whose}"


def name_of(page: PageRow) -> str:
    """What the review calls a page that is not yet part of a sheet."""
    return f"page {page.id}"


def assignments(decisions: Sequence[Decision]) -> dict[int, Assigned]:
    """What was said last of each page, by its id."""
    return {one.page: Assigned.from_text(one.after) for one in decisions if one.kind == KIND and one.after}


def moves(pages: Sequence[PageRow], decisions: Sequence[Decision]) -> dict[int, int]:
    """By a page's id, the decision (its id) that last gave the page to another copy or student than before.

    What was decided earlier about whose the page is, does not hold any more.
    """
    owners: dict[int, tuple[int, str | None]] = {page.id: (page.copy or 0, None) for page in pages}
    moved: dict[int, int] = {}
    for one in decisions:
        if one.kind == KIND and one.after:
            said = Assigned.from_text(one.after)
            if owners.get(one.page) != (said.copy, said.number):
                owners[one.page] = (said.copy, said.number)
                moved[one.page] = one.id
    return moved


def assigned_pages(
    pages: Sequence[PageRow], decisions: Sequence[Decision]
) -> tuple[list[PageRow], dict[str, str]]:
    """The pages with what was said of them, and the students' numbers of unnumbered sheets (``p`` and id)."""
    said = assignments(decisions)
    numbers: dict[str, str] = {}
    found = []
    for page in pages:
        one = said.get(page.id)
        if one is None:
            found.append(page)
        elif one.page:
            status = "doubtful" if one.doubt else "read"
            found.append(
                replace(
                    page,
                    status=status,
                    reason=one.doubt,
                    copy=one.copy,
                    page=one.page,
                    layout=one.layout or page.layout,
                )
            )
            if one.number is not None:
                numbers[f"p{page.id}"] = one.number
    return found, numbers


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
