"""Uses the public names as a strictly typed program does: mypy and pyright have nothing to say."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import inkread
from inkread import Digit, ImageLimits, Line, Reader, Reading, Source, Steps, UnreadableImage

picture: NDArray[np.uint8] = np.full((60, 90, 3), 255, np.uint8)
floats: NDArray[np.float32] = np.zeros((60, 90), np.float32)
sources: list[Source] = ["a.jpg", Path("b.jpg"), b"", BytesIO(), Image.new("L", (9, 9)), picture, floats]

reading: Reading = inkread.read("photo.jpg", page=2, dpi=300)
text: str = reading.text
number: int = int(reading) + len(reading)
line: Line = reading.lines[0]
digit: Digit = line[0]
values: list[int] = [int(each) for each in reading]
box: list[int] = digit.box.to_list()
sure: float = line.confidence
shown: Image.Image = inkread.annotate(picture, reading, overlay=True)
again: Image.Image = reading.annotated()
reading.save("page.png")
fields: dict[str, object] = reading.to_dict()
inkread.read(picture, order="BGR")

reader: Reader = Reader(min_confidence=0.9, limits=ImageLimits(max_megapixels=12))
steps: Steps = reader.steps(picture)
glyphs: NDArray[np.float32] = steps.glyphs
scores: NDArray[np.float32] = reader.classify(glyphs)
names: tuple[str, ...] = reader.classes
many: Iterator[Reading] = reader.read_many(sources)
mixed: Iterator[Reading | UnreadableImage] = inkread.read_many(sources, errors="return")
pages: Iterator[Reading] = inkread.read_pages("scan.pdf", dpi=300)


def texts(folder: Path) -> list[str]:
    """The texts of the pictures in a folder; those that cannot be read are left out."""
    return [each.text for each in inkread.read_many(sorted(folder.glob("*.png")), errors="skip")]


try:
    inkread.read("photo.jpg")
except inkread.MultiplePages as error:
    count: int = error.count
