"""Hooks of MkDocs: pages that lie outside ``docs/`` become part of the site, and links to them lead there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CODE_OF_CONDUCT.md": "code_of_conduct.md",
}
"""Files of the repository's root, and their names on the site."""
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages of the root."""
    for name, page in OUTSIDE.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=site_links(text, ROOT)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Sets the links of a page of ``docs/`` right."""
    if page.file.generated_by:
        return markdown
    return site_links(markdown, Path(page.file.abs_src_path).parent)


def site_links(text: str, folder: Path) -> str:
    """Markdown with its links as the site has them; what is not on the site keeps its words, without a link."""

    def link(match: re.Match[str]) -> str:
        picture, words, target, anchor = match.groups()
        path = (folder / target).resolve()
        if path.is_relative_to(ROOT / "docs"):
            if folder != ROOT:
                return match[0]
            return f"{picture}[{words}]({path.relative_to(ROOT / 'docs').as_posix()}{anchor or ''})"
        name = OUTSIDE.get(path.relative_to(ROOT).as_posix()) if path.is_relative_to(ROOT) else None
        if name is None:
            return words
        up = "../" * len(folder.relative_to(ROOT / "docs").parts) if folder != ROOT else ""
        return f"[{words}]({up}{name}{anchor or ''})"

    return LINK.sub(link, text)
