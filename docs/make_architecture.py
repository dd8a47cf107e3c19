"""Writes the tree of modules in ``architecture.md``: each module with the first sentence of its docstring.

python docs/make_architecture.py
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src" / "inkread"
PAGE = HERE / "architecture.md"
BEGIN, END = "<!-- tree -->\n", "<!-- end of tree -->\n"


def tree(folder: Path, indent: str = "  ") -> list[str]:
    """A line for each module and package below ``folder``: modules first, each group by name."""
    lines = [
        f"{indent}{path.name:<20} {purpose(path)}"
        for path in sorted(folder.glob("*.py"))
        if path.name[0] != "_"
    ]
    for package in sorted(path.parent for path in folder.glob("*/__init__.py")):
        lines.append(f"{indent}{package.name + '/':<20} {purpose(package / '__init__.py')}")
        lines += tree(package, indent + "  ")
    return lines


def purpose(module: Path) -> str:
    """The first sentence of the module's docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    words = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=[.?!])\s", words)[0].removesuffix(".")


def page() -> str:
    """The whole page with the tree as the modules now are."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return f"{before}{BEGIN}```\nsrc/inkread/\n" + "\n".join(tree(SOURCE)) + f"\n```\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
