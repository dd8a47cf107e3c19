"""The network: trained, resumed, exported, and the one that is shipped."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkread.errors import ModelError
from inkread.training.data.mnist import load_mnist, training_split
from inkread.training.evaluation.validation import accuracy, auroc, from_onnx, interval
from inkread.training.formats.card import card_of, card_path, write_card
from inkread.training.recipe import Recipe, RecipeError
from made_networks import unsettled

SHIPPED = Path(__file__).parent.parent / "src" / "inkread" / "model" / "digits.onnx"


def test_the_shipped_card_describes_the_shipped_file() -> None:
    card = json.loads(card_path(SHIPPED).read_text(encoding="utf-8"))
    assert card["file"] == SHIPPED.name
    assert card["sha256"] == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    assert card["bytes"] == SHIPPED.stat().st_size <= 2_000_000
    assert card["classes"][:10] == list("0123456789")
    assert Recipe.from_dict(card["recipe"]).classes == tuple(card["classes"])
    assert all(each["licence"] for each in card["data"])


@pytest.mark.mnist
def test_the_shipped_network_reads_mnist() -> None:
    digits = training_split(load_mnist("train"))[1]
    images, labels = digits.images[::5].astype(np.float32) / 255, digits.labels[::5]
    probabilities = from_onnx(SHIPPED)(images)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert accuracy(probabilities, labels) >= 0.99


def test_figures() -> None:
    assert auroc(np.array([0.9, 0.8], np.float32), np.array([0.1, 0.2], np.float32)) == 1
    assert auroc(np.array([0.5], np.float32), np.array([0.5], np.float32)) == 0.5
    low, high = interval(0.995, 10_000)
    assert (round(low, 4), round(high, 4)) == (0.9934, 0.9962)


def noise(count: int) -> Any:
    return np.random.default_rng(0).random((count, 28, 28)).astype(np.float32)


def random_network(name: str) -> Any:
    from inkread.training.glyphs.networks import build

    return unsettled(build(name, 11))


@pytest.mark.train
@pytest.mark.parametrize("name", ["tiny", "default", "classic", "lenet5", "fast"])
def test_the_export_agrees_with_keras(name: str, tmp_path: Path) -> None:
    from inkread.training.formats.export import export

    model, path = random_network(name), tmp_path / "model.onnx"
    export(model, path, noise(200))
    probabilities = from_onnx(path)(noise(3))
    assert probabilities.shape == (3, 11)
    assert probabilities.max() < 0.999, "what is certain would hide a difference"
    write_card(path, card_of(path, Recipe(), 1, {"raw": 0.5}))
    assert json.loads(card_path(path).read_text())["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.train
def test_a_wrong_export_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.training.formats import export

    good, other = random_network("tiny"), random_network("tiny")
    other.set_weights([w * np.float32(1.01) for w in other.get_weights()])
    content = export.glyphs_to_onnx(other)
    monkeypatch.setattr(export, "glyphs_to_onnx", lambda model: content)
    with pytest.raises(ModelError, match="differs from Keras"):
        export.export(good, tmp_path / "model.onnx", noise(50))
    assert not list(tmp_path.iterdir())


@pytest.mark.train
def test_an_unknown_network_names_the_known_ones() -> None:
    from inkread.training.glyphs.networks import build

    with pytest.raises(RecipeError, match="default"):
        build("huge", 11)
