"""Pages -> sheets: the pages of one numbered copy belong together, unless two pictures of one page differ in writing.

A photocopied numbered copy has the same code on every photocopy. Two pictures of one page that say the same are
duplicates; two that differ are rivals, and each is kept as a sheet of its own. This module does not know whose a
sheet is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from inkread.sheets.exam.answers import BLANK
from inkread.sheets.scans.symbols import UNCLEAR, Symbols
from inkread.sheets.store import PageRow

__all__ = ["Gathered", "gather", "rivalry", "same_writing"]

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
    """What is odd about a page with rivals, in words."""
    names = ", ".join(one.source + (f", page {one.part + 1}" if one.part else "") for one in others)
    return f"page {page.page} of copy {page.copy} was scanned with other writing, too: {names}"
