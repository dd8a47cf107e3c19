"""The settings of the window, kept from one time to the next in a small JSON file of the user's own.

A file that is missing, damaged or from another version changes nothing. This module knows no widget.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

_KINDS: dict[str, type] = {
    "width": float, "dark": bool, "live": bool, "mine": bool, "dark_window": bool, "contrast": bool,
    "text_size": float, "geometry": str,
}  # fmt: skip
_GEOMETRY = re.compile(r"\d{3,5}x\d{3,5}\+-?\d{1,5}\+-?\d{1,5}")


def settings_file() -> Path:
    """``window.json`` in the user's own folder for settings."""
    import platformdirs

    return Path(platformdirs.user_config_dir("inkread", appauthor=False)) / "window.json"


def load(file: Path | None = None) -> dict[str, Any]:
    """What was kept: any of the ``settings`` of a window."""
    try:
        kept = json.loads((file or settings_file()).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    found = {
        name: kept[name]
        for name, kind in _KINDS.items()
        if isinstance(kept, dict) and type(kept.get(name)) is kind
    }
    for name, most in (("width", 100), ("text_size", 2)):
        if not 1 <= found.get(name, 1) <= most:
            del found[name]
    if not _GEOMETRY.fullmatch(found.get("geometry", "800x600+0+0")):
        del found["geometry"]
    return found


def save(settings: dict[str, Any], file: Path | None = None) -> None:
    """Keeps settings for the next time; does nothing where the file cannot be written."""
    file = file or settings_file()
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(
            json.dumps({name: settings[name] for name in _KINDS if name in settings}), encoding="utf-8"
        )
        partial.replace(file)
