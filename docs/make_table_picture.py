"""Makes docs/pictures/table.jpg: a photo of a made table, and prints what is read in it.

python docs/make_table_picture.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import inkread  # noqa: E402
from made_tables import Look, draw_table  # noqa: E402

PICTURE = ROOT / "docs" / "pictures" / "table.jpg"
TEXTS = (
    ("01", "14", "7", "21"),
    ("02", "9", "", "9"),
    ("03", "18", "10", "28"),
    ("04", "", "8", "8"),
    ("05", "16", "12", "28"),
)
LOOK = Look(height=40, pad=2.4, turn=1.6, tilt=0.04, photo=True, margin=1.0)


def main() -> None:
    image = Image.fromarray(draw_table(TEXTS, LOOK, seed=12))
    image.save(PICTURE, quality=80, optimize=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")
    for row in inkread.read_table(PICTURE).rows:
        print(row)


if __name__ == "__main__":
    main()
