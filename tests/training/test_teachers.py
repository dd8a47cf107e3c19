"""Networks that a recipe names: found or asked for, listened to unless they are wrong, and begun with."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.errors import DataMissing, ModelError
from inkread.training.formats.loading import hash_of
from inkread.training.glyphs.samples import Pool
from inkread.training.glyphs.teachers import Teachers, find_networks, hashes_of, teachers_of
from inkread.training.recipe import Mix, Recipe, RecipeError
from inkread.training.run import Run
from made_images import write_bars
from made_networks import unsettled

CLASSES = 12
"""The ten digits and two that are none."""


def certain_of(index: int, share: float) -> NDArray[np.float32]:
    """Probabilities (12,): ``share`` for one class, the rest spread evenly."""
    row = np.full(CLASSES, (1 - share) / (CLASSES - 1), np.float32)
    row[index] = share
    return row


@pytest.fixture
def two_teachers(monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """One that is sure of a 3, whatever it sees, and one that is not."""
    says = {"sure": certain_of(3, 0.9), "unsure": certain_of(3, 0.3)}

    class Saying:
        def __init__(self, path: Path) -> None:
            self.row = says[path.name]

        def scores(self, glyphs: NDArray[np.float32]) -> NDArray[np.float32]:
            assert glyphs.dtype == np.float32
            assert glyphs.max() <= 1
            return np.tile(self.row, (len(glyphs), 1))

    monkeypatch.setattr("inkread.training.glyphs.teachers.Classifier", Saying)
    return Path("sure"), Path("unsure")


def glyphs(count: int) -> NDArray[np.uint8]:
    return np.full((count, 28, 28), 255, np.uint8)


def test_targets_lie_between_the_label_and_the_mean_of_the_teachers(two_teachers: tuple[Path, Path]) -> None:
    targets = Teachers(two_teachers, 0.5).targets(glyphs(3), np.array([3, 5, 3]), CLASSES)
    mean = np.sqrt(certain_of(3, 0.9) * certain_of(3, 0.3))
    mean /= mean.sum()
    assert targets == pytest.approx((mean + np.eye(CLASSES)[[3, 5, 3]]) / 2, abs=1e-6)
    assert targets.dtype == np.float32
    alone = Teachers(two_teachers, 0.0).targets(glyphs(1), np.array([5]), CLASSES)
    assert alone == pytest.approx(np.eye(CLASSES)[[5]])


def test_teachers_who_take_for_a_digit_what_is_none_are_not_listened_to(
    two_teachers: tuple[Path, Path],
) -> None:
    targets = Teachers(two_teachers, 0.7).targets(glyphs(2), np.array([11, 10]), CLASSES)
    assert targets == pytest.approx(np.eye(CLASSES)[[11, 10]])


def test_many_glyphs_are_asked_about_in_parts(
    two_teachers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inkread.training.glyphs.teachers._PART", 3)
    assert Teachers(two_teachers, 1.0).targets(glyphs(7), np.zeros(7, np.int64), CLASSES).shape == (
        7,
        CLASSES,
    )


def test_missing_teachers_are_named_with_the_commands_that_make_them(tmp_path: Path) -> None:
    begun = tmp_path / "more-forms"
    begun.mkdir()
    (begun / "recipe.toml").touch()
    with pytest.raises(DataMissing) as told:
        find_networks(Recipe(start="default", teachers=("default", "more-forms")), tmp_path)
    said = str(told.value)
    assert f"inkread train --recipe default --out {tmp_path / 'default'} && " in said
    assert said.endswith(f"inkread train --resume --out {begun}")
    assert said.count("--out") == 2


def test_a_finished_run_is_found_by_the_name_of_its_recipe(tmp_path: Path) -> None:
    for name in ("best.keras", "result.json"):
        (tmp_path / "default").mkdir(exist_ok=True)
        (tmp_path / "default" / name).write_bytes(b"abc")
    found = find_networks(Recipe(start="default"), tmp_path)
    assert found == {"default": tmp_path / "default" / "best.keras"}
    assert hashes_of(found)["default"].startswith("ba7816bf")
    assert find_networks(Recipe(), tmp_path) == {}


def test_names_that_mean_nothing(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="more-forms"):
        find_networks(Recipe(teachers=("no-such",)), tmp_path)
    with pytest.raises(ModelError, match="no such model file"):
        find_networks(Recipe(start=str(tmp_path / "gone.keras")), tmp_path)


def test_a_teacher_must_know_the_same_classes() -> None:
    from inkread.glyphs.classifier import SHIPPED_MODEL

    name = str(SHIPPED_MODEL)
    same = Recipe(teachers=(name,))
    assert teachers_of(same, {name: SHIPPED_MODEL}) == Teachers((SHIPPED_MODEL,), 0.7)
    assert teachers_of(Recipe(), {}) is None
    none = Mix(marks=0, fragments=0, pairs=0, letters=0, words=0, scribbles=0)
    with pytest.raises(RecipeError, match="other classes"):
        teachers_of(Recipe(teachers=(name,), classes=same.classes[:10], mix=none), {name: SHIPPED_MODEL})


@pytest.mark.train
def test_a_network_learns_what_its_teachers_say_rather_than_the_labels() -> None:
    from inkread.training.formats.parity import keras_answers
    from inkread.training.glyphs.learner import Learner
    from inkread.training.glyphs.tasks import Glyphs

    rng = np.random.default_rng(0)
    seen = rng.integers(0, 256, (64, 28, 28), np.uint8)
    recipe = Recipe(network="tiny", batch_size=64, samples=64, epochs=60, learning_rate=0.01, ema=0.0)
    said = np.zeros((64, len(recipe.classes)), np.float32)
    said[:, 3] = 1
    learner = Learner(Glyphs(recipe), 1)
    pool = Pool(seen, np.full(64, 5), said)
    for _ in range(30):
        list(learner.steps(pool, 0))
        learner.state.epoch += 1
    answers = keras_answers(learner.averaged(pool))(seen[:8].astype(np.float32) / 255)
    assert set(answers.argmax(axis=1)) == {3}


@pytest.mark.train
def test_a_run_begins_with_the_weights_of_another_and_notes_which(tmp_path: Path) -> None:
    from inkread.training.glyphs.fit import train
    from inkread.training.glyphs.networks import build, import_keras

    begun, other = unsettled(build("fast", 10)), unsettled(build("fast", 10), seed=2)
    file, run = tmp_path / "first.keras", Run(tmp_path / "run")
    begun.save(file)
    recipe = Recipe(
        network="fast", augment="none", data=str(write_bars(tmp_path / "bars.npz")), start=str(file), ema=0.0,
        learning_rate=1e-7, epochs=1, batch_size=64,
    )  # fmt: skip
    train(run, recipe, test=False)
    kernel = import_keras().models.load_model(run.folder / "best.keras", compile=False).get_weights()[0]
    assert np.allclose(kernel, begun.get_weights()[0], atol=1e-4)
    noted = json.loads((run.folder / "environment.json").read_text(encoding="utf-8"))
    assert noted["networks_sha256"] == {str(file): hash_of(file)}

    other.save(file)
    with pytest.raises(DataMissing, match="not what"):
        train(run, dataclasses.replace(recipe, epochs=2), resume=True, test=False)


@pytest.mark.train
def test_weights_of_another_network_are_refused_in_one_line(tmp_path: Path) -> None:
    from inkread.training.glyphs.learner import Learner
    from inkread.training.glyphs.networks import build
    from inkread.training.glyphs.tasks import Glyphs

    build("fast", 10).save(tmp_path / "fast.keras")
    (tmp_path / "no.keras").write_bytes(b"PK nothing")
    for name in ("fast.keras", "no.keras"):
        with pytest.raises(RecipeError, match="do not fit tiny with 20 classes") as told:
            Learner(Glyphs(Recipe(network="tiny", start=name), {name: tmp_path / name}), 10)
        assert "\n" not in str(told.value)
