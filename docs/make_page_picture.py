"""Makes docs/pictures/page.png: the page of ``inkread serve`` in Chromium, a number drawn on it with the mouse.

python docs/make_page_picture.py            needs Chromium, and the extras web and test
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from made_browser import browser, draw, opened, served  # noqa: E402

PICTURE = ROOT / "docs" / "pictures" / "page.png"
SIZE = {"width": 1180, "height": 812}


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "kept") as address,
        browser() as started,
        opened(started, address, viewport=SIZE, color_scheme="light") as page,
    ):
        draw(page, "30472", seed=5, share=0.42)
        page.locator(".box").nth(4).wait_for()
        page.wait_for_timeout(1500)  # for all to come to rest: this is a picture, not a test
        page.locator(".box").nth(1).focus()
        page.keyboard.press("ArrowRight")
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(300)
        shot = page.screenshot()
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(160, dither=Image.Dither.NONE)
    picture.save(PICTURE, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
