"""The shipped network answers; a file that is no network that inkread can use is refused in one line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.glyphs import classifier as classifier_module
from inkread.glyphs import normalise
from inkread.glyphs.classifier import SHIPPED_MODEL, Classifier
from inkread.inference.onnx_session import onnx_runtime
from made import draw_number


def glyphs_of(count: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((count, 28, 28), np.float32)


def made_glyphs() -> NDArray[np.float32]:
    pictures = [draw_number(c, seed=2, size=60, pen=0.1) for c in "0123456789"]
    return np.stack([normalise((255 - each[..., 0]).astype(np.float32) / 255) for each in pictures])


def refusal(path: Path) -> str:
    """The one line that is said of the model at ``path``."""
    with pytest.raises(ModelError) as raised:
        Classifier(path).scores(glyphs_of(1))
    message = str(raised.value)
    assert "\n" not in message
    assert str(path) in message
    assert len(message) < 400 + len(str(path))
    assert raised.value.__cause__ is None
    return message


def test_the_shipped_network_reads_made_digits() -> None:
    classifier = Classifier()
    scores = classifier.scores(made_glyphs())
    assert scores.shape == (10, len(classifier.classes))
    assert scores.dtype == np.float32
    assert classifier.classes[:10] == tuple("0123456789")
    assert scores.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-4)
    assert scores.min() >= 0
    assert scores[:, :10].argmax(axis=1).tolist() == list(range(10))


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 600])
def test_any_number_of_glyphs(count: int) -> None:
    classifier = Classifier()
    glyphs = glyphs_of(count)
    scores = classifier.scores(glyphs)
    assert scores.shape == (count, len(classifier.classes))
    assert scores.dtype == np.float32
    if count:
        assert scores[-1] == pytest.approx(classifier.scores(glyphs[-1:])[0], abs=1e-5)


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_glyphs_that_are_shared_out_come_back_in_order(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier_module, "_cores", lambda: cores)
    classifier, glyphs = Classifier(), glyphs_of(300)
    one_by_one = np.concatenate([classifier.scores(glyph[None]) for glyph in glyphs])
    assert classifier.scores(glyphs) == pytest.approx(one_by_one, abs=1e-5)


def test_other_numbers_and_strides_are_the_same_glyphs() -> None:
    classifier, glyphs = Classifier(), made_glyphs()
    expected = classifier.scores(glyphs)
    turned = np.asfortranarray(glyphs)
    turned.setflags(write=False)
    assert classifier.scores(turned) == pytest.approx(expected, abs=1e-6)
    assert classifier.scores(glyphs.astype(np.float64)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28, 1), (2, 27, 28), (3,)])
def test_other_shapes_are_a_programmers_mistake(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Classifier().scores(np.zeros(shape, np.float32))


def test_nothing_is_read_before_the_first_use(tmp_path: Path) -> None:
    path = tmp_path / "later.onnx"
    classifier = Classifier(path)
    shutil.copy(SHIPPED_MODEL, path)
    shutil.copy(SHIPPED_MODEL.with_suffix(".json"), path.with_suffix(".json"))
    assert classifier.scores(glyphs_of(2)).shape[0] == 2
    path.unlink()
    assert classifier.scores(glyphs_of(2)).shape[0] == 2


def test_threads_share_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, opened = onnx_runtime(), []

    class Counting(runtime.InferenceSession):  # type: ignore[misc, name-defined]
        def __init__(self, *given: Any, **named: Any) -> None:
            opened.append(self)
            super().__init__(*given, **named)

    monkeypatch.setattr(runtime, "InferenceSession", Counting)
    classifier, glyphs = Classifier(), [glyphs_of(40, seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(classifier.scores, glyphs))
    assert len(opened) == 1
    for scores, each in zip(together, glyphs, strict=True):
        assert np.array_equal(scores, Classifier().scores(each))


def beside(path: Path, **changes: Any) -> Path:
    """The shipped model copied to ``path``, its card changed."""
    shutil.copy(SHIPPED_MODEL, path)
    card = json.loads(SHIPPED_MODEL.with_suffix(".json").read_text(encoding="utf-8"))
    path.with_suffix(".json").write_text(json.dumps(card | changes), encoding="utf-8")
    return path


def test_a_file_that_is_not_the_one_of_its_card_is_refused(tmp_path: Path) -> None:
    assert "SHA-256" in refusal(beside(tmp_path / "m.onnx", sha256="0" * 64))


def test_a_card_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = beside(tmp_path / "m.onnx")
    path.with_suffix(".json").write_bytes(b"\xff{ not json\n")
    with pytest.raises(ModelError, match="card cannot be read") as raised:
        Classifier(path).scores(glyphs_of(1))
    assert "\n" not in str(raised.value)


def test_a_card_with_other_classes_than_the_network_is_refused(tmp_path: Path) -> None:
    path = beside(tmp_path / "m.onnx", classes=list("0123456789"))
    given = len(Classifier().classes)
    assert f"gives {given} numbers per glyph; inkread needs 10" in refusal(path)


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    text, cut, empty = (tmp_path / f"{name}.onnx" for name in ("text", "cut", "empty"))
    text.write_text("this is\nno network\n")
    cut.write_bytes(SHIPPED_MODEL.read_bytes()[:50_000])
    empty.write_bytes(b"")
    for path in (text, cut, empty):
        assert "not an ONNX model" in refusal(path)


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing.onnx").endswith("no such model file; check the path")
    if os.name == "posix":  # Windows calls both a lack of permission
        assert "is a folder" in refusal(tmp_path)
        (tmp_path / "file").write_text("")
        assert "cannot be read" in refusal(tmp_path / "file" / "digits.onnx")


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = beside(tmp_path / "m.onnx")

    def withheld(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    # Root may read every file, so the refusal is the system's in name only.
    monkeypatch.setattr(Path, "read_bytes", withheld)
    assert "check its permissions" in refusal(path)


def network(
    path: Path,
    takes: tuple[Any, ...] = ("n", 28, 28),
    classes: Any = 10,
    kind: str = "FLOAT",
    inputs: int = 1,
    flat: bool = True,
    answer: str = "FLOAT",
) -> Path:
    """A tiny ONNX network of one layer, written to ``path``; all its answers are the same."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    number = getattr(TensorProto, kind)
    weights = np.zeros((784, classes), np.float32 if kind == "FLOAT" else np.float64)
    shape = np.array([-1, 784] if flat else [1, -1, 784], np.int64)
    nodes = [
        helper.make_node("Reshape", ["x0", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=-1),
        helper.make_node("Cast", ["shares"], ["probabilities"], to=getattr(TensorProto, answer)),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(f"x{i}", number, takes) for i in range(inputs)],
        [helper.make_tensor_value_info("probabilities", getattr(TensorProto, answer), None)],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(shape, "shape")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


@pytest.mark.train
@pytest.mark.parametrize("takes", [("n", 28, 28), ("n", 28, 28, 1), (None, 1, 28, 28)])
def test_a_network_of_ones_own_needs_no_card(tmp_path: Path, takes: tuple[Any, ...]) -> None:
    classifier = Classifier(network(tmp_path / "own.onnx", takes))
    assert classifier.scores(glyphs_of(3)) == pytest.approx(np.full((3, 10), 0.1), abs=1e-6)
    assert classifier.classes == tuple("0123456789")
    assert classifier.card == {}


@pytest.mark.train
def test_a_card_without_a_hash_names_the_classes(tmp_path: Path) -> None:
    path = network(tmp_path / "own.onnx", classes=12)
    names = [*"0123456789", "-", "none"]
    path.with_suffix(".json").write_text(json.dumps({"classes": names}))
    assert Classifier(path).classes == tuple(names)
    assert Classifier(path).scores(glyphs_of(1)).shape == (1, 12)
    hashed = {"classes": names, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(hashed))
    assert Classifier(path).scores(glyphs_of(1)).shape == (1, 12)


@pytest.mark.train
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"takes": ("n", 32, 32)}, "needs one float input"),
        ({"takes": ("n", 784)}, "needs one float input"),
        ({"takes": ("n", 3, 28, 28)}, "needs one float input"),
        ({"takes": ("n", "height", "width")}, "needs one float input"),
        ({"kind": "DOUBLE"}, "needs one float input"),
        ({"inputs": 2}, "needs one float input"),
        ({"takes": (1, 28, 28)}, "free batch size"),
        ({"classes": 1}, "gives 1 numbers per glyph"),
        ({"classes": 9}, "gives 9 numbers per glyph"),
        ({"classes": 36}, "gives 36 numbers per glyph"),
        ({"flat": False}, "needs float probabilities (n, 10)"),
        ({"answer": "DOUBLE"}, "needs float probabilities (n, 10)"),
        ({"answer": "INT64"}, "needs float probabilities (n, 10)"),
    ],
)
def test_a_network_of_another_shape_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    assert said in refusal(network(tmp_path / "other.onnx", **change))
