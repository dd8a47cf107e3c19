"""Size and complexity of the source, one line per room: `python benchmarks/house.py [--before COMMIT]`.

A room is a module or package directly in src/inkread. Complexity is radon's, which counts comprehensions and boolean
operators. A constant is a numeric literal other than 0, 1 and 2 that is assigned in a module or a class. A circle is a
set of modules that import each other, annotations left out. With --before, a second line gives the totals of a commit.
"""

from __future__ import annotations

import argparse
import ast
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from radon.complexity import cc_visit

ROOT = Path(__file__).resolve().parent.parent
SMALL, COMPLEX = 60, 15
COLUMNS = ("files", "<60", "median", "lines", "longest function", "complexity", ">15", "constants")
WIDTHS = (6, 5, 8, 8, 18, 12, 5, 11)


@dataclass
class Figures:
    """What one room, or all of them, come to."""

    lines: list[int] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    complexities: list[int] = field(default_factory=list)
    constants: int = 0

    def add(self, text: str) -> None:
        """Counts one module."""
        tree = ast.parse(text)
        self.lines.append(text.count("\n"))
        self.functions += [
            (node.end_lineno or 0) - node.lineno + 1
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        # Methods are listed beside their classes.
        self.complexities += [each.complexity for each in cc_visit(text) if not hasattr(each, "methods")]
        self.constants += sum(1 for _ in constants_of(tree))

    def row(self, name: str) -> str:
        """One line of the table."""
        figures = (
            len(self.lines),
            sum(lines < SMALL for lines in self.lines),
            round(median(self.lines)),
            sum(self.lines),
            max(self.functions, default=0),
            max(self.complexities, default=0),
            sum(each > COMPLEX for each in self.complexities),
            self.constants,
        )
        return row(name, figures)


def row(name: str, cells: Iterable[object]) -> str:
    return f"{name:<14}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def constants_of(tree: ast.Module) -> Iterator[ast.Constant]:
    """Numeric literals other than 0, 1 and 2 in assignments of the module and its classes."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for statement in (each for body in bodies for each in body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            for node in ast.walk(statement.value):
                number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
                if number and node.value not in (0, 1, 2):
                    yield node


def imports_of(tree: ast.AST, modules: Container[str]) -> Iterator[str]:
    """The modules that are imported anywhere in a module, except for annotations alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:  # of a package, its module rather than itself
                dotted = f"{node.module}.{alias.name}"
                yield dotted if dotted in modules else node.module
        yield from imports_of(node, modules)


def circles_of(imports: dict[str, set[str]]) -> list[list[str]]:
    """The sets of modules that reach each other."""
    reached: dict[str, set[str]] = {}
    for start in imports:
        seen, waiting = set(), [start]
        while waiting:
            found = imports[waiting.pop()] - seen
            seen |= found
            waiting += found
        reached[start] = seen
    circles = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in imports
        if name in reached[name]
    }
    return sorted(map(list, circles))


def modules_in(source: Path) -> dict[str, str]:
    """Dotted name and text of each module of the package in the folder ``source``."""
    modules = {}
    for path in sorted(source.rglob("*.py")):
        parts = (source.name, *path.relative_to(source).with_suffix("").parts)
        modules[".".join(parts).removesuffix(".__init__")] = path.read_text(encoding="utf-8")
    return modules


def measure(modules: dict[str, str]) -> tuple[dict[str, Figures], Figures, list[list[str]]]:
    """The figures of each room and of all, and the import circles."""
    rooms: dict[str, Figures] = {}
    whole = Figures()
    imports = {
        name: set(imports_of(ast.parse(text), modules)) & set(modules) - {name}
        for name, text in modules.items()
    }
    packages = {name.partition(".")[2].partition(".")[0] for name in modules if name.count(".") > 1}
    for name, text in modules.items():
        room = name.partition(".")[2].partition(".")[0]
        for figures in (rooms.setdefault(room if room in packages else "(modules)", Figures()), whole):
            figures.add(text)
    return rooms, whole, circles_of(imports)


def at_commit(commit: str) -> dict[str, str]:
    """The modules as they were at a commit."""
    packed = subprocess.run(
        ["git", "archive", commit, "src/inkread"], cwd=ROOT, capture_output=True, check=True
    )
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
        return modules_in(Path(folder) / "src" / "inkread")


def told(circles: Iterable[list[str]]) -> str:
    return "; ".join(", ".join(circle) for circle in circles) or "none"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--before", metavar="COMMIT", help="also give the totals of this commit")
    options = parser.parse_args()
    rooms, whole, circles = measure(modules_in(ROOT / "src" / "inkread"))
    print(row("room", COLUMNS))
    for name, figures in sorted(rooms.items(), key=lambda item: -sum(item[1].lines)):
        print(figures.row(name))
    print(whole.row("all"))
    if options.before:
        _, before, old = measure(at_commit(options.before))
        print(before.row(options.before[:13]))
        print(f"import circles at {options.before}: {told(old)}")
    print(f"import circles: {told(circles)}")


if __name__ == "__main__":
    main()
