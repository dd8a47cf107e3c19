"""The whole story from picture to reading: every way in agrees, nothing is lost between the stages."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import inkread
from inkread.errors import ImageTooLarge, UnreadableImage
from inkread.glyphs.classifier import SHIPPED_MODEL, Classifier
from inkread.reader import ImageLimits, Reader
from inkread.reading import Reading
from made import draw_number, draw_page

Picture = NDArray[np.uint8]
BLANK = np.full((60, 90, 3), 255, np.uint8)
NUMBERS = ["2024", "7", "31", "86", "905"]
PICTURES = [draw_number(number, seed=2, size=60, pen=0.1) for number in NUMBERS]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def png(picture: Picture) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def check(reading: Reading, picture: Picture) -> None:
    """What holds for the reading of any picture."""
    height, width = picture.shape[:2]
    assert reading.size_wh == (width, height)
    for box in [digit.box for digit in reading.digits] + [each.box for each in reading.rejected]:
        assert 0 <= box.left < box.right <= width
        assert 0 <= box.top < box.bottom <= height
    assert all(line.digits for line in reading.lines)
    assert all(0 <= digit.confidence <= 1 for digit in reading.digits)


def test_numbers_are_read(reader: Reader) -> None:
    for number, picture in zip(NUMBERS, PICTURES, strict=True):
        reading = reader.read(picture)
        check(reading, picture)
        assert reading.text == number


def test_every_way_in_gives_the_same_reading(reader: Reader, tmp_path: Path) -> None:
    picture = PICTURES[0]
    content = png(picture)
    path = tmp_path / "page.png"
    path.write_bytes(content)
    sources: list[Any] = [
        picture,
        picture[..., 0],
        np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]),
        content,
        io.BytesIO(content),
        Image.fromarray(picture),
        path,
        str(path),
    ]
    readings = [reader.read(source) for source in sources]
    assert readings == [readings[0]] * len(sources)
    assert inkread.read(path) == readings[0]


def test_the_callers_picture_is_not_altered(reader: Reader) -> None:
    picture = PICTURES[0].copy()
    picture.setflags(write=False)
    reader.read(picture)
    assert np.array_equal(picture, PICTURES[0])


def test_steps_show_what_every_stage_made(reader: Reader) -> None:
    steps = reader.steps(PICTURES[0])
    assert steps.reading == reader.read(PICTURES[0])
    assert np.array_equal(steps.image, PICTURES[0])
    assert steps.ink.shape == steps.labels.shape
    assert steps.glyphs.shape == (len(steps.candidates), 28, 28)
    assert steps.scores.shape == (len(steps.candidates), len(steps.classes))
    scaled = (round(steps.image.shape[0] * steps.scale), round(steps.image.shape[1] * steps.scale))
    assert steps.ink.shape == scaled


def test_a_small_picture_is_enlarged_and_its_boxes_are_its_own(reader: Reader) -> None:
    picture = draw_number("5", seed=2, size=20, pen=0.1, margin=0.2)
    steps = reader.steps(picture)
    assert steps.scale > 1
    assert steps.reading.text == "5"
    rows, columns = np.nonzero(picture[..., 0] < 128)
    truth = inkread.Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert steps.reading.digits[0].box.iou(truth) > 0.7
    check(steps.reading, picture)


def test_a_large_picture_is_reduced_and_its_boxes_are_its_own(reader: Reader) -> None:
    picture = cv2.resize(PICTURES[0], None, fx=9, fy=9, interpolation=cv2.INTER_LINEAR)
    picture = cv2.copyMakeBorder(picture, 0, 900, 0, 700, cv2.BORDER_REPLICATE)
    steps = reader.steps(picture)
    assert steps.scale < 1
    assert steps.reading.text == NUMBERS[0]
    small = reader.read(PICTURES[0])
    for one, other in zip(small.digits, steps.reading.digits, strict=True):
        grown = inkread.Box(*(9 * edge for edge in one.box.to_list()))
        assert grown.iou(other.box) > 0.85


def same(one: Reading, other: Reading) -> bool:
    """Whether two readings agree but for the last bits, which depend on how many glyphs are classified at once."""
    certain = [[(d.value, d.doubtful, d.box) for d in line.digits] for line in (*one.lines, *other.lines)]
    shares = [[d.confidence for d in each.digits] for each in (one, other)]
    return (
        certain[: len(one.lines)] == certain[len(one.lines) :]
        and (one.size_wh, one.marks, one.rejected) == (other.size_wh, other.marks, other.rejected)
        and np.allclose(*shares, atol=1e-4)
    )


def test_read_many_is_read_one_by_one(reader: Reader) -> None:
    pictures = [*PICTURES, BLANK, *PICTURES[::-1]]
    many = list(reader.read_many(pictures))
    assert len(many) == len(pictures)
    assert all(same(one, reader.read(picture)) for one, picture in zip(many, pictures, strict=True))
    assert list(reader.read_many([])) == []


def test_read_many_keeps_order_across_batches(reader: Reader) -> None:
    pictures = [PICTURES[i % 5] if i % 3 else BLANK for i in range(150)]
    expected = [NUMBERS[i % 5] if i % 3 else "" for i in range(150)]
    assert [reading.text for reading in reader.read_many(pictures)] == expected


@pytest.mark.parametrize(
    ("errors", "found"), [("return", ["5", None, "7"]), ("skip", ["5", "7"]), ("raise", ["5"])]
)
def test_read_many_goes_on_after_a_picture_that_cannot_be_read(
    errors: str, found: list[str | None], reader: Reader, tmp_path: Path
) -> None:
    sources = [draw_number("5", seed=1), tmp_path / "missing.png", draw_number("7", seed=1)]
    texts: list[str | None] = []
    with pytest.raises(UnreadableImage, match=r"missing\.png") if errors == "raise" else nullcontext():
        for each in reader.read_many(sources, errors=errors):  # type: ignore[call-overload]
            texts.append(each.text if isinstance(each, Reading) else None)
    assert texts == found


def test_read_many_in_several_processes(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(png(PICTURES[0]))
    sources = [*PICTURES, path, tmp_path / "missing.png"] * 2
    expected = list(reader.read_many(sources[:7], errors="return"))
    found = list(reader.read_many(sources, errors="return", workers=2))
    assert [str(each) for each in found] == [str(each) for each in expected] * 2
    assert found[0] == expected[0]
    again = found[5]
    assert isinstance(again, Reading)
    assert again.annotated().size == again.annotated(path).size
    with pytest.raises(UnreadableImage, match=r"missing\.png"):
        list(reader.read_many(sources, workers=2))


def test_a_program_without_a_guard_reads_in_several_processes(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(png(PICTURES[0]))
    program = tmp_path / "program.py"
    program.write_text(
        "import inkread\nprint(*[r.text for r in inkread.read_many(['page.png'] * 9, workers=2)])\n"
    )
    done = subprocess.run([sys.executable, str(program)], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert (done.stdout, done.stderr) == (" ".join(["2024"] * 9) + "\n", "")


def test_streams_go_to_other_processes_as_bytes(reader: Reader) -> None:
    found = reader.read_many([io.BytesIO(png(picture)) for picture in PICTURES], workers=2)
    assert [each.text for each in found] == NUMBERS


@pytest.mark.parametrize("one", ["photo.jpg", b"\x89PNG", Path("photo.jpg"), 5, Image.new("L", (9, 9))])
def test_read_many_refuses_one_picture_at_once(one: Any, reader: Reader) -> None:
    with pytest.raises(TypeError, match="put the one into a list, or give it to read"):
        reader.read_many(one)


def test_read_many_needs_somebody_to_read(reader: Reader) -> None:
    with pytest.raises(ValueError, match="workers must be 1 or more, not 0"):
        reader.read_many([], workers=0)


def test_read_many_knows_how_to_go_on(reader: Reader) -> None:
    with pytest.raises(ValueError, match="errors must be raise, return or skip, not 'ignore'"):
        reader.read_many([], errors="ignore")  # type: ignore[call-overload]


def test_a_reader_can_be_pickled_with_its_options() -> None:
    reader = Reader(min_confidence=0.4, limits=ImageLimits(max_megapixels=3))
    page = draw_number("31", seed=2)
    again = pickle.loads(pickle.dumps(reader))
    assert (again.min_confidence, again.limits, again.classes) == (0.4, reader.limits, reader.classes)
    assert again.read(page) == reader.read(page)
    own = Reader(SHIPPED_MODEL)
    assert pickle.loads(pickle.dumps(own)).networks[0].path == own.networks[0].path
    assert len(pickle.loads(pickle.dumps(own)).networks) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_confidence": "0.9"}, "min_confidence must be a number between 0 and 1, not '0.9'"),
        ({"min_confidence": None}, "min_confidence must be a number"),
        ({"limits": 52}, r"limits must be inkread\.ImageLimits\(…\), not int"),
    ],
)
def test_options_are_checked_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Reader(**options)


def test_read_many_classifies_several_pictures_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    scores = Classifier.scores

    def counted(self: Classifier, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
        sizes.append(len(glyphs))
        return scores(self, glyphs)

    monkeypatch.setattr(Classifier, "scores", counted)
    assert len(list(Reader().read_many(PICTURES * 4))) == 20
    assert len(sizes) == 1
    assert sizes[0] >= 4 * sum(map(len, NUMBERS))


def test_read_many_takes_no_more_pictures_than_it_needs(reader: Reader) -> None:
    taken = []

    def pictures() -> Iterator[Picture]:
        for i in range(100_000):
            taken.append(i)
            yield PICTURES[0]

    readings = reader.read_many(pictures())
    assert taken == []
    assert next(readings).text == NUMBERS[0]
    assert len(taken) <= 64


@pytest.mark.parametrize("at", [0, 2, 70])
def test_what_cannot_be_read_is_raised_after_the_readings_before_it(reader: Reader, at: int) -> None:
    sources: list[Any] = [PICTURES[i % 5] for i in range(at)] + [b"no picture", PICTURES[0]]
    texts = []
    readings = reader.read_many(sources)
    with pytest.raises(UnreadableImage):
        texts.extend(reading.text for reading in readings)
    assert texts == [NUMBERS[i % 5] for i in range(at)]


def test_classify_tells_which_digit(reader: Reader) -> None:
    glyphs = reader.steps(PICTURES[4]).glyphs
    shares = reader.classify(glyphs)
    assert shares.shape == (len(glyphs), 10)
    assert shares.sum(axis=1) == pytest.approx(np.ones(len(glyphs)), abs=1e-5)
    assert shares.min() >= 0
    noise = np.random.default_rng(0).random((20, 28, 28), np.float32)
    assert reader.classify(noise).sum(axis=1) == pytest.approx(np.ones(20), abs=1e-5)


def test_classify_nothing(reader: Reader) -> None:
    shares = reader.classify(np.zeros((0, 28, 28), np.float32))
    assert (shares.shape, shares.dtype) == ((0, 10), np.float32)


def test_ink_of_one_box_is_classified_as_in_a_picture(reader: Reader) -> None:
    steps = reader.steps(PICTURES[0])
    inks = []
    for candidate in steps.candidates:
        box = candidate.box
        window = np.s_[box.top : box.bottom, box.left : box.right]
        own = np.isin(steps.labels[window], candidate.parts)
        inks.append(np.where(own, steps.ink[window], np.float32(0)))
    scores = reader.classify_ink(inks)
    assert scores.shape == (len(inks), len(reader.classes))
    assert scores.dtype == np.float32
    assert scores == pytest.approx(steps.scores, abs=1e-4)
    margins = [np.pad(ink, ((9, 2), (0, 31))) for ink in inks]
    assert reader.classify_ink(margins) == pytest.approx(scores, abs=1e-4)


def test_a_box_without_ink_is_none_and_no_box_is_nothing(reader: Reader) -> None:
    assert reader.classes[:10] == tuple("0123456789")
    empty = reader.classify_ink([np.zeros((0, 0), np.float32), np.zeros((40, 30), np.float32)])
    assert [reader.classes[best] for best in empty.argmax(axis=1)] == ["none", "none"]
    assert reader.classify_ink([]).shape == (0, len(reader.classes))
    with pytest.raises(ValueError, match=r"\(h, w\)"):
        reader.classify_ink([np.zeros((3, 28, 28), np.float32)])


@pytest.mark.parametrize("bad", [-0.01, 1.01, float("nan"), float("inf")])
def test_min_confidence_is_a_probability(bad: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Reader(min_confidence=bad)


def test_min_confidence_moves_doubt_and_nothing_else() -> None:
    bold, careful = (Reader(min_confidence=share).read(PICTURES[0]) for share in (0.0, 1.0))
    assert not bold.doubtful
    assert careful.doubtful
    assert bold.text == careful.text
    for one, other in zip(bold.digits, careful.digits, strict=True):
        assert (one.box, one.confidence, one.runners_up) == (other.box, other.confidence, other.runners_up)


def test_limits_are_kept() -> None:
    with pytest.raises(ImageTooLarge):
        Reader(limits=ImageLimits(max_megapixels=0.001)).read(PICTURES[0])


def test_the_default_reader_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    class Counting(Reader):
        def __init__(self) -> None:
            built.append(threading.get_ident())
            super().__init__()

    monkeypatch.setattr(inkread, "_default_reader", None)
    monkeypatch.setattr("inkread.reader.Reader", Counting)
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda picture: inkread.read(picture).text, PICTURES * 3))
    assert texts == NUMBERS * 3
    assert len(built) == 1


def test_the_model_card_is_at_hand(reader: Reader) -> None:
    assert reader.model_card["classes"][:10] == list("0123456789")


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (28, 28), (300, 400)])
def test_a_page_without_ink_is_an_empty_reading(reader: Reader, shape: tuple[int, int], shade: int) -> None:
    picture = np.full(shape, shade, np.uint8)
    assert reader.read(picture) == Reading((shape[1], shape[0]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (2, 900), (7, 5)])
def test_pictures_of_odd_shapes_are_read_as_any(reader: Reader, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    check(reader.read(picture), picture)


@pytest.mark.parametrize("c", list("0123456789"))
def test_a_digit_may_fill_the_picture(reader: Reader, c: str) -> None:
    picture = draw_number(c, seed=4, size=400, pen=0.1, margin=0.01)
    reading = reader.read(picture)
    check(reading, picture)
    assert reading.text == c


def test_a_thousand_digits_on_a_page(reader: Reader) -> None:
    rng = np.random.default_rng(5)
    lines = ["".join(map(str, rng.integers(0, 10, 40))) for _ in range(25)]
    picture = draw_page(lines, seed=3, size=26, pen=0.1, gap=0.35)
    reading = reader.read(picture)
    check(reading, picture)
    assert len(reading.lines) == 25
    assert [len(line.digits) for line in reading.lines] == [40] * 25
    written, read = "".join(lines), "".join(line.text for line in reading.lines)
    assert np.mean([a == b for a, b in zip(written, read, strict=True)]) > 0.97


def test_a_hundred_thousand_specks_are_bounded(reader: Reader) -> None:
    rng = np.random.default_rng(0)
    picture = np.full((1200, 1600), 255, np.uint8)
    picture[::3, ::3][rng.random(picture[::3, ::3].shape) < 0.55] = 0
    assert (picture == 0).sum() > 100_000
    steps = reader.steps(picture)
    assert len(steps.candidates) <= 7 * 5000
    check(steps.reading, picture)
