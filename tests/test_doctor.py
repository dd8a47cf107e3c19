"""The doctor finds what is wrong, and names the command that mends it."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inkread import Reader, __version__
from inkread.apps import doctor
from inkread.apps.cli import main
from inkread.apps.doctor import Check, find_checks
from inkread.inference.onnx_session import onnx_runtime

ROOT = Path(__file__).resolve().parent.parent


def by_name() -> dict[str, Check]:
    return {f"{check.section} {check.name}": check for check in find_checks()}


def test_here_reading_works(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    assert "\x1b" not in output
    assert output.endswith("Reading works.\n")
    for word in (
        __version__,
        "NumPy",
        "Pillow",
        "OpenCV",
        "ONNX Runtime",
        *SHIPPED,
        "read as “2”",
        "read as “22”",
        "train",
    ):
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


def of_installation(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """What ``inkread`` of a copied package says to this command."""
    env = {**os.environ, "PYTHONPATH": str(house)}
    return subprocess.run(
        [sys.executable, "-m", "inkread", *command], capture_output=True, encoding="utf-8", env=env, cwd=house
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a copy of the package, for tests to damage."""
    package = ROOT / "src" / "inkread"
    shutil.copytree(package, tmp_path / "inkread", ignore=shutil.ignore_patterns("__pycache__", "page"))
    return tmp_path


def remove(file: Path) -> None:
    file.unlink()


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:1000])


def change_one_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


SHIPPED = [network.path.name for network in Reader().networks]


def test_every_file_that_ships_is_a_network_that_a_reading_can_need() -> None:
    assert sorted(path.name for path in (ROOT / "src" / "inkread" / "model").glob("*.onnx")) == sorted(
        SHIPPED
    )


@pytest.mark.parametrize("damage", [remove, cut_short, change_one_byte])
@pytest.mark.parametrize("ending", [".onnx", ".json"])
@pytest.mark.parametrize("network", SHIPPED)
def test_a_network_or_card_that_is_missing_or_damaged(
    network: str, ending: str, damage: Callable[[Path], None], house: Path
) -> None:
    file = (house / "inkread" / "model" / network).with_suffix(ending)
    if (ending, damage) == (".json", change_one_byte):
        card = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(card | {"sha256": "0" * 64}), encoding="utf-8")
    else:
        damage(file)
    done = of_installation(house, "doctor", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    checks = json.loads(done.stdout)["checks"]
    (problem,) = [check for check in checks if check["section"] == "networks" and check["state"] == "problem"]
    assert problem["name"] == network
    assert "pip install --force-reinstall" in problem["fix"]
    assert "reinstall inkread" in problem["value"]
    assert "--model" not in done.stdout


def test_a_reading_with_a_damaged_installation_says_what_mends_it(house: Path) -> None:
    (house / "inkread" / "model" / SHIPPED[-1]).unlink()
    picture = ROOT / "examples" / "phone-number.jpg"
    done = of_installation(house, "read", str(picture))
    assert done.returncode == 1
    assert done.stderr.endswith(f"{SHIPPED[-1]}: no such model file; reinstall inkread\n")
    assert done.stderr.count("\n") == 1


def test_the_self_test_reaches_every_network(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, ran = onnx_runtime(), set()

    class Noting(runtime.InferenceSession):  # type: ignore[misc, name-defined]
        def run(self, *given: Any, **named: Any) -> Any:
            ran.add(id(self))
            return super().run(*given, **named)

    monkeypatch.setattr(runtime, "InferenceSession", Noting)
    assert {check.state for check in doctor._self_test(Reader())} == {"ok"}
    assert len(ran) == len(SHIPPED)


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
    monkeypatch.setattr(doctor, "_DRAWN", {"2": (((140, 40), (140, 240)),)})
    check = by_name()["self-test a drawn 2"]
    assert check.state == "problem"
    assert "report it" in check.fix


def test_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    assert by_name()["data folder"].value == f"{tmp_path} (INKREAD_DATA)"
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path / "none"))
    assert by_name()["data folder"].state == "missing"
