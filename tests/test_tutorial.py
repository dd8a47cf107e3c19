"""The tutorial works: its commands are run, in its order and just as they stand there, in an empty folder."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from made import draw_page
from test_docs import ROOT, blocks

TUTORIAL = ROOT / "docs" / "tutorial.md"
INSTALLING = ("python3 run.py", ".venv/bin/python -m pip install", "source .venv/bin/activate")
"""What is not run: tests/test_run.py and whoever runs the tests have done it."""


def commands() -> list[list[str]]:
    """The words of each command in the tutorial, in its order."""
    lines = [line for block in blocks(TUTORIAL, "sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def test_every_command_is_one_that_is_run() -> None:
    assert all(words[0] == "inkread" for words in commands())
    assert {words[1] for words in commands()} >= {"data", "train", "evaluate", "export", "explain", "read"}
    for block in blocks(TUTORIAL, "console", "bash", "shell", ""):
        assert all(line.startswith(INSTALLING) for line in block.splitlines())


@pytest.mark.train
@pytest.mark.mnist
def test_the_tutorial_works(tmp_path: Path) -> None:
    Image.fromarray(draw_page(["2024", "1138"], seed=3)).save(tmp_path / "photo.jpg", quality=92)
    own = {"PYTHONPATH": str(ROOT / "src"), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    answers = {}
    for words in commands():
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tmp_path, env={**os.environ, **own}, capture_output=True,
            encoding="utf-8", timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-500:]}{done.stderr[-1500:]}"
        answers[" ".join(words)] = done.stdout
    for name in ("digits.png", "explained.png", "annotated/photo.annotated.png", "runs/mine/curves.png"):
        assert Image.open(tmp_path / name).width > 300
    assert "<html" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for name in ("recipe.toml", "metrics.csv", "best.keras"):
        assert (tmp_path / "runs" / "trial" / name).is_file()
    figures = (tmp_path / "runs" / "trial" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    first, second = (json.loads(line)["val_accuracy"] for line in figures)
    assert 0.3 < first < second - 0.1, "the longer it learns, the better it reads what it has not seen"
    assert answers["inkread read photo.jpg"] == "2024\n1138\n"
    mine = [answers[f"inkread read photo.jpg --model mine.{kind}"] for kind in ("onnx", "h5")]
    assert mine[0] == mine[1]
    # A network that was trained for half a minute may mistake one of eight.
    assert sum(a == b for a, b in zip(mine[0], "2024\n1138\n", strict=False)) >= 9
