"""Training from Python, and networks of one's own: what they give, what a mistake in one is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import inkread
from inkread.errors import InkreadError
from inkread.training.glyphs.networks import asked
from inkread.training.glyphs.own_network import absolute, name_of, own_layers, spec_of
from inkread.training.recipe import RecipeError
from made_images import write_bars

OWN = """
def layers(keras, classes):
    return [
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(classes, activation="softmax"),
    ]

def model(keras, classes):
    glyphs = keras.Input((28, 28, 1))
    hidden = keras.layers.Dense(16, activation="relu")(keras.layers.Flatten()(glyphs))
    return keras.Model(glyphs, keras.layers.Dense(classes, activation="softmax")(hidden))

def logits(keras, classes):
    return [keras.layers.Flatten(), keras.layers.Dense(classes)]

def narrow(keras, classes):
    return [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]

def misfit(keras, classes):
    return [keras.layers.Conv2D(4, 99)]

number = 7
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "Own.py"
    path.write_text(OWN)
    return path


def test_own_networks_are_trained_with_light_augmentation(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own.parent)
    recipe = asked(None, {"network": "Own.py:layers", "epochs": 2})
    assert (recipe.augment, recipe.epochs, recipe.classes) == ("light", 2, tuple("0123456789"))
    assert recipe.network == f"{own.resolve()}:layers", "absolute, and in the case of the file's name"
    assert recipe.summary().startswith("layers, 2 epochs")
    assert name_of(recipe.network) == "layers"
    assert asked(None, {}).augment == "full"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("missing.py:layers", "cannot be read"),
        ("Own.py:nothing", "has no function 'nothing'"),
        ("Own.py:number", "has no function 'number'"),
        ("broken.py:layers", "SyntaxError"),
        ("raises.py:layers", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_without_a_network_is_refused_in_one_line(own: Path, spec: str, words: str) -> None:
    (own.parent / "broken.py").write_text("def layers(")
    (own.parent / "raises.py").write_text("1 / 0")
    with pytest.raises(RecipeError, match=words) as caught:
        own_layers(str(own.parent / spec))
    assert "\n" not in str(caught.value)


def test_a_function_is_found_by_its_file() -> None:
    assert spec_of(write_bars).endswith(f"made_images.py:{write_bars.__name__}")
    for function in (lambda keras, classes: [], len):
        with pytest.raises(RecipeError, match=r"at the top of a \.py file"):
            spec_of(function)  # type: ignore[arg-type]
    assert absolute("own.py:net") == f"{Path.cwd() / 'own.py'}:net"


@pytest.mark.train
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("logits", "do not sum to 1; end it with Dense"),
        ("narrow", r"gives \(None, 3\); it must take"),
        ("misfit", "cannot be built"),
    ],
)
def test_a_network_that_cannot_work_leaves_no_folder(own: Path, name: str, words: str) -> None:
    data, out = write_bars(own.parent / "bars.npz"), own.parent / "run"
    with pytest.raises(RecipeError, match=words):
        inkread_train(f"{own}:{name}", data, out)
    assert not out.exists()


def inkread_train(network: str, data: Path, out: Path) -> object:
    from inkread.training import train

    return train(network, out=out, data=str(data), epochs=1, batch_size=64, progress=None)


@pytest.mark.train
def test_train_evaluate_export_and_read(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from inkread.training import evaluate, export, train

    data, out = write_bars(own.parent / "bars.npz"), own.parent / "run"
    run = train(f"{own}:model", out=out, data=str(data), epochs=2, batch_size=64, learning_rate=0.01)
    assert "epoch 2/2" in capsys.readouterr().out
    assert run.result()["epochs"] == 2
    figures = evaluate(run, data=data, part="validation")
    assert figures.accuracy == pytest.approx(run.result()["validation"], abs=0.02)
    with pytest.raises(RecipeError, match="already holds a run"):
        train("tiny", out=out)
    train(out=out, resume=True, epochs=3, progress=None)
    assert run.result()["epochs"] == 3
    path = export(run, own.parent / "own.onnx")
    glyphs = np.zeros((2, 28, 28), np.float32)
    assert inkread.Reader(path).classify(glyphs).shape == (2, 10)
    own.write_text(OWN.replace("16", "17"))
    with pytest.raises(InkreadError, match="not what"):
        train(out=out, resume=True, epochs=4, progress=None)


@pytest.mark.train
def test_the_command_takes_a_network_of_ones_own(own: Path) -> None:
    data = write_bars(own.parent / "bars.npz")
    words = ["--network", "Own.py:layers", "--data", str(data), "--epochs", "1", "--batch-size", "64"]
    done = subprocess.run(
        [sys.executable, "-m", "inkread", "train", *words, "--no-test"],
        cwd=own.parent, env=dict(os.environ), capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (own.parent / "runs" / "light" / "best.keras").is_file()
    wrong = subprocess.run(
        [sys.executable, "-m", "inkread", "train", "--network", "Own.py:nothing"],
        cwd=own.parent, capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert "has no function 'nothing'" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_importing_training_loads_nothing_heavy() -> None:
    code = "import inkread.training, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert not {"numpy", "keras", "tensorflow"} & set(done.stdout.split())
