"""What window and page show of a drawing: the cases that both must pass, and what only Python has."""

import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inkread.apps.view_model import ViewModel
from inkread.apps.view_parts import Found, overlap
from inkread.reading import Box, Digit, Line, Reading
from made import Style, write_page

CASES = json.loads((Path(__file__).parent / "apps" / "view_model_cases.json").read_text(encoding="utf-8"))


def found(name: str) -> Found:
    given = CASES["readings"][name]
    reading = Reading.from_dict(given["reading"])
    parts = [*reading.digits, *reading.rejected]
    return Found.of(reading, ink_of=lambda part: given["inks"][parts.index(part)] if part in parts else None)


def do(view: ViewModel, name: str, *given: Any) -> None:
    if name == "drew":
        view.drew(SimpleNamespace(bounds=tuple(given[0])))
    elif name == "erased":
        view.erased(view.sheet.strokes[: given[0]])
    elif name == "opened":
        view.opened((300, 100), object(), f"opening {given[0]}")
    elif name == "read":
        view.read(found(given[0]))
    elif name == "live":
        view.live = given[0]
    else:
        getattr(view, name)(*given)


def seen(view: ViewModel, what: str) -> Any:
    if what == "panel":
        return view.panel and list(view.panel.values())
    if what == "values":
        return [[part.value for part in line] for line in view.lines]
    if what == "badges":
        return [list(badge) for badge in view.badges]
    if what == "message":
        return view.message.text
    return getattr(view, {"current": "is_current"}.get(what, what))


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["name"])
def test_the_view_model_does_what_window_and_page_must(case: dict[str, Any]) -> None:
    view = ViewModel()
    for at, step in enumerate(case["steps"]):
        do(view, *step["do"])
        then = step.get("then", {})
        assert {what: seen(view, what) for what in then} == then, f"step {at}: {step['do']}"


def test_who_keeps_corrections_follows_each_change_of_them_and_no_other() -> None:
    heard: list[tuple[list[Any], list[Any]]] = []
    view = ViewModel(
        followed=lambda *both: heard.append(tuple([edit.value for edit in edits] for edits in both))  # type: ignore[arg-type]
    )
    view.drew(SimpleNamespace())
    view.read(found("17"))
    view.choose(1)
    for name, *given in (["correct", 9], ["correct", 4], ["undo"], ["clear"], ["undo"], ["undo"], ["undo"]):
        do(view, name, *given)
    assert heard == [([], [9]), ([9], [9, 4]), ([9, 4], [9]), ([9], [])]


def test_a_turned_picture_is_still_the_one_that_was_read() -> None:
    view = ViewModel()
    view.opened((300, 100), object(), "opening a page")
    view.started()
    view.trim((100, 300), object())
    view.read(found("17"))
    assert (view.state, view.sheet.size_wh) == ("read", (100, 300))


def test_only_so_many_changes_are_kept() -> None:
    view = ViewModel()
    for _ in range(400):
        view.drew(object())
    steps = 0
    while view.undo():
        steps += 1
    assert (steps, len(view.sheet.strokes)) == (300, 100)


def test_inserted_digits_stand_between_their_neighbours() -> None:
    view = ViewModel()
    view.drew(object())
    view.read(found("17"))
    view.choose(0)
    view.insert(5)
    view.insert(6)
    boxes = [part.box for part in view.digits]
    assert boxes[1:3] == [(30, 10, 40, 90), (40, 10, 50, 90)]
    assert all(overlap(a, b) == 0 for a, b in pairwise(boxes))
    assert all(isinstance(part.part, Digit) == (part.kind != "inserted") for part in view.digits)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("text", ["1234567", "17 2024", "3 14 15", "90 51 7 38"])
def test_made_numbers_are_copied_with_their_spaces(text: str, seed: int) -> None:
    boxes = [each.bounds for each in write_page([text], Style(size=60), seed)]
    values = [int(each) for each in text if each != " "]
    digits = tuple(
        Digit(value, 0.99, False, Box(*(round(edge) for edge in box)))
        for value, box in zip(values, boxes, strict=True)
    )
    view = ViewModel()
    view.drew(object())
    view.read(Found.of(Reading((900, 200), (Line(digits),))))
    assert view.copied == text
