"""Recipes: bad values are refused before any work is done, good ones survive the trip to a file."""

import json
from pathlib import Path

import pytest

from inkread.durable import write_atomically
from inkread.training.glyphs.networks import asked
from inkread.training.glyphs.optimizers import RATES
from inkread.training.recipe import Mix, Recipe, RecipeError
from inkread.training.run import Run


@pytest.mark.parametrize(
    "text",
    [
        "epochs = 0",
        "epochs = 1.5",
        "epochs = true",
        "learning_rate = 2.0",
        "label_smoothing = 1.0",
        "average = 1.0",
        "ema = 1.0",
        "ema = nan",
        "weight_decay = -1.0",
        "seed = -1",
        "deterministic = 1",
        'optimizer = "adagram"',
        'schedule = "sometimes"',
        'augment = "much"',
        'augment = "none"\nclasses = ["0","1","2","3","4","5","6","7","8","9","none"]',
        'augment = "light"\n[mix]\nraw = 1.0',
        'data = "digits.csv"',
        "samples = 10",
        "colour = 3",
        "network = 3",
        'classes = ["1", "2"]',
        'classes = ["0","1","2","3","4","5","6","7","8","9","none","-"]',
        'classes = ["0","1","2","3","4","5","6","7","8","9"]',
        "[mix]\nraw = -1.0",
        "[mix]\ngold = 1.0",
        "[mix]\nmarks = -0.1",
        "[mix]\nwords = 'many'",
        'classes = ["0","1","2","3","4","5","6","7","8","9","none"]',
        'classes = ["0","1","2","3","4","5","6","7","8","9","-","none"]',
        "[perturb]\njpeg_chance = 1.1",
        "[perturb]\nrule_chance = -0.1",
        "[perturb]\nblur_chance = 2.0",
        "[perturb]\nturn_degrees = 'far'",
        "mix = 3",
        "teachers = 'default'",
        "teachers = [3]",
        "teaching = 1.5",
        "even_letters = -0.1",
        "more_forms = 1",
        'augment = "light"\nteachers = ["default"]',
        'augment = "none"\nmore_forms = true',
        "epochs = ",
    ],
)
def test_bad_recipes_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(RecipeError):
        asked(path, {})


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(RecipeError, match="shipped"):
        asked("no-such-recipe", {})


def test_a_recipe_survives_json(tmp_path: Path) -> None:
    recipe = asked("shipped", {})
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    run = Run(tmp_path / "run")
    run.start(recipe)
    assert run.recipe() == recipe
    with pytest.raises(RecipeError, match="--resume"):
        run.start(recipe)


def test_what_follows_from_other_settings() -> None:
    assert Recipe(optimizer="adadelta").learning_rate == 1.0
    assert Recipe().classes[-1] == "none"
    assert Recipe().samples == 120_000
    light = Recipe(augment="light")
    assert (len(light.classes), light.samples) == (10, 0)
    assert "mix" not in light.to_dict()


def test_options_go_before_the_networks_recipe() -> None:
    assert asked(None, {}) == asked("default", {})
    assert asked("shipped", {"augment": "light"}).teachers == ()
    assert asked(None, {"network": "classic"}) == asked("classic", {})
    found = asked(None, {"network": "classic", "optimizer": "adadelta", "epochs": 3})
    assert (found.learning_rate, found.epochs, found.batch_size) == (1.0, 3, 128)
    assert asked("fast", {"optimizer": "adamw"}).learning_rate == 0.01
    assert asked("fast", {"optimizer": "sgd"}).learning_rate == RATES["sgd"]
    assert asked(None, {"augment": "light"}).classes == tuple("0123456789")
    assert asked("classic", {"augment": "full"}).classes[-1] == "none"


@pytest.mark.parametrize("name", ["classic", "lenet5", "tiny", "fast", "default", "more-forms", "shipped"])
def test_own_recipes_survive_the_runs_folder(name: str, tmp_path: Path) -> None:
    recipe, run = asked(name, {}), Run(tmp_path / name)
    run.start(recipe)
    assert run.recipe() == recipe == asked(tmp_path / name / "recipe.toml", {})


def test_former_names_are_known() -> None:
    assert Recipe.from_dict({"batch": 64, "average": 0.5}) == Recipe(batch_size=64, ema=0.5)


def test_ten_classes_without_none() -> None:
    mix = Mix(marks=0, fragments=0, pairs=0, letters=0, words=0, scribbles=0)
    assert Recipe(classes=tuple("0123456789"), mix=mix).mix.negative == 0


def test_marks_stand_between_the_digits_and_none() -> None:
    marks = tuple("-/.,():+")
    assert Recipe().classes == (*"0123456789", *marks, "many", "none")
    assert Recipe(classes=(*"0123456789", *marks, "none")).classes[-2:] == ("+", "none")
    assert Recipe(classes=(*"0123456789", "none"), mix=Mix(marks=0)).classes[-2:] == ("9", "none")


@pytest.mark.parametrize("classes", [(*"0123456789", "none"), tuple("0123456789")])
def test_marks_that_are_no_classes_cannot_be_shown(classes: tuple[str, ...]) -> None:
    mix = Mix() if "none" in classes else Mix(fragments=0, pairs=0, letters=0, words=0, scribbles=0)
    with pytest.raises(RecipeError, match="marks, but they are not among the classes"):
        Recipe(classes=classes, mix=mix)


@pytest.mark.parametrize(
    "after",
    [("-",), ("-", "none"), tuple("-/.,():+"), ("none", *"-/.,():+"), (*"/-.,():+", "none"), ("x", "none")],
)
def test_marks_come_all_or_not_at_all_and_in_order(after: tuple[str, ...]) -> None:
    with pytest.raises(RecipeError, match="after the digits"):
        Recipe(classes=(*"0123456789", *after))


def test_negatives_are_what_is_neither_digit_nor_mark() -> None:
    mix = Mix()
    assert mix.negative == pytest.approx(mix.fragments + mix.pairs + mix.letters + mix.words + mix.scribbles)
    with pytest.raises(RecipeError, match="no digit"):
        Recipe(classes=tuple("0123456789"), mix=Mix(marks=0, fragments=0, pairs=0, letters=0, scribbles=0))


def test_the_mix_fills_the_pool() -> None:
    assert sum(Mix().counts(1001).values()) == 1001


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(beside: Path) -> None:
        beside.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_names_may_be_in_any_case(tmp_path: Path) -> None:
    options = {"network": "Classic", "optimizer": "Adam", "augment": "None", "schedule": "One-Cycle"}
    found = asked(None, options)
    assert isinstance(found, Recipe)
    assert found == asked(None, {name: value.lower() for name, value in options.items()})
    assert found.optimizer == Recipe(optimizer="ADAM").optimizer == "adam"
    assert asked(None, {"network": "LeNet5"}).network == "lenet5"
    assert asked("Lines", {}) == asked(None, {"network": "Lines"}) == asked("lines", {})
    (tmp_path / "own.toml").write_text('network = "Tiny"\noptimizer = "AdamW"\n')
    assert asked(tmp_path / "own.toml", {}).network == "tiny"
