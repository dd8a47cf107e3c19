"""The network that is judged and kept in a run: its weights, and its statistics of batch normalization."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inkread.training.evaluation.metrics import accuracy
from inkread.training.glyphs.samples import Pool
from inkread.training.recipe import Recipe
from made_images import bars

pytestmark = pytest.mark.train


def learner_of(network: str, steps: int, **settings: Any) -> Any:
    from inkread.training.glyphs.learner import Learner
    from inkread.training.glyphs.tasks import Glyphs

    recipe = Recipe(network=network, augment="none", batch_size=64, epochs=2, **settings)
    return Learner(Glyphs(recipe), steps)


@pytest.mark.parametrize("ema", [0.0, 0.998])
def test_a_run_of_a_few_steps_is_judged_as_well_as_it_learned(ema: float) -> None:
    """Statistics that begin at 0 and 1 gave 10 %, whatever was learned."""
    from inkread.training.formats.parity import keras_answers

    images, labels = bars(640)
    pool = Pool(images, labels.astype(np.int64))
    learner = learner_of("tiny", 10, learning_rate=0.008, ema=ema)
    for learner.state.epoch in range(2):
        learned = [hits for _, hits in learner.steps(pool, 0)]
    learner.state.epoch = 2
    unseen, wanted = bars(200, seed=1)
    judged = keras_answers(learner.averaged(pool))(unseen.astype(np.float32) / 255)
    assert accuracy(judged, wanted) >= np.mean(learned) - 0.05 > 0.3


def test_statistics_are_those_of_what_each_layer_is_given() -> None:
    from inkread.training.glyphs.networks import import_keras

    images, labels = bars(128)
    pool = Pool(images, labels.astype(np.int64))
    learner = learner_of("fast", 2, ema=0.9)
    list(learner.steps(pool, 0))
    model = learner.averaged(pool)
    given = images[..., None].astype(np.float32) / 255
    checked = 0
    for layer in model.layers:
        if isinstance(layer, import_keras().layers.BatchNormalization):
            assert np.allclose(layer.moving_mean, given.mean(axis=(0, 1, 2)), rtol=0.02, atol=0.001)
            assert np.allclose(layer.moving_variance, given.var(axis=(0, 1, 2)), rtol=0.1)
            checked += 1
        given = import_keras().ops.convert_to_numpy(layer(given))
    assert checked == 2


def test_a_long_run_keeps_the_moving_averages() -> None:
    images, labels = bars(128)
    pool = Pool(images, labels.astype(np.int64))
    learner = learner_of("tiny", 2, ema=0.9)
    list(learner.steps(pool, 0))
    learner.state.epoch = 500
    kept = learner.averaged(pool).get_weights()
    assert all(map(np.array_equal, kept, learner.state.average))


def test_every_recipe_that_ships_runs_longer_than_what_is_short() -> None:
    """Networks that they make are judged by the moving averages at the end."""
    from inkread.training.glyphs.learner import _SHORT_RUN
    from inkread.training.glyphs.networks import asked
    from inkread.training.recipe import own_recipes

    for recipe in (asked(name, {}) for name in own_recipes()):
        assert recipe.epochs * ((recipe.samples or 55_000) // recipe.batch_size) >= _SHORT_RUN, recipe.name
