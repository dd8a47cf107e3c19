"""The package: what is in the wheel and in the source distribution, and what an index is told of it."""

import email
import email.message
import os
import re
import runpy
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import inkread

pytest.importorskip("hatchling", reason="needs hatchling: pip install --group package")
ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ZIZMOR = Path(sys.executable).with_name("zizmor.exe" if os.name == "nt" else "zizmor")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def build(folder: Path, out: Path, kind: str, **env: str) -> Path:
    """Builds the source distribution or the wheel of ``folder`` without a network."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**outside, **env})
    (path,) = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return path


@pytest.fixture(scope="module")
def tracked() -> set[str]:
    """The files of the repository; of an unpacked source distribution, all that are there."""
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    if done.returncode == 0:
        return {line for line in done.stdout.splitlines() if (ROOT / line).is_file()}
    ignored = re.compile(r"(^|/)(__pycache__|\.(venv|pytest_cache|hypothesis|mypy_cache|ruff_cache))(/|$)")
    files = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return {file for file in files if not ignored.search(file) and file != "PKG-INFO"}


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(sdist.parent, filter="data")
    return sdist.parent / f"inkread-{inkread.__version__}"


@pytest.fixture(scope="module")
def wheel(unpacked: Path) -> Path:
    """The wheel as it is built from the source distribution, in a folder that is no repository."""
    return build(unpacked, unpacked.parent / "wheel", "wheel")


def metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_string(archive.read(name).decode())


def test_the_source_distribution_holds_the_whole_repository(unpacked: Path, tracked: set[str]) -> None:
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert there - {"PKG-INFO"} == tracked


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path, tracked: set[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == {name.removeprefix("src/") for name in tracked if name.startswith("src/")}


def test_metadata(wheel: Path) -> None:
    told = metadata(wheel)
    assert (told["Version"], told["License-Expression"]) == (inkread.__version__, "MIT")
    assert told.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    assert not told.get_all("Project-URL"), "nobody knows an address here"
    assert {"test", "dev", "docs"}.isdisjoint(told.get_all("Provides-Extra") or ())
    versions = {
        each.rpartition(" ")[2] for each in told.get_all("Classifier") or () if "Python :: 3." in each
    }
    assert versions == {"3.11", "3.12", "3.13", "3.14"}


def test_an_index_takes_both_files(wheel: Path, sdist: Path) -> None:
    pytest.importorskip("twine", reason="needs twine: pip install --group package")
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout.count("PASSED")) == (0, 2), done.stdout


def test_a_package_built_on_github_links_to_its_source(unpacked: Path, tmp_path: Path) -> None:
    told = metadata(
        build(unpacked, tmp_path, "wheel", GITHUB_REPOSITORY="somebody/inkread", GITHUB_REF_NAME="v0.1.0")
    )
    home = "https://github.com/somebody/inkread"
    assert f"Source, {home}" in (told.get_all("Project-URL") or ())
    text = str(told.get_payload())
    assert f"({home}/raw/v0.1.0/docs/pictures/annotated.jpg)" in text
    assert f"({home}/blob/v0.1.0/docs/tutorial.md)" in text
    assert not re.findall(r"\]\((?!https?://|#)", text)


def test_absolute_links_stay_as_they_are() -> None:
    made = runpy.run_path(str(ROOT / "hatch_build.py"))["with_absolute_links"]
    text = "[a](https://x.org/a.md) [b](#b) [c](mailto:c@x.org) [d](docs/d.md#e) ![f](f.png)"
    assert made(text, "https://h", "main") == (
        "[a](https://x.org/a.md) [b](#b) [c](mailto:c@x.org) [d](https://h/blob/main/docs/d.md#e) "
        "![f](https://h/raw/main/f.png)"
    )


def test_one_version_everywhere() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert citation["version"] == inkread.__version__
    assert f"\n## [{inkread.__version__}] - {citation['date-released']}\n" in changelog


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_may_do_little_and_name_exact_actions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    for action in re.findall(r"uses: (\S+)", text):
        assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@pytest.mark.skipif(not ZIZMOR.exists(), reason="needs zizmor: pip install --group dev")
@pytest.mark.parametrize(
    "path", [*WORKFLOWS, ROOT / ".github" / "dependabot.yml"], ids=lambda path: path.stem
)
def test_workflows_pass_zizmor(path: Path) -> None:
    command = [str(ZIZMOR), "--offline", "--no-progress", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout


def test_the_matrix_tests_every_version_that_is_promised() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    promised = [each.rpartition(" ")[2] for each in PROJECT["project"]["classifiers"] if ":: 3." in each]
    assert jobs["test"]["strategy"]["matrix"]["python"] == promised
