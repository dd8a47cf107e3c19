"""Strips of lines and what the shipped network sees in their columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inkread import ModelError, Reader
from inkread.lattice import Columns, digit_places
from inkread.lines.strips import cut_strip
from inkread.lines.transcriber import SHIPPED_TRANSCRIBER, STEP, Transcriber
from made import draw_number


def strip_of(text: str) -> np.ndarray:
    steps = Reader().steps(draw_number(text))
    page = steps.segmentation
    strip = cut_strip(steps.ink, steps.labels, page.line_of_ink(0), page.pen)
    assert strip is not None
    return strip.ink


def read_off(seen: np.ndarray) -> str:
    best = seen.argmax(axis=1)
    return "".join(
        str(one) for one, before in zip(best, [10, *best], strict=False) if one < 10 and one != before
    )


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber()


def test_numbers_are_read_off_without_cutting(transcriber: Transcriber) -> None:
    strips = [strip_of(text) for text in ("2024", "1138", "700")]
    assert [read_off(seen) for seen in transcriber.columns(strips)] == ["2024", "1138", "700"]


def test_there_is_a_column_for_each_two_pixels_of_probabilities(transcriber: Transcriber) -> None:
    for width in (1, 33, 64, 131):
        (seen,) = transcriber.columns([np.zeros((32, width), np.float32)])
        assert seen.shape == (-(-width // STEP), 11)
        assert np.exp(seen).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_a_strip_is_seen_among_others_as_it_is_alone(transcriber: Transcriber) -> None:
    short, long = strip_of("47"), strip_of("3120564897")
    together = transcriber.columns([long, short, long])
    assert np.array_equal(together[1], transcriber.columns([short])[0])
    assert np.array_equal(together[0], together[2])


def test_places_of_digits_go_from_left_to_right(transcriber: Transcriber) -> None:
    (seen,) = transcriber.columns([strip_of("5902")])
    places = digit_places(Columns(seen, 0.0, 1 / STEP))
    assert len(places) == 4
    assert places == sorted(places)


def test_the_shipped_network_is_small() -> None:
    assert SHIPPED_TRANSCRIBER.stat().st_size <= 900_000


def test_a_missing_or_damaged_network_is_told(tmp_path: Path) -> None:
    strip = np.zeros((32, 40), np.float32)
    with pytest.raises(ModelError, match="no such model file"):
        Transcriber(tmp_path / "none.onnx").columns([strip])
    damaged = tmp_path / "lines.onnx"
    damaged.write_bytes(SHIPPED_TRANSCRIBER.read_bytes()[:1000])
    with pytest.raises(ModelError, match="not an ONNX model"):
        Transcriber(damaged).columns([strip])


def test_a_reader_with_a_network_of_its_own_has_no_second_one() -> None:
    from inkread.glyphs.classifier import SHIPPED_MODEL

    own = Reader(SHIPPED_MODEL)
    assert own.line_model_card == {}
    assert Reader().line_model_card["file"] == "lines.onnx"
    assert not own.steps(draw_number("3000", gap=-0.1)).columns
