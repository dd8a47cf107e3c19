"""``inkread sheet``: what it prints, what it writes, and one line for every mistake."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from inkread.apps.cli import main
from inkread.apps.saving import save_bytes
from inkread.apps.terminal import CannotWrite
from made_exams import MadeExam, make_exam


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MadeExam:
    return make_exam(tmp_path_factory.mktemp("command"), 2, seed=4)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(["sheet", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_an_example_is_written_once_and_has_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "new")[0] == 0
    assert run(capsys, "check", "exam.toml") == (
        0,
        "exam.toml: no mistakes; 8 questions, 10 points, 1 page of A4\n",
        "",
    )
    status, _, error = run(capsys, "new")
    assert (status, error) == (1, "inkread: exam.toml: is there already; give another name\n")


def test_mistakes_are_lines_that_editors_understand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exam = tmp_path / "exam.toml"
    exam.write_text("title = 'T'\n[[question]]\nkey = 'x'\n", encoding="utf-8")
    assert run(capsys, "check", str(exam)) == (1, f'{exam}:3: “x” is no integer; write it like "42"\n', "")
    status, out, error = run(capsys, "print", str(exam), "--copies", "1")
    assert (status, out, error.count("\n")) == (1, "", 1)
    assert "line 3" in error


@pytest.mark.parametrize(
    "words",
    [
        ("check", "missing.toml"),
        ("print", "missing.toml", "--copies", "1"),
        ("scan", "EXAM", "no-such-folder"),
        ("mark", "OTHER"),
        ("results", "OTHER"),
        ("review", "OTHER", "--no-open"),
        ("template", "missing.toml"),
        ("print", "EXAM", "--master", "--output", "no/such/folder/a.pdf"),
    ],
)
def test_a_mistake_is_one_line(
    made: MadeExam, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(made.path.read_text(encoding="utf-8"), encoding="utf-8")
    given = [{"EXAM": str(made.path), "OTHER": str(other)}.get(word, word) for word in words]
    status, _, error = run(capsys, *given)
    assert status == 1
    assert error.startswith("inkread: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("words", [(), ("--copies", "2", "--master"), ("--class", "--master")])
def test_print_asks_for_what_it_is_to_print(
    made: MadeExam, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    pdf = made.path.with_suffix(".pdf")
    status, out, error = run(capsys, "print", str(made.path), *words)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert all(option in error for option in ("--copies", "--class", "--master"))
    assert not pdf.exists()


def test_a_worksheet_that_is_not_there_is_not_taken_for_one_that_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, error = run(capsys, "template", str(tmp_path / "gone.toml"))
    assert (status, "there is no such file; give the worksheet" in error) == (1, True)


def test_marking_before_scanning_says_what_comes_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exam = str(tmp_path / "exam.toml")
    assert run(capsys, "new", exam)[0] == 0
    assert run(capsys, "print", exam, "--master")[0] == 0
    assert f"nothing was scanned yet: inkread sheet scan {exam} SCANS" in run(capsys, "mark", exam)[2]


def test_the_commands_stand_in_the_order_of_use(capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "--help")[1].partition("Commands")[2]
    places = [
        told.index(f" {name} ") for name in ("new", "check", "print", "scan", "mark", "review", "results")
    ]
    assert places == sorted(places)


def test_from_paper_to_gradebook(made: MadeExam, capsys: pytest.CaptureFixture[str]) -> None:
    exam, folder = str(made.path), made.path.parent
    status, out, _ = run(capsys, "print", exam, "--class", "-o", str(folder / "class.pdf"))
    assert (status, "2 copies" in out) == (0, True)
    assert run(capsys, "print", exam, "--master", "-o", str(folder / "master.pdf"))[0] == 0
    assert (folder / "master.pdf").read_bytes().startswith(b"%PDF")
    status, out, _ = run(capsys, "scan", exam, str(folder / "scans"))
    assert (status, out) == (0, "2 new pages; in all 2 read, 0 doubtful, 0 failed\n")
    status, out, _ = run(capsys, "mark", exam, "--confidence", "0")
    assert "2 pages (2 read, 0 doubtful, 0 failed); 2 sheets; 8 answers marked" in out
    status, _, error = run(capsys, "results", exam, "--out", str(folder / "out"), "--confidence", "1")
    assert (status, "still to review: " in error) == (0, True)
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"marks.csv", "marks.xlsx", "pages.csv", "statistics.pdf", "statistics.png", "marked"}
    with (folder / "out" / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == [student.number for student in made.students]
    copies = {path.stem for path in (folder / "out" / "marked").iterdir()}
    assert copies == {student.number for student in made.students}


def test_results_are_fresh_and_never_half_made(
    made: MadeExam, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    exam, out = str(made.path), tmp_path / "out"
    run(capsys, "scan", exam, str(made.path.parent / "scans"))
    assert run(capsys, "results", exam, "--out", str(out))[0] == 0
    stale = out / "marked" / "9999.pdf"
    stale.write_bytes(b"of an earlier run")
    before = {path.name: path.read_bytes() for path in out.rglob("*.*")}

    def full(content: bytes, path: Path) -> None:
        if path.suffix == ".png":
            raise CannotWrite("the disk is full; free space")
        save_bytes(content, path)

    with monkeypatch.context() as patched:
        patched.setattr("inkread.apps.sheet.marks.save_bytes", full)
        assert run(capsys, "results", exam, "--out", str(out))[0] == 1
    assert {path.name: path.read_bytes() for path in out.rglob("*.*")} == before
    assert run(capsys, "results", exam, "--out", str(out))[0] == 0
    assert not stale.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (out / "grades.ods").write_bytes(b"the teacher's own")
    status, _, error = run(capsys, "results", exam, "--out", str(out))
    assert (status, "holds grades.ods" in error, error.count("\n")) == (1, True, 1)
    assert (out / "grades.ods").read_bytes() == b"the teacher's own"


def test_students_without_a_sheet_are_named(made: MadeExam, capsys: pytest.CaptureFixture[str]) -> None:
    before = (made.path.parent / "class.csv").read_text(encoding="utf-8")
    (made.path.parent / "class.csv").write_text(before + "0001,Late\n", encoding="utf-8")
    run(capsys, "scan", str(made.path), str(made.path.parent / "scans"))
    for command in ("mark", "results"):
        assert "missing: 0001 Late: no sheet\n" in run(capsys, command, str(made.path))[2]
    (made.path.parent / "class.csv").write_text(before, encoding="utf-8")


def test_a_changed_key_tells_whose_mark_moved(made: MadeExam, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "scan", str(made.path), str(made.path.parent / "scans"))
    run(capsys, "mark", str(made.path), "--confidence", "0")
    before = made.path.read_text(encoding="utf-8")
    made.path.write_text(before.replace('key = "144"', 'key = "144"\npoints = 3'), encoding="utf-8")
    _, out, _ = run(capsys, "mark", str(made.path), "--confidence", "0")
    made.path.write_text(before, encoding="utf-8")
    right = [one for one in made.sittings if one.answers["1"] == "144"]
    assert out.count("question 1: 1 → 3 points") == len(right) > 0
