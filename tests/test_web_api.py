"""The API: what is read over HTTP is what is read anywhere else, and every mistake is told as JSON."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlencode

import numpy as np
import openpyxl
import pytest

pytest.importorskip("fastapi", reason='needs the extra: pip install "inkread[web]"')

from PIL import Image
from starlette.testclient import TestClient

import inkread
from inkread.apps.cli import main
from inkread.apps.web.schemas import PagesOut, ReadingOut, Refusal, RegionsOut, TablesOut, UnreadPage
from inkread.apps.web.settings import HandlerSettings
from inkread.reader import ImageLimits
from made import draw_number, draw_page, lying
from made_movements import movements, number_strokes
from made_pages import NUMBERS, heic, pdf, tiff
from made_web import TWO, as_png, number, serving, small_limits

ROOT = Path(__file__).resolve().parent.parent
PICTURES = sorted([*(ROOT / "examples").glob("*.jpg"), *(ROOT / "examples").glob("*.png")])
PAGES = sorted(path for path in (ROOT / "tests" / "pages").iterdir() if path.suffix in (".jpg", ".png"))
PNG = {"content-type": "image/png"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def dozen() -> list[Path]:
    return [*PICTURES, *PAGES][:14]


def told(answer: Any, status: int) -> dict[str, str]:
    """A refusal, checked for its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    fields: dict[str, str] = answer.json()
    Refusal.model_validate(fields)
    assert fields["detail"]
    assert "Traceback" not in answer.text
    return fields


# The same picture, the same answer


def test_command_python_window_and_http_agree(
    client: TestClient, dozen: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(dozen) >= 12
    assert main(["read", "--json", *map(str, dozen)]) == 0
    by_command = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for path, command in zip(dozen, by_command, strict=True):
        raw = client.post("/v1/read", content=path.read_bytes(), headers={"content-type": "image/x"}).json()
        form = client.post("/v1/read", files={"picture": (path.name, path.read_bytes())}).json()
        assert raw == form
        same(raw, command, path)
        same(raw, inkread.read(path).to_dict(), path)
        same(raw, inkread.read(as_in_the_window(path)).to_dict(), path)


def test_one_drawing_has_the_same_confidences_everywhere(
    client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python, window, command, table and HTTP."""
    from inkread.apps.window.image import sheet_image

    model = drawn_in_the_window(tmp_path)
    drawn = sheet_image(model.seen.sheet, model.layer, model.dpi, model.tools.dark)
    Image.fromarray(drawn).save(tmp_path / "drawn.png")
    reading = inkread.read(tmp_path / "drawn.png")
    told = [digit.to_dict() for digit in reading.digits]
    assert len(told) == 5
    assert len({digit["confidence"] for digit in told}) > 1
    shown = model.seen.digits
    assert [(part.value, part.confidence, part.kind == "doubtful") for part in shown] == [
        (digit["value"], digit["confidence"], digit["doubtful"]) for digit in told
    ]
    assert model.corrected_reading.confidence == reading.confidence

    assert main(["read", "--json", str(tmp_path / "drawn.png")]) == 0
    by_command = json.loads(capsys.readouterr().out)
    by_http = client.post("/v1/read", content=(tmp_path / "drawn.png").read_bytes(), headers=PNG).json()
    table = tmp_path / "table.jsonl"
    assert main(["bulk", str(tmp_path / "drawn.png"), "-o", str(table), "--jobs", "1"]) == 0
    row = json.loads(table.read_text(encoding="utf-8"))
    for answer in (by_command, by_http):
        assert [digit for line in answer["lines"] for digit in line["digits"]] == told
    assert [(digit["confidence"], digit["doubtful"]) for digit in row["digits"]] == [
        (digit["confidence"], digit["doubtful"]) for digit in told
    ]
    assert {each["confidence"] for each in (by_command, by_http, row)} == {round(reading.confidence, 6)}


def drawn_in_the_window(folder: Path) -> Any:
    """The window's model with a number drawn on its canvas, and read."""
    from inkread.apps.window.model import Model
    from inkread.apps.window.reading_thread import Job, Outcome
    from inkread.corrections import Corrections

    class Readings:
        busy = False

        def submit(self, job: Job) -> None:
            self.job = job

        def outcomes(self) -> list[Outcome]:
            return [Outcome(self.job, inkread.Reader().steps(self.job.make_image()), seconds=0.01)]

    model = Model(Mock(), Readings(), Corrections(folder / "kept"))
    model.resize((900, 300))
    for path in number_strokes(["27149"], 150, 60, 80, seed=3):
        points = movements(path, 10)
        model.pen_down(*points[0])
        for point in points[1:]:
            model.pen_move(*point)
        model.pen_up(*points[-1])
    model.poll()
    return model


def as_in_the_window(path: Path) -> Any:
    """The picture as the drawing window has it: a sheet that is drawn on."""
    from inkread.reader import load_image
    from inkread.sketch import Sketch

    picture = load_image(path)
    return Sketch((picture.shape[1], picture.shape[0]), (), picture).to_image()


def same(one: dict[str, Any], other: dict[str, Any], path: Path) -> None:
    """Equal in digits and boxes; confidences within 0.0001."""
    assert (one["text"], one["size_wh"]) == (other["text"], other["size_wh"]), path
    for a, b in zip(one["lines"], other["lines"], strict=True):
        assert [digit["box"] for digit in a["digits"]] == [digit["box"] for digit in b["digits"]]
        assert [digit["doubtful"] for digit in a["digits"]] == [digit["doubtful"] for digit in b["digits"]]
        assert [digit["confidence"] for digit in a["digits"]] == pytest.approx(
            [digit["confidence"] for digit in b["digits"]], abs=1e-4
        )
    assert one["rejected"] == other["rejected"]


def test_a_reading_is_as_the_schema_says(client: TestClient) -> None:
    answer = client.post(
        "/v1/read?steps=1&closeups=1&annotate=1&inside=2&upright=1", content=number("274"), headers=PNG
    )
    reading = ReadingOut.model_validate(answer.json())
    assert reading.text == "274"
    assert reading.steps is not None
    assert [step.name for step in reading.steps] == [
        "1-image",
        "2-ink",
        "3-segments",
        "4-glyphs",
        "5-reading",
    ]
    assert reading.closeups is not None
    for closeup, value in zip(reading.closeups, (2, 7, 4), strict=True):
        assert closeup is not None
        assert int(np.argmax(closeup.probabilities)) == value
        assert len(base64.b64decode(closeup.glyph)) == 784
    assert reading.upright is not None
    assert reading.annotated is not None
    upright = Image.open(io.BytesIO(base64.b64decode(reading.upright)))
    assert upright.size == reading.size_wh
    assert Image.open(io.BytesIO(base64.b64decode(reading.annotated))).width >= upright.width


def test_what_is_expected_and_what_is_printed_is_told(client: TestClient) -> None:
    picture = number("274")
    found = client.post("/v1/read?expect=199|276&printed=keep", content=picture, headers=PNG)
    fields = ReadingOut.model_validate_json(found.content)
    assert fields.expected is not None
    assert not fields.expected.satisfied
    assert all(digit.doubtful and digit.printed is not None for line in fields.lines for digit in line.digits)
    assert client.post("/v1/read?printed=only", content=picture, headers=PNG).json()["text"] == ""
    refused = client.post("/v1/read?expect=abc", content=picture, headers=PNG)
    assert (refused.status_code, refused.json()["error"]) == (422, "wrong_expectation")
    assert client.post("/v1/read?printed=maybe", content=picture, headers=PNG).status_code == 422


def test_each_page_of_a_file_is_answered(client: TestClient) -> None:
    for content, kind, count in ((pdf(), "application/pdf", 3), (tiff(), "image/tiff", 2)):
        raw = client.post("/v1/read", content=content, headers={"content-type": kind})
        form = client.post("/v1/read", files={"picture": ("scan", content)})
        assert raw.json() == form.json()
        pages = PagesOut.model_validate(raw.json()).pages
        assert [page.page for page in pages] == list(range(1, count + 1))
        assert [page.text for page in pages if isinstance(page, ReadingOut)] == list(NUMBERS[:count])
        one = client.post("/v1/read?page=2&upright=1", content=content, headers={"content-type": kind}).json()
        reading = ReadingOut.model_validate(one)
        assert (reading.page, reading.page_count, reading.text) == (2, count, NUMBERS[1])
        assert reading.upright is not None
        refused = told(
            client.post("/v1/read?closeups=1", content=content, headers={"content-type": kind}), 422
        )
        assert (refused["error"], refused["hint"]) == ("several_pages", f"name one: page=1 … {count}")
        assert told(client.post("/v1/read?page=9", content=content, headers={"content-type": kind}), 422)
    photo = client.post("/v1/read", content=heic(), headers={"content-type": "image/heic"}).json()
    assert (photo["text"], "page" in photo, "page_count" in photo) == (NUMBERS[0], False, False)


def test_pages_beyond_the_limit_must_be_named() -> None:
    with serving(handlers=HandlerSettings(limits=ImageLimits(max_pages=2))) as client:
        headers = {"content-type": "application/pdf"}
        assert (
            "3 pages, more than 2"
            in told(client.post("/v1/read", content=pdf(), headers=headers), 413)["detail"]
        )
        assert client.post("/v1/read?page=3", content=pdf(), headers=headers).json()["text"] == NUMBERS[2]


def test_a_page_that_cannot_be_read_is_told_among_the_others(client: TestClient) -> None:
    content = tiff()[:-2000]  # the second page breaks off
    answer = client.post("/v1/read", content=content, headers={"content-type": "image/tiff"})
    pages = PagesOut.model_validate(answer.json()).pages
    assert isinstance(pages[0], ReadingOut)
    assert isinstance(pages[1], UnreadPage)
    assert (pages[1].page, pages[1].error) == (2, "unreadable_picture")


def test_a_photo_is_turned_upright(client: TestClient) -> None:
    upright = Image.fromarray(draw_number("3852", seed=4))
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    upright.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=exif, quality=95)
    reading = client.post("/v1/read", content=file.getvalue(), headers={"content-type": "image/jpeg"}).json()
    assert reading["text"] == "3852"
    assert tuple(reading["size_wh"]) == upright.size


def test_the_annotated_picture_is_a_picture(client: TestClient) -> None:
    answer = client.post("/v1/read?annotate=1", content=number("50"), headers=PNG)
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).format == "PNG"


def test_an_empty_page_is_an_empty_reading(client: TestClient) -> None:
    blank = Image.new("L", (90, 60), 255)
    file = io.BytesIO()
    blank.save(file, "PNG")
    reading = client.post("/v1/read?closeups=1", content=file.getvalue(), headers=PNG).json()
    assert (reading["text"], reading["lines"], reading["closeups"]) == ("", [], [])


# Tables


def test_tables_are_read_corrected_and_written(client: TestClient) -> None:
    from made_tables import Look, draw_table

    picture = as_png(draw_table((("07", "12"), ("", "345")), Look(), seed=4))
    fields = client.post("/v1/tables", content=picture, headers=PNG).json()
    TablesOut.model_validate(fields)
    (table,) = fields["tables"]
    assert [cell["text"] for cell in table["cells"]] == ["07", "12", "", "345"]
    assert inkread.Table.from_dict(table).rows == (("07", "12"), ("", "345"))
    table["cells"][2]["said"] = "=8"
    written = client.post("/v1/tables/csv", json=fields)
    assert written.headers["content-type"] == "text/csv; charset=utf-8"
    assert written.text == "07,12\n./=8,345\n"
    book = openpyxl.load_workbook(io.BytesIO(client.post("/v1/tables/xlsx", json=fields).content))
    assert list(book.active.values) == [("07", "12"), ("=8", "345")]
    assert book.active["A2"].data_type == "s"


def test_tables_say_what_does_not_add_up(client: TestClient) -> None:
    from made_tables import Look, draw_table

    picture = as_png(draw_table((("12", "7", "19"), ("30", "8", "35")), Look(), seed=4))
    asked = {"expect": "row sums", "printed": "keep"}
    fields = client.post("/v1/tables", content=picture, headers=PNG, params=asked).json()
    (table,) = TablesOut.model_validate(fields).tables
    assert table.sums is not None
    sums = [(each.name, each.satisfied, each.difference) for each in table.sums]
    assert sums == [("row 1", True, 0), ("row 2", False, 3)]
    assert [cell.doubtful for cell in table.cells] == [False] * 3 + [True] * 3
    assert all(
        digit.printed is not None for cell in table.cells for line in cell.lines for digit in line.digits
    )
    assert client.post("/v1/tables/csv", json=fields).text == "12,7,19\n30,8,35\n"
    for wrong in ("Z = A + B", "= B", ""):
        answer = client.post("/v1/tables", content=picture, headers=PNG, params={"expect": wrong})
        assert told(answer, 422)["error"] == "wrong_expectation"


def two_numbers() -> Any:
    """274 in the left half, 58 in the right one."""
    parts = [draw_number("274", seed=3), draw_number("58", seed=4)]
    height, width = (max(part.shape[axis] for part in parts) for axis in (0, 1))
    page = np.full((height, 2 * width, 3), 255, np.uint8)
    for i, part in enumerate(parts):
        page[: part.shape[0], i * width : i * width + part.shape[1]] = part
    return page


REGIONS = {"left": "0%,0%,50%,100%", "right": [0.5, 0, 1, 1]}


def test_regions_are_read_each_for_itself(client: TestClient) -> None:
    picture = as_png(two_numbers())
    answer = client.post("/v1/read", content=picture, headers=PNG, params={"regions": json.dumps(REGIONS)})
    found = RegionsOut.model_validate(answer.json()).regions
    assert [(name, each.region) for name, each in found.items()] == [("left", "left"), ("right", "right")]
    assert found["right"].lines[0].digits[0].box[0] > found["right"].size_wh[0] / 2
    listed = [{"name": name, "box": box, "expect": "4"} for name, box in REGIONS.items()]
    for asked in (listed, {"region": listed}):
        answer = client.post("/v1/read", content=picture, headers=PNG, params={"regions": json.dumps(asked)})
        again = RegionsOut.model_validate(answer.json()).regions
        assert {name: each.text for name, each in again.items()} == {
            name: each.text for name, each in found.items()
        }
        assert all(each.expected is not None and not each.expected.satisfied for each in again.values())


@pytest.mark.parametrize(
    ("regions", "more"),
    [("total", ""), ("{}", ""), ("[]", ""), ("[1]", ""), ('{"a": 5}', ""), ('{"a": "1,2,3"}', ""), ("null", ""),
     ('{"\\ud800": [0, 0, 1, 1]}', ""), ('[{"name": {}, "box": [0, 0, 1, 1]}]', ""),
     ('{"a": "5%,5%,4%,9%"}', ""), ('{"a": [9000, 9000, 9999, 9999]}', ""), ("[" * 9000, ""),
     (json.dumps(REGIONS), "&steps=1")],
)  # fmt: skip
def test_regions_that_are_none_are_refused(client: TestClient, regions: str, more: str) -> None:
    address = f"/v1/read?{urlencode({'regions': regions})}{more}"
    refused = told(client.post(address, content=number("274"), headers=PNG), 422)
    assert refused["error"] == "wrong_region"
    assert refused["hint"]
    assert len(refused["detail"]) < 200


def test_what_is_no_table_is_refused(client: TestClient) -> None:
    cell = {"row": 0, "column": 0, "rows": 1, "columns": 1}
    huge = {"row_count": 10**6, "column_count": 10**6, "cells": [], "size_wh": [9, 9]}
    outside = {"row_count": 1, "column_count": 1, "cells": [cell | {"row": 1}], "size_wh": [9, 9]}
    bodies: list[Any] = [[], {}, {"tables": 1}, {"tables": [{}]}, {"tables": [huge]}, {"tables": [outside]}]
    for body in bodies:
        assert told(client.post("/v1/tables/csv", json=body), 422)["error"] == "no_table"
    body = '{"tables": [{"row_count": 1, "column_count": 1, "size_wh": [9, 9], "cells": [], "x": "\\ud800"}]}'
    assert told(client.post("/v1/tables/csv", content=body), 422)["error"] == "no_table"
    assert client.post("/v1/tables/pdf", json={"tables": []}).status_code == 422


# What the network sees


def test_what_is_inside_is_what_was_read(client: TestClient) -> None:
    page = draw_page(["274", "58"], seed=3)
    from made_web import as_png

    for index, value in enumerate((2, 7, 4, 5, 8), 1):
        answer = client.post(f"/v1/read?inside={index}", content=as_png(page), headers=PNG).json()
        inside, digits = answer["inside"], [d for line in answer["lines"] for d in line["digits"]]
        assert inside["value"] == digits[index - 1]["value"] == value
        assert inside["box"] == digits[index - 1]["box"]
        assert inside["classes"][int(np.argmax(inside["probabilities"]))] == str(value)
        assert inside["layers"]
        for layer in inside["layers"]:
            width, height = layer["size_wh"]
            values = np.frombuffer(base64.b64decode(layer["values"]), np.int8)
            assert values.size == layer["shown"] * width * height
            assert values.max() > 60
        left, top, right, bottom = inside["around"]
        assert left <= inside["box"][0]
        assert bottom >= inside["box"][3]
        for name in ("image", "ink", "segments"):
            shown = Image.open(io.BytesIO(base64.b64decode(inside[name])))
            assert shown.width / shown.height == pytest.approx((right - left) / (bottom - top), rel=0.05)


def test_looking_inside_needs_no_training() -> None:
    import subprocess
    import sys

    code = (
        "from inkread.apps.web.handlers import Handlers\n"
        "from inkread.apps.web.schemas import Job, Wish\n"
        "from inkread.apps.web.settings import HandlerSettings\n"
        f"body = open({str(ROOT / 'examples' / 'single-digit.png')!r}, 'rb').read()\n"
        "answer = Handlers(HandlerSettings()).answer(Job('read', 'image/png', body, Wish(inside=1)))\n"
        "assert answer.status == 200 and b'layers' in answer.body, answer\n"
        "import sys; print(*{name for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    loaded = set(done.stdout.split())
    assert not {
        name for name in loaded if name.startswith(("keras", "tensorflow", "torch", "inkread.training"))
    }


# Strokes, glyphs, the card


def test_strokes_are_read_as_they_were_drawn(client: TestClient) -> None:
    from inkread.sketch import Sketch, Stroke

    sketch = {"size_wh": [280, 280], "strokes": [{"points": TWO, "width": 18}]}
    reading = client.post("/v1/read/strokes", json=sketch).json()
    drawn = inkread.read(Sketch((280, 280), [Stroke(TWO, width=18)]).to_image())
    same(reading, drawn.to_dict(), Path())
    assert reading["text"] == "2"


def test_pressure_makes_strokes_wider(client: TestClient) -> None:
    boxes = []
    for widths in (None, [6.0] * len(TWO), [30.0] * len(TWO)):
        stroke = {"points": TWO, "width": 18} | ({"widths": widths} if widths else {})
        reading = client.post("/v1/read/strokes", json={"size_wh": [280, 280], "strokes": [stroke]}).json()
        left, _, right, _ = reading["lines"][0]["digits"][0]["box"]
        boxes.append(right - left)
    assert boxes[1] < boxes[0] < boxes[2]


def test_nothing_drawn_is_an_empty_reading(client: TestClient) -> None:
    assert client.post("/v1/read/strokes", json={"size_wh": [10, 10], "strokes": []}).json()["text"] == ""


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "JSON"),
        (b"[]", "object"),
        (b'{"size_wh": [0, 9], "strokes": []}', "size_wh"),
        (b'{"size_wh": [4096, 4096], "strokes": []}', "megapixels"),
        (b'{"size_wh": [9, 9], "strokes": [{"points": [], "width": 3}]}', "points"),
        (b'{"size_wh": [9, 9], "strokes": [{"points": [[1, NaN]], "width": 3}]}', ""),
        (b'{"size_wh": [9, 9], "strokes": [{"points": [[1, 2]], "width": -1}]}', "width"),
        (b'{"size_wh": [9, 9], "strokes": [{"points": [[1, 2]], "width": 2, "widths": [1, 2]}]}', "widths"),
    ],
)
def test_strokes_that_are_none_are_refused(client: TestClient, body: bytes, word: str) -> None:
    answer = client.post("/v1/read/strokes", content=body, headers={"content-type": "application/json"})
    assert word in told(answer, 422)["detail"]


def test_strokes_that_would_take_for_ever_are_refused(client: TestClient) -> None:
    zigzag = [[0, 0], [2000, 2000]] * 4000
    answer = client.post(
        "/v1/read/strokes", json={"size_wh": [2000, 2000], "strokes": [{"points": zigzag, "width": 2}]}
    )
    told(answer, 413)


def test_glyphs_are_classified_as_the_reader_does(client: TestClient) -> None:
    glyphs = inkread.Reader().steps(draw_number("90817", seed=3)).glyphs
    expected = inkread.Reader().classify(glyphs)
    as_bytes = np.round(255 * glyphs).astype(np.uint8)
    answers = [
        client.post("/v1/classify", json={"glyphs": glyphs.tolist()}),
        client.post("/v1/classify", json={"glyphs": glyphs.reshape(-1, 784).tolist()}),
        client.post("/v1/classify", json={"glyphs": as_bytes.tolist(), "full": 255}),
        client.post(
            "/v1/classify", content=as_bytes.tobytes(), headers={"content-type": "application/octet-stream"}
        ),
    ]
    for answer in answers:
        found = answer.json()["glyphs"]
        assert [each["value"] for each in found] == expected.argmax(axis=1).tolist()
        for each, row in zip(found, expected, strict=True):
            assert each["probabilities"] == pytest.approx(row.tolist(), abs=2e-2)
            assert each["confidence"] == max(each["probabilities"])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"{}", b'{"glyphs": []}', b'{"glyphs": 7}', b'{"glyphs": [[1, 2], [3]]}',
        b'{"glyphs": ["x"]}', json.dumps({"glyphs": [["1"] * 784]}).encode(),
        json.dumps({"glyphs": [[2] * 784]}).encode(), json.dumps({"glyphs": [[None] * 784]}).encode(),
        json.dumps({"glyphs": [[0] * 784], "full": 7}).encode(), json.dumps({"glyphs": [[1e308] * 784]}).encode(),
        json.dumps({"glyphs": [[10**400] + [0] * 783]}).encode(), b'{"glyphs": ' + b"[" * 10_000,
    ],
)  # fmt: skip
def test_glyphs_that_are_none_are_refused(client: TestClient, body: bytes) -> None:
    told(client.post("/v1/classify", content=body, headers={"content-type": "application/json"}), 422)
    told(
        client.post("/v1/classify", content=b"123", headers={"content-type": "application/octet-stream"}), 422
    )


def test_the_card_is_the_models_card(client: TestClient) -> None:
    assert client.get("/v1/model").json() == inkread.Reader().model_card


# Corrections


def box_of(index: int, picture: bytes) -> str:
    """The box of a digit as a correction names it."""
    return ",".join(map(str, inkread.read(picture).digits[index].box.to_list()))


def test_a_correction_is_kept(tmp_path: Path) -> None:
    from inkread.corrections import Corrections

    path = f"/v1/corrections?box={box_of(1, number('274'))}&label="
    with serving(handlers=small_limits(tmp_path)) as client:
        for status, kept, former in ((201, True, None), (200, False, 1)):
            answer = client.post(path + "1", content=number("274"), headers=PNG)
            kept_one = Corrections(tmp_path).list()[0]
            told_so = {"kept": kept, "id": kept_one.id, "former": former, "corrections": 1}
            assert (answer.status_code, answer.json()) == (status, told_so)
        assert (kept_one.label, kept_one.guessed) == (1, 7)
        assert inkread.read(kept_one.path).text == "7", "the picture is that digit alone"
        assert client.post(path + "9", content=number("274"), headers=PNG).json()["former"] == 1
        for wrong in (path + "10", "/v1/corrections", path, "/v1/corrections?box=1,2,3&label=1"):
            told(client.post(wrong, content=number("274"), headers=PNG), 422)
        assert Corrections(tmp_path).count() == 1


def test_a_correction_of_another_reading_is_refused(tmp_path: Path) -> None:
    """The box of a 7 as it stood alone is no digit of the page on which a 2 was written before it."""
    from inkread.corrections import Corrections

    path = f"/v1/corrections?box={box_of(0, number('7'))}&label=1"
    with serving(handlers=small_limits(tmp_path)) as client:
        refused = told(client.post(path, content=number("27"), headers=PNG), 409)
        assert refused["error"] == "stale_correction"
        assert "box " + box_of(0, number("7")) in refused["detail"]
        assert "picture of the reading" in refused["hint"]
    assert Corrections(tmp_path).count() == 0


def test_a_digit_of_a_page_is_corrected(tmp_path: Path) -> None:
    from inkread.corrections import Corrections

    headers = {"content-type": "application/pdf"}
    with serving(handlers=HandlerSettings(corrections=tmp_path)) as client:
        page = client.post("/v1/read?page=2&dpi=150", content=pdf(), headers=headers).json()
        digit = page["lines"][0]["digits"][1]
        box = ",".join(map(str, digit["box"]))
        path = f"/v1/corrections?box={box}&label=0&page=2"
        told(client.post(path, content=pdf(), headers=headers), 409)  # at 200 dpi it stands elsewhere
        assert client.post(f"{path}&dpi=150", content=pdf(), headers=headers).status_code == 201
    kept = Corrections(tmp_path).list()
    assert [(each.label, each.guessed) for each in kept] == [(0, digit["value"])]


def test_a_correction_is_removed(tmp_path: Path) -> None:
    from inkread.corrections import Corrections

    path = f"/v1/corrections?box={box_of(0, number('7'))}&label=1"
    with serving(handlers=small_limits(tmp_path)) as client:
        kept = client.post(path, content=number("7"), headers=PNG).json()["id"]
        answer = client.delete(f"/v1/corrections/{kept}")
        assert (answer.status_code, answer.json()) == (200, {"corrections": 0})
        assert Corrections(tmp_path).count() == 0
        assert told(client.delete(f"/v1/corrections/{kept}"), 404)["error"] == "no_such_correction"
        told(client.delete(f"/v1/corrections/{kept[:8]}"), 422)
        told(client.delete("/v1/corrections/..%2f..%2fetc"), 404)


def test_a_reading_is_given_as_it_was_corrected(client: TestClient) -> None:
    picture = number("274")
    said = f"corrected={box_of(1, picture)}:9"
    answer = client.post(f"/v1/read?{said}", content=picture, headers=PNG).json()
    assert (answer["text"], answer["written"]) == ("294", "294")
    assert answer["lines"][0]["digits"][1]["confidence"] == 1
    plain = client.post("/v1/read?annotate=1", content=picture, headers=PNG)
    boxed = client.post(f"/v1/read?annotate=1&{said}", content=picture, headers=PNG)
    assert boxed.headers["content-type"] == "image/png"
    assert boxed.content != plain.content
    told(client.post("/v1/read?corrected=1,2,3,4:9", content=picture, headers=PNG), 409)
    told(client.post("/v1/read?corrected=9", content=picture, headers=PNG), 422)


# Mistakes


@pytest.mark.parametrize(
    ("content", "kind", "status", "error"),
    [
        (b"", "image/png", 422, "unreadable_picture"),
        (b"no picture", "image/png", 422, "unreadable_picture"),
        (number("7")[:400], "image/png", 422, "unreadable_picture"),
        (b"%PDF-1.7", "image/jpeg", 422, "unreadable_picture"),
        (number("7"), "text/html", 415, "wrong_content_type"),
        (number("7"), "", 415, "wrong_content_type"),
        (b"x", "multipart/form-data", 400, "broken_form"),
        (b"x", "multipart/form-data; boundary=b", 400, "broken_form"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n7\r\n--b--\r\n',
         "multipart/form-data; boundary=b", 422, "no_picture"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_told(
    client: TestClient, content: bytes, kind: str, status: int, error: str
) -> None:
    answer = client.post("/v1/read", content=content, headers={"content-type": kind})
    assert told(answer, status)["error"] == error


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/read", 405),
        ("PUT", "/v1/model", 405),
        ("POST", "/v1/read?inside=x", 422),
        ("POST", "/v1/read?inside=-1", 422),
        ("POST", "/v1/read?inside=9", 422),
        ("GET", "/page/../app.py", 404),
        ("GET", "/page/%2e%2e/app.py", 404),
        ("GET", "/page/..%2f..%2fserve.py", 404),
        ("GET", "//etc/passwd", 404),
    ],
)
def test_wrong_requests_are_told(client: TestClient, method: str, path: str, status: int) -> None:
    told(client.request(method, path, content=number("7"), headers=PNG), status)


def test_our_own_mistakes_are_500_and_logged(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(inkread.Reader, "read", lambda *_, **__: 1 / 0)
    with caplog.at_level("ERROR", "inkread.serve"):
        assert told(client.post("/v1/read", content=number("7"), headers=PNG), 500)["error"] == "internal"
    assert "ZeroDivisionError" in caplog.records[-1].fields["trouble"]  # type: ignore[attr-defined]


# Health, figures, the description of the API, the page


def test_health(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}
    client.service.stopping = True  # type: ignore[attr-defined]
    try:
        assert told(client.get("/health/ready"), 503)["error"] == "stopping"
        assert client.get("/health/live").headers["connection"] == "close"
    finally:
        client.service.stopping = False  # type: ignore[attr-defined]


def test_figures_count_and_logs_tell_nothing_of_pictures(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "inkread.serve"):
        answer = client.post("/v1/read?steps=1", files={"picture": ("/secret/name.png", number("90817"))})
    line = caplog.records[-1].fields  # type: ignore[attr-defined]
    assert line["id"] == answer.headers["x-request-id"]
    assert (line["route"], line["status"]) == ("/v1/read", 200)
    assert set(line) == {"id", "method", "route", "status", "ms", "bytes_in", "bytes_out"}
    figures = client.get("/metrics").text
    assert 'inkread_requests_total{method="POST",route="/v1/read",status="200"}' in figures
    assert f'version="{inkread.__version__}"' in figures
    assert 'model="digits.onnx"' in figures
    for name in ("inkread_digits_total", "inkread_doubtful_digits_total", "inkread_rejected_total"):
        assert f"\n{name} " in figures
    assert "inkread_work_seconds_count" in figures
    assert "/nothing" not in figures, "a client's words are no labels"


def test_openapi_has_examples_and_all_routes(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/v1/read", "/v1/read/strokes", "/v1/corrections", "/v1/corrections/{correction}", "/v1/classify",
        "/v1/tables", "/v1/tables/{format_}", "/v1/model", "/enter", "/health/live", "/health/ready", "/metrics",
    }  # fmt: skip
    text = json.dumps(document)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}:
        assert reference in document["components"]["schemas"]
    assert "examples" in text


def test_figures_have_one_series_for_all_files_of_the_page(client: TestClient) -> None:
    client.get("/page/main.js")
    figures = client.get("/metrics").text
    assert 'route="/page/{file}"' in figures
    assert "main.js" not in figures


@pytest.mark.parametrize(("token", "needs"), [("", [{}, {"token": []}]), ("secret", [{"token": []}])])
def test_openapi_says_what_wants_the_token(token: str, needs: list[Any]) -> None:
    with serving(token=token) as client:
        document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    assert document["paths"]["/v1/read"]["post"]["security"] == needs
    assert document["paths"]["/health/live"]["get"]["security"] == []


def test_several_pictures_in_one_form_are_read_each_for_itself(client: TestClient) -> None:
    parts = [
        ("a", ("1.png", number("274"))),
        ("b", ("2.png", b"no picture")),
        ("c", ("3.pdf", pdf(["12", "345"]))),
    ]
    answer = client.post("/v1/read", files=parts)
    assert answer.status_code == 200
    one, two, three = answer.json()["pictures"]
    assert one["text"] == "274"
    assert two["error"] == "unreadable_picture"
    assert [page["text"] for page in three["pages"]] == ["12", "345"]
    told_ = told(client.post("/v1/read?steps=1", files=parts[:2]), 422)
    assert told_["error"] == "several_pictures"


def test_every_500_has_its_cause_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    with serving(handlers=HandlerSettings(corrections=tmp_path / "file")) as client:
        with caplog.at_level("ERROR", "inkread.serve"):
            picture = number("2")
            (digit,) = client.post("/v1/read", content=picture, headers=PNG).json()["lines"][0]["digits"]
            box = ",".join(map(str, digit["box"]))
            query = f"/v1/corrections?box={box}&label=7"
            assert client.post(query, content=picture, headers=PNG).status_code == 500
        causes = [record.fields["trouble"] for record in caplog.records]  # type: ignore[attr-defined]
    assert any("corrections cannot be kept" in cause for cause in causes)


def test_the_documentation_of_the_api_is_its_own_page(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/page/docs.js" in page.text
    assert "https://" not in page.text + client.get("/page/docs.js").text


def test_the_page_is_served_and_kept(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    assert client.get("/page/main.js").headers["content-type"].startswith("text/javascript")
    assert client.head("/").content == b""


def test_corrections_are_listed_heeded_and_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    fresh = as_png(lying(40))
    with serving(handlers=HandlerSettings(corrections=folder)) as client:
        client.headers["content-type"] = "image/png"
        for seed in range(8):
            picture = as_png(lying(seed))
            (digit,) = client.post("/v1/read", content=picture).json()["lines"][0]["digits"]
            box = ",".join(map(str, digit["box"]))
            assert client.post(f"/v1/corrections?box={box}&label=7", content=picture).status_code == 201
        plain, mine = (client.post(f"/v1/read{query}", content=fresh).json() for query in ("", "?mine=1"))
        assert (plain["text"], mine["text"]) == ("1", "7")
        assert mine["lines"][0]["digits"][0]["unadapted"] == 1
        listed = client.get("/v1/corrections").json()
        assert listed["corrections"] == 8
        assert {(each["label"], each["guessed"]) for each in listed["newest"]} == {(7, 1)}
        one = listed["newest"][0]["id"]
        assert client.delete(f"/v1/corrections/{one}").json() == {"corrections": 7}
        assert client.delete("/v1/corrections").json() == {"corrections": 0}
        assert client.post("/v1/read?mine=1", content=fresh).json() == plain
    with serving(("192.0.2.7", 50000), handlers=HandlerSettings(corrections=folder)) as client:
        assert {client.get("/v1/corrections").status_code, client.delete("/v1/corrections").status_code} == {
            403
        }
