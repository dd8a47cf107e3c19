"""Regions: named rectangles, their files, and the reading of each."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.bulk.batch_reader import BatchReader
from inkread.bulk.inputs import Item
from inkread.bulk.job import Job, run
from inkread.bulk.rows import Outcome
from inkread.bulk.run_settings import Settings, make_settings
from inkread.errors import ExpectationError, RegionError, UnreadableImage
from inkread.reading import Box
from inkread.regions import Region, regions_of
from made import draw_number
from made_bulk import Quiet

NUMBERS = [draw_number(text, seed=seed) for seed, text in enumerate(("2024", "317", "86"), start=3)]


def form() -> tuple[np.ndarray, dict[str, Box]]:
    """A picture with three numbers below each other, and where each stands."""
    width = max(number.shape[1] for number in NUMBERS)
    page = np.full((sum(number.shape[0] for number in NUMBERS), width, 3), 255, np.uint8)
    boxes, top = {}, 0
    for name, number in zip(("year", "room", "age"), NUMBERS, strict=True):
        page[top : top + number.shape[0], : number.shape[1]] = number
        boxes[name] = Box(0, top, number.shape[1], top + number.shape[0])
        top += number.shape[0]
    return page, boxes


PAGE, BOXES = form()


def fractions(box: Box) -> list[float]:
    height, width = PAGE.shape[:2]
    return [box.left / width, box.top / height, box.right / width, box.bottom / height]


def test_each_region_has_a_reading_in_pixels_of_the_picture() -> None:
    found = inkread.read(PAGE, regions={name: box.to_list() for name, box in BOXES.items()})
    assert {name: reading.text for name, reading in found.items()} == {
        "year": "2024",
        "room": "317",
        "age": "86",
    }
    for name, reading in found.items():
        assert reading.region == name
        assert reading.size_wh == (PAGE.shape[1], PAGE.shape[0])
        assert all(
            BOXES[name].top <= digit.box.top < digit.box.bottom <= BOXES[name].bottom for digit in reading
        )
        assert json.loads(reading.to_json())["region"] == name
        assert inkread.Reading.from_dict(reading.to_dict()) == reading
        assert reading.annotated().size[0] > 0


def test_what_stands_on_its_side_in_a_region_is_where_it_stands() -> None:
    number = draw_number("20245", seed=3)
    turned = np.rot90(number)
    page = np.full((turned.shape[0] + 200, turned.shape[1] + 100, 3), 255, np.uint8)
    page[150 : 150 + turned.shape[0], 60 : 60 + turned.shape[1]] = turned
    box = [60, 150, 60 + turned.shape[1], 150 + turned.shape[0]]
    upright = inkread.read(number)
    (reading,) = inkread.read(page, regions={"side": box}).values()
    assert reading.text == upright.text == "20245"
    assert reading.turned_degrees == 0
    for digit, straight in zip(reading, upright, strict=True):
        left, top = 60 + straight.box.top, 150 + number.shape[1] - straight.box.right
        there = Box(left, top, left + straight.box.height, top + straight.box.width)
        assert digit.box.iou(there) > 0.8


@pytest.mark.parametrize("ending", ["toml", "json"])
def test_files_of_regions_and_of_worksheets(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"form.{ending}"
    year, room, age = (fractions(box) for box in BOXES.values())
    if ending == "json":
        each = [{"name": "year", "box": year, "expect": "4"}, {"name": "room", "box": room, "expect": "4"}]
        path.write_text(json.dumps({"region": each}))
    else:
        path.write_text(
            f'template = "form.pdf"\n[number]\nbox = {year}\n'
            f'[[question]]\nname = "room"\nkind = "integer"\nbox = {room}\n'
            f"[[question]]\npage = 1\nbox = {age}\n"
        )
    found = inkread.read(PAGE, regions=path)
    if ending == "json":
        assert [
            reading.expected is not None and reading.expected.satisfied for reading in found.values()
        ] == [True, False]
    else:
        assert {name: reading.text for name, reading in found.items()} == {
            "number": "2024",
            "room": "317",
            "3": "86",
        }


def test_pages_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scan.tiff"
    first, *others = [Image.fromarray(number) for number in NUMBERS]
    first.save(path, save_all=True, append_images=others)
    whole = (0.0, 0.0, 1.0, 1.0)
    regions = [Region("b", whole, True, page=2), Region("a", whole, True)]
    found = inkread.Reader().read(path, regions=regions)
    assert [(name, reading.text, reading.page) for name, reading in found.items()] == [
        ("b", "317", 2),
        ("a", "2024", 1),
    ]
    assert inkread.Reader().read(path, regions=regions[:1], page=3)["b"].text == "86"
    with pytest.raises(UnreadableImage, match="no page 2"):
        inkread.read(PAGE, regions=regions)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": "1,2,3"}, "is no rectangle"),
        ({"a": "10%,20,30%,40%"}, "is no rectangle"),
        ({"a": (5, 5, 5, 9)}, "is empty"),
        ({"a": "10%,20%,130%,40%"}, "outside the picture"),
        ({"a": (0.0, 0.5, 1.0, 1.7)}, "fractions are 1 at most"),
        ({}, "give at least one"),
        ([Region("a", (0, 0, 1, 1), True), Region("a", (0, 0, 1, 1), True)], "two regions are called 'a'"),
        ("nowhere.toml", "cannot be read"),
    ],
)
def test_regions_that_are_none_say_what_to_do(given: object, message: str) -> None:
    with pytest.raises(RegionError, match=message):
        regions_of(given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "[[region]]\nname = 'a'\n",
        "region = 3",
        "x",
        "[[region]]\nbox = [1, 2]\n",
        "",
        "[[region]]\nname = 'a'\nbox = [0, 0, 1, 1]\n" * 2,
    ],
)
def test_a_file_that_holds_none_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RegionError, match=r"bad\.toml"):
        regions_of(path)


def test_a_region_outside_the_picture_is_an_error() -> None:
    with pytest.raises(RegionError, match="outside the picture, which has"):
        inkread.read(PAGE, regions={"a": (5000, 10, 5100, 40)})


def test_the_command_reads_regions_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "form.png"
    Image.fromarray(PAGE).save(path)
    room, age = (
        ",".join(f"{100 * edge:.3f}%" for edge in fractions(BOXES[name])) for name in ("room", "age")
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "inkread", "read", str(path), *words]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)

    done = run("--region", f"room={room}", "--region", f"age={age}")
    assert [line.split()[-2:] for line in done.stdout.splitlines()] == [["room:", "317"], ["age:", "86"]]
    lines = [json.loads(line) for line in run("--json", "--region", f"room={room}").stdout.splitlines()]
    assert [(line["region"], line["text"]) for line in lines] == [("room", "317")]
    outside = run("--region", "9000,9000,9100,9100")
    assert outside.returncode == 1
    assert "form.png: region '9000,9000,9100,9100' lies outside" in outside.stderr
    assert run("--region", "1,2").stderr.count("\n") == 1


def read_bulk(source: Path, output: Path, settings: Settings, together: bool, **options: object) -> list[str]:
    """A bulk run in this process; gives the names of what was read."""
    told: list[str] = []

    def engine(settings: Settings, batches: Iterator[list[Item]]) -> Iterator[list[Outcome]]:
        reader = BatchReader(settings)
        for batch in batches:
            read = reader.together if together else reader.one_by_one
            yield from read(batch, lambda path, _: told.append(Path(path).name))

    run(Job(str(source), str(output), settings, **options), engine, Quiet())  # type: ignore[arg-type]
    return sorted(set(told))


@pytest.mark.parametrize("together", [True, False])
def test_a_bulk_run_has_a_row_for_each_region(tmp_path: Path, together: bool) -> None:
    scans, output, look = tmp_path / "scans", tmp_path / "rows.csv", tmp_path / "look.csv"
    scans.mkdir()
    Image.fromarray(PAGE).save(scans / "a.png")
    (scans / "b.png").write_bytes(b"no picture")
    pages = [Image.fromarray(number) for number in NUMBERS]
    pages[0].save(scans / "c.tiff", save_all=True, append_images=pages[1:])
    Image.fromarray(PAGE[:9, :9]).save(scans / "d.png")
    settings = make_settings(
        regions=(Region("=x", (0, 0, 1, 1), True), Region("room", (10, 10, 90, 60), False))
    )

    assert read_bulk(scans, output, settings, together) == ["a.png", "b.png", "c.tiff", "d.png"]
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = [(Path(row["path"]).name, row["page"], row["region"]) for row in rows]
    assert told == [("a.png", "", "./=x"), ("a.png", "", "room"), ("b.png", "", ""), ("c.tiff", "1", "./=x"),
                    ("c.tiff", "1", "room"), ("d.png", "", "")]  # fmt: skip
    assert rows[0]["text"] == inkread.read(PAGE, regions={"x": (0.0, 0.0, 1.0, 1.0)})["x"].text
    assert "room' lies outside the picture" in rows[5]["error"]

    (scans / "a.png").touch()  # looked at again, and found to be the same
    assert read_bulk(scans, output, settings, together, reviews=(look,)) == ["a.png"]
    with output.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == rows
    doubtful = [row for row in rows if row["doubtful"] == "true"]
    assert len(look.read_text(encoding="utf-8").splitlines()) == 1 + len(doubtful)


def test_what_no_run_can_check_is_refused_before_it_starts() -> None:
    with pytest.raises(ExpectationError, match="use inkread read"):
        make_settings(expect="rising over pictures")
    with pytest.raises(ExpectationError, match="use inkread read"):
        make_settings(regions=(Region("a", (0, 0, 1, 1), True, expect="rising over pictures"),))
    with pytest.raises(ExpectationError, match="cannot expect"):
        make_settings(regions=(Region("a", (0, 0, 1, 1), True, expect="(("),))
