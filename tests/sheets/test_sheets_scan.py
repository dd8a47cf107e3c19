"""From a photo to a mark: made pages are read, damaged and foreign ones are told, nothing is read twice."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
import segno
from numpy.typing import NDArray
from PIL import Image

from inkread.apps.sheet.marks import write_results
from inkread.reader import Reader
from inkread.sheets.exam.answers import worth
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.made.madeclass import blank_pages, write_comb
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.marks.marking_state import compute_state, keep_layout
from inkread.sheets.paper.hands import Hand
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import PageCode, known_layouts, read_code, version_of, write_code
from inkread.sheets.paper.printing import print_pdf
from inkread.sheets.results.statistics import question_statistics
from inkread.sheets.scans.cells import CellInk
from inkread.sheets.scans.pagereading import PageReader, ScannedPage
from inkread.sheets.scans.scanning import scan
from inkread.sheets.scans.symbols import digit_probabilities, read_symbols
from made_exams import DESIGN, MadeExam, make_exam
from made_pages import encoded, heic

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeExam:
    return make_exam(tmp_path_factory.mktemp("exam"), 4)


@pytest.fixture(scope="module")
def pages(made: MadeExam, reader: Reader) -> PageReader:
    with Store(made.path) as store:
        return PageReader(reader, known_layouts(made.design, {}), store.exam, store.secret)


def read(pages: PageReader, picture: Picture) -> PageRow:
    return pages.read(ScannedPage("made.jpg", "0" * 64, 0, picture), "pages/made.jpg")[0]


def printed(
    made: MadeExam, *, exam: bytes | None = None, secret: bytes | None = None, copy: int = 1
) -> Picture:
    """A copy as it comes from the printer."""
    with Store(made.path) as store:
        pdf = print_pdf(made.design, [(copy, None)], exam or store.exam, secret or store.secret)
    return blank_pages(pdf, made.design, [copy])(copy, 1)


def test_a_made_class_is_marked_as_it_wrote(made: MadeExam, reader: Reader) -> None:
    with Store(made.path) as store:
        assert scan(made.design, store, made.path.parent / "scans", reader, jobs=2) == 4
        assert scan(made.design, store, made.path.parent / "scans", reader, jobs=1) == 0
        state = compute_state(made.design, store)
    assert [page.status for page in state.pages] == ["read"] * 4
    assert {sheet.student for sheet in state.sheets} == set(made.students)
    sittings = {one.student.number: one for one in made.sittings}
    accepted = 0
    for sheet in state.sheets:
        assert sheet.sure
        assert sheet.student
        for name, marked in sheet.marks.items():
            answer = sittings[sheet.student.number].answers[name]
            accepted += marked.accepted
            assert not marked.accepted or marked.mark.points == worth(marked.question, answer), (
                sheet.name,
                name,
            )
    assert accepted >= 12


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pages_may_lie_any_way(made: MadeExam, pages: PageReader, turn: int) -> None:
    camera = Camera(turn_degrees=turn + 3, tilt=0.02, curl=0.004, shadow=0.3, desk=True)
    row = read(pages, photograph(printed(made), camera, np.random.default_rng(turn)))
    assert (row.status, row.reason, row.copy, row.page) == ("read", "", 1, 1)


@pytest.mark.parametrize("corner", range(4))
def test_three_corner_marks_are_enough(made: MadeExam, pages: PageReader, corner: int) -> None:
    picture = printed(made)
    height, width = picture.shape[:2]
    x, y = ((0, 0), (width, 0), (width, height), (0, height))[corner]
    # The code stands beside the second mark: a thumb there is small enough to leave it.
    cv2.circle(picture, (x, y), height // (13 if corner == 1 else 8), (196, 150, 130), -1)
    assert read(pages, picture).status == "read"


def test_what_is_no_page_of_this_exam_says_why(made: MadeExam, pages: PageReader) -> None:
    blank = np.full((1200, 850, 3), 240, np.uint8)
    assert read(pages, blank).reason == "it is blank"
    assert "no code" in read(pages, np.random.default_rng(1).integers(0, 255, (900, 700, 3), np.uint8)).reason
    assert "another exam" in read(pages, printed(made, exam=b"other")).reason
    assert "signature" in read(pages, printed(made, secret=b"guessed" * 5)).reason
    two = np.concatenate([printed(made), printed(made, copy=2)], axis=1)
    assert "several pages" in read(pages, two).reason
    half = printed(made)[: 2376 // 3]
    assert read(pages, half).status in ("failed", "doubtful")
    assert read(pages, printed(made)[::-1].copy()).status == "failed"  # seen in a mirror


def test_a_forged_page_number_is_told() -> None:
    code = PageCode(b"exam1", b"abc", 1, 7)
    text = write_code(code, b"secret")
    assert read_code(text, b"secret") == (code, True)
    assert read_code(text, b"other") == (code, False)
    assert read_code(write_code(PageCode(b"exam1", b"abc", 2, 7), b"guess"), b"secret")[1] is False
    for wrong in (
        "",
        "INKREAD1/",
        "INKREAD1/A",
        "https://example.org",
        text[:-4],
        text + "AAAA",
        "INKREAD1/" + "é" * 20,
    ):
        assert read_code(wrong, b"secret")[1] is False


def test_drawn_marks_and_codes_are_told(made: MadeExam, pages: PageReader) -> None:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    drawn = printed(made)
    drawn[1900:1980, 700:780] = cv2.aruco.generateImageMarker(dictionary, 2, 80)[..., None]
    row = read(pages, drawn)
    assert (row.status, row.reason) == ("doubtful", "corner mark 2 is not where it was printed")
    guessed = printed(made)
    with Store(made.path) as store:
        code = PageCode(store.exam, version_of(lay_out(made.design)), 1, 2)
    matrix = np.array([list(row) for row in segno.make_qr(write_code(code, b"guessed")).matrix])
    square = np.kron(255 - 255 * matrix, np.ones((7, 7))).astype(np.uint8)
    guessed[1900 : 1900 + len(square), 600 : 600 + len(square)] = square[..., None]
    row = read(pages, guessed)
    assert (row.status, row.reason, row.copy) == (
        "doubtful",
        "there is another code on it, which is not this page's",
        1,
    )
    # This page's own code, cut out and glued on elsewhere; the printed one is covered.
    glued = printed(made)
    place = lay_out(made.design)[0].qr
    left, top, side = round(place.left * 8), round(place.top * 8), round(place.width * 8)
    piece = glued[top - 8 : top + side + 8, left - 8 : left + side + 8].copy()
    glued[top - 8 : top + side + 8, left - 8 : left + side + 8] = 255
    glued[1900 : 1900 + len(piece), 700 : 700 + piece.shape[1]] = piece
    assert "not where it was printed" in read(pages, glued).reason


def test_rows_that_are_not_seen_are_not_taken_for_empty(made: MadeExam, pages: PageReader) -> None:
    picture = printed(made)
    comb = next(comb for comb in lay_out(made.design)[0].combs if comb.name == "3" and comb.row == 0)
    top, bottom = (round(y * 8) for y in (comb.rect.top - 3, comb.rect.bottom + 3))
    picture[top:bottom] = 255
    row = read(pages, picture)
    assert (row.status, row.reason) == ("doubtful", "some rows of boxes are not seen")
    assert all(box["symbols"] == {"?": 1.0} for box in row.boxes["3/0"])


def test_a_red_pen_is_told(made: MadeExam, pages: PageReader) -> None:
    picture = printed(made)
    comb = next(comb for comb in lay_out(made.design)[0].combs if comb.name == "1" and comb.row == 0)
    rng = np.random.default_rng(0)
    write_comb(picture, comb, list("  144"), Hand.any(rng), rng, (225, 40, 40), pixels_per_mm=8)
    row = read(pages, picture)
    assert (row.status, row.reason) == ("doubtful", "something is written in red, which is not read")


@pytest.mark.parametrize("grey", [False, True])
def test_boxes_drop_out_in_colour_and_in_grey(made: MadeExam, pages: PageReader, grey: bool) -> None:
    picture = photograph(printed(made), Camera(blur=0.5, noise=2, grey=grey), np.random.default_rng(0))
    row = read(pages, picture)
    assert all(
        max(box["symbols"], key=box["symbols"].get) == " " for boxes in row.boxes.values() for box in boxes
    )


@pytest.mark.parametrize(
    ("slot", "strokes", "said"),
    [
        ("sign", [(5, 30, 30, 30)], "-"),
        ("sign", [(5, 30, 30, 30), (17, 17, 17, 43)], "+"),
        ("sign", [(8, 8, 30, 50), (8, 50, 30, 8), (5, 5, 5, 50)], "?"),
        ("sign", [(8, y, 30, y) for y in range(24, 38, 2)], "-"),
        ("sign", [(8, y, 30, y) for y in range(16, 44, 2)], "?"),
        ("point", [(18, 50, 20, 52)], "."),
        ("point", [(18, 10, 20, 52)], "?"),
        ("digit", [], " "),
        ("digit", [(5, y, 40, y) for y in range(5, 55, 3)], "?"),
    ],
)  # fmt: skip
def test_shapes_in_boxes(
    reader: Reader, slot: str, strokes: list[tuple[int, int, int, int]], said: str
) -> None:
    drawn = np.zeros((67, 54), np.uint8)
    for x, y, x2, y2 in strokes:
        cv2.line(drawn, (x, y), (x2, y2), 255, 3, cv2.LINE_AA)
    ink = drawn.astype(np.float32) / 255
    cell = CellInk((5, 5, 48, 61), ink, float((ink > 0.35).sum()) / 36)
    (symbols,) = read_symbols(reader, [(slot, cell)])  # type: ignore[list-item]
    assert max(symbols, key=lambda symbol: symbols[symbol]) == said
    assert sum(symbols.values()) == pytest.approx(1)


def test_digits_of_boxes_are_told(reader: Reader) -> None:
    rng = np.random.default_rng(3)
    inks = []
    for value in "0123456789":
        drawn = np.zeros((70, 60), np.uint8)
        for stroke in Hand((0,) * 20, 0.05, 0.0, 6, 0.5, 1.0).write(value, rng):
            points = np.rint((stroke * 6 + [30, 35]) * 16).astype(np.int32)
            cv2.polylines(drawn, [points], False, 255, 3, cv2.LINE_AA, 4)
        inks.append(drawn.astype(np.float32) / 255)
    found = digit_probabilities(reader, inks)
    assert found.shape == (10, 11)
    assert found.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-4)
    assert (found.argmax(axis=1) == np.arange(10)).sum() >= 9
    assert digit_probabilities(reader, []).shape == (0, 11)


def test_files_of_every_kind_are_accounted_for(made: MadeExam, reader: Reader, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    (scans / "more").mkdir(parents=True)
    pictures = [Image.fromarray(picture) for picture in made.pictures[:2]]
    pictures[0].save(scans / "all.pdf", save_all=True, append_images=pictures[1:], resolution=200)
    pictures[0].save(scans / "more" / "a.png")
    turned = [picture.rotate(180) for picture in pictures]
    (scans / "all.tif").write_bytes(encoded(turned, "TIFF", compression="jpeg"))
    (scans / "photo.heic").write_bytes(heic(pictures[1].convert("L")))
    (scans / "b.png").write_bytes((scans / "more" / "a.png").read_bytes())
    (scans / "cut.jpg").write_bytes((made.path.parent / "scans" / "1.jpg").read_bytes()[:20_000])
    (scans / "empty.jpg").write_bytes(b"")
    (scans / "no.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (scans / "=cmd|' '!A1.jpg").write_bytes(b"no picture")
    (scans / "notes.txt").write_text("not a scan")
    (scans / ".hidden.jpg").write_bytes(b"")
    with Store(made.path) as first:
        exam = first.exam, first.secret
    other = tmp_path / "exam.toml"
    other.write_text(made.path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "class.csv").write_bytes((made.path.parent / "class.csv").read_bytes())
    with Store(other) as store:
        store._db.execute("UPDATE exam SET value = ? WHERE key = 'exam'", (exam[0].hex(),))
        store._db.execute("UPDATE exam SET value = ? WHERE key = 'secret'", (exam[1].hex(),))
        store.add_copies([None] * 4)
        skipped: list[str] = []
        assert scan(made.design, store, scans, reader, on_skipped=skipped.append) == 10
        rows = {(row.source, row.part): row.status for row in store.pages()}
        state = compute_state(made.design, store)
    assert rows == {
        ("all.pdf", 0): "read",
        ("all.pdf", 1): "read",
        ("all.tif", 0): "read",
        ("all.tif", 1): "read",
        ("photo.heic", 0): "read",
        ("b.png", 0): "read",
        ("cut.jpg", 0): "failed",
        ("empty.jpg", 0): "failed",
        ("no.pdf", 0): "failed",
        ("=cmd|' '!A1.jpg", 0): "failed",
    }
    assert skipped == ["1 file skipped: 1 .txt"]
    assert len(state.sheets) == 2
    assert len(state.duplicates) == 4


KILLED = """
import sys
from pathlib import Path
from inkread.apps.sheet.marks import write_results
from inkread.reader import Reader
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.scans.scanning import scan
from inkread.sheets.exam_store import Store
path = Path(sys.argv[1])
with Store(path) as store:
    kept = lambda row: print("kept", flush=True)
    scan(load_design(path), store, path.parent / "scans", Reader(), jobs=1, on_page=kept)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_scan_goes_on_where_it_was(tmp_path: Path, reader: Reader) -> None:
    made = make_exam(tmp_path, 3, seed=5)
    with subprocess.Popen([sys.executable, "-c", KILLED, str(made.path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"kept\n"
        process.kill()
    with Store(made.path) as store:
        before = store.pages()
        assert len(before) >= 1
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        scan(made.design, store, tmp_path / "scans", reader)
        after = store.pages()
    assert [row for row in after if row in before] == before
    assert len(after) == 3
    unbroken = tmp_path / "unbroken.toml"
    unbroken.write_text(made.path.read_text(encoding="utf-8"), encoding="utf-8")
    with Store(made.path) as one, Store(unbroken) as store:
        store._db.execute("DELETE FROM exam")
        store._db.executemany(
            "INSERT INTO exam VALUES (?, ?)", one._db.execute("SELECT * FROM exam").fetchall()
        )
        scan(made.design, store, tmp_path / "scans", reader)
        assert [(row.source, row.status, row.boxes) for row in store.pages()] == [
            (row.source, row.status, row.boxes) for row in after
        ]


def test_the_pages_of_a_copy_belong_together(tmp_path: Path, reader: Reader) -> None:
    design = DESIGN + "".join(f"[[question]]\nkey = {number}\n" for number in range(10, 20))
    made = make_exam(tmp_path, 2, seed=6, design=design)
    assert len(made.pictures) == 4
    with Store(made.path) as store:
        scan(made.design, store, tmp_path / "scans", reader)
        state = compute_state(made.design, store)
    assert [sorted(sheet.pages) for sheet in state.sheets] == [[1, 2], [1, 2]]
    assert {sheet.student for sheet in state.sheets if sheet.sure} == set(made.students)
    assert all(marked.page for sheet in state.sheets for marked in sheet.marks.values())
    assert state.missing == []
    with Store(made.path) as store:
        store._db.execute("DELETE FROM pages WHERE copy = 1 AND page = 2")
        state = compute_state(made.design, store)
        write_results(state, store.folder, tmp_path / "out")
    student = made.sittings[0].student
    assert state.missing == [f"{student.number} {student.name}: page 2 missing"]
    with (tmp_path / "out" / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        remarks = {row["number"]: row["remark"] for row in csv.DictReader(file)}
    assert remarks[student.number] == "page 2 missing"
    assert all(one.answered == 1 for one in question_statistics(made.design, state.sheets))
    assert "1 left out, of whom pages are missing" in texts_of(tmp_path / "out" / "statistics.pdf")
    assert "Not scanned: page 2 missing" in texts_of(tmp_path / "out" / "marked" / f"{student.number}.pdf")


def texts_of(pdf: Path) -> str:
    """All text of the first page."""
    return str(pdfium.PdfDocument(pdf)[0].get_textpage().get_text_range())


def test_a_corrected_key_is_no_dead_end(tmp_path: Path, reader: Reader) -> None:
    """Between printing and scanning, a key is corrected: the design would print more boxes, and the rest moves."""
    made = make_exam(tmp_path, 2, seed=7)
    with Store(made.path) as store:
        keep_layout(made.design, store)
    made.path.write_text(DESIGN.replace('key = "144"', 'key = ["144", "1234567"]'), encoding="utf-8")
    design = load_design(made.path)
    assert version_of(lay_out(design)) != version_of(lay_out(made.design))
    with Store(made.path) as store:
        assert scan(design, store, tmp_path / "scans", reader) == 2
        state = compute_state(design, store)
    assert [page.status for page in state.pages] == ["read", "read"]
    assert {sheet.student for sheet in state.sheets if sheet.sure} == set(made.students)
    answers = {one.student.number: one.answers for one in made.sittings}
    for sheet in state.sheets:
        assert sheet.student
        for name, one in sheet.marks.items():
            assert not one.accepted or one.mark.points == worth(
                one.question, answers[sheet.student.number][name]
            )


def test_pages_of_an_unknown_layout_are_read_once_it_is_known(tmp_path: Path, reader: Reader) -> None:
    made = make_exam(tmp_path, 1, seed=8)
    other = tmp_path / "other.toml"
    other.write_text(DESIGN.replace('key = "144"', 'key = "1234567"'), encoding="utf-8")
    design = load_design(other)
    with Store(made.path) as store:
        scan(design, store, tmp_path / "scans", reader)
        (failed,) = store.pages()
        assert (failed.status, "another version" in failed.reason) == ("failed", True)
        assert scan(design, store, tmp_path / "scans", reader) == 0
        keep_layout(made.design, store)
        assert scan(made.design, store, tmp_path / "scans", reader) == 1
        (page,) = store.pages()
    assert (page.id, page.status) == (failed.id, "read")
