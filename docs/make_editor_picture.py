"""Makes docs/pictures/editor.png: the editor of worksheets in Chromium, rectangles drawn with the mouse.

    python docs/make_editor_picture.py

Needs the extras sheets, web and test, and Chromium (apt-get install chromium).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from made_browser import browser, opened  # noqa: E402
from made_processes import running  # noqa: E402
from made_worksheets import make_worksheet  # noqa: E402


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make_worksheet(Path(folder))
        with (
            running("sheet", "template", str(made.path), "--edit", "--no-open") as (address, _),
            browser() as started,
            opened(started, address, viewport={"width": 1200, "height": 720}) as page,
        ):
            page.locator(".rectangle.question").nth(1).focus()
            page.screenshot(path=ROOT / "docs" / "pictures" / "editor.png")


if __name__ == "__main__":
    main()
