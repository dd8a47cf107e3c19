"""The tables, the review, and what the command says at the end."""

from __future__ import annotations

import csv
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkread.apps.bulk import View, report, spoken
from inkread.apps.cli import main
from inkread.bulk.job import Job
from inkread.bulk.report import BINS, check_review
from inkread.bulk.rows import COLUMNS
from inkread.errors import BulkError, ExtraMissing
from inkread.render import safe_cell
from made import draw_number
from made_bulk import SETTINGS, make_files, rows_of, run_bulk


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_files(tmp_path / "scans", {"a.png": "12", "b.png": "bad", "c.png": "?3", "d,“e”.png": ""})
    return Path("scans")


def test_json_lines_and_csv_say_the_same(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    run_bulk(scans, Path("out.csv"))
    rows = rows_of(Path("out.jsonl"))
    with open("out.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert list(rows[0]) == list(table[0]) == list(COLUMNS)
    assert [row["path"] for row in rows] == [row["path"] for row in table]
    assert [json.loads(row["digits"]) for row in table] == [row["digits"] for row in rows]
    assert [row["error"] or None for row in table] == [row["error"] for row in rows]


def test_parquet_says_the_same(scans: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    run_bulk(scans, Path("out.jsonl"))
    run_bulk(scans, Path("out.parquet"))
    assert parquet.read_table("out.parquet").to_pylist() == rows_of(Path("out.jsonl"))


def test_an_output_behind_a_url(scans: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    run_bulk(scans, Path("out.jsonl"))
    summary = run_bulk_to("memory://results/out.jsonl", scans)
    assert summary == 4
    assert fsspec.filesystem("memory").cat("/results/out.jsonl") == Path("out.jsonl").read_bytes()
    assert Path("out.jsonl.inkread").is_dir()


def run_bulk_to(url: str, scans: Path) -> int:
    from inkread.bulk.job import run
    from made_bulk import FakeEngine, Quiet

    settings = replace(SETTINGS, base=str(Path.cwd()))
    return run(Job(str(scans), url, settings, work=Path("work")), FakeEngine(), Quiet()).rows


@pytest.mark.parametrize("name", ["out", "out.xlsx", "out.json"])
def test_an_ending_that_is_none_of_ours_is_refused_first(scans: Path, name: str) -> None:
    with pytest.raises(BulkError, match=r"must end in \.parquet, \.jsonl or \.csv"):
        run_bulk(scans, Path(name))
    assert not Path(name + ".inkread").exists()


def test_folders_are_made_and_folders_are_no_files(scans: Path) -> None:
    assert run_bulk(scans, Path("new/deep/out.csv")).rows == 4
    Path("dir.csv").mkdir()
    with pytest.raises(BulkError, match="is a folder"):
        run_bulk(scans, Path("dir.csv"))


def test_where_nothing_can_be_written_is_one_line(scans: Path) -> None:
    Path("closed").write_text("a file where a folder should be")
    with pytest.raises(
        BulkError, match=r"cannot be written .* check its permissions|mend that, then run again"
    ):
        run_bulk(scans, Path("closed/out.csv"))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1.png", "./=1+1.png"), ("@x", "./@x"), ("+cmd|' /C calc'!A0", "./+cmd|' /C calc'!A0"),
        ("-rf.png", "./-rf.png"), ("scans/=1.png", "scans/=1.png"), ("-5", "-5"), ("+49/30", "+49/30"), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_is_a_formula(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


def test_the_review_shows_the_doubtful_ones(scans: Path) -> None:
    table, sheet = Path("look.csv"), Path("look.png")
    run_bulk(scans, Path("out.csv"), reviews=(table, sheet))
    (title, row) = csv.reader(table.read_text(encoding="utf-8").splitlines())
    assert title[-1] == "corrected"
    assert row[0].replace(os.sep, "/") == "scans/c.png"
    assert json.loads(row[4])[0]["value"] == 3
    with Image.open(sheet) as shown:
        assert shown.width > 300
    with pytest.raises(BulkError, match=r"ends in \.png"):
        check_review(Path("look.pdf"), "out.csv")


def test_the_table_stays_where_the_review_cannot_be_written(scans: Path) -> None:
    Path("look.png").mkdir()
    with pytest.raises(BulkError, match=r"look\.png"):
        run_bulk(scans, Path("out.jsonl"), reviews=(Path("look.png"),))
    assert len(rows_of(Path("out.jsonl"))) == 4


def test_the_command_reads_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scans").mkdir()
    for i, text in enumerate(("2024", "7")):
        Image.fromarray(draw_number(text, seed=i)).save(tmp_path / "scans" / f"{i}.png")
    output, sheet = tmp_path / "out.jsonl", tmp_path / "look.png"
    given = ["bulk", str(tmp_path / "scans"), "-o", str(output), "--jobs", "1", "--min-confidence", "1"]
    assert main([*given, "--review", str(sheet)]) == 0
    assert [row["text"] for row in rows_of(output)] == ["2024", "7"]
    told = capsys.readouterr().err
    assert "2 rows" in told
    assert "2 doubtful" in told
    with Image.open(sheet) as shown:
        colours = np.unique(np.asarray(shown.convert("RGB")).reshape(-1, 3), axis=0)
        assert [200, 64, 10] in colours.tolist()  # a box round a doubtful digit
    (tmp_path / "scans" / "2.png").write_text("no picture")
    assert main(given) == 1
    told = capsys.readouterr().err
    assert "2 of 3 pictures were read before" in told
    assert "1 could not be read" in told
    assert "is not a picture" in told


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (["--engine", "spark"], 2, "--engine is local or ray"),
        (["--address", "auto"], 2, "--address is for ray"),
        (["--min-confidence", "2"], 2, "min_confidence"),
        (["--review", "x.pdf"], 1, "a review ends in .png"),
        (["--review", "out.csv"], 1, "is the table of all pictures"),
        (["--review", "scans/../out.csv"], 1, "is the table of all pictures"),
        (["--review", "gone/look.png"], 1, "there is no folder gone"),
        (["--model", "gone.onnx"], 1, "no such model file"),
    ],
)
def test_what_cannot_be_is_one_line(
    scans: Path, capsys: pytest.CaptureFixture[str], options: list[str], status: int, says: str
) -> None:
    assert main(["bulk", str(scans), "-o", "out.csv", *options]) == status
    told = capsys.readouterr().err
    assert says in told
    assert len(told.splitlines()) == 1


def test_the_report_is_plain_and_complete(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = run_bulk(scans, Path("out.jsonl"))
    report(summary, Job(str(scans), "out.jsonl", SETTINGS))
    told = capsys.readouterr().err
    for words in ("out.jsonl: 4 rows", "4 read now", "3 digits; 1 pictures without any", "1 doubtful: --review",
                  "1 could not be read", "scans/b.png: is damaged"):  # fmt: skip
        assert words in told.replace(os.sep, "/")
    assert told.count(" %") >= 2 * (len(BINS) - 1)


def test_the_view_tells_rate_errors_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    with View() as view:
        view.finding(100)
        view.reading(10, 100)
        view._told -= 60
        view._marks[0] = (view._marks[0][0] - 10, 10)
        view.read(20, 2, 3)
    told = capsys.readouterr().err
    assert "10 of 100 pictures were read before" in told
    assert "30/100" in told
    assert "2.0/s" in told
    assert "2 failed" in told
    assert "left" in told
    assert [spoken(s) for s in (5, 600, 20_000, 400_000)] == ["5 s", "10 min", "5 h 33 min", "4.6 days"]


def test_parquet_without_pyarrow(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ExtraMissing, match=r"inkread\[bulk\]"):
        run_bulk(scans, Path("out.parquet"))


def test_a_table_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scans").mkdir()
    for number in ("7", "12", "305"):
        Image.fromarray(draw_number(number, seed=2)).save(tmp_path / "scans" / f"{number}.png")
    assert main(["bulk", str(tmp_path / "scans"), "-o", "-", "--jobs", "1"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {Path(row["path"]).name: row["text"] for row in rows} == {
        "7.png": "7",
        "12.png": "12",
        "305.png": "305",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["scans"]
