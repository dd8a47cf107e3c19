"""TIFF and PDF of several pages, HEIC and AVIF: every page is a picture of its own, wherever pictures are taken."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pillow_heif", reason='needs the extra: pip install "inkread[heic]"')

from PIL import Image

import inkread
from inkread.apps.cli import main
from inkread.errors import ImageTooLarge, MultiplePages, UnreadableImage
from inkread.images import ImageLimits, load_image, open_pages
from made_pages import NUMBERS, encoded, heic, pdf, pictures, same, tiff, write_scans

FILES = {"tiff": (tiff, 2), "pdf": (pdf, 3)}
PHOTOS = {"heic": heic, "avif": lambda: encoded(pictures()[:1], "AVIF", quality=90)}


@pytest.mark.parametrize("kind", FILES)
def test_every_page_is_a_picture_of_its_own(kind: str, tmp_path: Path) -> None:
    make, count = FILES[kind]
    path = tmp_path / "scan"
    path.write_bytes(make())
    for source in (path, str(path), make(), io.BytesIO(make())):
        with open_pages(source) as pages:
            assert pages.count == count
            loaded = [pages.load(number) for number in pages.numbers()]
        assert all(page.dtype == np.uint8 and page.flags.writeable for page in loaded)
        for number, (page, drawn) in enumerate(zip(loaded, pictures(), strict=False), start=1):
            assert abs(page.shape[0] - drawn.height) <= 1  # points are no whole pixels
            assert abs(page.shape[1] - drawn.width) <= 1
            assert np.array_equal(
                page, load_image(source if not hasattr(source, "read") else make(), page=number)
            )


@pytest.mark.parametrize("kind", FILES)
def test_one_picture_of_several_must_be_named(kind: str) -> None:
    make, count = FILES[kind]
    with pytest.raises(
        MultiplePages, match=rf"has {count} pages; read one with page=1 … {count}, .*read_pages"
    ) as told:
        inkread.read(make())
    assert told.value.count == count
    assert inkread.read(make(), page=2).text == NUMBERS[1]
    assert inkread.read(make(), page=2).page == 2
    for page in (0, -1, count + 1):
        with pytest.raises(UnreadableImage, match=f"has {count} pages, and no page {page}"):
            inkread.read(make(), page=page)


def test_read_pages_yields_a_reading_for_each() -> None:
    readings = list(inkread.read_pages(pdf()))
    assert [reading.text for reading in readings] == list(NUMBERS)
    assert [reading.page for reading in readings] == [1, 2, 3]
    assert inkread.Reading.from_dict(readings[1].to_dict()).page == 2
    assert [reading.text for reading in inkread.read_pages(tiff())] == list(NUMBERS[:2])


def test_a_pil_image_is_the_page_that_it_shows() -> None:
    with Image.open(io.BytesIO(tiff(NUMBERS))) as image:
        image.seek(1)
        assert inkread.read(image).text == NUMBERS[1]
        assert inkread.read(image, page=3).text == NUMBERS[2]
        assert [reading.text for reading in inkread.read_pages(image)] == list(NUMBERS)
        assert image.tell() == 1
        assert inkread.read(image.copy()).text == NUMBERS[1]


@pytest.mark.parametrize("make", [lambda: pdf(NUMBERS[:1]), lambda: tiff(NUMBERS[:1]), *PHOTOS.values()])
def test_what_has_one_page_is_read_as_any_picture(make: Any) -> None:
    (reading,) = inkread.read_pages(make())
    assert reading == inkread.read(make()) == inkread.read(make(), page=1)
    assert (reading.text, reading.page) == (NUMBERS[0], None)
    assert "page" not in reading.to_dict()
    with pytest.raises(UnreadableImage, match="has one page, and no page 2"):
        inkread.read(make(), page=2)


@pytest.mark.parametrize("kind", PHOTOS)
def test_photos_of_phones(kind: str) -> None:
    assert same(load_image(PHOTOS[kind]()), np.asarray(pictures()[0]))


# The command


def test_the_command_reads_every_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scans(tmp_path)
    assert main(["read", "--json", str(tmp_path)]) == 0
    output, errors = capsys.readouterr()
    rows = [json.loads(line) for line in output.splitlines()]
    assert [(Path(row["file"]).name, row.get("page"), row["text"]) for row in rows] == [
        *(("a.pdf", page, number) for page, number in enumerate(NUMBERS, start=1)),
        *(("b.tif", page, number) for page, number in enumerate(NUMBERS[:2], start=1)),
        ("c.heic", None, NUMBERS[0]),
        ("d.avif", None, NUMBERS[0]),
    ]
    assert list(rows[0])[:3] == ["file", "page", "text"]
    assert errors == "2 files skipped: 1 .docx, 1 .mov\n"
    assert main(["read", str(tmp_path / "a.pdf")]) == 0
    output, errors = capsys.readouterr()
    assert [line.rpartition("a.pdf ")[2] for line in output.splitlines()] == [
        f"page {page}: {number}" for page, number in enumerate(NUMBERS, start=1)
    ]
    assert errors == "(3 pictures, 14 digits)\n"
    assert main(["read", str(tmp_path / "a.pdf"), "--page", "3"]) == 0
    assert capsys.readouterr() == (NUMBERS[2] + "\n", "")


def test_the_command_annotates_each_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b.tif").write_bytes(tiff())
    assert main(["read", str(tmp_path / "b.tif"), "--annotate", str(tmp_path / "out")]) == 0
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["b.page-1.annotated.png", "b.page-2.annotated.png"]


def test_a_page_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = tiff(NUMBERS, compression="tiff_lzw")
    (tmp_path / "b.tif").write_bytes(content)
    broken = bytearray(content)
    with Image.open(io.BytesIO(content)) as image:
        image.seek(1)
        (start, *_), (size, *_) = image.tag_v2[273], image.tag_v2[279]
    broken[start : start + size] = bytes(size)
    (tmp_path / "b.tif").write_bytes(broken)
    assert main(["read", "--json", str(tmp_path / "b.tif")]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["page"] for row in rows] == [1, 2, 3]
    assert [row.get("text") for row in rows] == [NUMBERS[0], None, NUMBERS[2]]
    assert "b.tif, page 2: is damaged" in rows[1]["error"]


def test_bulk_has_a_row_for_each_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_scans(tmp_path / "scans")
    output, table = tmp_path / "out.csv", tmp_path / "look.csv"
    given = ["bulk", str(tmp_path / "scans"), "-o", str(output), "--jobs", "1", "--min-confidence", "1"]
    assert main([*given, "--review", str(table), "--review", str(tmp_path / "look.png")]) == 0
    with output.open(encoding="utf-8", newline="") as file:
        rows = [(Path(row["path"]).name, row["page"], row["text"]) for row in csv.DictReader(file)]
    assert rows == [
        *(("a.pdf", str(page), number) for page, number in enumerate(NUMBERS, start=1)),
        *(("b.tif", str(page), number) for page, number in enumerate(NUMBERS[:2], start=1)),
        ("c.heic", "", NUMBERS[0]),
        ("d.avif", "", NUMBERS[0]),
    ]
    told = capsys.readouterr().err
    assert "7 rows" in told
    assert "2 files skipped: 1 .docx, 1 .mov" in told
    with table.open(encoding="utf-8", newline="") as file:
        assert sorted((row["page"], row["text"]) for row in csv.DictReader(file)) == sorted(
            row[1:] for row in rows
        )
    with Image.open(tmp_path / "look.png") as sheet:
        assert sheet.height > 400  # seven pictures in two rows: each page could be shown


# Limits


@pytest.mark.parametrize("kind", FILES)
def test_the_limits_are_the_callers(kind: str) -> None:
    make, count = FILES[kind]
    pages, few = ImageLimits(max_pages=count), ImageLimits(max_pages=count - 1)
    assert len(list(inkread.Reader(limits=pages).read_pages(make()))) == count
    with pytest.raises(ImageTooLarge, match=rf"has {count} pages, more than {count - 1}"):
        next(inkread.Reader(limits=few).read_pages(make()))
    assert (
        inkread.Reader(limits=few).read(make(), page=count).text == NUMBERS[count - 1]
    )  # one page is not too many
    with pytest.raises(ImageTooLarge, match=r"page 2: has .* megapixels, more than 0.01"):
        load_image(make(), ImageLimits(max_megapixels=0.01), page=2)
    with pytest.raises(ImageTooLarge, match="bytes"):
        load_image(make(), ImageLimits(max_bytes=1000), page=1)


@pytest.mark.parametrize("kind", PHOTOS)
def test_photos_are_measured_before_they_are_decoded(kind: str) -> None:
    with pytest.raises(ImageTooLarge, match=r"megapixels, more than 0.01"):
        load_image(PHOTOS[kind](), ImageLimits(max_megapixels=0.01))
