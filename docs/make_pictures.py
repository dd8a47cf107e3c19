"""Makes the pictures of the docs from those in examples/: run it again whenever the reading has changed.

    python docs/make_pictures.py

They are what `inkread read --annotate` and `--show-steps` write, saved so as to load quickly.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import inkread
from inkread.render import annotate, draw_steps

HERE = Path(__file__).resolve().parent
EXAMPLES, PICTURES = HERE.parent / "examples", HERE / "pictures"


def save(picture: NDArray[np.uint8], name: str, photo: bool) -> None:
    """Photos as JPEG, all else as PNG of few colours."""
    path = PICTURES / f"{name}{'.jpg' if photo else '.png'}"
    image = Image.fromarray(picture)
    if photo:
        image.save(path, quality=85, optimize=True)
    else:
        image.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}  {path.stat().st_size // 1000} kB")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    reader = inkread.Reader()
    shown = reader.steps(EXAMPLES / "phone-number.jpg")
    save(annotate(shown.image, shown.reading), "annotated", photo=True)
    for name, picture in draw_steps(reader.steps(EXAMPLES / "squared-paper.jpg")).items():
        save(picture, name, photo=name in ("1-image", "5-reading"))
    touching = draw_steps(reader.steps(EXAMPLES / "touching.png"))
    save(touching["3-segments"], "3-segments-touching", photo=False)


if __name__ == "__main__":
    main()
