"""What the window does, without a screen: what is drawn is read, chosen, corrected and kept."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inkread
from inkread.apps.view_words import Message
from inkread.apps.window.image import ImagePlace, turned
from inkread.apps.window.model import Model
from inkread.apps.window.reading_thread import Job, Opened, Outcome, ReadingThread
from inkread.corrections import Corrections
from inkread.reading import Box, Digit, Line, Reading
from inkread.sketch import Stroke
from made import draw_number, draw_page
from made_movements import movements, number_strokes
from made_pages import NUMBERS, pdf, tiff

READER = inkread.Reader()


class FakeView:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.messages: list[Message] = []
        self.rects: list[Any] = []

    def ink_changed(self, rect: Any) -> None:
        self.rects.append(rect)

    def told(self, message: Message) -> None:
        self.messages.append(message)

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name not in ("sheet_changed", "changed", "asked"):
            raise AttributeError(name)
        return lambda: self.calls.append(name)


class FakeReadings:
    """Reads when it is asked for outcomes, in the same thread; keeps what it was asked."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.opening: list[tuple[str, Callable[[], Opened]]] = []
        self.asked = 0

    @property
    def busy(self) -> bool:
        return bool(self.jobs or self.opening)

    def submit(self, job: Job) -> None:
        self.asked += 1
        self.jobs = [job]

    def open(self, name: str, load: Callable[[], Opened]) -> None:
        self.opening.append((name, load))

    def outcomes(self) -> Iterator[Outcome | Opened]:
        for name, load in self.opening:
            try:
                yield load()
            except inkread.InkreadError as error:
                yield Opened(name, error=str(error))
        self.opening = []
        jobs, self.jobs = self.jobs, []
        for job in jobs:
            yield Outcome(job, READER.steps(job.make_image()), seconds=0.01)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    model = Model(FakeView(), FakeReadings(), Corrections(tmp_path / "kept"))
    model.resize((900, 600))
    return model


def draw(
    model: Model, *lines: str, size: float = 150, left: float = 60, top: float = 80, seed: int = 3
) -> None:
    for path in number_strokes(list(lines), size, left, top, seed=seed):
        points = movements(path, 10)
        model.pen_down(*points[0])
        for point in points[1:]:
            model.pen_move(*point)
        model.pen_up(*points[-1])
    while model.poll():
        pass


def text(model: Model) -> str:
    """The number without the spaces in it."""
    return model.seen.number.replace(" ", "")


def middle(model: Model, index: int) -> tuple[float, float]:
    left, top, right, bottom = model.layer.placement.edges(model.seen.parts[index].box)
    return (left + right) / 2, (top + bottom) / 2


def test_an_empty_canvas_says_nothing(model: Model) -> None:
    assert model.is_blank
    assert (model.seen.parts, model.seen.says, model.readings.asked) == ((), "Nothing is drawn yet", 0)
    model.recognise()
    assert "nothing to read" in model.view.messages[-1].text


@pytest.mark.parametrize("lines", [("7",), ("2024",), ("38", "571")])
def test_what_is_drawn_is_read(model: Model, lines: tuple[str, ...]) -> None:
    draw(model, *lines)
    assert model.seen.copied == "\n".join(lines)
    assert "sure" in model.seen.says
    for found in model.seen.digits:
        assert 0 <= found.box[0] < found.box[2] <= 900


def test_it_is_read_after_each_stroke_and_when_the_pen_rests(model: Model) -> None:
    draw(model, "7")
    asked = model.readings.asked
    assert asked == len(model.seen.sheet.strokes)
    model.rest()
    assert model.readings.asked == asked, "the pen is not down"
    model.pen_down(600, 100)
    model.pen_move(600, 300)
    model.rest()
    assert model.readings.asked == asked + 1


def test_an_outdated_reading_is_not_shown(model: Model) -> None:
    draw(model, "7")
    model.say("undo")
    job = model.readings.jobs[-1]
    model.clear()
    model.readings.jobs = [job]
    model.poll()
    assert text(model) == ""


def test_undo_redo_and_clear(model: Model) -> None:
    draw(model, "1")
    draw(model, "7", left=400)
    assert text(model) == "17"
    strokes = len(model.seen.sheet.strokes)
    model.clear()
    assert model.is_empty
    assert text(model) == ""
    model.say("undo")
    model.poll()
    assert (len(model.seen.sheet.strokes), text(model)) == (strokes, "17")
    while model.seen.can_undo:
        model.say("undo")
    model.poll()
    assert model.is_empty
    while model.seen.can_redo:
        model.say("redo")
    assert model.is_empty, "the last that was undone first was clearing"
    model.say("undo")
    model.poll()
    assert text(model) == "17"
    model.say("redo")
    model.say("redo")
    assert model.view.messages[-1].text == "Nothing to redo"


def test_the_eraser_rubs_out_what_it_touches(model: Model) -> None:
    draw(model, "17", size=200)
    model.set_tools(erasing=True, width=32.0)
    for y in range(60, 330, 30):
        model.pen_down(350, y)
        model.pen_move(40 if y % 60 else 41, y)
        model.pen_move(350, y + 10)
        model.pen_up()
    model.poll()
    assert model.is_empty or "1" not in text(model)
    model.set_tools(erasing=False)


def test_without_live_it_is_read_when_asked(model: Model) -> None:
    model.set_tools(live=False)
    draw(model, "7")
    assert (model.readings.asked, text(model)) == (0, "")
    model.recognise()
    model.poll()
    assert text(model) == "7"
    assert model.view.messages[-1].text.startswith("Read 7 in")
    draw(model, "1", left=500)
    assert text(model) == "7"
    model.set_tools(live=True)
    model.poll()
    assert text(model) == "71"


def test_a_click_into_a_box_chooses_and_draws_nothing(model: Model) -> None:
    draw(model, "17", size=200)
    strokes = len(model.seen.sheet.strokes)
    model.pen_down(*middle(model, 0))
    model.pen_up()
    assert (model.seen.selected, model.seen.chosen, len(model.seen.sheet.strokes)) == (0, True, strokes)
    x, y = middle(model, 0)
    model.pen_down(x, y)
    model.pen_move(x + 40, y)
    model.pen_up(x + 40, y)
    assert len(model.seen.sheet.strokes) == strokes + 1, "but who goes on draws"


def test_a_correction_is_kept_and_shown(model: Model) -> None:
    draw(model, "174", size=180)
    model.say("correct", 9)
    assert model.kept == 0, "no digit was chosen"
    model.say("choose", 1)
    model.say("correct", 9)
    assert (text(model), model.kept, model.store.count()) == ("194", 1, 1)
    kept = model.store.list()[0]
    assert (kept.label, kept.guessed) == (9, 7)
    assert READER.read(kept.path).text == "7", "the picture is that of the digit alone"
    assert model.seen.parts[1].kind == "corrected"
    model.say("correct", 9)
    assert "already" in model.view.messages[-1].text
    assert model.kept == 1
    assert "1 checked by you" in model.seen.says
    model.say("correct", 7)
    assert (text(model), model.store.list()[0].label) == ("174", 7)
    assert model.seen.parts[1].kind == "confirmed"


def test_undo_takes_a_correction_back_and_redo_makes_it_again(model: Model) -> None:
    draw(model, "17", size=180)
    strokes = len(model.seen.sheet.strokes)
    for value in (9, 4):
        model.say("choose", 1)
        model.say("correct", value)
    assert (text(model), labels(model)) == ("14", [4])
    asked = model.readings.asked
    model.say("undo")
    assert (text(model), labels(model)) == ("19", [9]), "as it was said before"
    model.say("undo")
    assert (text(model), labels(model), model.kept) == ("17", [], 0)
    assert model.view.messages[-1].text == "Undone: 7 corrected to 9"
    assert model.readings.asked > asked, "what was learned is gone, too"
    assert len(model.seen.sheet.strokes) == strokes
    model.say("redo")
    assert (text(model), labels(model), model.kept) == ("19", [9], 1)
    draw(model, "4", size=180, left=500)
    model.say("undo")
    while model.poll():
        pass
    assert (labels(model), len(model.seen.sheet.strokes) > strokes) == ([9], True), "the stroke came last"


def mark(model: Model, index: int) -> None:
    """Draws a box round one of the parts."""
    left, top, right, bottom = model.layer.placement.edges(model.seen.parts[index].box)
    model.pen_down(left - 4, top - 4)
    model.pen_move(left + 9, top + 9)
    model.pen_move(right + 4, bottom + 4)
    model.pen_up(right + 4, bottom + 4)


def test_an_inserted_digit_whose_box_was_drawn_is_kept(model: Model) -> None:
    draw(model, "174", size=180)
    strokes = len(model.seen.sheet.strokes)
    model.say("choose", 0)
    model.begin_inserting(False)
    mark(model, 1)
    assert len(model.seen.sheet.strokes) == strokes, "a box is no stroke"
    model.digit(9)
    assert (text(model), labels(model), model.marked) == ("1974", [9], None)
    kept = model.store.list()[0]
    assert (kept.guessed, READER.read(kept.path).text) == (None, "7"), "the ink in the box"
    inserted = model.seen.parts[1]
    assert (inserted.kind, inserted.box) == ("inserted", pytest.approx(model.seen.parts[2].box, abs=6))
    model.say("undo")
    assert (text(model), labels(model)) == ("174", [])
    model.say("redo")
    assert (text(model), labels(model)) == ("1974", [9])


def test_an_inserted_digit_without_a_box_is_not_kept(model: Model) -> None:
    draw(model, "17", size=180)
    model.say("choose", 0)
    model.begin_inserting(True)
    model.digit(9)
    assert (text(model), labels(model)) == ("917", [])
    model.say("choose", 0)
    model.begin_inserting(False)
    model.pen_down(500, 500)
    model.pen_up(500, 500)
    assert model.inserting is None, "a click gives it up"
    model.say("choose", 1)
    model.begin_inserting(False)
    model.pen_down(600, 400)
    model.pen_move(700, 500)
    model.pen_up(700, 500)
    model.digit(5)
    assert (text(model), labels(model)) == ("9157", [])
    assert "too little ink" in model.view.messages[-1].text


def labels(model: Model) -> list[int]:
    return [each.label for each in model.store.list()]


def test_what_was_kept_before_stays_when_it_is_undone(model: Model) -> None:
    draw(model, "7")
    model.say("correct", 9)
    again = Model(FakeView(), FakeReadings(), model.store)  # as in a window that was opened anew
    again.resize((900, 600))
    draw(again, "7")
    again.say("correct", 9)
    again.say("undo")
    assert (text(again), labels(again)) == ("7", [9])


def test_to_clear_the_sheet_takes_nothing_back(model: Model) -> None:
    draw(model, "7")
    model.say("correct", 9)
    model.clear()
    assert labels(model) == [9]
    model.say("undo")
    model.poll()
    assert (text(model), labels(model)) == ("9", [9])


def strokes_only(model: Model, text: str, left: float, top: float = 80) -> None:
    """Draws without having it read: the answer is late."""
    for path in number_strokes([text], 180, left, top, seed=3):
        points = movements(path, 10)
        model.pen_down(*points[0])
        for point in points[1:]:
            model.pen_move(*point)
        model.pen_up(*points[-1])


@pytest.mark.parametrize("live", [True, False])
def test_a_correction_goes_with_its_digit_when_others_come_before_it(model: Model, live: bool) -> None:
    draw(model, "7", size=180, left=500)
    model.set_tools(live=live)
    strokes_only(model, "2", left=100)
    model.say("choose", 0)
    model.say("correct", 1)
    assert labels(model) == [], "what is on the sheet is read first"
    while model.poll():
        pass
    assert (text(model), labels(model)) == ("21", [1])
    assert model.store.list()[0].guessed == 7
    assert READER.read(model.store.list()[0].path).text == "7"
    assert model.seen.parts[model.seen.selected or 0].kind == "corrected"


def draw_and_take_away(model: Model) -> None:
    """A 1 and a 7, which is undone after it was read; the next reading has yet to be asked for."""
    draw(model, "1", size=180, left=100)
    strokes = len(model.seen.sheet.strokes)
    draw(model, "7", size=180, left=400)
    model.set_tools(live=False)
    while len(model.seen.sheet.strokes) > strokes:
        model.say("undo")
    assert text(model) == "17"


def test_what_is_kept_is_the_ink_that_stood_there_when_it_was_corrected(model: Model) -> None:
    draw_and_take_away(model)
    strokes_only(model, "4", left=400)
    model.say("choose", 1)
    model.say("correct", 4)
    while model.poll():
        pass
    assert (labels(model), model.store.list()[0].guessed) == ([4], 4)
    assert READER.read(model.store.list()[0].path).text == "4"


def test_a_digit_that_is_no_longer_there_is_not_corrected(model: Model) -> None:
    draw_and_take_away(model)
    strokes_only(model, "4", left=650)
    model.say("choose", 1)
    model.say("correct", 9)
    while model.poll():
        pass
    assert (text(model), labels(model)) == ("14", [])
    assert "no longer there" in model.view.messages[-1].text


def test_another_picture_has_no_boxes_of_the_one_before_it(model: Model) -> None:
    for number in ("274", "583"):
        model._opened(Opened("page", draw_number(number, seed=3)))
        assert model.seen.parts == (), "it is not yet read"
        model.say("correct", 9)
        while model.poll():
            pass
        assert text(model) == number
    assert labels(model) == []


def test_pictures_of_one_size_are_undone(model: Model) -> None:
    for brightness in (250, 240):
        model.open(np.full((300, 400, 3), brightness, np.uint8), "page")
        while model.poll():
            pass
    model.say("undo")
    assert model.seen.sheet.picture is not None
    assert model.seen.sheet.picture[0, 0, 0] == 250


def test_a_store_that_cannot_be_written_when_it_is_undone_is_told(model: Model, tmp_path: Path) -> None:
    draw(model, "7")
    model.say("correct", 1)
    (tmp_path / "kept").rename(tmp_path / "moved")
    (tmp_path / "kept").write_text("in the way")
    for step in ("undo", "redo", "undo"):
        model.say(step)
    assert (text(model), model.view.messages[-2].kind) == ("7", "error")


def test_a_correction_stays_with_its_ink_and_goes_with_it(model: Model) -> None:
    draw(model, "17", size=180)
    model.say("choose", 1)
    model.say("correct", 9)
    draw(model, "4", size=180, left=500)
    assert text(model) == "194"
    model.resize((700, 500))
    model.poll()
    assert text(model) == "194", "the same ink, smaller"
    while model.seen.can_undo:
        model.say("undo")
    draw(model, "17", size=180, seed=11)
    assert text(model) == "17", "other ink in the same place"


def test_one_digit_alone_need_not_be_chosen(model: Model) -> None:
    draw(model, "7")
    model.say("correct", 1)
    assert (text(model), model.kept) == ("1", 1)


def test_a_picture_reads_as_the_command_reads_it(model: Model, tmp_path: Path) -> None:
    from PIL import Image

    for number, image in enumerate(
        (draw_page(["2024", "38"], seed=4), draw_number("571", dark=True, size=30))
    ):
        path = tmp_path / f"{number}.png"
        Image.fromarray(image).save(path)
        model.open(path)
        while model.poll():
            pass
        reading = inkread.read(path)
        assert text(model) == reading.text
        assert model.corrected_reading == reading
    model.say("undo")
    model.poll()
    assert text(model) == "2024\n38"


@pytest.mark.parametrize(("make", "count"), [(tiff, 2), (pdf, 3)])
def test_a_file_of_several_pages_opens_page_by_page(
    make: Callable[[], bytes], count: int, model: Model, tmp_path: Path
) -> None:
    path = tmp_path / "scan"
    path.write_bytes(make())
    model.turn_page(1)
    assert model.view.messages[-1].text == "There are no other pages"
    model.open(path)
    while model.poll():
        pass
    assert f"scan, page 1 of {count} (Page Up, Page Down)" in model.view.messages[-1].text
    for step, at in ((1, 2), (-1, 1), (1, 2)):
        model.turn_page(step)
        while model.poll():
            pass
        assert text(model) == NUMBERS[at - 1]
    for _ in range(count):
        model.turn_page(1)
        while model.poll():
            pass
    assert text(model) == NUMBERS[count - 1]
    assert model.view.messages[-1].text == f"scan has {count} pages"
    model.say("undo")
    model.poll()
    assert text(model) == NUMBERS[count - 2]


def test_a_picture_can_be_drawn_on(model: Model, tmp_path: Path) -> None:
    page = np.full((400, 600, 3), 250, np.uint8)
    model.open(page, "page")
    while model.poll():
        pass
    draw(model, "42", size=200, left=150, top=150)
    assert text(model) == "42"
    assert model.seen.sheet.picture is not None


def test_a_file_that_is_no_picture_is_told_and_the_drawing_stays(model: Model, tmp_path: Path) -> None:
    draw(model, "7")
    (tmp_path / "notes.txt").write_text("no picture")
    model.open(tmp_path / "notes.txt")
    while model.poll():
        pass
    assert model.view.messages[-1].kind == "error"
    assert "\n" not in model.view.messages[-1].text
    assert text(model) == "7"


def test_the_saved_drawing_reads_the_same(model: Model, tmp_path: Path) -> None:
    from inkread.apps.window.files import save_annotated, save_drawing

    save_drawing(None, model, tmp_path / "none.png")  # type: ignore[arg-type]
    assert "nothing to save" in model.view.messages[-1].text
    draw(model, "2024", size=120)
    for dark in (False, True):
        model.set_tools(dark=dark)
        model.poll()
        save_drawing(None, model, tmp_path / "drawing")  # type: ignore[arg-type]
        reading = inkread.read(tmp_path / "drawing.png")
        assert model.steps is not None
        assert reading == model.steps.reading
    save_annotated(None, model, tmp_path / "annotated.png")  # type: ignore[arg-type]
    assert (tmp_path / "annotated.png").stat().st_size > 1000
    with pytest.raises(inkread.InkreadError, match=r"drawing\.png: cannot be written"):
        save_drawing(None, model, tmp_path / "missing" / "drawing.png")  # type: ignore[arg-type]


def test_a_store_that_cannot_be_written_is_told(model: Model, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("in the way")
    draw(model, "7")
    model.say("correct", 1)
    assert model.view.messages[-1].kind == "error"
    assert text(model) == "1"


def test_a_drawing_grows_and_shrinks_with_the_canvas(model: Model) -> None:
    draw(model, "2024", size=150)
    before = model.seen.digits[3].box
    for size_wh in ((450, 300), (1350, 900), (600, 900), (900, 600)):
        model.resize(size_wh)
        while model.poll():
            pass
        assert text(model) == "2024"
        assert model.seen.digits[3].box == pytest.approx(before, abs=8)


def test_a_box_is_where_its_ink_is_also_at_200_percent(tmp_path: Path) -> None:
    model = Model(FakeView(), FakeReadings(), Corrections(tmp_path))
    model.resize((1800, 1200), dpi=2.0)
    draw(model, "7", size=400, left=500, top=300)
    left, top, right, bottom = model.layer.placement.edges(model.seen.digits[0].box)
    rows, columns = np.nonzero(model.layer.ink > 128)
    assert (left, top) == pytest.approx((columns.min(), rows.min()), abs=6)
    assert (right, bottom) == pytest.approx((columns.max(), rows.max()), abs=6)


class SlowReader:
    """Stands for a reader; each reading waits until it is let go."""

    def __init__(self) -> None:
        self.read: list[Any] = []

    def steps(self, image: Any) -> Any:
        self.read.append(image)
        if isinstance(image, Exception):
            raise image
        time.sleep(0.02)
        return image


def outcomes_of(thread: ReadingThread, last: int) -> list[Any]:
    found: list[Any] = []
    end = time.monotonic() + 60
    while not any(isinstance(each, Outcome) and each.job.ticket == last for each in found):
        assert time.monotonic() < end
        found += thread.outcomes()
        time.sleep(0.001)
    return found


def test_of_the_jobs_that_wait_only_the_newest_is_done() -> None:
    reader = SlowReader()
    thread = ReadingThread(lambda: reader)  # type: ignore[arg-type,return-value]
    thread.start()
    for ticket in range(1, 30):
        thread.submit(Job(ticket, lambda ticket=ticket: ticket))  # type: ignore[misc]
    found = outcomes_of(thread, 29)
    assert found[-1].steps == 29
    assert len(found) < 29
    assert not thread.busy
    thread.stop()


def test_a_reading_that_fails_is_one_line_and_the_thread_lives_on(capsys: pytest.CaptureFixture[str]) -> None:
    thread = ReadingThread(SlowReader)  # type: ignore[arg-type,return-value]
    thread.start()
    thread.submit(Job(1, lambda: inkread.UnreadableImage("page.png: is damaged")))
    assert outcomes_of(thread, 1)[-1].error == "page.png: is damaged"
    thread.submit(Job(2, lambda: RuntimeError("two\nlines")))
    assert outcomes_of(thread, 2)[-1].error == "inkread itself failed: two lines"
    thread.submit(Job(3, lambda: 3))
    assert outcomes_of(thread, 3)[-1].steps == 3
    thread.open("a.png", lambda: 1 / 0)
    end = time.monotonic() + 60
    while not (found := list(thread.outcomes())):
        assert time.monotonic() < end
    assert "a.png: cannot be opened" in found[0].error
    thread.stop()


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_of_a_turned_image_are_put_where_they_lie_on_the_sheet_and_back(degrees: int) -> None:
    page = np.zeros((50, 80), np.uint8)
    page[10:20, 30:60] = 1
    upright = np.rot90(page, -degrees // 90)
    rows, columns = np.nonzero(upright)
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    size_wh = (upright.shape[1], upright.shape[0])
    place = ImagePlace(2.0, 100, 200, degrees, size_wh)
    assert place.to_sheet(box) == (160, 220, 220, 240)
    assert place.to_image(place.to_sheet(box)) == box
    assert turned((30, 10, 60, 20), degrees, (80, 50)) == tuple(box.to_list())


def test_a_picture_that_was_read_turned_is_shown_turned(model: Model) -> None:
    model.open(np.full((300, 400, 3), 255, np.uint8), "page")
    while model.poll():
        pass
    reading = Reading((300, 400), (Line((Digit(7, 0.9, False, Box(10, 20, 60, 120)),)),), turned_degrees=90)
    upright = np.full((400, 300, 3), 254, np.uint8)
    model.read()
    steps = dataclasses.replace(READER.steps(upright), reading=reading, image=upright)
    model._read(Outcome(model.readings.jobs[-1], steps))
    assert model.seen.sheet.picture is upright
    assert model.seen.digits[0].box == (10, 20, 60, 120)
    model.seen.drew(Stroke([(5, 5)], 3))
    again = dataclasses.replace(steps, reading=dataclasses.replace(reading, turned_degrees=180))
    model._read(Outcome(model.readings.jobs[-1], again))
    assert model.seen.sheet.picture is upright, "what is drawn on stays as it is"
    assert model.seen.digits[0].box == (240, 280, 290, 380)


def test_a_full_sheet_is_laid_out_in_turns_and_then_read(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(model, "2024", size=150)
    wanted = model.layer.ink.copy()
    monkeypatch.setattr("inkread.apps.window.model._AT_ONCE_SECONDS", 0.0)
    monkeypatch.setattr("inkread.apps.window.model._TURN_SECONDS", 0.0)
    model.resize((450, 300))
    asked = model.readings.asked
    assert model.layer.ink.any(), "until then the ink is that of before, stretched"
    turns = 0
    while model.poll():
        turns += 1
    assert turns >= len(model.seen.sheet.strokes) - 1
    assert model.readings.asked == asked + 1
    assert text(model) == "2024"
    model.resize((900, 600))
    model.say("undo")  # does not wait for its turn
    model.say("redo")
    assert np.abs(model.layer.ink.astype(int) - wanted).max() <= 2


def test_corrections_are_read_anew_switched_off_and_forgotten(model: Model) -> None:
    draw(model, "74")
    model.say("choose", 0)
    model.say("correct", 1)
    assert model.readings.jobs[-1].mine
    model.set_tools(mine=False)
    assert not model.readings.jobs[-1].mine
    while model.poll():
        pass
    assert text(model) == "14"
    model.forget_all()
    assert model.view.messages[-1].text == "Forgot 1 correction"
    assert (model.store.count(), text(model)) == (0, "74")
    model.say("undo")
    assert (model.store.count(), text(model)) == (1, "14")


def test_a_digit_whose_picture_is_blank_is_corrected_and_not_kept(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(model, "7")
    closeup = model.seen.parts[0].ink.closeup
    model.seen.parts[0].ink._closeup = replace(closeup, picture=np.full_like(closeup.picture, 255))
    model.say("correct", 1)
    assert "no ink to learn from" in model.view.messages[-1].text
    assert model.view.messages[-1].kind == "error"
    assert (text(model), model.store.count()) == ("1", 0)


def test_what_is_copied_has_the_spaces_between_numbers(model: Model) -> None:
    draw(model, "17")
    draw(model, "24", left=500)
    assert model.seen.copied == "17 24"
    model.say("choose", 2)
    model.say("correct", 9)
    assert model.seen.copied == "17 94"


def test_inserted_and_deleted_digits_are_those_of_pictures_too(model: Model) -> None:
    draw(model, "174", size=180)
    before = model.steps.reading
    model.say("choose", 0)
    model.say("insert", 5)
    model.say("choose", 3)
    model.say("delete")
    reading = model.corrected_reading
    assert (reading.text, model.seen.copied, model.kept) == ("157", "157", 0)
    left, top, right, bottom = reading.digits[1].box.to_list()
    assert before.digits[0].box.right - 2 <= left < right <= before.digits[1].box.left + 2
    assert (top, bottom) == pytest.approx((before.digits[0].box.top, before.digits[0].box.bottom), abs=2)
    for _ in range(2):
        model.say("undo")
    assert model.corrected_reading == before


def test_a_reading_that_fails_is_said_and_the_next_one_shown(model: Model) -> None:
    draw(model, "7")
    model.read()
    model.readings.jobs = []
    model._do(lambda: model._read(Outcome(Job(0, lambda: 0), None, "the picture took longer than 60 s")))
    assert (model.seen.state, text(model)) == ("failed", "")
    assert model.view.messages[-1] == Message("the picture took longer than 60 s", "error")
    assert model.corrected_reading is None
    model.recognise()
    model.poll()
    assert (model.seen.state, text(model)) == ("read", "7")
