"""`inkread draw` where there is no window, and `inkread corrections`: all in one line each."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from inkread.apps import draw
from inkread.apps.cli import main
from inkread.corrections import Corrections
from made import draw_number


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INKREAD_CORRECTIONS", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_a_python_without_tk_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "_tkinter", None)
    monkeypatch.setitem(sys.modules, "tkinter", None)
    assert main(["draw"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Tk" in told
    assert "inkread serve" in told


@pytest.mark.parametrize(
    ("platform", "prefix", "release", "wanted"),
    [
        ("win32", "C:/Python312", {}, "tcl/tk"),
        ("darwin", "/opt/homebrew/Cellar/python", {}, "brew install python-tk@"),
        ("darwin", "/Library/Frameworks", {}, "python.org"),
        ("linux", "/usr", {"ID": "ubuntu", "ID_LIKE": "debian"}, "sudo apt install python3-tk"),
        ("linux", "/usr", {"ID": "fedora"}, "sudo dnf install python3-tkinter"),
        ("linux", "/usr", {"ID": "arch"}, "sudo pacman -S tk"),
        ("linux", "/usr", {}, "python3-tk"),
        ("linux", "/home/me/.pyenv/versions/3.12.1", {"ID": "debian"}, "build this Python"),
    ],
)
def test_the_advice_fits_the_system(
    monkeypatch: pytest.MonkeyPatch, platform: str, prefix: str, release: dict[str, str], wanted: str
) -> None:
    monkeypatch.setattr(draw.sys, "platform", platform)
    monkeypatch.setattr(draw.sys, "base_prefix", prefix)
    monkeypatch.setattr(draw.platform, "freedesktop_os_release", lambda: release)
    assert wanted in draw.advice_for_tk()
    assert "\n" not in draw.advice_for_tk()


def test_a_picture_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tkinter")
    assert main(["draw", "nowhere.png"]) == 1
    assert capsys.readouterr().err == "inkread: nowhere.png: there is no such picture; check the path\n"


def keep_some() -> None:
    store = Corrections()
    store.add(draw_number("4"), 4, 9)
    store.add(draw_number("7"), 7)


def test_list_says_what_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", "list"]) == 0
    assert capsys.readouterr().out == ""
    keep_some()
    assert main(["corrections", "list"]) == 0
    out, err = capsys.readouterr()
    assert [line.split()[:2] for line in out.splitlines()] == [
        [each.id, str(each.label)] for each in Corrections().list()
    ]
    assert "2 corrections" in err
    assert main(["corrections", "list", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["label"], row["guessed"]) for row in rows] == [(4, 9), (7, None)]
    assert [row["id"] for row in rows] == [each.id for each in Corrections().list()]
    assert all(Path(row["file"]).is_file() for row in rows)


def test_export_makes_a_folder_that_data_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", "export", str(tmp_path / "out")]) == 0
    assert "no corrections yet" in capsys.readouterr().err
    keep_some()
    assert main(["corrections", "export", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out")
    assert sorted(path.parent.name for path in (tmp_path / "out").rglob("*.png")) == ["4", "7"]
    for value in "0123456789":
        Corrections().add(draw_number(value, seed=1), int(value))
    assert main(["corrections", "export", str(tmp_path / "out")]) == 0
    assert main(["data", "check", "--data", str(tmp_path / "out")]) == 0


def test_remove_by_id_or_the_last(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", "remove", "--last"]) == 1
    assert "there are no corrections" in capsys.readouterr().err
    keep_some()
    four = Corrections().list()[0]
    assert main(["corrections", "remove", "--last"]) == 0
    assert "a 7, unread" in capsys.readouterr().err
    assert main(["corrections", "remove", four.id[:8]]) == 0
    assert f"removed {four.id}: a 4, read as 9" in capsys.readouterr().err
    assert Corrections().count() == 0
    assert main(["corrections", "remove", four.id]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["corrections", "remove"]) == 2
    assert main(["corrections", "remove", four.id, "--last"]) == 2


def test_a_damaged_correction_is_named_and_left_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_some()
    Corrections().list()[0].path.write_bytes(b"half a pic")
    assert main(["corrections", "list"]) == 0
    assert [line.endswith("  damaged") for line in capsys.readouterr().out.splitlines()] == [True, False]
    assert main(["corrections", "list", "--json"]) == 0
    assert [json.loads(line).get("damaged") for line in capsys.readouterr().out.splitlines()] == [True, None]
    assert main(["corrections", "export", str(tmp_path / "out")]) == 0
    assert "1 correction left out: damaged" in capsys.readouterr().err


def test_clear_asks_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    keep_some()
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("n\n"))
    assert main(["corrections", "clear"]) == 130
    assert Corrections().count() == 2
    assert main(["corrections", "clear", "--yes"]) == 0
    assert Corrections().count() == 0
    assert "deleted 2 corrections" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Corrections().add(np.eye(4, dtype=np.float32), 1)
    (tmp_path / "file").write_text("in the way")
    assert main(["corrections", "export", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
