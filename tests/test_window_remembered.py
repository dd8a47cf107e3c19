"""The window's settings: kept, and never a reason not to start."""

from pathlib import Path

import pytest

from inkread.apps.window.system import load, save
from inkread.errors import InkreadError

KEPT = {
    "width": 8.0,
    "dark": True,
    "live": False,
    "mine": False,
    "dark_window": True,
    "contrast": True,
    "text_size": 1.5,
    "geometry": "900x700+10+20",
}


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "window.json"
    save({**KEPT, "unknown": 1}, file)
    assert load(file) == (KEPT, "")
    assert load(tmp_path / "missing.json") == ({}, "")
    assert [each.name for each in file.parent.iterdir()] == ["window.json"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        *((content, "is damaged") for content in ("", "[1]", "null", "{", "[" * 100_000)),
        ('{"width": 1e9}', "width cannot be used"),
        ('{"text_size": 9.0}', "text_size cannot be used"),
        ('{"geometry": "1x1; exit"}', "geometry cannot be used"),
        ('{"dark": "yes", "live": 1}', "dark, live cannot be used"),
    ],
)
def test_a_damaged_file_changes_nothing_and_is_told(tmp_path: Path, content: str, told: str) -> None:
    file = tmp_path / "window.json"
    file.write_text(content)
    found, fault = load(file)
    assert found == {}
    assert told in fault
    assert str(file) in fault
    assert "\n" not in fault


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InkreadError) as told:
        save(dict(KEPT), tmp_path / "file" / "window.json")
    assert str(tmp_path / "file") in str(told.value)
    assert "\n" not in str(told.value)
    found, fault = load(tmp_path / "file" / "window.json")
    assert found == {}
    assert "cannot be read" in fault
