"""run.py, from a bare folder to a running program: with a stand-in for inkread that needs no network."""

import ast
import json
import os
import runpy
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "run.py"
run_py = runpy.run_path(str(RUN))
Home, Trouble = run_py["Home"], run_py["Trouble"]

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "inkread"
version = "0"

[dependency-groups]
test = []
docs = [{ include-group = "test" }]
"""
# A build backend of the fewest lines: it packs a wheel whose inkread says what it was called with.
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "inkread-0-py3-none-any.whl"
    info = "inkread-0.dist-info/"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.writestr("inkread.py", "import sys\\ndef main():\\n    print('inkread', *sys.argv[1:])\\n"
                       "    sys.exit(3 if 'fail' in sys.argv else 0)\\n")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: inkread\\nVersion: 0\\n"
                       "Provides-Extra: train\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\n" + "".join(
            f"{name} = inkread:main\\n" for name in ("inkread", "ruff", "mypy", "pytest")))
        wheel.writestr(info + "RECORD", "")
    return name
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with run.py and the stand-in project; its name holds what trips careless scripts."""
    folder = tmp_path / "a folder, ünïcode"
    folder.mkdir()
    shutil.copy(RUN, folder)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, installed once for the tests that only use it."""
    folder = bare.__wrapped__(tmp_path_factory.mktemp("installed"))  # type: ignore[attr-defined]
    start(folder)
    return folder


def start(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs run.py of that folder, from another one."""
    command = [sys.executable, str(folder / "run.py"), *words]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=folder.parent, env={**os.environ, **env}
    )


def test_first_run_installs_and_shows_the_examples_and_the_second_starts_at_once(bare: Path) -> None:
    first, second = start(bare), start(bare)
    assert "making .venv" in first.stdout
    assert "inkread read examples --annotate inkread-output" in first.stdout
    assert (first.returncode, first.stderr) == (0, "")
    assert "installing" not in second.stdout
    assert "inkread read examples" in second.stdout


def test_words_and_exit_status_pass_through(installed: Path) -> None:
    result = start(installed, "read", "a photo.jpg", "fail")
    assert result.stdout.strip() == "inkread read a photo.jpg fail"
    assert result.returncode == 3


def test_checks_all_run_and_the_extras_stay(installed: Path) -> None:
    result = start(installed, "test", "-k", "ink")
    for call in ("format --check .", "check .", "-k ink"):
        assert f"inkread {call}\n" in result.stdout
    assert result.stdout.endswith("all checks passed\n")
    assert result.returncode == 0
    stamp = json.loads((installed / ".venv/run-ready.json").read_text())
    assert stamp["extras"] == sorted(run_py["TESTS"])
    assert "installing" not in start(installed, "doctor").stdout


def test_a_failed_check_sets_the_status_but_stops_nothing(installed: Path) -> None:
    result = start(installed, "test", "fail")
    assert "failed: pytest fail" in result.stdout
    assert result.returncode == 3


def test_groups_become_their_packages_and_the_rest_are_extras(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[dependency-groups]\ntest = ["pytest>=8"]\ndev = [{ include-group = "test" }, "ruff"]\n'
    )
    wanted = run_py["requirements"](Home(tmp_path), ["dev", "test", "train", "web"])
    assert wanted == ["-e", ".[train,web]", "ruff", "pytest>=8"]


def test_half_made_environment_is_made_anew(bare: Path) -> None:
    home = Home(bare)
    home.bin.mkdir(parents=True)
    home.ours.touch()
    home.python.write_text("killed before it was whole")
    (home.venv / "left-over").mkdir()
    result = start(bare, "doctor")
    assert "inkread doctor" in result.stdout
    assert not (home.venv / "left-over").exists()


def test_environment_follows_the_folder_when_it_moves(bare: Path) -> None:
    start(bare)
    moved = bare.rename(bare.with_name("moved"))
    assert "inkread doctor" in start(moved, "doctor").stdout


def test_environment_of_another_python_is_made_anew(installed: Path) -> None:
    stamp = installed / ".venv/run-ready.json"
    stamp.write_text(stamp.read_text().replace(sys.implementation.cache_tag or "", "cpython-310"))
    assert "making .venv" in start(installed, "doctor").stdout


def test_someone_elses_environment_is_never_cleared(bare: Path) -> None:
    (bare / ".venv").mkdir()
    (bare / ".venv/precious").write_text("mine")
    result = start(bare)
    assert "move it away" in result.stderr
    assert (result.returncode, (bare / ".venv/precious").read_text()) == (1, "mine")


def test_two_at_once_install_once(bare: Path) -> None:
    command = [sys.executable, str(bare / "run.py"), "doctor"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(2)]
    said = [child.communicate()[0] for child in both]
    assert all("inkread doctor" in text for text in said)
    assert sum("installed in" in text for text in said) == 1


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_old_pythons_get_one_line(version: tuple[int, ...]) -> None:
    line = run_py["too_old"](version)
    assert "needs Python 3.11" in line
    assert ".".join(map(str, version)) in line
    assert "\n" not in line


def test_new_pythons_are_welcome() -> None:
    assert [run_py["too_old"](version) for version in [(3, 11), (3, 14, 0), (4, 0)]] == ["", "", ""]


def test_parses_on_python_3_6() -> None:
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_missing_venv_names_the_package_to_install(bare: Path) -> None:
    (bare / "sitecustomize.py").write_text(
        textwrap.dedent("""
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *rest: None if name == "ensurepip" else find(name, *rest)
        """)
    )
    result = start(bare, PYTHONPATH=str(bare))
    assert "sudo apt install python{}.{}-venv".format(*sys.version_info[:2]) in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk"),
        (
            "WARNING: Retrying after NewConnectionError: Temporary failure in name resolution\n"
            "ERROR: No matching distribution found for numpy",
            "check the network",
        ),
        (
            "ERROR: No matching distribution found for onnxruntime>=1.17",
            "there is no onnxruntime for this Py",
        ),
        ("ERROR: the sky is falling", "the whole story is in"),
    ],
)
def test_failed_installations_say_what_to_do(log: str, advice: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.venv.mkdir()
    home.log.write_text("$ before\nTimeout\n$ pip install\n" + log)
    assert advice in run_py["explain"](home, "pip failed")


def test_read_only_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(folder: Path, **_options: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    monkeypatch.setattr(Path, "mkdir", refuse)  # chmod would not stop a test that runs as root
    assert run_py["main"]([], tmp_path) == 1
    line = capsys.readouterr().err
    assert "cannot write" in line
    assert line.count("\n") == 1


def test_a_file_in_the_way_and_a_full_disk() -> None:
    in_one_line = run_py["in_one_line"]
    assert "in the way" in in_one_line(FileExistsError(17, "File exists", ".venv"), Path())
    assert "disk is full" in in_one_line(OSError(28, "No space left on device"), Path())
    assert "cannot write" in in_one_line(PermissionError(13, "Permission denied", ".venv"), Path())
    assert in_one_line(Trouble("as it is"), Path()) == "as it is"
