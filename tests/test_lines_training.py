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
from inkread.training.kinds import asked, recipe_of
from inkread.training.lines import samples
from inkread.training.lines.evaluate import batch_of, figures_of
from inkread.training.lines.recipe import LinesRecipe
from inkread.training.lines.samples import MadeLine, made_lines
from inkread.training.recipe import Recipe, RecipeError
from inkread.training.run import Run
from made_lines import made_material

TINY = (4, 6, 8, 8, 12, 16)


def small(**settings: Any) -> LinesRecipe:
    fields = {"filters": TINY, "samples": 64, "batch_size": 16, "validation": 8, "epochs": 2, "reuse": 1}
    return LinesRecipe(**(fields | settings))


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
        ({"learning_rate": 2.0}, "learning_rate must lie in 0 … 1, not 2.0"),
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


class InThisProcess:
    """Pools of made lines, without a process beside."""

    def __init__(self, recipe: LinesRecipe) -> None:
        self._recipe = recipe
        self.validation = made_lines((9,), recipe.validation, validation=True)

    def epoch(self, number: int, stop: object) -> list[MadeLine]:
        return made_lines((self._recipe.seed, number // self._recipe.reuse), self._recipe.samples)

    def steps(self) -> int:
        return self._recipe.samples // self._recipe.batch_size

    def sha256(self) -> str:
        return "made"

    def __enter__(self) -> "InThisProcess":
        return self

    def __exit__(self, *error: object) -> None: ...


@pytest.fixture
def made_by_code(monkeypatch: pytest.MonkeyPatch) -> None:
    material = made_material()
    monkeypatch.setattr(samples, "load_material", lambda validation: material)
    monkeypatch.setattr("inkread.training.lines.task.MadeLines", InThisProcess)


@pytest.mark.train
@pytest.mark.usefixtures("made_by_code")
def test_a_run_learns_and_one_that_was_killed_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkread.training import train as order
    from inkread.training.networks import import_keras

    whole, killed = Run(tmp_path / "whole"), Run(tmp_path / "killed")
    recipe = small(epochs=4, learning_rate=0.01, ema=0.5)
    result = order.train(whole, recipe)
    rows = whole.figures()
    assert rows[-1]["loss"] < 0.7 * rows[0]["loss"]
    assert {"val_exact", "val_digit_errors", "learning_rate", "best"} <= set(rows[0])
    assert "accuracy" not in rows[0]
    assert (result["epochs"], result["lines"]) == (4, 8)
    assert {each.name for each in whole.folder.iterdir()} >= {
        "recipe.toml", "environment.json", "metrics.csv", "metrics.jsonl", "best.keras", "last.keras", "result.json",
    }  # fmt: skip

    class Killed(BaseException): ...

    def dies(self: Run, state: Any) -> None:
        save(self, state)
        if (state.epoch, state.step) >= (1, 2):
            raise Killed

    save = Run.save
    monkeypatch.setattr(order, "_SAVE_SECONDS", -1.0)  # after each step
    with monkeypatch.context() as patch:
        patch.setattr(Run, "save", dies)
        with pytest.raises(Killed):
            order.train(killed, recipe)
    order.train(killed, recipe, resume=True)
    one, other = (
        import_keras().models.load_model(run.folder / "last.keras", compile=False).get_weights()
        for run in (whole, killed)
    )
    # Several threads add up in another order each time: --deterministic is for the last bit.
    assert all(np.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in zip(one, other, strict=True))
    assert [row["loss"] for row in killed.figures()] == pytest.approx([row["loss"] for row in rows], rel=1e-3)


@pytest.mark.train
def test_export_agrees_with_keras_and_reading_can_use_it(tmp_path: Path) -> None:
    from inkread.transcriber import Transcriber

    from inkread.training.export import export_file
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
    assert card["largest_difference"] <= 0.01
    assert card["recipe"]["network"] == "lines"
    assert card["figures"]["exact"] == 0.5
    assert any("UNIPEN" in each["name"] and "licence" in each for each in card["data"])
    assert card["parameters"] == model.count_params()
    strips = [np.random.default_rng(i).random((32, 30 + 17 * i)).astype(np.float32) for i in range(3)]
    columns = Transcriber(out).columns(strips)
    assert [each.shape for each in columns] == [(-(-strip.shape[1] // 2), 11) for strip in strips]


@pytest.mark.train
def test_what_does_not_read_lines_is_not_exported_as_if_it_did(tmp_path: Path) -> None:
    from inkread.training.lines.export import lines_to_onnx
    from inkread.training.networks import build

    with pytest.raises(ModelError, match="takes no strips"):
        lines_to_onnx(build("tiny", 10))


@pytest.mark.train
@pytest.mark.mnist
def test_the_command_trains_and_exports(tmp_path: Path) -> None:
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
