"""What differs from system to system: colours, resolution, voice; and the settings kept for the next time.

This module knows no widget.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from inkread.apps.saving import make_folder, save_bytes

_MARKS = {
    "-": "dash", "/": "slash", ".": "point", ",": "comma", ":": "colon", "+": "plus", "(": "bracket", ")": "bracket",
}  # fmt: skip


def be_sharp() -> None:
    """On Windows, asks for real pixels; must come before the first window. Elsewhere they are real anyway."""
    if sys.platform == "win32":
        import ctypes

        with contextlib.suppress(AttributeError, OSError):  # before Windows 8.1
            ctypes.windll.shcore.SetProcessDpiAwareness(1)


def prefers_dark() -> bool:
    """Whether the user has the system dark; False where that cannot be told."""
    if sys.platform == "win32":
        import winreg

        key = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                return winreg.QueryValueEx(opened, "AppsUseLightTheme")[0] == 0
        except OSError:
            return False
    if sys.platform == "darwin":
        return "Dark" in _said("defaults", "read", "-g", "AppleInterfaceStyle")
    return "dark" in _setting("interface", "color-scheme")


def prefers_contrast() -> bool:
    """Whether the user has the system in high contrast; False where that cannot be told."""
    if sys.platform == "win32":
        # Bit 0 of the flags: high contrast is on (HCF_HIGHCONTRASTON).
        flags = re.search(
            r"Flags\s+REG_SZ\s+(\d+)", _said("reg", "query", r"HKCU\Control Panel\Accessibility\HighContrast")
        )
        return bool(flags and int(flags[1]) & 1)
    if sys.platform == "darwin":
        return _said("defaults", "read", "com.apple.universalaccess", "increaseContrast").strip() == "1"
    return "true" in _setting("a11y.interface", "high-contrast")


def text_scale() -> float:
    """How much larger than usual the user has text, 1 … 2; 1 where that cannot be told."""
    if sys.platform in ("win32", "darwin"):
        return 1.0
    with contextlib.suppress(ValueError):
        return min(2.0, max(1.0, float(_setting("interface", "text-scaling-factor"))))
    return 1.0


def spoken(text: str) -> str:
    """A number as it is read aloud: digit by digit, marks by name, a pause after each line."""
    lines = (
        " ".join(_MARKS.get(each, each) for each in line if not each.isspace()) for line in text.split("\n")
    )
    return ", ".join(line for line in lines if line)


def speak(text: str) -> bool:
    """Has the system say a text, and does not wait; False where it has no voice."""
    if sys.platform == "win32":
        script = (
            "Add-Type -A System.Speech; (New-Object System.Speech.Synthesis.SpeechSynthesizer).Speak($input)"
        )
        command = ["powershell", "-NoProfile", "-Command", script]
    else:
        names = ("say",) if sys.platform == "darwin" else ("spd-say", "espeak-ng", "espeak")
        found = next((path for name in names if (path := shutil.which(name))), None)
        if found is None:
            return False
        command = [found, text]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return False
    assert process.stdin is not None
    with contextlib.suppress(OSError), process.stdin:
        process.stdin.write(text.encode())
    return True


def _setting(schema: str, key: str) -> str:
    """A setting of the desktop; empty without one, where asking would only leave files in the user's cache."""
    if not os.environ.get("XDG_CURRENT_DESKTOP"):
        return ""
    return _said("gsettings", "get", f"org.gnome.desktop.{schema}", key)


def _said(*command: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=1, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


_KINDS: dict[str, Any] = {
    "width": float, "dark": bool, "live": bool, "mine": bool, "dark_window": bool, "contrast": bool,
    "text_size": float, "geometry": str,
}  # fmt: skip
_MOST = {"width": 100, "text_size": 2}
_GEOMETRY = re.compile(r"\d{3,5}x\d{3,5}\+-?\d{1,5}\+-?\d{1,5}")


def settings_file() -> Path:
    """``window.json`` in the user's own folder for settings."""
    import platformdirs

    return Path(platformdirs.user_config_dir("inkread", appauthor=False)) / "window.json"


def load(file: Path | None = None) -> tuple[dict[str, Any], str]:
    """What was kept, any of the ``settings`` of a window, and in one line what of it cannot be used; "" for nothing."""
    file = file or settings_file()
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"{file}: cannot be read ({error.strerror}); the window has its usual settings"
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict):
        return {}, f"{file}: is damaged; the window has its usual settings"
    found = {name: kept[name] for name in _KINDS if name in kept and _is_usable(name, kept[name])}
    wrong = ", ".join(sorted(_KINDS.keys() & kept.keys() - found.keys()))
    return (
        found,
        f"{file}: {wrong} cannot be used; the window has its usual settings of that" if wrong else "",
    )


def _is_usable(name: str, value: Any) -> bool:
    if not isinstance(value, _KINDS[name]):
        return False
    if isinstance(value, str):
        return _GEOMETRY.fullmatch(value) is not None
    return name not in _MOST or 1 <= value <= _MOST[name]


def save(settings: dict[str, Any], file: Path | None = None) -> None:
    """Keeps settings for the next time. Raises ``CannotWrite``."""
    file = file or settings_file()
    make_folder(file.parent)
    save_bytes(json.dumps({name: settings[name] for name in _KINDS if name in settings}).encode(), file)
