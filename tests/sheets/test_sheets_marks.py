"""From symbols to marks, from numbers to students, from marks to files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import os
import stat
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from inkread.apps.cli import main
from inkread.errors import SheetError
from inkread.sheets.exam.design import Design, Key, Question, Student
from inkread.sheets.exam.designfile import load_design
from inkread.sheets.exam_store import Store
from inkread.sheets.marks.gathering import Assigned
from inkread.sheets.marks.marking import mark_all
from inkread.sheets.marks.marking_state import compute_state, keep_layout, keep_marks
from inkread.sheets.marks.match import match_students
from inkread.sheets.marks.posterior import mark_of
from inkread.sheets.results.gradebook import gradebook, page_table, to_csv, to_xlsx
from inkread.sheets.results.statistics import question_statistics, statistics_page, statistics_table
from inkread.sheets.scans.symbols import Symbols
from made_exams import DESIGN, EMPTY, made_row, sure

QUESTION = Question("1", "", "integer", Fraction(1), (Key("144", Fraction(1)),), "###")


def design_of(path: Path, *questions: Question) -> Design:
    return Design(path, "Test", "A4", 4, questions or (QUESTION,))


def test_the_mark_must_be_sure_and_not_each_digit() -> None:
    four_or_nine: Symbols = {"4": 0.55, "9": 0.45}
    wrong_anyway = mark_of(QUESTION, [[*sure("2"), four_or_nine, *sure("7")]])
    assert (wrong_anyway.points, wrong_anyway.confidence > 0.99) == (0, True)
    decisive = mark_of(QUESTION, [[*sure("1"), {"4": 0.04, "9": 0.96}, *sure("4")]])
    assert decisive.confidence < 0.6


def test_the_likelier_reading_is_preselected_and_not_the_key() -> None:
    mark = mark_of(QUESTION, [[*sure("1"), {"4": 0.3, "9": 0.7}, *sure("4")]])
    assert (mark.answer, mark.points, mark.confidence < 0.5) == ("194", 0, True)


def test_what_only_the_prior_makes_sure_goes_to_review_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lifted, plain = made_row(1, "0042", "144"), made_row(2, "1138", "144", 2)
    lifted.boxes["1/0"][1]["symbols"] = {"4": 0.7, "9": 0.3}
    path = tmp_path / "exam.toml"
    path.write_text('title = "T"\nstudent_number = 4\n[[question]]\nkey = 144\nboxes = "###"\n', "utf-8")
    with Store(path) as store:
        store.add_page(lifted, b"")
        store.add_page(plain, b"")
        state = compute_state(load_design(path), store)
    assert [(one.mark.answer, one.accepted, one.by_prior) for _, one in state.waiting] == [
        ("144", False, True)
    ]
    assert main(["sheet", "mark", str(path)]) == 0
    assert "of these, 1 is sure only with, or only without" in capsys.readouterr().out


def test_what_is_unclear_is_not_sure() -> None:
    assert mark_of(QUESTION, [[*sure("14"), {"?": 0.99, "4": 0.01}]]).confidence < 0.5
    assert mark_of(QUESTION, [[{"?": 1.0}] * 3]).answer is None
    assert mark_of(QUESTION, [[EMPTY] * 3]).answer == ""


def test_the_second_chance_counts_if_it_is_written_in() -> None:
    crossed: list[Symbols] = [{"?": 0.9, "4": 0.1}] * 3
    mark = mark_of(QUESTION, [crossed, sure("144")])
    assert (mark.points, mark.row, mark.answer) == (1, 1, "144")
    assert mark_of(QUESTION, [crossed, [EMPTY] * 3]).confidence < 0.5
    half: Symbols = {" ": 0.5, "?": 0.5}
    assert mark_of(QUESTION, [sure("144"), [half, EMPTY, EMPTY]]).confidence < 0.6


def test_numbers_go_to_students_one_to_one() -> None:
    numbers = ["0042", "0043", "1138"]
    unclear: list[Symbols] = [*sure("004"), {"2": 0.5, "3": 0.5}]
    found = match_students({"a": sure("0042"), "b": unclear, "c": sure("1138")}, numbers)
    assert [found[name].number for name in "abc"] == ["0042", "0043", "1138"]
    assert found["c"].sure
    assert not found["b"].sure  # it may as well be a second 0042


def test_strangers_and_twins_are_told() -> None:
    numbers = ["0042", "1138"]
    stranger = match_students({"a": sure("9999")}, numbers)["a"]
    assert (stranger.number, stranger.sure) == (None, False)
    assert "not on the class list" in stranger.remark
    twins = match_students({"a": sure("0042"), "b": sure("0042")}, numbers)
    assert not any(match.sure for match in twins.values())
    assert match_students({}, numbers) == {}
    assert match_students({"a": sure("0042")}, [])["a"].number is None


def test_a_printed_name_counts_and_a_decision_counts_more(tmp_path: Path) -> None:
    students = (Student("0042", "Ada"), Student("1138", "Bo"))
    pages = [made_row(1, "1138", "144"), made_row(2, "    ", "145", 2)]
    with Store(tmp_path / "exam.toml") as store:
        for page in pages:
            store.add_page(page, b"")
        store.decide("me", "student", 2, "", None, "1138")
        store.decide("me", "answer", 2, "1", "145", "144")
        decisions = store.decisions()
    sheets, _ = mark_all(design_of(tmp_path / "exam.toml"), pages, {1: "0042", 2: None}, students, decisions)
    by_name = {sheet.name: sheet for sheet in sheets}
    assert [by_name[name].student for name in ("c1", "c2")] == list(students)
    assert by_name["c2"].marks["1"].settled
    assert by_name["c2"].points == 1


def test_two_pictures_of_one_page_are_one(tmp_path: Path) -> None:
    pages = [made_row(1, "0042", "144"), made_row(1, "0042", "144", 2)]
    sheets, duplicates = mark_all(design_of(tmp_path / "exam.toml"), pages, {}, [Student("0042", "Ada")], [])
    assert len(sheets) == 1
    assert [(again.id, first.id) for again, first in duplicates] == [(2, 1)]
    assert sheets[0].points == 1
    table = page_table(pages, duplicates, {})
    assert table[1:] == [
        ["1.jpg", 1, "read", "", 1, 1, ""],
        ["2.jpg", 1, "read", "the same page as 1.jpg, which counts", 1, 1, ""],
    ]


def test_photocopies_of_one_numbered_copy_lose_nobody(tmp_path: Path) -> None:
    """Four students fill in photocopies of copy 1: each has a sheet, and each page is shown beside the others."""
    students = [
        Student(number, name) for number, name in zip(("0042", "1138", "2001", "3141"), "ABCD", strict=True)
    ]
    path = tmp_path / "exam.toml"
    with Store(path) as store:
        store.add_copies([None])
        for i, student in enumerate(students, 1):
            store.add_page(made_row(1, student.number, "144", i), b"")
        store.add_page(made_row(1, "0042", "144", 9), b"")  # the first one once more: that is a duplicate
        state = compute_state(replace(design_of(path), class_list=None), store)
        assert [(sheet.name, sheet.points) for sheet in state.sheets] == [
            ("p1", 1),
            ("p2", 1),
            ("p3", 1),
            ("p4", 1),
        ]
        assert [sheet.student.number for sheet in state.sheets if sheet.student] == [
            one.number for one in students
        ]
        assert [(again.id, first.id) for again, first in state.duplicates] == [(5, 1)]
        assert [page.id for page in state.open_pages] == [1, 2, 3, 4]
        assert state.to_review == "4 pages"
        table = page_table(state.pages, state.duplicates, {}, state.rivals)
        assert table[1][3] == "page 1 of copy 1 was scanned with other writing, too: 2.jpg, 3.jpg, 4.jpg"


def test_a_decided_rival_is_the_copy_and_the_others_stay(tmp_path: Path) -> None:
    pages = [made_row(1, "0042", "144"), made_row(1, "1138", "145", 2), made_row(1, "1138", "145", 3)]
    with Store(tmp_path / "exam.toml") as store:
        for page in pages:
            store.add_page(page, b"")
        store.decide("me", "page", 2, "", None, Assigned(1, 1).to_text())
        decisions = store.decisions()
    sheets, duplicates = mark_all(design_of(tmp_path / "exam.toml"), pages, {}, [], decisions)
    assert {sheet.name: [row.id for row in sheet.rivals] for sheet in sheets} == {"c1": [], "p1": [2]}
    assert [(again.id, first.id) for again, first in duplicates] == [(3, 2)]


def test_photocopies_of_different_students_are_different_sheets(tmp_path: Path) -> None:
    students = [Student("0042", "Ada"), Student("1138", "Bo")]
    pages = [made_row(0, "0042", "144"), made_row(0, "1138", "145", 2)]
    sheets, duplicates = mark_all(design_of(tmp_path / "exam.toml"), pages, {}, students, [])
    assert {sheet.student for sheet in sheets if sheet.sure} == set(students)
    assert not duplicates


def test_two_sheets_of_one_student_are_told_without_a_class_list_too(tmp_path: Path) -> None:
    pages = [made_row(1, "0042", "144"), made_row(2, "0042", "145", 2), made_row(3, "1138", "144", 3)]
    sheets, _ = mark_all(design_of(tmp_path / "exam.toml"), pages, {}, [], [])
    assert {sheet.name: (sheet.sure, sheet.remark) for sheet in sheets} == {
        "c1": (False, "c2 is the same student's"),
        "c2": (False, "c1 is the same student's"),
        "c3": (True, ""),
    }


def test_a_changed_key_says_whose_mark_moved(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    harder = Question("1", "", "integer", Fraction(1), (Key("145", Fraction(1)),), "###")
    with Store(path) as store:
        for row in (made_row(1, "0042", "144"), made_row(2, "1138", "145", 2)):
            store.add_page(row, b"")
        assert keep_marks(store, compute_state(design_of(path), store)) == []
        moved = [str(one) for one in keep_marks(store, compute_state(design_of(path, harder), store))]
        assert keep_marks(store, compute_state(design_of(path, harder), store)) == []
    assert moved == ["0042: question 1: 1 → 0 points", "1138: question 1: 0 → 1 points"]


def test_sheets_are_marked_by_the_layout_they_were_printed_with(tmp_path: Path) -> None:
    """The key was wrong when the sheets were printed; with the right one, the design would print other boxes."""
    path = tmp_path / "exam.toml"
    with Store(path) as store:
        keep_layout(design_of(path), store)
        (version,) = store.layouts()
        store.add_page(replace(made_row(1, "0042", "144"), layout=version), b"")
        right = replace(QUESTION, keys=(Key("12345", Fraction(1)), Key("144", Fraction(1))), pattern="±#####")
        assert [sheet.points for sheet in compute_state(design_of(path, right), store).sheets] == [1]
        for changed, said in (
            (replace(QUESTION, name="2"), "question 1 is on printed sheets; put it back"),
            (replace(QUESTION, kind="decimal"), "was printed as integer; change its kind back"),
        ):
            with pytest.raises(SheetError, match=said):
                compute_state(design_of(path, changed), store)
        with pytest.raises(SheetError, match="question 2 is on no printed sheet"):
            compute_state(design_of(path, QUESTION, replace(QUESTION, name="2")), store)
        with pytest.raises(SheetError, match="change student_number or check_digit back"):
            compute_state(replace(design_of(path), number_digits=6), store)


def test_failed_pages_are_read_again_by_another_reader_only(tmp_path: Path) -> None:
    failed = replace(made_row(1, "0042", "144"), status="failed", reason="blurred", boxes={}, page=None)
    with Store(tmp_path / "exam.toml") as store:
        store.add_page(failed, b"", "old")
        assert (store.is_read(failed.sha256, 0, "old"), store.is_read(failed.sha256, 0, "new")) == (
            True,
            False,
        )
        store.decide("me", "page", 1, "", None, Assigned(0).to_text())
        assert store.is_read(failed.sha256, 0, "new")  # somebody said what it is
        store.undo("me")
        store.add_page(made_row(1, "0042", "144"), b"", "new")
        (page,) = store.pages()
        assert (page.id, page.status) == (1, "read")
        store.add_page(failed, b"", "newer")
        assert store.pages() == [page]


def test_renaming_the_design_changes_nothing(tmp_path: Path) -> None:
    path, renamed = tmp_path / "exam.toml", tmp_path / "8b.toml"
    path.write_text(DESIGN, encoding="utf-8")
    with Store(path) as store:
        exam = store.exam
        store.add_page(made_row(1, "0042", "144"), b"a JPEG")
    path.rename(renamed)
    with Store(renamed, must_exist=True) as store:
        assert (store.exam, len(store.pages()), store.folder.name) == (exam, 1, "8b.inkread")
        assert (store.folder / "pages" / "1.jpg").read_bytes() == b"a JPEG"
    assert not path.with_suffix(".inkread").exists()
    renamed.rename(path)
    path.write_text(DESIGN + "# changed meanwhile", encoding="utf-8")
    with pytest.raises(SheetError, match=r"rename the folder 8b\.inkread to exam\.inkread, too"):
        Store(path, must_exist=True)


def test_decisions_are_taken_back_and_stay_on_record(tmp_path: Path) -> None:
    with Store(tmp_path / "exam.toml") as store:
        store.add_page(made_row(1, "0042", "144"), b"")
        store.decide("me", "answer", 1, "1", None, "12")
        store.decide("me", "answer", 1, "1", "12", "13")
        taken = store.undo("me")
        assert taken
        assert (taken.before, taken.after, taken.who) == ("12", "13", "me")
        assert [one.after for one in store.decisions()] == ["12"]
        assert store._db.execute("SELECT count(*) FROM decisions").fetchone() == (2,)
        assert store.undo("me")
        assert store.undo("me") is None


def test_a_picture_is_on_the_disk_before_the_row_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    sync = os.fsync

    def recorded(descriptor: int) -> None:
        events.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "picture")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    with Store(tmp_path / "exam.toml") as store:
        store._db.set_trace_callback(lambda said: events.append("row") if said.startswith("INSERT") else None)
        store.add_page(made_row(1, "0042", "144"), b"a JPEG")
    assert [event for event in events if event != "folder"] == ["picture", "row"]
    assert events[1] == ("folder" if hasattr(os, "O_DIRECTORY") else "row")


def test_a_store_needs_no_shared_memory(tmp_path: Path) -> None:
    """As on a network share: there is no memory that two processes share, so a write-ahead log would not do."""
    path = tmp_path / "exam.toml"
    with Store(path) as one, Store(path) as other:
        one.add_page(made_row(1, "0042", "144"), b"")
        for number, store in enumerate((one, other, one)):
            store.decide("me", "answer", 1, "1", None, str(number))
        names = {file.name for file in one.folder.iterdir()}
        assert [decision.after for decision in other.decisions()] == ["0", "1", "2"]
    assert names == {"exam.sqlite", "pages"}


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with Store(tmp_path / "exam.toml") as store:
        store._db.execute("PRAGMA query_only = ON")
        with pytest.raises(SheetError, match=r"cannot be written .*; free space"):
            store.decide("me", "answer", 1, "1", None, "7")
        (store.folder / "pages").rmdir()
        with pytest.raises(SheetError, match=r"cannot be written .*; free space"):
            store.add_page(made_row(1, "0042", "144"), b"a JPEG")


def test_decisions_go_with_their_page(tmp_path: Path) -> None:
    """Page 1 is given from copy 1 to copy 2: its answers go along, and whose it was does not."""
    path, students = tmp_path / "exam.toml", [Student("0042", "Ada"), Student("1138", "Bo")]

    def marked() -> dict[str, tuple[Student | None, Fraction, bool]]:
        found = mark_all(design_of(path), store.pages(), {}, students, store.decisions())[0]
        return {sheet.name: (sheet.student, sheet.points, sheet.settled) for sheet in found}

    with Store(path) as store:
        store.add_page(made_row(1, "    ", "145"), b"")
        store.decide("me", "student", 1, "", None, "0042")
        store.decide("me", "answer", 1, "1", "145", "144")
        assert marked() == {"c1": (students[0], 1, True)}
        store.decide(
            "me", "page", 1, "", None, Assigned(1, 1).to_text()
        )  # confirmed as what it is: all holds
        assert marked() == {"c1": (students[0], 1, True)}
        store.decide("me", "page", 1, "", None, Assigned(1, 2).to_text())
        assert marked() == {"c2": (None, 1, False)}
        store.decide("me", "student", 1, "", None, "1138")
        store.add_page(
            made_row(1, "0042", "145", 2), b""
        )  # copy 1 is scanned: nothing of page 1 is decided for it
        assert marked() == {"c1": (students[0], 0, False), "c2": (students[1], 1, True)}


def test_decisions_hold_for_a_better_picture_of_the_page(tmp_path: Path) -> None:
    path, doubtful = (
        tmp_path / "exam.toml",
        replace(made_row(1, "0042", "145"), status="doubtful", reason="folded"),
    )
    with Store(path) as store:
        store.add_page(doubtful, b"")
        store.decide("me", "answer", 1, "1", "145", "144")
        store.add_page(made_row(1, "0042", "145", 2), b"")
        (sheet,), _ = mark_all(design_of(path), store.pages(), {}, [], store.decisions())
    assert [page.id for page in sheet.pages.values()] == [2]
    assert (sheet.points, sheet.marks["1"].settled) == (1, True)


def test_copies_are_never_numbered_twice(tmp_path: Path) -> None:
    with Store(tmp_path / "exam.toml") as store:
        assert store.add_copies([None, ("0042", "Ada")]) == [1, 2]
        assert store.add_copies([("0042", "Ada"), None]) == [2, 3]
        assert store.copies() == {1: None, 2: "0042", 3: None}


DECIDES = """
import sys
from pathlib import Path
from inkread.sheets.exam_store import PageRow, Store
with Store(Path(sys.argv[1])) as store:
    store.add_page(PageRow("1.jpg", "1", 0, "read", "", "", 1, 1, {}), b"")
    for number in range(10_000):
        store.decide("me", "answer", 1, "1", None, str(number))
        print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_no_confirmed_decision_is_lost_to_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    with subprocess.Popen(
        [sys.executable, "-c", DECIDES, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        confirmed = [process.stdout.readline() for _ in range(20)]
        process.kill()
        confirmed += process.stdout.readlines()
    said = [int(line) for line in confirmed if line.endswith("\n")]
    with Store(path) as store:
        kept = [int(one.after or "") for one in store.decisions()]
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert kept[: len(said)] == said
    assert len(kept) - len(said) <= 1  # one may have been kept and not yet told


def test_zeros_in_front_and_letters_of_all_kinds_are_kept(tmp_path: Path) -> None:
    import openpyxl

    student = Student("0042", "Ünal, Zoë 李")
    design = design_of(tmp_path / "exam.toml")
    sheets, _ = mark_all(design, [made_row(1, "0042", "145")], {1: "0042"}, [student], [])
    marked = sheets[0].marks["1"]
    sheets[0].marks["1"] = replace(marked, mark=replace(marked.mark, answer="-8"))
    rows = gradebook(design, sheets, [student])
    content = to_csv(rows)
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1][:6] == [
        "0042",
        "Ünal, Zoë 李",
        "0",
        "1",
        "0",
        "-8",
    ]
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(rows, rows)))
    assert [cell.value for cell in book["Marks"][2]][:4] == ["0042", "Ünal, Zoë 李", 0, 1]


def test_statistics_are_what_they_say(tmp_path: Path) -> None:
    second = Question("2", "", "integer", Fraction(2), (Key("7", Fraction(2)),), "#")
    design = design_of(tmp_path / "exam.toml", QUESTION, second)
    pages = []
    for i, (one, two) in enumerate([("144", "7"), ("144", "7"), ("145", "1"), ("145", "1"), ("   ", "7")], 1):
        row = made_row(i, f"{i:04d}", one, i)
        row.boxes["2/0"] = [{"box": [0, 0, 9, 9], "symbols": sure(two)[0]}]
        pages.append(row)
    sheets, _ = mark_all(design, pages, {}, [], [])
    first, other = question_statistics(design, sheets)
    assert (first.difficulty, other.difficulty) == (0.4, 0.6)
    assert first.common_wrong == (("145", 2), ("", 1))
    assert first.discrimination == pytest.approx(2 / 3)
    table = statistics_table(design, (first, other))
    assert table[1] == ["1", "1", 5, 0.4, 0.667, "145 (2×), (none) (1×)"]
    assert statistics_page(design, sheets, (first, other)).startswith(b"%PDF")
    assert question_statistics(design, [])[0].discrimination is None
