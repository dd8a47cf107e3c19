"""Networks as people have them, given to ``Reader`` and ``--model``: files, folders of runs and Keras models."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.apps.cli import main
from inkread.errors import ExtraMissing, ModelError
from inkread.inference.onnx_session import SHIPPED
from inkread.training.formats import loading
from inkread.training.formats.input_range import InputRange
from inkread.training.formats.test_glyphs import probe_digits
from made import draw_number
from made_networks import nearest_mean


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setattr(loading, "cache_folder", lambda: folder)
    return folder


@pytest.mark.train
def test_a_reader_takes_every_kind_of_network(tmp_path: Path, cache: Path) -> None:
    """Each was trained on 0 to 255, and reads what Keras reads."""
    import keras

    glyphs = probe_digits()[0][::8]
    model = nearest_mean(keras, InputRange(0, 255))
    expected = model.predict_on_batch(255 * glyphs)
    run = tmp_path / "run"
    run.mkdir()
    for path in (run / "best.keras", tmp_path / "own.h5", tmp_path / "named.otherwise.keras"):
        model.save(path)
    (tmp_path / "without_ending").write_bytes((tmp_path / "own.h5").read_bytes())
    for source in (run, tmp_path / "own.h5", str(tmp_path / "without_ending"), model):
        assert inkread.Reader(source).classify(glyphs) == pytest.approx(expected, abs=1e-5)
    kept = {path: path.stat().st_mtime_ns for path in cache.glob("*.onnx")}
    assert len(kept) == 3, "the same content is converted once"
    inkread.Reader(model)
    onnx = next(iter(kept))
    assert inkread.Reader(onnx).classify(glyphs) == pytest.approx(expected, abs=1e-5)
    assert {path: path.stat().st_mtime_ns for path in cache.glob("*.onnx")} == kept
    other = inkread.Reader(model, input_range="0..1").classify(glyphs)
    assert other == pytest.approx(model.predict_on_batch(glyphs), abs=1e-5)


@pytest.mark.train
def test_a_keras_model_that_reads_no_digits_is_one_line() -> None:
    import keras

    L = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(10)], name="small")
    with pytest.raises(ModelError, match=r"^the Keras model small: takes 8 × 8 × 1 numbers[^\n]*$"):
        inkread.Reader(model)
    with pytest.raises(ModelError, match=r"^the Keras model empty: [^\n]*$"):
        inkread.Reader(keras.Sequential(name="empty"))


@pytest.mark.parametrize(
    "model", [3, np.zeros(3), [1], b"model.onnx", object()], ids=lambda x: type(x).__name__
)
def test_what_is_no_network_is_one_line(model: Any) -> None:
    with pytest.raises(ModelError, match=rf"^a {type(model).__name__} is no network; give the path [^\n]*$"):
        inkread.Reader(model)


def test_a_folder_without_a_network_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (".", tmp_path, os.curdir + os.sep):
        with pytest.raises(
            ModelError, match=r"is a folder without best\.keras; give the folder of a training"
        ):
            inkread.Reader(folder)
    with pytest.raises(ModelError, match=r"^no/such\.onnx: no such model file; check the path$"):
        inkread.Reader("no/such.onnx")


@pytest.mark.parametrize("command", ["read", "explain"])
@pytest.mark.parametrize("model", [".", "..", "missing.keras", "text.txt"])
def test_the_command_says_what_is_wrong_in_one_line(
    command: str,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("text.txt").write_text("no network")
    Image.fromarray(draw_number("7", seed=3)).save("digit.png")
    assert main([command, "digit.png", "--model", model]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"inkread: {model}: ")
    assert shown.err.count("\n") == 1


def test_without_keras_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.h5").write_bytes(b"anything")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r'pip install "inkread\[train\]"'):
        inkread.Reader(tmp_path / "net.h5")


def test_an_input_range_is_for_a_keras_network(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="give a model, too"):
        inkread.Reader(input_range="0..255")
    with pytest.raises(ModelError, match=r"digits\.onnx: an input range is for Keras files"):
        inkread.Reader(SHIPPED / "digits.onnx", input_range="0..255")
    assert main(["read", "x.png", "--input-range", "0..255"]) == 2
    assert "give --model, too" in capsys.readouterr().err


def test_glyphs_may_have_a_channel() -> None:
    """The shape that every tutorial gives to its network."""
    glyphs = probe_digits()[0][:20]
    reader = inkread.Reader()
    assert np.array_equal(reader.classify(glyphs[..., None]), reader.classify(glyphs))
    assert np.array_equal(reader.embed(glyphs[..., None]), reader.embed(glyphs))
    for wrong in (glyphs[..., None, None], np.repeat(glyphs[..., None], 3, axis=-1)):
        with pytest.raises(ValueError, match="28"):
            reader.classify(wrong)
