"""Worksheets made elsewhere: registered by their print, answered in rectangles, marked like printed sheets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkread.apps.cli import main
from inkread.errors import SheetError
from inkread.reader import Reader
from inkread.sheets.exam.designfile import check_design, load_design
from inkread.sheets.exam_store import PageRow, Store
from inkread.sheets.made.photo import Camera, photograph
from inkread.sheets.marks.marking_state import State, compute_state
from inkread.sheets.paper.page_geometry import lay_out
from inkread.sheets.paper.printed import from_text, to_text, version_of
from inkread.sheets.scans.scanning import scan
from inkread.sheets.template.blanks import blank_page, page_sizes
from inkread.sheets.template.registration import BlankPage, register_page
from made_worksheets import MadeWorksheet, filled_in, make_worksheet, save_scan, write_pdf

RIGHT = {"number": "1234", "1": "144", "2": "-8", "3": "5.75"}
WRONG = {"number": "5678", "1": "142", "2": "", "3": "7"}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> MadeWorksheet:
    """Two students' pages, one scanned upside down and one photographed, and a page of another worksheet."""
    made = make_worksheet(tmp_path_factory.mktemp("worksheet"))
    rng = np.random.default_rng(5)
    upside_down = Camera(turn_degrees=179.2, blur=0.4, noise=1.5)
    save_scan(made, "1.jpg", photograph(filled_in(made.design, RIGHT), upside_down, rng), RIGHT)
    phone = Camera(turn_degrees=92, tilt=0.02, curl=0.004, shadow=0.3, blur=0.5, noise=3, desk=True)
    save_scan(made, "2.jpg", photograph(filled_in(made.design, WRONG, 1), phone, rng), WRONG)
    write_pdf(made.path.parent / "other.pdf", ("a", "bb", "ccc", "d", "e"), "Another test")
    assert made.design.template
    other = replace(made.design.template, path=made.path.parent / "other.pdf")
    save_scan(made, "3.jpg", filled_in(replace(made.design, template=other), {}), {})
    with Store(made.path) as store:
        scan(made.design, store, made.path.parent / "scans", Reader())
    return made


def state_of(made: MadeWorksheet) -> State:
    with Store(made.path) as store:
        return compute_state(made.design, store)


def test_answers_in_rectangles_are_marked_like_those_in_boxes(scanned: MadeWorksheet) -> None:
    state = state_of(scanned)
    sheets = {sheet.student.number: sheet for sheet in state.sheets if sheet.student}
    assert set(sheets) == {"1234", "5678"}
    assert all(sheet.sure for sheet in sheets.values())
    for number, written in (("1234", RIGHT), ("5678", WRONG)):
        marks = sheets[number].marks
        assert {name: one.mark.answer for name, one in marks.items()} == {
            name: written[name] for name in ("1", "2", "3")
        }
    assert sheets["1234"].points == 3
    assert sheets["5678"].points == 0
    assert all(one.accepted for one in sheets["1234"].marks.values())


def test_a_page_of_another_worksheet_is_said_so_and_shown(scanned: MadeWorksheet) -> None:
    state = state_of(scanned)
    (page,) = state.open_pages
    assert page.source == "3.jpg"
    assert page.status == "failed"
    assert "does not show worksheet.pdf" in page.reason
    with Store(scanned.path) as store:
        assert (store.folder / page.picture).is_file()


@pytest.mark.parametrize("seed", range(4))
def test_registration_puts_print_where_it_is(tmp_path: Path, seed: int) -> None:
    """A point of the print is found again within half a millimetre, whatever the camera."""
    made = make_worksheet(tmp_path)
    rng = np.random.default_rng(seed)
    camera = Camera.phone(rng) if seed % 2 else Camera.scanner(rng)
    assert made.design.template
    path = made.design.template.path
    blank = BlankPage(1, (210.0, 297.0), blank_page(path, 1, (210.0, 297.0)))
    image = photograph(filled_in(made.design, {}), camera, rng)
    registered = register_page(image, [blank])
    assert registered is not None
    grey = cv2.cvtColor(registered.flat, cv2.COLOR_RGB2GRAY)
    for block in blank.blocks:
        if all(block.tells) and min(block.left, block.top) >= 12:
            piece = blank.grey[block.top : block.bottom, block.left : block.right]
            around = grey[block.top - 12 : block.bottom + 12, block.left - 12 : block.right + 12]
            at = cv2.minMaxLoc(cv2.matchTemplate(around, piece, cv2.TM_CCOEFF_NORMED))[3]
            assert np.abs(np.array(at) - 12).max() <= 3  # 6 pixels are a millimetre


@pytest.mark.parametrize("image", [np.full((900, 700, 3), 250, np.uint8), np.zeros((5, 4, 3), np.uint8)])
def test_what_has_no_print_is_no_page(tmp_path: Path, image: np.ndarray) -> None:
    made = make_worksheet(tmp_path)
    assert made.design.template
    blank = BlankPage(1, (210.0, 297.0), blank_page(made.design.template.path, 1, (210.0, 297.0)))
    assert register_page(image, [blank]) is None


def test_rectangles_may_change_after_scanning(scanned: MadeWorksheet, tmp_path: Path) -> None:
    """The pages that are kept are read again, without their scans; decisions stay."""
    import shutil

    shutil.copytree(scanned.path.parent, tmp_path / "copy")
    path = tmp_path / "copy" / "worksheet.toml"
    with Store(path) as store:
        page = next(page for page in store.pages() if page.source == "2.jpg")
        store.decide("me", "answer", page.id, "1", "142", "144")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("box = [0.57, 0.2020", "box = [0.56, 0.2000"), encoding="utf-8")
    design = load_design(path)
    with Store(path) as store:
        with pytest.raises(SheetError, match="run scan again"):
            compute_state(design, store)
        assert scan(design, store, tmp_path / "copy" / "scans", Reader()) == 1  # the one that failed
        sheets = {
            sheet.student.number: sheet for sheet in compute_state(design, store).sheets if sheet.student
        }
    assert sheets["1234"].points == 3
    assert sheets["5678"].marks["1"].settled
    assert sheets["5678"].points == 1


def test_keys_and_points_change_at_any_time(scanned: MadeWorksheet, tmp_path: Path) -> None:
    path = tmp_path / scanned.path.name
    for name in ("worksheet.pdf", "class.csv"):
        (tmp_path / name).write_bytes((scanned.path.parent / name).read_bytes())
    text = scanned.path.read_text(encoding="utf-8")
    path.write_text(text.replace('key = "144"', 'key = "142"\npoints = 7'), encoding="utf-8")
    assert lay_out(load_design(path)) == lay_out(scanned.design)


def test_layouts_of_worksheets_are_kept_as_they_are(scanned: MadeWorksheet) -> None:
    pages = lay_out(scanned.design)
    assert to_text(from_text(to_text(pages))) == to_text(pages)
    assert from_text(to_text(pages))[0].worksheet


@pytest.mark.parametrize("away", [56.7, -42.0])  # behind it, and in its row before it
def test_struck_and_misplaced_answers_are_reviewed(
    scanned: MadeWorksheet, tmp_path: Path, away: float
) -> None:
    """Writing beside an empty rectangle, over its edge, or struck through is no sure answer."""
    made = make_worksheet(tmp_path)
    image = filled_in(made.design, {"number": "1234", "1": "144", "3": "5.75"})
    places = {comb.name: comb.rect for comb in lay_out(made.design)[0].combs}
    struck, empty = places["1"], places["2"]
    y = round(8 * (struck.top + struck.height / 2))
    cv2.line(image, (round(8 * (struck.left + 3)), y), (round(8 * (struck.left + 25)), y), (28, 36, 96), 4)
    from inkread.sheets.paper.hands import Hand
    from inkread.sheets.paper.page_geometry import Rect
    from made_worksheets import write_free

    rng = np.random.default_rng(3)
    beside = Rect(empty.left + away + 1, empty.top, 20, empty.height)
    write_free(image, beside, "8", Hand.any(rng), rng)
    save_scan(made, "1.jpg", image, {})
    with Store(made.path) as store:
        scan(made.design, store, tmp_path / "scans", Reader())
        (sheet,) = compute_state(made.design, store).sheets
    assert not sheet.marks["1"].accepted
    assert not sheet.marks["2"].accepted
    assert sheet.marks["3"].accepted


@pytest.mark.parametrize("upright", [False, True])
def test_boxes_to_tick_on_a_worksheet(tmp_path: Path, upright: bool) -> None:
    """A rectangle around a row or a column of boxes is divided; a tick that is struck goes to review."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "worksheet.pdf"), pagesize=(595.3, 841.9), invariant=1)
    lefts = [60 if upright else 60 + 15 * i for i in range(4)]
    tops = [[70 + 70 * j + (12 * i if upright else 0) for i in range(4)] for j in range(3)]
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 750, "Which of these are prime numbers? Tick one box in each row.")
    for row in tops:
        for i, top in enumerate(row):
            canvas.rect(lefts[i] * 72 / 25.4, (297 - top - 6) * 72 / 25.4, 17, 17)
            canvas.drawString((lefts[i] - 6) * 72 / 25.4, (297 - top - 5) * 72 / 25.4, "ABCD"[i])
    canvas.save()
    wide, tall = (12, 48) if upright else (60, 12)
    boxes = [[57 / 210, (row[0] - 3) / 297, (57 + wide) / 210, (row[0] - 3 + tall) / 297] for row in tops]
    made = MadeWorksheet(tmp_path / "worksheet.toml")
    made.path.write_text(
        'title = "T"\ntemplate = "worksheet.pdf"\n'
        + "".join(f'[[question]]\nkind = "choice"\nkey = "B"\nbox = {box}\n' for box in boxes),
        encoding="utf-8",
    )
    image = filled_in(made.design, {})
    for row, ticked in zip(tops, (1, 3, 1), strict=True):
        x, y = lefts[ticked] + 3, row[ticked] + 3
        for line in ([(x - 2, y - 2), (x + 2, y + 2)], [(x + 2, y - 2), (x - 2, y + 2)]):
            cv2.polylines(image, [np.rint(np.array(line) * 8).astype(np.int32)], False, (28, 36, 96), 4)
    x, y = lefts[1] + 3, tops[2][1] + 3
    cv2.line(image, (8 * (x - 4), 8 * y), (8 * (x + 4), 8 * y), (28, 36, 96), 4)
    save_scan(made, "1.jpg", photograph(image, Camera(blur=0.4, noise=1.5), np.random.default_rng(0)), {})
    with Store(made.path) as store:
        scan(made.design, store, tmp_path / "scans", Reader())
        (sheet,) = compute_state(made.design, store).sheets
    assert [(one.mark.answer, one.mark.points, one.accepted) for one in sheet.marks.values()][:2] == [
        ("B", 1, True), ("D", 0, True),
    ]  # fmt: skip
    assert not sheet.marks["3"].accepted


def test_mistakes_in_a_worksheets_file_are_told_with_their_line(tmp_path: Path) -> None:
    made = make_worksheet(tmp_path)
    text = made.path.read_text(encoding="utf-8")
    cases = {
        'template = "worksheet.pdf"': ('template = "none.pdf"', "cannot be opened"),
        "box = [0.66, 0.105, 0.9, 0.145]": ("box = [0.66, 0.105, 0.66, 0.145]", "measures 0"),
        "box = [0.18, 0.105, 0.5, 0.145]": ("page = 2\nbox = [0.18, 0.105, 0.5, 0.145]", "1 … 1"),
        'kind = "decimal"': ('kind = "decimal"\npage = true', "page is a page"),
        "student_number = 4": ('student_number = 4\nnumbr = "x"', "do you mean “number”"),
    }
    for before, (after, said) in cases.items():
        made.path.write_text(text.replace(before, after), encoding="utf-8")
        _, faults = check_design(made.path)
        assert any(said in fault.message for fault in faults), (after, faults)
    made.path.write_text(text.replace('template = "worksheet.pdf"\n', ""), encoding="utf-8")
    _, faults = check_design(made.path)
    assert any("is for worksheets" in fault.message for fault in faults)


def test_sizes_of_pages_come_from_pdfs_and_papers(tmp_path: Path) -> None:
    from PIL import Image

    write_pdf(tmp_path / "a.pdf", ("x",))
    assert page_sizes(tmp_path / "a.pdf", (210, 297)) == ((210.0, 297.0),)
    Image.new("RGB", (1000, 500), "white").save(tmp_path / "a.png")
    assert page_sizes(tmp_path / "a.png", (210, 297)) == ((297.0, 148.5),)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 nonsense")
    with pytest.raises(SheetError, match=r"is no PDF that can be opened"):
        page_sizes(tmp_path / "b.pdf", (210, 297))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = main(["sheet", *words])
    said = capsys.readouterr()
    return status, said.out + said.err


def test_the_command_makes_a_file_to_draw_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pdf(tmp_path / "my.pdf", ("x",))
    status, said = run(capsys, "template", str(tmp_path / "my.pdf"))
    assert status == 0
    assert said.endswith("my.toml --edit\n")
    status, said = run(capsys, "template", str(tmp_path / "my.pdf"))
    assert (status, said.count("\n")) == (1, 1)
    assert "is there already; add --edit" in said
    status, said = run(capsys, "check", str(tmp_path / "my.toml"))
    assert status == 1
    assert "there is no question: draw rectangles" in said
    status, said = run(capsys, "template", str(tmp_path / "none.pdf"))
    assert (status, said.count("\n")) == (1, 1)
    (tmp_path / "exam.toml").write_text('title = "x"', encoding="utf-8")
    status, said = run(capsys, "template", str(tmp_path / "exam.toml"), "--edit", "--no-open")
    assert status == 1
    assert "is about no worksheet" in said


def test_corner_marks_are_added_to_a_copy(tmp_path: Path) -> None:
    from inkread.sheets.scans.register import find_marks

    write_pdf(tmp_path / "worksheet.pdf", ("a", "b"))
    assert main(["sheet", "template", str(tmp_path / "worksheet.pdf"), "--corner-marks"]) == 0
    design, faults = check_design(tmp_path / "worksheet.marks.toml")
    assert [fault.message for fault in faults] == [
        "there is no question: draw rectangles with: inkread sheet template FILE --edit"
    ]
    assert design
    assert design.template
    assert design.template.path.name == "worksheet.marks.pdf"
    blank = blank_page(design.template.path, 1, (210.0, 297.0))
    assert len(find_marks(blank)) == 4
    assert page_sizes(design.template.path, (210.0, 297.0)) == ((210.0, 297.0),)
    assert main(["sheet", "template", str(tmp_path / "worksheet.marks.toml"), "--corner-marks"]) == 2


def test_a_worksheet_is_not_printed_from_its_design(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_worksheet(tmp_path)
    status, said = run(capsys, "print", str(made.path), "--copies", "2")
    assert status == 2
    assert "which is printed as it is" in said


def test_a_page_without_a_number_is_proposed_to_whose_page_is_before_it(tmp_path: Path) -> None:
    from made_exams import sure

    made = make_worksheet(tmp_path)
    version = version_of(lay_out(made.design)).hex()
    with Store(made.path) as store:
        store.add_layout(version, to_text(lay_out(made.design)))
        for part, number in ((0, "1234"), (1, ""), (2, "5678"), (4, "")):
            boxes = {"1/0": [{"box": [0, 0, 9, 9], "symbols": {"144": 0.999}}]}
            if number:
                boxes["number/0"] = [{"box": [0, 0, 9, 9], "symbols": one} for one in sure(number)]
            page = 1 if number else 2
            row = PageRow("a.pdf", "a" * 64, part, "read", "", "", 0, page, boxes, layout=version)
            store.add_page(row, b"")
        sheets = {
            page.part: sheet
            for sheet in compute_state(made.design, store).sheets
            for page in sheet.pages.values()
        }
    numbers = {part: sheet.student.number if sheet.student else "" for part, sheet in sheets.items()}
    assert numbers == {0: "1234", 1: "1234", 2: "5678", 4: ""}
    assert {part for part, sheet in sheets.items() if sheet.sure} == {0, 2}
    assert "the page before it" in sheets[1].remark
