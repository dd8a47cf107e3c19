"""Hands and signs for lines, all made by code: what training on lines takes from the data sets, in small.

    python tests/made_lines.py FOLDER

trains in FOLDER/whole and in FOLDER/killed, where the run is killed once, and prints as JSON whether they end alike.
"""

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkread.training.data.mnist import Digits
from inkread.training.data.strokes import StrokeSet
from inkread.training.lines import samples
from inkread.training.lines.samples import MadeLine, made_lines
from inkread.training.lines.signs import Signs
from inkread.training.recipe import LinesRecipe
from inkread.training.run import Run
from inkread.training.synthesis.characters.writers import Writers
from inkread.training.synthesis.handwriting import Material
from made import draw_number
from made_hands import HANDS

__all__ = ["TINY", "made_material", "made_writers", "small"]

TINY = (4, 6, 8, 8, 12, 16)

_SIGNS: dict[str, list[tuple[float, float]]] = {
    "-": [(0, 0), (40, 2)],
    "/": [(30, 0), (0, 100)],
    ",": [(8, 0), (0, 30)],
    "(": [(20, 0), (0, 50), (20, 100)],
    ")": [(0, 0), (20, 50), (0, 100)],
    ":": [(0, 0), (2, 40)],
    "+": [(0, 20), (40, 20), (20, 0), (20, 40)],
    "#": [(0, 0), (30, 80), (50, 10)],
    "*": [(0, 0), (30, 30), (0, 30), (30, 0)],
    "$": [(40, 0), (0, 30), (40, 60), (0, 90)],
}
_LETTERS = {
    "K": [(0, 0), (0, 100), (0, 50), (40, 0), (0, 50), (40, 100)],
    "w": [(0, 0), (10, 40), (20, 0), (30, 40)],
}


def made_writers() -> Writers:
    """Writers whose digits are all made by code: three of each value, as images and as strokes."""
    values = [value for value in range(10) for _ in range(3)]
    images = np.stack([_as_mnist(value, seed) for seed, value in enumerate(values)])
    hands = [HANDS[str(value)][way % 3] for way, value in enumerate(values)]
    drawn = _stroke_set(
        [str(value) for value in values], [[list(stroke) for stroke in hand] for hand in hands]
    )
    return Writers(Digits(images, np.array(values, np.uint8)), ((drawn, np.arange(len(drawn))),))


def made_material() -> Material:
    """The same hands, with signs (of % and = there are none) and two letters."""
    signs = _stroke_set([*_SIGNS], [[points] for points in _SIGNS.values()])
    letters = _stroke_set([*_LETTERS], [[points] for points in _LETTERS.values()])
    samples = {name: np.array([at]) for at, name in enumerate(_SIGNS)}
    return Material(made_writers(), Signs(signs, samples, ((letters, np.arange(len(letters))),)))


def _stroke_set(labels: list[str], drawings: list[list[list[tuple[float, float]]]]) -> StrokeSet:
    points, strokes, samples = [], [0], [0]
    for drawing in drawings:
        for stroke in drawing:
            points += [(100 * x, 100 * y) for x, y in stroke]
            strokes.append(len(points))
        samples.append(len(strokes) - 1)
    return StrokeSet(
        np.array(points, np.float32),
        np.array(strokes),
        np.array(samples),
        np.array(labels),
        np.array(["made"] * len(labels)),
    )


def _as_mnist(value: int, seed: int) -> NDArray[np.uint8]:
    """A digit (28, 28) as MNIST has it: light on dark, 20 pixels high."""
    ink = 255 - draw_number(str(value), seed=seed, pen=0.12)[..., 0]
    left, top, width, height = cv2.boundingRect((ink > 40).astype(np.uint8))
    scale = 20 / max(width, height)
    small = cv2.resize(ink[top : top + height, left : left + width], None, fx=scale, fy=scale)
    image = np.zeros((28, 28), np.uint8)
    y, x = (28 - small.shape[0]) // 2, (28 - small.shape[1]) // 2
    image[y : y + small.shape[0], x : x + small.shape[1]] = small
    return image


def small(**settings: Any) -> LinesRecipe:
    """A recipe that is done in seconds."""
    fields = {"filters": TINY, "samples": 64, "batch_size": 16, "validation": 8, "epochs": 2, "reuse": 1}
    return LinesRecipe(**(fields | settings))


def in_this_process(task: Any) -> Any:
    """Opens pools of made lines without a process beside; all of one width, since TensorFlow compiles for each anew."""
    recipe = task.recipe
    task._material, task._validation = made_material(), _of_one_width((9,), recipe.validation)
    task._prefetcher = SimpleNamespace(
        epoch=lambda number, stop: _of_one_width((recipe.seed, number // recipe.reuse), recipe.samples),
        close=lambda: None,
    )
    return task


def _of_one_width(seed: tuple[int, ...], count: int) -> list[MadeLine]:
    fitting = [line for line in made_lines(seed, 8 * count) if 64 < line.width <= 96]
    assert len(fitting) >= count
    return fitting[:count]


def _train_twice(folder: Path) -> dict[str, Any]:
    from inkread.training.glyphs import fit as order
    from inkread.training.glyphs.learner import prepare_backend
    from inkread.training.glyphs.networks import import_keras
    from inkread.training.lines.learner import Lines

    class Killed(BaseException): ...

    def dies(run: Run, state: Any) -> None:
        save(run, state)
        if run.folder.name == "killed" and (state.epoch, state.step) == (1, 2):
            raise Killed

    material = made_material()
    samples.load_material = lambda validation=False: material  # type: ignore[assignment]
    Lines.__enter__ = in_this_process  # type: ignore[method-assign]
    order._SAVE_SECONDS = -1.0  # after each step
    prepare_backend(deterministic=True)
    recipe = small(epochs=3, learning_rate=0.01, ema=0.5)
    result = order.train(Run(folder / "whole"), recipe)
    save, Run.save = Run.save, dies  # type: ignore[method-assign]
    run, killed_after = Run(folder / "killed"), None
    try:
        order.train(run, recipe)
    except Killed:
        state = run.resumed()
        assert state is not None
        killed_after = (state.epoch, state.step)
    Run.save = save  # type: ignore[method-assign]
    order.train(run, recipe, resume=True)
    load = import_keras().models.load_model
    one, other = (
        load(folder / name / "last.keras", compile=False).get_weights() for name in ("whole", "killed")
    )
    same = all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    return {"result": result, "killed_after": killed_after, "same_weights": same}


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    print(json.dumps(_train_twice(Path(sys.argv[1]))))
