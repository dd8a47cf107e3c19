"""Metadata that depends on where a package is built: project links, and links of the README that lead somewhere.

In GitHub Actions, ``GITHUB_SERVER_URL``, ``GITHUB_REPOSITORY`` and ``GITHUB_REF_NAME`` say where the source is. A
package that is built elsewhere names no address: its links stay relative.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

__all__ = ["SourceLinks", "project_urls", "with_absolute_links"]

_RELATIVE_LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!\w+:|#)([^)\s]+)\)")


class SourceLinks(MetadataHookInterface):
    """Fills in ``readme`` and ``urls``, which ``pyproject.toml`` declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        repository = os.environ.get("GITHUB_REPOSITORY", "")
        metadata["urls"] = {}
        if repository:
            home = f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}"
            metadata["urls"] = project_urls(home)
            text = with_absolute_links(text, home, os.environ.get("GITHUB_REF_NAME", "main"))
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def project_urls(home: str) -> dict[str, str]:
    """The links that a package index shows, for the repository at ``home``."""
    return {
        "Source": home,
        "Documentation": f"{home}/tree/main/docs",
        "Changelog": f"{home}/blob/main/CHANGELOG.md",
        "Issues": f"{home}/issues",
    }


def with_absolute_links(text: str, home: str, ref: str) -> str:
    """Markdown whose relative links and pictures lead to the files of ``ref`` in the repository at ``home``."""

    def absolute(link: re.Match[str]) -> str:
        picture, label, target = link.groups()
        return f"{picture}{label}({home}/{'raw' if picture else 'blob'}/{ref}/{target})"

    return _RELATIVE_LINK.sub(absolute, text)
