"""The public names for strict type checkers: a right program passes, and each mistake of a wrong one is found."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(__file__).resolve().parent / "typing"
WRONG_LINES = {
    number
    for number, line in enumerate((PROGRAMS / "wrong.py").read_text(encoding="utf-8").splitlines(), start=1)
    if line and not line.startswith(('"""', "import"))
}


def lines_of(text: str, file: str) -> set[int]:
    """The lines of a file for which a checker reports an error."""
    return {int(number) for number in re.findall(rf"{file}:(\d+)(?::\d+)?(?: -|:) error", text)}


def by_mypy(*files: Path) -> str:
    options = ["--strict", "--config-file=", "--follow-imports=silent", "--python-version=3.11"]
    command = [sys.executable, "-m", "mypy", *options, *map(str, files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8").stdout


def by_pyright(folder: Path, *files: Path) -> str:
    """What basedpyright, which needs no download of its own, says in the strict mode of pyright; in copies of files."""
    for file in files:
        shutil.copy(file, folder)
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "extraPaths": [str(ROOT / "src")]}
    (folder / "pyrightconfig.json").write_text(json.dumps({"include": ["."], **settings}))
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8").stdout


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="needs mypy: pip install --group dev")
def test_mypy() -> None:
    said = by_mypy(PROGRAMS / "right.py", PROGRAMS / "wrong.py")
    assert not lines_of(said, "right.py"), said
    assert lines_of(said, "wrong.py") == WRONG_LINES, said


@pytest.mark.skipif(
    importlib.util.find_spec("basedpyright") is None, reason="needs basedpyright: pip install --group dev"
)
def test_pyright(tmp_path: Path) -> None:
    said = by_pyright(tmp_path, PROGRAMS / "right.py", PROGRAMS / "wrong.py")
    assert not lines_of(said, "right.py"), said
    assert lines_of(said, "wrong.py") == WRONG_LINES, said
