"""Readings in Python: numbers, sequences, representations, annotated pictures, files and tables."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.errors import ExtraMissing, UnreadableImage
from inkread.reading import Box, Digit, Line, Reading, Rejected
from made import draw_number

PAGE = draw_number("2024", seed=3)


def row(text: str, top: int = 10, confidence: float = 0.99967) -> Line:
    """A line of these digits; a digit after ``?`` is doubtful."""
    digits: list[Digit] = []
    doubtful = False
    for sign in text:
        if sign == "?":
            doubtful = True
            continue
        left = 12 + 40 * len(digits)
        sure = 0.5 if doubtful else confidence
        digits.append(Digit(int(sign), sure, doubtful, Box(left, top, left + 20, top + 30), ((7, 0.0001),)))
        doubtful = False
    return Line(tuple(digits))


ONE, TWO = Reading((200, 100), (row("02?4"),)), Reading((200, 100), (row("02"), row("31", 60)))
NONE = Reading((200, 100), rejected=(Rejected(Box(0, 0, 9, 9), "speck"),))


@pytest.fixture(scope="module")
def reading() -> Reading:
    return inkread.read(PAGE)


def test_numbers_and_sequences() -> None:
    assert (int(ONE), len(ONE), bool(ONE), str(ONE)) == (24, 3, True, "024")
    assert [int(digit) for digit in ONE] == [0, 2, 4]
    line = ONE.lines[0]
    assert (int(line), len(line), str(line), line[-1].value, list(line)) == (
        24,
        3,
        "024",
        4,
        list(ONE.digits),
    )
    assert (line.doubtful, row("11").doubtful) == (True, False)
    assert line.confidence == pytest.approx(0.99967**2 * 0.5)
    assert (len(NONE), bool(NONE), list(NONE)) == (0, False, [])


@pytest.mark.parametrize(
    ("reading", "advice"),
    [(TWO, r"2 lines of digits; take int\(line\) of each; it is no number"), (NONE, "no digits")],
)
def test_what_is_not_one_number(reading: Reading, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        int(reading)


def test_representations_are_short_and_never_quite_sure() -> None:
    assert repr(ONE) == "<Reading '024', confidence 0.499, 3 digits, 1 doubtful>"
    assert repr(ONE.digits[0]) == "<Digit 0, confidence 0.999, box [12, 10, 32, 40]>"
    assert repr(ONE.lines[0]) == "<Line '024', confidence 0.499, doubtful>"
    assert repr(NONE) == "<Reading without digits, 1 pieces of ink left unread>"
    assert len(repr(Reading((9, 9), (row("1234567890" * 9),)))) < 120
    assert repr(inkread.Reader(min_confidence=0.9)) == "<Reader with digits.onnx, min_confidence 0.9>"


def test_steps_are_short_too_and_a_picture_in_notebooks() -> None:
    steps = inkread.Reader().steps(PAGE)
    height, width = PAGE.shape[:2]
    assert repr(steps) == f"<Steps of a picture of {width} × {height} pixels: {steps.reading!r}>"
    shown = Image.open(BytesIO(steps._repr_png_()))
    assert shown.format == "PNG"
    assert max(shown.size) <= 640


def test_json_is_to_dict(reading: Reading) -> None:
    assert json.loads(reading.to_json()) == reading.to_dict()
    assert "\n" not in reading.to_json()


def test_notebooks_show_text_and_picture(reading: Reading) -> None:
    html = reading._repr_html_()
    assert html.startswith("<pre>2024</pre>")
    assert 'src="data:image/png;base64,iVBOR' in html


def test_notebooks_show_the_text_where_the_picture_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.fromarray(PAGE).save(path)
    reading = inkread.read(path)
    path.unlink()
    assert reading._repr_html_().startswith("<pre>2024</pre>")
    assert "<img" not in reading._repr_html_()
    with pytest.raises(UnreadableImage, match="no such file"):
        reading.annotated()


def test_annotated_pictures_come_from_source_reading_or_steps(reading: Reading) -> None:
    pictures = [
        inkread.annotate(PAGE),
        inkread.annotate(PAGE, reading),
        inkread.annotate(inkread.Reader().steps(PAGE)),
        reading.annotated(),
        Reading.from_dict(reading.to_dict()).annotated(PAGE),
    ]
    assert len({picture.tobytes() for picture in pictures}) == 1
    assert pictures[0].height > PAGE.shape[0]


def test_an_overlay_keeps_the_size_and_the_paper() -> None:
    picture = np.asarray(inkread.annotate(PAGE, overlay=True))
    assert picture.shape == PAGE.shape
    changed = (picture != PAGE).any(axis=2)
    assert 0 < changed.mean() < 0.5
    assert np.array_equal(np.asarray(inkread.annotate(np.full_like(PAGE, 255), overlay=True)), 0 * PAGE + 255)


@pytest.mark.parametrize("size_wh", [(40, 20), (3, 200), (1, 1)])
def test_an_overlay_fits_into_small_pictures(size_wh: tuple[int, int]) -> None:
    width, height = size_wh
    reading = Reading(size_wh, (Line((Digit(8, 0.4, True, Box(0, 0, width, height)),)),))
    page = np.full((height, width, 3), 255, np.uint8)
    assert reading.annotated(page, overlay=True).size == size_wh


def test_a_page_on_its_side_is_annotated_upright() -> None:
    turned = np.ascontiguousarray(np.rot90(draw_number("5550123", seed=1)))
    reading = inkread.read(turned)
    assert reading.turned_degrees == 90
    upright = inkread.annotate(turned, overlay=True)
    assert upright.size == reading.size_wh == turned.shape[:2]
    assert reading.annotated(turned, overlay=True).tobytes() == upright.tobytes()


def test_copies_do_not_hold_the_picture(reading: Reading) -> None:
    for other in (pickle.loads(pickle.dumps(reading)), copy.deepcopy(reading)):
        assert other == reading
        with pytest.raises(ValueError, match=r"give it: show\(picture\)"):
            other.annotated()
    assert len(pickle.dumps(reading)) < 2_000


def test_readings_of_streams_do_not_know_their_picture() -> None:
    file = BytesIO()
    Image.fromarray(PAGE).save(file, "PNG")
    file.seek(0)
    with pytest.raises(ValueError, match="does not know its picture any more"):
        inkread.read(file).show()


@pytest.mark.parametrize("ending", [".png", ".JPG", ".json", ".csv", ".txt"])
def test_files_by_their_ending(ending: str, reading: Reading, tmp_path: Path) -> None:
    path = tmp_path / f"page{ending}"
    reading.save(path)
    if ending in (".png", ".JPG"):
        assert Image.open(path).size == reading.annotated().size
    elif ending == ".json":
        assert Reading.from_dict(json.loads(path.read_text())) == reading
    else:
        assert (
            path.read_text().splitlines()[-1].startswith({".csv": ",,1,2024,2024,", ".txt": "2024"}[ending])
        )


def test_a_csv_names_the_file(tmp_path: Path) -> None:
    Image.fromarray(PAGE).save(tmp_path / "page.png")
    inkread.read(tmp_path / "page.png").save(tmp_path / "page.csv")
    assert (tmp_path / "page.csv").read_text().splitlines()[1].startswith(f"{tmp_path / 'page.png'},,1,2024,")


def test_an_ending_that_nobody_knows(reading: Reading, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown file extension"):
        reading.save(tmp_path / "page.xyz")


def test_show_opens_a_viewer_or_displays_in_a_notebook(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr(Image.Image, "show", lambda picture: shown.append(("viewer", picture.size)))
    reading.show()
    display = ModuleType("IPython.display")
    display.display = lambda picture: shown.append(("notebook", picture.size))  # type: ignore[attr-defined]
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()), __spec__=None)
    monkeypatch.setitem(sys.modules, "IPython", shell)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    reading.show()
    size = reading.annotated().size
    assert shown == [("viewer", size), ("notebook", size)]


def test_tables_have_a_row_for_each_digit() -> None:
    pytest.importorskip("pandas", reason="needs pandas: pip install --group examples")
    frame = TWO.to_frame()
    assert list(frame.columns[:4]) == ["line", "place", "value", "confidence"]
    assert frame[["line", "place", "value", "left"]].to_numpy().tolist() == [
        [1, 1, 0, 12], [1, 2, 2, 52], [2, 1, 3, 12], [2, 2, 1, 52]
    ]  # fmt: skip
    assert len(NONE.to_frame()) == 0
    assert list(NONE.to_frame().columns) == list(frame.columns)


def test_a_table_takes_the_library_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    there = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pandas" else there(name))
    fake = SimpleNamespace(DataFrame=lambda columns: columns, __spec__=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "polars", fake)  # type: ignore[arg-type]
    assert TWO.to_frame()["value"] == [0, 2, 3, 1]
    with pytest.raises(ExtraMissing, match="a table needs pandas; run: pip install pandas"):
        TWO.to_frame("pandas")
    with pytest.raises(ValueError, match="library must be one of pandas, polars"):
        TWO.to_frame("excel")  # type: ignore[arg-type]


def test_the_front_door_completes() -> None:
    assert set(inkread.__all__) <= set(dir(inkread))
    assert {"Reader", "Source", "annotate", "read_many"} <= set(inkread.__all__)
