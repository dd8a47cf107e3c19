"""The docs tell the truth: links lead somewhere, commands exist, the tree of modules is the tree, code runs."""

import functools
import importlib.util
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "inkread"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in one of these languages."""
    return [
        body for language, body in FENCE.findall(page.read_text(encoding="utf-8")) if language in languages
    ]


def anchors(page: Path) -> set[str]:
    """The anchors that headings get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: Path) -> list[list[str]]:
    """Each call of inkread on a page, as its words, whether in a block or in the text; comments left out."""
    text = page.read_text(encoding="utf-8")
    inline = re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
    lines = [
        line.split("  #")[0].split(" # ")[0] for body in blocks(page, "sh", "") for line in body.splitlines()
    ]
    calls = []
    for line in (*lines, *inline):
        for start in ("python3 run.py", "py run.py", "inkread"):
            if line == start or line.startswith(start + " "):
                calls.append(line.removeprefix(start).split())
                break
    return calls


@functools.cache
def help_of(*words: str) -> str:
    """What ``inkread WORDS --help`` prints; fails if there is no such command."""
    code = "import sys; from inkread.apps.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--help"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, f"inkread {' '.join(words)}: {done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{name(page)} links to {target}"
        assert not anchor or anchor in anchors(file), f"{name(page)} links to {target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_and_options_exist(page: Path) -> None:
    for words in commands(page):
        if not words or words[0] in ("test", "help", "…", "..."):
            continue
        if words[0].startswith("-"):
            assert words[0] in help_of(), f"{name(page)}: inkread {' '.join(words)}"
            continue
        shown = help_of(words[0])
        if len(words) > 1 and f" {words[1]} " in shown.partition("Commands")[2]:
            shown += help_of(*words[:2])
        for option in OPTION.findall(" ".join(words)):
            assert option in shown, f"{name(page)}: inkread {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_benchmarks_and_their_options_exist(page: Path) -> None:
    for script, rest in re.findall(
        r"python3? (benchmarks/\w+\.py)([^`\n#]*)", page.read_text(encoding="utf-8")
    ):
        source = (ROOT / script).read_text(encoding="utf-8")
        for option in OPTION.findall(rest):
            assert f'"{option}"' in source, f"{name(page)}: {script} {option}"


def test_reference_names_every_command_and_everything_in_the_front_door() -> None:
    import inkread

    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    listed = re.findall(r"^[\W_]*([a-z][a-z-]+)\s{2,}\S", help_of().partition("Commands")[2], re.MULTILINE)
    assert listed, "no commands in inkread --help"
    for command in listed:
        assert f"inkread {command}" in text
        for option in set(OPTION.findall(help_of(command))) - {"--help"}:
            assert f"`{option}" in text or f"/{option}" in text, f"inkread {command} {option}"
    for public in inkread.__all__:
        assert f"`{public}" in text or f"inkread.{public}" in text, public


def test_the_tree_of_modules_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_architecture.py"))
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert page == made["page"](), "run: python docs/make_architecture.py"
    for module in SOURCE.rglob("*.py"):
        assert made["purpose"](module), f"{name(module)} has no docstring"


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= 8192


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name)
def test_python_blocks_run(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder in ("docs", "examples"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__docs__"}
    for body in blocks(page, "python"):
        exec(compile(body, name(page), "exec"), names)


def test_decisions_are_dated_notes_of_one_screen() -> None:
    folder = ROOT / "docs" / "decisions"
    index = LINK.findall((folder / "README.md").read_text(encoding="utf-8"))
    notes = sorted(path.name for path in folder.iterdir() if path.name != "README.md")
    assert sorted(index) == notes
    for note in notes:
        date = re.fullmatch(r"(\d{4}-\d\d-\d\d)-[a-z-]+\.md", note)
        lines = (folder / note).read_text(encoding="utf-8").splitlines()
        assert date is not None, note
        assert lines[2].startswith(date[1]), note
        assert len(lines) <= 50, f"{note} does not fit on a screen"


@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="needs MkDocs: pip install --group docs"
)
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    home = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    for address in re.findall(r'(?:src|href)="(https?://[^"]+)"', home):
        assert not re.search(r"\.(css|js|woff2?)\b", address), f"{address} is loaded from elsewhere"
    api = (tmp_path / "site" / "api" / "index.html").read_text(encoding="utf-8")
    for name in ("read_many", "annotated", "ImageLimits", "runners_up", "MultiplePages"):
        assert name in api
    assert (tmp_path / "site" / "search" / "search_index.json").stat().st_size > 100_000
