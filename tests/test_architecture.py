"""The shape of the house: who imports whom, what is loaded when, and how long anything may be.

Why it has this shape: CONTRIBUTING.md. A new module in src/inkread/ is given its place in ARROWS.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "inkread"
MODULES = sorted(SOURCE.rglob("*.py"))
OURS = [
    *MODULES,
    ROOT / "run.py",
    *sorted((ROOT / "benchmarks").rglob("*.py")),
    *sorted((ROOT / "examples").glob("*.py")),
]

WORDS = {"elements", "reading", "candidate", "errors", "measure"}
STAGES = {"images", "ink", "rules", "segments", "glyphs", "lattice", "lines", "detection", "layout"}
ARROWS = {
    **{word: set() for word in WORDS},
    # What a reading can do for people; it imports render and images inside functions only.
    "reading": {"elements", "showing"},
    "regions": {"errors", "reading"},
    "printed": {"reading"},
    "options": {"expectations", "images", "printed"},
    "expectations": {"elements", "errors", "reading"},
    "many": WORDS | {"expectations", "images", "showing", "recognition", "workers"},
    "showing": {"errors", "images", "numerals", "reading", "render"},
    "numerals": set(),
    "candidate": {"elements"},
    "measure": {"reading"},
    # Keras files are converted on demand: only this room of reading calls training, inside a function.
    "inference": {"errors", "training"},
    **dict.fromkeys(STAGES, WORDS),
    "images": WORDS | {"workers"},
    "adaptation": {"confidence", "corrections", "errors", "glyphs", "images", "reading", "recognition"},
    "confidence": {"elements"},
    "lattice": WORDS | {"confidence"},
    "glyphs": WORDS | {"inference"},
    "lines": WORDS | {"inference"},
    "__init__": {"elements", "errors", "expectations", "images", "options", "printed"}
    | {"reader", "reading", "regions", "tables"},
    # Tables are made of a reading; how boxes make lines, and what is expected of a cell, is the owners'.
    "tables": WORDS | {"expectations", "layout", "numerals", "render"},
    "__main__": {"apps"},
    "recognition": STAGES | WORDS | {"showing"},
    "calibration": set(),
    "overlap": set(),
    "detection": WORDS | {"calibration", "overlap"},
    "fusion": WORDS | {"calibration", "overlap"},
    "choice": {"calibration", "glyphs", "overlap"},
    "line_opinions": {"calibration", "detection", "layout", "lines"},
    "second_reader": STAGES
    | WORDS
    | {"calibration", "choice", "confidence", "fusion", "inference", "line_opinions", "overlap"},
    "first_reader": STAGES | WORDS | {"recognition"},
    "reader": STAGES
    | WORDS
    | {
        "adaptation",
        "confidence",
        "corrections",
        "expectations",
        "first_reader",
        "fusion",
        "inference",
        "many",
    }
    | {"options", "printed", "recognition", "regions", "second_reader", "showing", "tables"},
    "render": {"candidate", "confidence", "elements", "reading"},
    "sketch": set(),
    "durable": set(),
    "workers": set(),
    "corrections": {"durable", "errors", "images"},
    "explain": {"candidate", "elements", "errors", "glyphs", "inference"},
    "sheets": {"__init__", "durable", "expectations", "images", "reading", "reader", "errors"},
    "bulk": {
        "__init__",
        "confidence",
        "durable",
        "errors",
        "images",
        "reader",
        "reading",
        "render",
        "workers",
    },
    "apps": {"__init__", "bulk", "confidence", "corrections", "durable", "errors", "explain", "inference"}
    | {"reader", "reading", "render", "sheets", "sketch", "tables", "training", "workers"},
    "training": {
        "calibration",
        "choice",
        "detection",
        "durable",
        "errors",
        "fusion",
        "glyphs",
        "inference",
        "ink",
    }
    | {"lines", "measure", "overlap", "reader", "reading", "second_reader", "sheets"},
}
LINES_PER_FILE, LINES_PER_FUNCTION = 400, 40


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    """The module or package directly in src/inkread/ that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each of our rooms that is imported, however deep in the code, with the line number."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for dotted in names:
            first, _, rest = dotted.partition(".")
            if first == "inkread":
                room = rest.partition(".")[0]
                yield (room if room in ARROWS else "__init__"), node.lineno


def test_every_module_has_its_place() -> None:
    rooms = {room_of(path) for path in MODULES}
    assert rooms <= set(ARROWS), f"give these a line in ARROWS: {rooms - set(ARROWS)}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_follow_the_arrows(path: Path) -> None:
    room = room_of(path)
    for target, line in imported_rooms(ast.parse(path.read_text(encoding="utf-8"))):
        assert target == room or target in ARROWS[room], (
            f"{name(path)}:{line}: {room} must not import {target}"
        )


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) != "training"], ids=name)
def test_training_is_imported_inside_functions_only(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert "training" not in [target for target, _ in imported_rooms(node)], (
                f"{name(path)}:{node.lineno}"
            )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_images_decodes_pictures(path: Path) -> None:
    decoders = ("Image.open(", "imread(", "imdecode(", "ImageFile.Parser(")
    found = [decoder for decoder in decoders if decoder in path.read_text(encoding="utf-8")]
    assert not found or room_of(path) == "images"


def imports_of(tree: ast.AST) -> Iterator[str]:
    """The first name of everything that is imported, also by ``import_module`` and the like."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in ("import_module", "__import__", "importorskip"):
                yield str(node.args[0].value).partition(".")[0]


@pytest.mark.parametrize("path", [*OURS, *sorted((ROOT / "tests").rglob("*.py"))], ids=name)
def test_only_onnx_session_imports_onnx_runtime(path: Path) -> None:
    """It switches off the telemetry of ONNX Runtime before the import, which works nowhere else."""
    found = "onnxruntime" in imports_of(ast.parse(path.read_text(encoding="utf-8")))
    assert found == (path == SOURCE / "inference" / "onnx_session.py")


@pytest.mark.parametrize("path", OURS, ids=name)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES_PER_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= LINES_PER_FUNCTION, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", OURS, ids=name)
def test_modules_say_what_they_are_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{name(path)} has no docstring"


def docstrings_of(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Each string that stands alone in the code, those below constants and fields among them, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str):
                yield text.strip(), node.lineno


@pytest.mark.parametrize("path", [*OURS, *sorted((ROOT / "tests").rglob("*.py"))], ids=name)
def test_each_docstring_stands_alone(path: Path) -> None:
    """None continues the one before it, or is continued in the next."""
    for text, line in docstrings_of(ast.parse(path.read_text(encoding="utf-8"))):
        assert "…" not in (text[:1], text[-1:]), f"{name(path)}:{line}"


def loaded_after(code: str) -> set[str]:
    """Top-level names in sys.modules after a fresh Python ran this."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_inkread_loads_nothing_heavy() -> None:
    heavy = {"numpy", "cv2", "PIL", "onnxruntime", "keras", "tensorflow", "typer", "rich"}
    assert not loaded_after("import inkread; inkread.Box; inkread.InkreadError") & heavy


def test_reading_needs_no_training_framework() -> None:
    loaded = loaded_after(
        "import inkread, numpy\n"
        "page = numpy.full((90, 90), 255, numpy.uint8)\n"
        "page[20:70, 42:48] = 0\n"
        "assert inkread.read(page).text == '1'"
    )
    assert "onnxruntime" in loaded
    assert not loaded & {"keras", "tensorflow", "torch", "jax", "onnx", "matplotlib", "sklearn", "typer"}
