"""MNIST and the pen strokes: found, checked, and split the same way for everyone."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from inkread.errors import DataMissing
from inkread.training.data.mnist import Digits, load_mnist, training_split
from inkread.training.data.strokes import CANVAS, StrokeSet, draw_strokes, held_out, load_strokes


@pytest.fixture
def digits() -> Digits:
    """As many as MNIST has, told apart by their pixels."""
    labels = np.random.default_rng(0).integers(0, 10, 60_000).astype(np.uint8)
    images = np.zeros((60_000, 28, 28), np.uint8)
    images.reshape(60_000, -1)[:, :4] = np.arange(60_000, dtype=np.uint32).view(np.uint8).reshape(-1, 4)
    return Digits(images, labels)


def identities(digits: Digits) -> set[bytes]:
    return {image.tobytes() for image in digits.images}


def test_the_split_is_stratified_disjoint_and_fixed(digits: Digits) -> None:
    training, validation = training_split(digits)
    assert (len(training), len(validation)) == (55_000, 5_000)
    assert np.bincount(validation.labels).tolist() == [500] * 10
    assert not identities(training) & identities(validation)
    again = training_split(digits)[1]
    assert np.array_equal(validation.images, again.images)


@pytest.mark.mnist
def test_the_split_never_changes() -> None:
    """Figures of different releases compare only while this digest stays."""
    validation = training_split(load_mnist("train"))[1]
    assert hashlib.sha256(validation.images.tobytes()).hexdigest().startswith("a87e6e4a83ed3876")


def test_missing_mnist_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    with pytest.raises(DataMissing, match="set INKREAD_DATA"):
        load_mnist("train")
    with pytest.raises(DataMissing, match="set INKREAD_DATA"):
        load_strokes("train_pendigits")


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
def test_damaged_mnist_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / name).write_bytes(b"\x1f\x8b not what it says")
    with pytest.raises(DataMissing, match="again"):
        load_mnist("train")


def stroke_set(labels: str, source: str) -> StrokeSet:
    """One sample per label, each one stroke of two points."""
    count = len(labels)
    offsets = np.arange(count + 1)
    return StrokeSet(
        np.tile(np.array([[0, 0], [3, 9]], np.float32), (count, 1)),
        offsets * 2,
        offsets,
        np.array(list(labels)),
        np.array([source] * count),
    )


def test_a_twentieth_of_each_letter_and_whole_writers_are_held_out() -> None:
    letters = stroke_set("a" * 40 + "b" * 20, "app")
    assert np.flatnonzero(held_out(letters)).tolist() == [38, 39, 59]
    assert held_out(stroke_set("123", "18")).all()
    assert not held_out(stroke_set("123", "2")).any()


@pytest.mark.parametrize("pen", [0.04, 0.14])
def test_strokes_are_drawn_within_the_canvas_as_wide_as_the_pen(pen: float) -> None:
    ink = draw_strokes([np.array([[500, -7000], [500, -3000]], np.float32)], pen)
    assert ink.shape == (CANVAS, CANVAS)
    assert 0 <= ink.min() < ink.max() <= 1
    assert ink[56].sum() == pytest.approx(pen * 80, abs=1.0)
    assert ink[:10].sum() == ink[-10:].sum() == 0


def test_missing_and_damaged_strokes_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    with pytest.raises(DataMissing, match=r"is not there.*--augment light"):
        load_strokes("train_pendigits")
    (tmp_path / "strokes").mkdir()
    for content in (b"", b"PK", b"PK\x03\x04" + bytes(100)):
        (tmp_path / "strokes" / "train_pendigits.npz").write_bytes(content)
        with pytest.raises(DataMissing, match="damaged"):
            load_strokes("train_pendigits")


def test_a_dot_is_drawn() -> None:
    assert draw_strokes([np.array([[5, 5]], np.float32)], 0.1).max() > 0.9
