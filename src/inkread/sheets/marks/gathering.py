"""Pages and decisions -> sheets: which page of whom each is, and which pages belong together.

A decision belongs to a page and goes with it to whatever sheet the page belongs to. A photocopied numbered copy has
the same code on every photocopy. Two pictures of one page that say the same are duplicates; two that differ are
rivals, and each is kept as a sheet of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace

from inkread.sheets.exam.answers import BLANK
from inkread.sheets.exam_store import Decision, PageRow
from inkread.sheets.scans.symbols import UNCLEAR, Symbols

_CLEAR = 0.9
"""Share of a box's likeliest symbol from which on two pictures of the box can contradict each other."""


@dataclass
class Gathered:
    """``sheets`` by name (``c`` and the copy, ``p`` and the id of a page of no copy), each with its pages by number.

    ``duplicates`` are pairs of a page and the one that counts. ``rivals`` has, by a page's id, the other pictures of
    the same page whose writing differs, until somebody decides.
    """

    sheets: dict[str, dict[int, PageRow]] = field(default_factory=dict)
    duplicates: list[tuple[PageRow, PageRow]] = field(default_factory=list)
    rivals: dict[int, tuple[PageRow, ...]] = field(default_factory=dict)


def gather(pages: Sequence[PageRow], decided: Set[int] = frozenset()) -> Gathered:
    """Gathers the readable ``pages``; ``decided`` are the ids of those whose copy somebody has said.

    Of duplicates, a decided page counts before others, and a read one before a doubtful one. A copy with rivals of
    which none is decided is no sheet: each of its pages is one.
    """
    found = Gathered()
    places: dict[tuple[int, int], list[list[PageRow]]] = {}
    for page in sorted(pages, key=lambda page: (page.id not in decided, page.status != "read", page.id)):
        if page.status == "failed" or page.page is None:
            continue
        if not page.copy:
            found.sheets[f"p{page.id}"] = {page.page: page}
            continue
        groups = places.setdefault((page.copy, page.page), [])
        group = next((group for group in groups if same_writing(group[0], page)), None)
        if group is None:
            groups.append([page])
        else:
            found.duplicates.append((page, group[0]))
            group.append(page)
    split = _rivals(places, decided, found)
    for (copy, number), groups in places.items():
        for page in (group[0] for group in groups):
            name = f"p{page.id}" if copy in split or page.id in found.rivals else f"c{copy}"
            found.sheets.setdefault(name, {})[number] = page
    return found


def _rivals(
    places: Mapping[tuple[int, int], Sequence[Sequence[PageRow]]], decided: Set[int], found: Gathered
) -> set[int]:
    """Notes rivals in ``found``; returns the copies that have some, none of them decided."""
    split: set[int] = set()
    for (copy, _), groups in places.items():
        firsts = [group[0] for group in groups]
        if len(firsts) > 1:
            undecided = [page for page in firsts if page.id not in decided]
            split |= {copy} if len(undecided) == len(firsts) else set()
            found.rivals |= {page.id: tuple(one for one in firsts if one is not page) for page in undecided}
    return split


def same_writing(one: PageRow, other: PageRow) -> bool:
    """Whether two pictures of one page show the same writing: no box contradicts, and some written box agrees.

    Two pictures on which nothing is written are the same, too.
    """
    agreeing = unclear = 0
    for row, boxes in one.boxes.items():
        for mine, theirs in zip(boxes, other.boxes.get(row, []), strict=False):
            if "symbols" not in mine or "symbols" not in theirs:  # what is written beside the boxes
                continue
            first, second = _clear(mine["symbols"]), _clear(theirs["symbols"])
            if UNCLEAR in (first, second):
                unclear += 1
            elif first != second:
                return False
            else:
                agreeing += first != BLANK
    return bool(agreeing) or not unclear


def _clear(symbols: Symbols) -> str:
    """The symbol that a box clearly shows, or ``UNCLEAR``."""
    symbol = max(symbols, key=lambda one: symbols[one], default=UNCLEAR)
    return symbol if symbols.get(symbol, 0.0) >= _CLEAR else UNCLEAR


def rivalry(page: PageRow, others: Sequence[PageRow]) -> str:
    """Describes why a page conflicts with others."""
    names = ", ".join(one.source + (f", page {one.part + 1}" if one.part else "") for one in others)
    return f"page {page.page} of copy {page.copy} was scanned with other writing, too: {names}"


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
        """The decision that ``to_text`` wrote."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        if not self.page:
            return "no page of this exam"
        whose = f"copy {self.copy}" if self.copy else f"student {self.number}"
        return f"page {self.page} of {whose}"


def name_of(page: PageRow) -> str:
    """The name in the review of a page that belongs to no sheet yet."""
    return f"page {page.id}"


def assignments(decisions: Sequence[Decision]) -> dict[int, Assigned]:
    """The latest decision on each page, by its id."""
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
    """The latest decisions on pages. ``duplicates`` are pairs of a page and the one that counts."""

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
