"""The networks and optimisers that can be chosen, and the light augmentation."""

import numpy as np
import pytest

from inkread.training.glyphs.augment import lightly
from inkread.training.glyphs.networks import NETWORKS
from inkread.training.glyphs.optimizers import RATES, SCHEDULES
from inkread.training.recipe import Recipe
from made_images import bars


@pytest.mark.train
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_glyphs_and_gives_probabilities(name: str) -> None:
    from inkread.training.glyphs.networks import build

    model = build(name, 11)
    rows = np.asarray(model.predict_on_batch(np.zeros((2, 28, 28, 1), np.float32)))
    assert rows.shape == (2, 11)
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.train
def test_networks_are_what_they_say() -> None:
    from inkread.training.glyphs.networks import build

    assert build("tiny", 11).count_params() <= 10_000
    assert build("lenet5", 10).count_params() == 61_706
    kinds = [type(layer).__name__ for layer in build("classic", 10).layers]
    assert kinds == [
        *("Conv2D", "Conv2D", "MaxPooling2D", "Dropout"),
        *("Flatten", "Dense", "Dropout", "Dense"),
    ]


def learned(optimizer: str, schedule: str = "constant", rate: float = 0.0) -> list[float]:
    """The loss of a small network after each of thirty steps on one batch."""
    import keras

    from inkread.training.glyphs.optimizers import make_optimizer

    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
    recipe = Recipe(optimizer=optimizer, schedule=schedule, learning_rate=rate or RATES[optimizer])
    model.compile(
        make_optimizer(keras, recipe, steps=30, warmup=3),
        "sparse_categorical_crossentropy",
        jit_compile=False,
    )
    images, labels = bars(100)
    return [float(model.train_on_batch(images.reshape(100, 784) / 255, labels)) for _ in range(30)]


@pytest.mark.train
@pytest.mark.parametrize("optimizer", RATES)
def test_every_optimizer_learns_with_its_own_rate(optimizer: str) -> None:
    losses = learned(optimizer)
    assert np.mean(losses[-5:]) < 0.9 * losses[0]


@pytest.mark.train
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_learns(schedule: str) -> None:
    losses = learned("adam", schedule, rate=0.01)
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.train
def test_one_cycle_rises_and_falls_to_nothing() -> None:
    import keras

    from inkread.training.glyphs.optimizers import make_optimizer

    rates = make_optimizer(keras, Recipe(optimizer="sgd", learning_rate=0.4, schedule="one-cycle"), 100, 10)
    seen = []
    for step in (0, 25, 60, 100):
        rates.iterations.assign(step)
        seen.append(float(keras.ops.convert_to_numpy(rates.learning_rate)))
    assert seen[1] == pytest.approx(0.4, rel=0.01)
    assert seen[0] < 0.05 > seen[3]
    assert 0.05 < seen[2] < 0.4


def test_light_moves_a_little_and_leaves_the_input() -> None:
    images, _ = bars(50)
    images[:, :2] = images[:, -2:] = images[:, :, :2] = images[:, :, -2:] = 0
    before = images.copy()
    moved = lightly(images, np.random.default_rng(3))
    assert np.array_equal(images, before)
    assert moved.shape == images.shape
    assert moved.dtype == np.uint8
    assert not (moved == images).all(axis=(1, 2)).any()
    assert np.array_equal(moved, lightly(images, np.random.default_rng(3)))
    assert moved.mean() == pytest.approx(images.mean(), rel=0.1)
    rows = np.arange(28)
    middles = [(each.sum(axis=2) * rows).sum(axis=1) / each.sum(axis=(1, 2)) for each in (images, moved)]
    assert np.abs(middles[0] - middles[1]).max() < 4
