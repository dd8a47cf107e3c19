"""The network for lines: it learns, goes on after a kill, and says the same as ONNX; recipes that cannot work."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.errors import ModelError
from inkread.training.glyphs.networks import asked
from inkread.training.lines.evaluate import batch_of, figures_of
from inkread.training.lines.samples import MadeLine
from inkread.training.recipe import LinesRecipe, Recipe, RecipeError, recipe_of
from inkread.training.run import Run
from made_lines import TINY, small


def test_the_recipe_that_comes_with_inkread() -> None:
    recipe = asked("lines", {})
    assert recipe == asked(None, {"network": "lines"}) == LinesRecipe()
    assert isinstance(recipe, LinesRecipe)
    assert 500_000 < recipe.epochs * recipe.samples < 600_000
    assert recipe_of(json.loads(json.dumps(recipe.to_dict()))) == recipe
    assert isinstance(asked("fast", {}), Recipe)
    changed = asked("lines", {"epochs": 3, "learning_rate": 0.001})
    assert (changed.epochs, changed.learning_rate) == (3, 0.001)


def test_a_run_keeps_the_recipe(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    run.start(small(seed=4))
    assert run.recipe() == small(seed=4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"optimizer": "sgd"}, "no setting 'optimizer'; it has name, network, "),
        ({"augment": "full"}, "no setting 'augment'"),
        ({"label_smoothing": 0.1}, "no setting 'label_smoothing'"),
        ({"data": "x.npz"}, "no setting 'data'"),
        ({"network": "classic"}, "network must be \"lines\" here, not 'classic'"),
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"samples": 10}, r"samples must be at least one batch \(64\)"),
        ({"learning_rate": 2.0}, "learning_rate must be above 0 and at most 1, not 2.0"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0 and at most 1, not 0.0"),
        ({"ema": 1.0}, "ema must be at least 0 and less than 1"),
        ({"seed": -1}, "seed must lie in 0 … "),
    ],
)
def test_what_means_nothing_for_lines_is_refused_in_one_line(options: dict[str, Any], words: str) -> None:
    with pytest.raises(RecipeError, match=f"^[^\n]*{words}[^\n]*$"):
        asked("lines", options)


@pytest.mark.parametrize("filters", [[8, 8], [8, 8, 8, 8, 8, 0], "wide", [8, 8, 8, 8, 8, "x"]])
def test_filters_are_six_numbers(filters: object) -> None:
    with pytest.raises(RecipeError, match=r"^filters must be "):
        recipe_of({"network": "lines", "filters": filters})


def test_figures_count_lines_and_digits() -> None:
    """A reader that sees a 7 in the first columns of every line."""

    def seven(strips: NDArray[np.float32]) -> NDArray[np.float32]:
        seen = np.zeros((len(strips), strips.shape[2] // 2, 12), np.float32)
        seen[:, 2:, 0] = 1
        seen[:, :2, 8] = 1
        return seen

    paper = np.zeros((32, 40), np.uint8)
    lines = [
        MadeLine(paper, (8,)),
        MadeLine(paper[:, :20], (8, 11)),
        MadeLine(paper, (8, 2)),
        MadeLine(paper, ()),
    ]
    assert figures_of(seven, lines) == {"exact": 0.5, "digit_errors": 2 / 4}
    assert batch_of([paper, paper[:, :20]]).shape == (2, 32, 64, 1)


@pytest.mark.train
def test_a_run_learns_and_one_that_was_killed_ends_the_same(tmp_path: Path) -> None:
    """In a process of its own, where one thread adds up in one order: the same to the last bit."""
    words = [sys.executable, Path(__file__).parents[1] / "made_lines.py", tmp_path]
    done = subprocess.run(words, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    rows = Run(tmp_path / "whole").figures()
    assert rows[-1]["loss"] < 0.8 * rows[0]["loss"]
    assert {"val_exact", "val_digit_errors", "learning_rate", "best"} <= set(rows[0])
    assert "accuracy" not in rows[0]
    assert (found["result"]["epochs"], found["result"]["lines"]) == (3, 8)
    assert {each.name for each in (tmp_path / "whole").iterdir()} >= {
        "recipe.toml", "environment.json", "metrics.csv", "metrics.jsonl", "best.keras", "last.keras", "result.json",
    }  # fmt: skip
    assert found["killed_after"] == [1, 2]
    assert [row["loss"] for row in Run(tmp_path / "killed").figures()] == [row["loss"] for row in rows]
    assert found["same_weights"]


@pytest.mark.train
def test_export_agrees_with_keras_and_reading_can_use_it(tmp_path: Path) -> None:
    from inkread.lines.transcriber import Transcriber
    from inkread.training.formats.export import export_file
    from inkread.training.lines.network import build_network

    run = Run(tmp_path / "run")
    run.start(small())
    model = build_network(TINY)
    run.keep_best(model, 0.5, 1)
    run.finish({"exact": 0.5, "lines": 8})
    out = tmp_path / "own.onnx"
    card = export_file(run.folder, out)
    assert card == json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["classes"] == ["nothing", *"0123456789", "mark"]
    assert card["largest_difference"] <= 0.02
    assert card["recipe"]["network"] == "lines"
    assert card["figures"]["exact"] == 0.5
    assert any("UNIPEN" in each["name"] and "licence" in each for each in card["data"])
    assert card["parameters"] == model.count_params()
    strips = [np.random.default_rng(i).random((32, 30 + 17 * i)).astype(np.float32) for i in range(3)]
    columns = Transcriber(out).columns(strips)
    assert [each.shape for each in columns] == [(-(-strip.shape[1] // 2), 11) for strip in strips]


@pytest.mark.train
def test_what_does_not_read_lines_is_not_exported_as_if_it_did(tmp_path: Path) -> None:
    from inkread.training.glyphs.networks import build
    from inkread.training.lines.export import lines_to_onnx

    with pytest.raises(ModelError, match="takes no strips"):
        lines_to_onnx(build("tiny", 10))


@pytest.mark.train
@pytest.mark.mnist
def test_the_command_trains(tmp_path: Path) -> None:
    """From the real data, with the process beside."""
    (tmp_path / "small.toml").write_text(
        f'network = "lines"\nfilters = {list(TINY)}\nsamples = 32\nbatch_size = 16\nvalidation = 4\nepochs = 1\n'
    )
    code = "import sys; from inkread.apps.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", code, "train", "--recipe", "small.toml", "--out", "run"]
    done = subprocess.run(
        words,
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("made lines of other hands: ")
    told = done.stderr.splitlines()
    assert told[0] == "lines, 1 epoch, adamw, 32 made lines each: run"
    assert "lines right" in told[1]
    assert json.loads((tmp_path / "run" / "result.json").read_text())["lines"] == 4
