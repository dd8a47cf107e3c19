"""The doctor finds what is wrong, and names the command that mends it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from inkread import __version__
from inkread.apps import doctor
from inkread.apps.cli import main
from inkread.apps.doctor import Check, find_checks

ROOT = Path(__file__).resolve().parent.parent


def by_name() -> dict[str, Check]:
    return {f"{check.section} {check.name}": check for check in find_checks()}


def problems() -> list[Check]:
    return [check for check in find_checks() if check.state == "problem"]


def test_here_reading_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert output.endswith("Reading works.\n")
    for word in (__version__, "NumPy", "Pillow", "OpenCV", "ONNX Runtime", "SHA-256", "read as “2”", "train"):
        assert word in output


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert {"section", "name", "value", "state", "fix"} == set(found["checks"][0])


def test_every_dependency_and_every_extra_is_looked_at() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}  # type: ignore[index]
    assert {package for _, _, package in doctor.PACKAGES} == needed
    assert set(doctor.EXTRAS) == set(project["optional-dependencies"]) - {"test", "dev"}


@pytest.mark.parametrize("error", [ImportError("No module named 'cv2'"), OSError("libGL.so.1: cannot open")])
def test_a_package_that_cannot_be_loaded(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = importlib.import_module

    def load(name: str) -> Any:
        if name == "cv2":
            raise error
        return real(name)

    monkeypatch.setattr(importlib, "import_module", load)
    check = by_name()["software OpenCV"]
    assert check.state == "problem"
    assert check.fix.endswith('-m pip install "opencv-python-headless"')
    assert main(["doctor"]) == 1
    assert "problem" in capsys.readouterr().out


def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the model, for the doctor to look at instead."""
    shutil.copytree(ROOT / "src" / "inkread" / "model", tmp_path / "model")
    monkeypatch.setattr(doctor, "_HOME", tmp_path)
    return tmp_path / "model"


def test_a_model_that_is_not_its_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = house(tmp_path, monkeypatch) / "digits.onnx"
    model.write_bytes(model.read_bytes() + b" ")
    (problem,) = problems()
    assert "but its card says" in problem.value
    assert "pip install --force-reinstall" in problem.fix


@pytest.mark.parametrize("name", ["digits.onnx", "digits.json"])
def test_a_model_or_card_that_is_missing_or_broken(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = house(tmp_path, monkeypatch) / name
    file.write_text("[]" if name.endswith("json") else "")
    assert [problem.section for problem in problems()] == ["model"]
    file.unlink()
    assert [problem.section for problem in problems()] == ["model"]


def test_an_extra_that_is_missing_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "keras" else real(name))
    check = by_name()["extras train"]
    assert (check.state, "keras" in check.value) == ("missing", True)
    assert re.search(r'-m pip install .*\[train\]"$', check.fix)
    assert main(["doctor"]) == 0


def test_outside_a_checkout_extras_come_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "_HOME", tmp_path / "lib" / "inkread")
    assert next(doctor._extras()).fix.endswith('-m pip install "inkread[train]"')


def test_a_reader_that_reads_nonsense_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_TWO", ((140, 40), (140, 240)))
    check = by_name()["self-test a drawn 2"]
    assert check.state == "problem"
    assert "report it" in check.fix


def test_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    assert by_name()["data folder"].value == f"{tmp_path} (INKREAD_DATA)"
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path / "none"))
    assert by_name()["data folder"].state == "missing"
