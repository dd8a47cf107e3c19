"""The window's settings: kept, and never a reason not to start."""

from pathlib import Path
from typing import Any

import pytest

from inkread.apps.window.system import load, save

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
    assert load(file) == KEPT
    assert [each.name for each in file.parent.iterdir()] == ["window.json"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[1]",
        "null",
        "{",
        '{"width": 1e9}',
        '{"text_size": 9.0}',
        '{"geometry": "1x1; exit"}',
        '{"dark": "yes"}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_changes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "window.json").write_text(content)
    assert load(tmp_path / "window.json") == {}


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings: dict[str, Any] = dict(KEPT)
    save(settings, tmp_path / "file" / "window.json")
    assert load(tmp_path / "file" / "window.json") == {}
