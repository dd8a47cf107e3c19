"""What does not change the number does not change the reading: polarity, size, margin, place, light, JPEG.

Hypothesis draws the writing and the change; the writing is made by ``made``, so no picture is downloaded.
"""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import inkread
from made import draw_number

Picture = NDArray[np.uint8]

reader = pytest.fixture(scope="module")(lambda: inkread.Reader())
numbers = st.text("0123456789", min_size=1, max_size=6)
properties = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def writings(draw: st.DrawFn) -> tuple[str, Picture]:
    """A number and a picture of it, dark on light, with digits apart."""
    number = draw(numbers)
    picture = draw_number(
        number,
        seed=draw(st.integers(0, 10_000)),
        size=draw(st.integers(60, 110)),
        slant=draw(st.integers(-8, 12)),
        pen=draw(st.floats(0.05, 0.12)),
        gap=draw(st.floats(0.2, 0.5)),
        margin=0.5,
    )
    return number, picture


def read_once(reader: inkread.Reader, picture: Picture) -> str:
    """The text of a picture that is read without doubt: a doubtful one may tip over, and says so."""
    reading = reader.read(picture)
    assume(not reading.doubtful and reading.text)
    return reading.text


@properties
@given(writing=writings())
def test_the_made_writing_is_read(reader: inkread.Reader, writing: tuple[str, Picture]) -> None:
    number, picture = writing
    reading = reader.read(picture)
    assume(not reading.doubtful)
    assert reading.text == number


@properties
@given(writing=writings())
def test_inverting(reader: inkread.Reader, writing: tuple[str, Picture]) -> None:
    text = read_once(reader, writing[1])
    assert reader.read(255 - writing[1]).text == text


@properties
@given(writing=writings(), factor=st.floats(0.5, 4.0))
def test_scaling(reader: inkread.Reader, writing: tuple[str, Picture], factor: float) -> None:
    text = read_once(reader, writing[1])
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(writing[1], None, fx=factor, fy=factor, interpolation=method)
    assert reader.read(scaled).text == text


@properties
@given(writing=writings(), sides=st.tuples(*[st.integers(0, 300)] * 4))
def test_padding(reader: inkread.Reader, writing: tuple[str, Picture], sides: tuple[int, ...]) -> None:
    text = read_once(reader, writing[1])
    padded = cv2.copyMakeBorder(writing[1], *sides, cv2.BORDER_REPLICATE)
    assert reader.read(padded).text == text


@properties
@given(writing=writings(), x=st.integers(0, 200), y=st.integers(0, 200))
def test_shifting(reader: inkread.Reader, writing: tuple[str, Picture], x: int, y: int) -> None:
    picture = cv2.copyMakeBorder(writing[1], 200, 200, 200, 200, cv2.BORDER_REPLICATE)
    text = read_once(reader, picture)
    assert reader.read(np.roll(picture, (y - 100, x - 100), axis=(0, 1))).text == text


@properties
@given(writing=writings(), left=st.floats(0.35, 1.0), right=st.floats(0.35, 1.0), turn=st.booleans())
def test_brightness_ramp(
    reader: inkread.Reader, writing: tuple[str, Picture], left: float, right: float, turn: bool
) -> None:
    picture = writing[1]
    text = read_once(reader, picture)
    ramp = np.linspace(left, right, picture.shape[0 if turn else 1])
    light = ramp[:, None, None] if turn else ramp[None, :, None]
    assert reader.read(np.round(picture * light).astype(np.uint8)).text == text


@properties
@given(writing=writings())
def test_jpeg_of_quality_90(reader: inkread.Reader, writing: tuple[str, Picture]) -> None:
    text = read_once(reader, writing[1])
    stream = io.BytesIO()
    Image.fromarray(writing[1]).save(stream, "JPEG", quality=90)
    assert reader.read(stream.getvalue()).text == text
