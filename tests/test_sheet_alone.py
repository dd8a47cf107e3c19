"""A sheet on a table is read as if there were no table; what is no sheet is left as it is."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import inkread
from inkread.ink.sheet import sheet_alone
from made import draw_page

Picture = NDArray[np.uint8]
TABLES = {
    "dark wood": (70, 50, 35), "black": (20, 20, 22), "orange": (190, 120, 60),
    "grey": (130, 130, 125), "light grey": (190, 188, 180),
}  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> inkread.Reader:
    return inkread.Reader()


def on_table(lines: list[str], table: tuple[int, int, int], seed: int, turned: float = 0.0) -> Picture:
    """A sheet with a margin, seen a little askew, on a table with a grain, in uneven light: (900, 1200, 3)."""
    rng = np.random.default_rng(seed)
    written = draw_page(lines, seed=seed)
    margin = written.shape[0] // 2
    sheet = cv2.copyMakeBorder(written, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    height, width = sheet.shape[:2]
    scale = min(900 / width, 640 / height)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    middle = np.array([width, height]) / 2
    cos, sin = np.cos(np.deg2rad(turned)), np.sin(np.deg2rad(turned))
    seen = (corners - middle) @ np.array([[cos, sin], [-sin, cos]]) * scale + [600, 450]
    seen += rng.uniform(-30, 30, (4, 2))
    view = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    share = cv2.warpPerspective(np.ones((height, width), np.float32), view, (1200, 900))[..., None]
    page = cv2.warpPerspective(sheet, view, (1200, 900), flags=cv2.INTER_AREA)
    grain = cv2.GaussianBlur(rng.normal(0, 14, (900, 1200)), (0, 0), 1.2)[..., None]
    light = cv2.resize(rng.uniform(0.75, 1.05, (3, 3)), (1200, 900), interpolation=cv2.INTER_CUBIC)[..., None]
    picture = (share * page + (1 - share) * (np.array(table) + grain)) * light
    return np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("lines", [["2046"], ["71935", "860", "24518"]])
def test_a_sheet_on_a_table_is_read(reader: inkread.Reader, table: str, lines: list[str]) -> None:
    reading = reader.read(on_table(lines, TABLES[table], seed=len(lines)))
    assert reading.text.split("\n") == lines


def test_a_sheet_that_lies_askew_or_is_cut_by_the_picture_is_read(reader: inkread.Reader) -> None:
    picture = on_table(["1592", "3804"], TABLES["dark wood"], seed=3, turned=7)
    assert reader.read(picture).text == "1592\n3804"
    assert reader.read(picture[:, 150:]).text == "1592\n3804"


def test_grey_pictures_have_sheets_too(reader: inkread.Reader) -> None:
    grey = cv2.cvtColor(on_table(["6170"], TABLES["black"], seed=5), cv2.COLOR_RGB2GRAY)
    assert reader.read(grey).text == "6170"


@pytest.mark.parametrize("table", [(225, 225, 222), (90, 65, 45)])
def test_notes_of_coloured_paper_are_read(reader: inkread.Reader, table: tuple[int, int, int]) -> None:
    written = draw_page(["3056"], seed=9)
    share = (255 - written[..., :1].astype(np.float32)) / 230
    margin = written.shape[0] // 2
    share = cv2.copyMakeBorder(share[..., 0], margin, margin, margin, margin, cv2.BORDER_CONSTANT)[..., None]
    note = np.array([250, 225, 90]) * (1 - share) + np.array([30, 30, 60]) * share
    rng = np.random.default_rng(2)
    picture = np.array(table) + rng.normal(0, 4, (note.shape[0] + 260, note.shape[1] + 300, 3))
    picture[130:-130, 170:-130] = note
    assert reader.read(np.clip(picture, 0, 255).astype(np.uint8)).text == "3056"


def test_the_paper_is_carried_on_and_the_sheet_stays() -> None:
    picture = on_table(["48"], TABLES["black"], seed=1)
    alone = sheet_alone(picture)
    assert np.array_equal(alone[350:550, 450:750], picture[350:550, 450:750])
    assert picture[:40].max() < 90
    assert alone[:40].min() > 120


def hard_shadow(seed: int) -> Picture:
    """A page with a shadow that has straight, sharp edges, as of a telephone held over it."""
    rng = np.random.default_rng(seed)
    page = cv2.resize(draw_page(["2073", "5514"], seed=seed), (900, 600), interpolation=cv2.INTER_AREA)
    at = (rng.uniform(-0.3, 1.3, (4, 2)) * [900, 600]).astype(np.int32)
    shadow = cv2.fillConvexPoly(np.zeros((600, 900), np.float32), cv2.convexHull(at), 1.0)
    lost = rng.uniform(0.25, 0.6) * cv2.GaussianBlur(shadow, (0, 0), 2.0)
    return np.asarray((page * (1 - lost[..., None])).astype(np.uint8))


@pytest.mark.parametrize("seed", range(12))
def test_shadows_are_no_tables(seed: int) -> None:
    picture = hard_shadow(seed)
    assert sheet_alone(picture) is picture


def plain(value: int) -> Picture:
    return np.full((400, 500, 3), value, np.uint8)


def light_one() -> Picture:
    return cv2.rectangle(plain(15), (220, 60), (280, 340), (240, 240, 240), -1)


def light_ring() -> Picture:
    return cv2.ellipse(plain(15), (250, 200), (110, 150), 0, 0, 360, (240, 240, 240), 40)


def dark_one() -> Picture:
    return 255 - light_one()


def shaded_boxes() -> Picture:
    picture = plain(250)
    for x in (20, 180, 340):
        cv2.rectangle(picture, (x, 120), (x + 130, 280), (190, 190, 190), -1)
        cv2.line(picture, (x + 65, 150), (x + 65, 250), (20, 20, 20), 8)
    return picture


def cells() -> Picture:
    picture = plain(235)
    for x in (60, 250, 440):
        cv2.line(picture, (x, 0), (x, 399), (150, 40, 30), 14)
    return cv2.line(picture, (0, 360), (499, 360), (150, 40, 30), 14)


def framed_board() -> Picture:
    picture = cv2.rectangle(plain(30), (40, 40), (460, 360), (220, 215, 205), -1)
    return cv2.rectangle(picture, (80, 80), (420, 320), (25, 35, 30), -1)


@pytest.mark.parametrize("make", [light_one, dark_one, light_ring, cells, shaded_boxes, framed_board])
def test_what_is_no_sheet_is_left_alone(make: Callable[[], Picture]) -> None:
    picture = make()
    assert sheet_alone(picture) is picture


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_shadows_with_sharp_edges_are_no_ink(reader: inkread.Reader, seed: int) -> None:
    rng = np.random.default_rng(seed)
    written = draw_page(["2073", "5514"], seed=seed)
    page = cv2.copyMakeBorder(written, 150, 150, 150, 150, cv2.BORDER_REPLICATE)
    height, width = page.shape[:2]
    corners = np.array(
        [[-20, 0.3 * height], [0.7 * width, 0.2 * height], [0.8 * width, height], [-20, height]]
    )
    corners += rng.uniform(-60, 60, corners.shape)
    shadow = cv2.fillConvexPoly(np.zeros((height, width), np.float32), corners.astype(np.int32), 1.0)
    lost = 0.55 * cv2.GaussianBlur(shadow, (0, 0), 2.0 + seed)
    picture = page * (1 - lost[..., None]) + rng.normal(0, 2, page.shape)
    assert reader.read(np.clip(picture, 0, 255).astype(np.uint8)).text == "2073\n5514"
