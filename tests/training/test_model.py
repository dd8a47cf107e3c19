"""The network: trained, resumed, exported, and the one that is shipped."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkread.errors import ModelError
from inkread.training.data.mnist import load_mnist, training_split
from inkread.training.evaluation.metrics import accuracy, auroc, interval
from inkread.training.formats.card import card_path
from inkread.training.formats.input_range import INKREAD
from inkread.training.formats.parity import check_agreement, keras_answers, onnx_answers
from inkread.training.recipe import Recipe, RecipeError
from made_networks import unsettled

SHIPPED = Path(__file__).parents[2] / "src" / "inkread" / "model" / "digits.onnx"


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
    probabilities = onnx_answers(SHIPPED.read_bytes())(images)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert accuracy(probabilities, labels) >= 0.99


def test_figures() -> None:
    assert auroc(np.array([0.9, 0.8], np.float32), np.array([0.1, 0.2], np.float32)) == 1
    assert auroc(np.array([0.5], np.float32), np.array([0.5], np.float32)) == 0.5
    low, high = interval(0.995, 10_000)
    assert (round(low, 4), round(high, 4)) == (0.9934, 0.9962)


def noise(count: int) -> Any:
    return np.random.default_rng(0).random((count, 28, 28)).astype(np.float32)


def random_network(name: str, classes: int = 11) -> Any:
    from inkread.training.glyphs.networks import build

    return unsettled(build(name, classes))


@pytest.mark.train
@pytest.mark.parametrize("name", ["tiny", "default", "classic", "lenet5", "fast"])
def test_the_export_agrees_with_keras(name: str) -> None:
    from inkread.training.formats.onnx_export import glyphs_to_onnx

    model, glyphs = random_network(name), noise(200)
    probabilities = onnx_answers(glyphs_to_onnx(model))(glyphs)
    check_agreement(keras_answers(model)(glyphs), probabilities)
    assert probabilities.shape == (200, 11)
    assert probabilities.max() < 0.999, "what is certain would hide a difference"


@pytest.mark.train
def test_the_card_of_a_run_says_what_it_learned_from_and_reached(tmp_path: Path) -> None:
    from inkread.training.formats.card import add_to_card
    from inkread.training.formats.export import export_file
    from inkread.training.run import Run

    run = Run(tmp_path / "run")
    run.start(Recipe(network="tiny", augment="light", data="letters"))
    run.keep_best(random_network("tiny", 10), 0.5, 1)
    run.finish({"validation": 0.5})
    path = tmp_path / "own.onnx"
    card = export_file(run.folder, path)
    assert card["name"] == "inkread own"
    assert card["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert card["recipe"]["network"] == "tiny"
    assert card["data"] == [{"name": "letters", "use": "digits"}]
    assert card["figures"] == {"validation": 0.5}
    add_to_card(path, figures={"raw": 0.25})
    assert json.loads(card_path(path).read_text(encoding="utf-8")) == card | {"figures": {"raw": 0.25}}
    with pytest.raises(ModelError, match="there is no card"):
        add_to_card(tmp_path / "other.onnx", figures={})


@pytest.mark.train
def test_a_wrong_export_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.training.formats import conversion

    good, other = random_network("tiny"), random_network("tiny")
    good.save(tmp_path / "good.keras")
    other.set_weights([w * np.float32(1.01) for w in other.get_weights()])
    content = conversion.glyphs_to_onnx(other)
    monkeypatch.setattr(conversion, "glyphs_to_onnx", lambda *_: content)
    with pytest.raises(ModelError, match="differs from Keras"):
        conversion.convert(tmp_path / "good.keras", tmp_path / "model.onnx", 11, INKREAD)
    assert [each.name for each in tmp_path.iterdir()] == ["good.keras"]


@pytest.mark.train
def test_an_unknown_network_names_the_known_ones() -> None:
    from inkread.training.glyphs.networks import build

    with pytest.raises(RecipeError, match="default"):
        build("huge", 11)
