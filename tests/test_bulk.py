"""Bulk runs: one row for each input, whatever happens between the first run and the last."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path

import pytest

from inkread.bulk.job import locked
from inkread.bulk.manifest import Manifest
from inkread.bulk.rows import RowStore
from inkread.errors import BulkError
from made_bulk import FakeEngine, make_files, rows_of, run_bulk, texts_of


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten files, of which two cannot be read and one is doubtful, in the current folder."""
    monkeypatch.chdir(tmp_path)
    make_files(tmp_path / "scans", ["1", "22", "bad", "333", "", "4?4", "55", "bad", "6", "77"])
    return Path("scans")


def test_each_input_has_one_row_in_order(scans: Path) -> None:
    summary = run_bulk(scans, Path("out.jsonl"), batch=3)
    rows = rows_of(Path("out.jsonl"))
    assert [row["path"] for row in rows] == [f"scans/{i:04d}.png" for i in range(10)]
    assert [row["text"] for row in rows] == ["1", "22", None, "333", "", "44", "55", None, "6", "77"]
    assert [row["error"] for row in rows].count("is damaged") == 2
    assert (summary.rows, summary.failed, summary.empty, summary.doubtful, summary.digits) == (
        10,
        2,
        1,
        1,
        13,
    )
    assert sum(summary.histogram) == 7
    assert summary.failures == (("scans/0002.png", "is damaged"), ("scans/0007.png", "is damaged"))


def test_a_second_run_reads_nothing_and_writes_the_same(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    before = Path("out.jsonl").read_bytes()
    Path("out.jsonl").unlink()
    engine = FakeEngine()
    summary = run_bulk(scans, Path("out.jsonl"), engine)
    assert (engine.seen, summary.read, summary.rows) == ([], 0, 10)
    assert Path("out.jsonl").read_bytes() == before


def test_a_run_that_is_stopped_goes_on(scans: Path) -> None:
    first, second = FakeEngine(stop_after=2), FakeEngine()
    with pytest.raises(KeyboardInterrupt):
        run_bulk(scans, Path("out.jsonl"), first, batch=3)
    assert not Path("out.jsonl").exists()
    run_bulk(scans, Path("out.jsonl"), second, batch=3)
    assert sorted(first.seen + second.seen) == [f"scans/{i:04d}.png" for i in range(10)]
    run_bulk(scans, Path("whole.jsonl"))
    assert Path("out.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()


def pages_of(output: Path) -> list[tuple[str, int | None, str | None]]:
    """Name, page and text of each row."""
    return [(Path(row["path"]).name, row["page"], row["text"]) for row in rows_of(output)]


def test_each_page_of_a_file_has_one_row(scans: Path) -> None:
    for name, text in {"0001.png": "1|2?2|bad", "0004.png": "5|6", "0010.png": "7|8|9"}.items():
        (scans / name).write_text(text)
    engine = FakeEngine(stop_after=1)
    with pytest.raises(KeyboardInterrupt):
        run_bulk(scans, Path("out.jsonl"), engine, batch=3)
    summary = run_bulk(scans, Path("out.jsonl"), batch=3)
    expected = [
        ("0000.png", None, "1"), ("0001.png", 1, "1"), ("0001.png", 2, "22"), ("0001.png", 3, None),
        ("0002.png", None, None), ("0003.png", None, "333"), ("0004.png", 1, "5"), ("0004.png", 2, "6"),
        ("0005.png", None, "44"), ("0006.png", None, "55"), ("0007.png", None, None), ("0008.png", None, "6"),
        ("0009.png", None, "77"), ("0010.png", 1, "7"), ("0010.png", 2, "8"), ("0010.png", 3, "9"),
    ]  # fmt: skip
    assert pages_of(Path("out.jsonl")) == expected
    assert (summary.rows, summary.failed, summary.doubtful, summary.read) == (16, 3, 2, 11)
    assert {row["sha256"] for row in rows_of(Path("out.jsonl"))[1:4]} == {
        rows_of(Path("out.jsonl"))[1]["sha256"]
    }
    again = FakeEngine()
    assert run_bulk(scans, Path("out.jsonl"), again).rows == 16
    assert again.seen == []
    assert pages_of(Path("out.jsonl")) == expected


def test_files_that_get_or_lose_pages(scans: Path) -> None:
    (scans / "0001.png").write_text("1|2|3")
    run_bulk(scans, Path("out.jsonl"))
    for text, rows in (
        ("1|2", [(1, "1"), (2, "2")]), ("9", [(None, "9")]), ("4|5|6|7", [(1, "4"), (2, "5"), (3, "6"), (4, "7")]),
    ):  # fmt: skip
        (scans / "0001.png").write_text(text)
        (scans / "0000.png").touch()  # it moves nothing that another file's pages stand behind
        run_bulk(scans, Path("out.jsonl"))
        found = [row[1:] for row in pages_of(Path("out.jsonl")) if row[0] == "0001.png"]
        assert found == rows
        assert len(rows_of(Path("out.jsonl"))) == 9 + len(rows)
    (scans / "0001.png").unlink()
    assert run_bulk(scans, Path("out.jsonl")).rows == 9


def test_a_file_of_which_one_page_failed_is_read_again_when_asked_for(scans: Path) -> None:
    (scans / "0001.png").write_text("1|2|bad")
    run_bulk(scans, Path("out.jsonl"))
    engine = FakeEngine()
    run_bulk(scans, Path("out.jsonl"), engine, retry_failed=True)
    assert engine.seen == ["scans/0001.png", "scans/0002.png", "scans/0007.png"]
    assert len(rows_of(Path("out.jsonl"))) == 12


def test_what_is_skipped_is_counted(scans: Path) -> None:
    make_files(scans, {"a.docx": "1", "below/b.DOCX": "1", "c.mov": "1", ".hidden": "1", "Makefile": "1"})
    assert run_bulk(scans, Path("out.jsonl")).skipped == "4 files skipped: 2 .docx, 1 .mov, 1 other file"
    assert run_bulk("scans/*.*", Path("some.jsonl")).skipped == "2 files skipped: 1 .docx, 1 .mov"
    make_files(Path("none"), {"a.docx": "1"})
    with pytest.raises(BulkError, match=r"no pictures there \(1 file skipped: 1 .docx\); check the path"):
        run_bulk("none", Path("none.jsonl"))


def test_stopped_at_any_write_it_loses_and_doubles_nothing(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut before, between or after the part's file and the transaction."""
    run_bulk(scans, Path("whole.jsonl"))
    write, commit = RowStore.write, Manifest.commit
    chance = random.Random(1)

    def perhaps(what):  # type: ignore[no-untyped-def]
        def called(*given):  # type: ignore[no-untyped-def]
            before, after = chance.random() < 0.2, chance.random() < 0.2
            if before:
                raise KeyboardInterrupt
            what(*given)
            if after:
                raise KeyboardInterrupt

        return called

    monkeypatch.setattr(RowStore, "write", perhaps(write))
    monkeypatch.setattr(Manifest, "commit", perhaps(commit))
    stops = 0
    while True:
        try:
            run_bulk(scans, Path("out.jsonl"), batch=1)
        except KeyboardInterrupt:
            stops += 1
        else:
            break
    assert stops > 5
    assert Path("out.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()


def test_only_what_is_new_or_has_changed_is_read(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    (scans / "0003.png").write_text("8888")
    (scans / "0001.png").unlink()
    (scans / "0010.png").write_text("9")
    os.utime(scans / "0000.png", (1, 1))  # another date, the same content
    engine = FakeEngine()
    run_bulk(scans, Path("out.jsonl"), engine)
    assert engine.seen == ["scans/0000.png", "scans/0003.png", "scans/0010.png"]
    found = texts_of(Path("out.jsonl"))
    assert len(found) == 10
    assert (found["scans/0000.png"], found["scans/0003.png"], found["scans/0010.png"]) == ("1", "8888", "9")
    assert "scans/0001.png" not in found


def test_check_finds_what_date_and_size_hide(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    status = (scans / "0000.png").stat()
    (scans / "0000.png").write_text("7")
    os.utime(scans / "0000.png", ns=(status.st_atime_ns, status.st_mtime_ns))
    run_bulk(scans, Path("out.jsonl"))
    assert texts_of(Path("out.jsonl"))["scans/0000.png"] == "1"
    run_bulk(scans, Path("out.jsonl"), check=True)
    assert texts_of(Path("out.jsonl"))["scans/0000.png"] == "7"


def test_other_options_are_other_rows_and_both_are_kept(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    for options in ({"min_confidence": 0.9}, {"model_sha256": "n" * 64}, {"max_bytes": 9}):
        engine = FakeEngine()
        run_bulk(scans, Path("out.jsonl"), engine, **options)
        assert len(engine.seen) == 10, options
    for options in ({}, {"time_limit_seconds": 9.0}, {"memory_limit_mb": 99}, {"base": str(Path.cwd())}):
        engine = FakeEngine()
        run_bulk(scans, Path("out.jsonl"), engine, **options)
        assert not engine.seen, options


def test_failed_ones_are_read_again_when_asked(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    engine = FakeEngine()
    run_bulk(scans, Path("out.jsonl"), engine, retry_failed=True)
    assert engine.seen == ["scans/0002.png", "scans/0007.png"]


def test_what_could_not_be_had_is_fetched_again_by_the_next_run(tmp_path: Path) -> None:
    make_files(tmp_path, {"a.png": "1", "list.txt": "a.png\nb.png\n"})
    run_bulk(tmp_path / "list.txt", tmp_path / "out.jsonl")
    assert texts_of(tmp_path / "out.jsonl") == {"a.png": "1", "b.png": None}
    (tmp_path / "b.png").write_text("2")
    engine = FakeEngine()
    run_bulk(tmp_path / "list.txt", tmp_path / "out.jsonl", engine)
    assert engine.seen == ["b.png"]
    assert texts_of(tmp_path / "out.jsonl") == {"a.png": "1", "b.png": "2"}


def test_begun_anew_everything_is_read(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    engine = FakeEngine()
    run_bulk(scans, Path("out.jsonl"), engine, resume=False)
    assert len(engine.seen) == 10


def test_a_source_that_goes_ends_the_run_and_it_goes_on_when_it_is_back(scans: Path) -> None:
    engine = FakeEngine()

    def vanishing(settings, batches):  # type: ignore[no-untyped-def]
        for number, outcomes in enumerate(engine(settings, batches)):
            yield outcomes
            if number == 1:
                scans.rename("elsewhere")

    with pytest.raises(BulkError, match=r"scans: is gone; bring it back, then run again"):
        run_bulk(scans, Path("out.jsonl"), vanishing, batch=2)
    with pytest.raises(BulkError, match="there is no such folder"):
        run_bulk(scans, Path("out.jsonl"))
    Path("elsewhere").rename(scans)
    second = FakeEngine()
    run_bulk(scans, Path("out.jsonl"), second)
    assert second.seen == [f"scans/{i:04d}.png" for i in range(4, 10)]
    assert len(rows_of(Path("out.jsonl"))) == 10


def test_an_empty_folder_where_a_disk_was_mounted_is_a_source_that_is_gone(scans: Path) -> None:
    def emptied(settings, batches):  # type: ignore[no-untyped-def]
        for path in scans.iterdir():
            path.unlink()
        yield from FakeEngine()(settings, batches)

    with pytest.raises(BulkError, match="is gone"):
        run_bulk(scans, Path("out.jsonl"), emptied)


def test_a_few_files_that_go_are_rows(scans: Path) -> None:
    def losing(settings, batches):  # type: ignore[no-untyped-def]
        (scans / "0003.png").unlink()
        yield from FakeEngine()(settings, batches)

    run_bulk(scans, Path("out.jsonl"), losing)
    row = rows_of(Path("out.jsonl"))[3]
    assert row["sha256"] is None
    assert "no such file" in row["error"]


def test_two_runs_on_one_output_are_one_too_many(scans: Path) -> None:
    with locked(Path("out.jsonl.inkread")), pytest.raises(BulkError, match="another run writes this output"):
        run_bulk(scans, Path("out.jsonl"))
    run_bulk(scans, Path("out.jsonl"))


def test_rows_of_another_source_are_not_mixed_in(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    make_files(Path("others"), ["1"])
    with pytest.raises(BulkError, match=r"holds the rows of .*scans"):
        run_bulk("others", Path("out.jsonl"))
    run_bulk("others", Path("out.jsonl"), resume=False)
    assert texts_of(Path("out.jsonl")) == {"others/0000.png": "1"}


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), sqlite3.OperationalError("database or disk is full")]
)
def test_a_full_disk_is_one_line_and_the_run_goes_on(
    scans: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    write = RowStore.write

    def full(parts, part, lines):  # type: ignore[no-untyped-def]
        if part == 3:
            raise error
        write(parts, part, lines)

    with monkeypatch.context() as patched:
        patched.setattr(RowStore, "write", full)
        with pytest.raises(BulkError, match=r"the disk is full; free some space, then run again to continue"):
            run_bulk(scans, Path("out.jsonl"), batch=2)
    engine = FakeEngine()
    run_bulk(scans, Path("out.jsonl"), engine)
    assert len(engine.seen) == 6


def test_a_damaged_manifest_is_one_line(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"))
    (path,) = Path("out.jsonl.inkread").glob("*/manifest.sqlite")
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(BulkError, match=r"is damaged .* begin anew with --no-resume"):
        run_bulk(scans, Path("out.jsonl"))


def test_the_output_may_lie_in_the_source(scans: Path) -> None:
    for _ in range(2):
        summary = run_bulk(scans, scans / "out.csv", reviews=(scans / "look.png",))
        assert summary.rows == 10
        assert (scans / "look.png").exists()


def test_what_nothing_refers_to_is_removed(scans: Path) -> None:
    run_bulk(scans, Path("out.jsonl"), batch=5)
    for i in range(5):
        (scans / f"{i:04d}.png").unlink()
    run_bulk(scans, Path("out.jsonl"), batch=5)
    assert len(list(Path("out.jsonl.inkread").rglob("*.jsonl.gz"))) == 1
