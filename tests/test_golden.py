"""Pages whose digits are known are read right by the shipped model.

The pictures are made by ``examples/make_pictures.py`` and ``tests/make_pages.py``; what is written on each
stands
beside it in ``NAME.expected.txt``. To look into a failure: ``inkread read PICTURE --show-steps FOLDER``.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import inkread
from make_pages import PAGES

ROOT = Path(__file__).resolve().parent.parent
PICTURES = sorted(
    path
    for folder in (ROOT / "examples", ROOT / "tests" / "pages")
    for path in folder.iterdir()
    if path.suffix in {".jpg", ".png"}
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def make_pictures() -> ModuleType:
    """``examples/make_pictures.py`` as a module: examples are no package."""
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "examples" / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_pictures() -> None:
    assert len(PICTURES) >= 20


@pytest.mark.parametrize("path", PICTURES, ids=name_of)
def test_the_page_is_read_right(path: Path) -> None:
    expected = path.with_suffix(".expected.txt").read_text(encoding="utf-8")
    reading = inkread.read(path)
    assert reading.text == expected.rstrip("\n")
    with Image.open(path) as image:
        assert reading.size_wh == image.size


@pytest.mark.parametrize("path", PICTURES, ids=name_of)
def test_the_picture_is_small_and_the_one_that_our_code_makes(path: Path) -> None:
    assert path.stat().st_size <= (60_000 if path.parent.name == "pages" else 150_000)
    source = PAGES if path.parent.name == "pages" else make_pictures().PICTURES
    make, expected = source[path.name]
    assert path.with_suffix(".expected.txt").read_text(encoding="utf-8").rstrip("\n") == expected
    with Image.open(path) as image:
        kept = np.asarray(image.convert("RGB"), float)
    made = make().astype(float)
    assert made.shape == kept.shape
    assert np.abs(made - kept).mean() < 4  # JPEG and few colours lose a little
