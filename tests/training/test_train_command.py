"""``inkread train``: what it makes, what it says, what it refuses, and how it stops."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inkread.apps.cli import main
from inkread.errors import ExtraMissing
from inkread.training import progress
from inkread.training.progress import Pace, spoken
from inkread.training.recipe import Recipe
from inkread.training.run import Run
from made_images import write_bars

SMALL = ["--network", "tiny", "--augment", "none", "--batch-size", "64", "--epochs", "2", "--seed", "3"]


def command(*words: object) -> list[str]:
    code = "import sys; from inkread.apps.cli import main; sys.exit(main())"
    return [sys.executable, "-c", code, "train", *map(str, words)]


def inkread_train(*words: object, **more: str) -> subprocess.CompletedProcess[str]:
    """``inkread train`` in a process of its own."""
    return subprocess.run(
        command(*words), capture_output=True, encoding="utf-8", env={**os.environ, **more}, timeout=300
    )


@pytest.mark.train
def test_a_run_leaves_all_it_promises(tmp_path: Path) -> None:
    data, out = write_bars(tmp_path / "bars.npz"), tmp_path / "run"
    done = inkread_train(*SMALL, "--data", data, "--out", out, "--tensorboard", "--save-h5")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("accuracy: train ")
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert done.stdout.endswith(f"; test loss {result['test_loss']:.4f}\n")
    assert_model_h5_can_be_evaluated(out / "model.h5", data, result)
    assert done.stdout.count("%") == 3
    assert "test" in done.stdout
    assert [line for line in done.stderr.splitlines() if line.startswith("epoch")][1].startswith("epoch 2/2")
    assert {"best.keras", "last.keras", "checkpoint", "recipe.toml", "result.json"} <= {
        each.name for each in out.iterdir()
    }
    with (out / "metrics.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [int(row["epoch"]) for row in rows] == [line["epoch"] for line in lines] == [1, 2]
    assert {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"} <= set(rows[0])
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert next((out / "tensorboard").iterdir()).stat().st_size > 100
    environment = json.loads((out / "environment.json").read_text())
    assert len(environment["data_sha256"]) == 64
    assert environment["packages"]["keras"]

    again = inkread_train(*SMALL, "--data", data, "--out", out)
    assert again.returncode == 1
    assert "already holds a run" in again.stderr

    more = inkread_train("--resume", "--out", out, "--epochs", "3", "--no-test")
    assert more.returncode == 0, more.stderr
    assert "epoch 3/3" in more.stderr
    assert "epoch 2/3" not in more.stderr
    assert "test" not in more.stdout

    write_bars(data, train=650)
    other = inkread_train("--resume", "--out", out, "--epochs", "4")
    assert other.returncode == 1
    assert "not what" in other.stderr


def assert_model_h5_can_be_evaluated(path: Path, data: Path, result: dict[str, float]) -> None:
    import keras
    import numpy as np

    with np.load(data) as arrays:
        images, labels = arrays["x_test"][..., None] / 255, arrays["y_test"]
    loss, accuracy = keras.models.load_model(path).evaluate(images, labels, verbose=0)
    assert loss == pytest.approx(result["test_loss"], rel=1e-3)
    assert accuracy == pytest.approx(result["test"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--epochs", "0"], "epochs must be at least 1"),
        (["--optimizer", "magic"], "adadelta"),
        (["--network", "huge"], "lenet5"),
        (["--augment", "some"], "light"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--learning-rate", "0"], "learning_rate must be above 0 and at most 1, not 0.0; leave it out"),
        (["--network", "lines", "--learning-rate", "0"], "learning_rate must be above 0"),
        (["--recipe", "no-such"], "no recipe no-such"),
        (["--resume", "--out", "nowhere"], "holds no run"),
    ],
)
def test_what_cannot_work_is_one_line_and_leaves_no_folder(
    words: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", *words]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert says in shown.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words",
    [
        ["--resume"],
        ["--resume", "--out", "x", "--seed", "3"],
        ["--epochs", "many"],
        ["--resume", "--recipe", "x"],
        ["--network", "classic", "--weight-decay", "0.1"],
        ["--recipe", "lines", "--save-h5"],
    ],
)
def test_what_is_not_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *words]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.train
def test_missing_data_leaves_no_folder(tmp_path: Path) -> None:
    done = inkread_train(*SMALL, "--data", tmp_path / "none.npz", "--out", tmp_path / "run")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, "nothing is announced that does not come"
    assert "no such file" in done.stderr
    assert not (tmp_path / "run").exists()


def test_without_the_extra_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "keras.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = inkread_train("--network", "tiny", "--out", tmp_path / "run", PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ['inkread: training needs Keras: pip install "inkread[train]"']


@pytest.mark.train
def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.training.glyphs.fit import Diverged, train
    from inkread.training.glyphs.learner import Learner

    data = str(write_bars(tmp_path / "bars.npz"))
    recipe = Recipe(network="tiny", augment="none", batch_size=64, learning_rate=0.5, data=data)
    monkeypatch.setattr(Learner, "steps", lambda *_: iter([(2.3, 0.1), (float("nan"), 0.1)]))
    with pytest.raises(Diverged, match=r"nan at step 2 of epoch 1.*smaller --learning-rate than 0\.5"):
        train(Run(tmp_path / "run"), recipe)


@pytest.mark.train
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT to a process")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    data, out = write_bars(tmp_path / "bars.npz"), tmp_path / "run"
    words = [*SMALL, "--epochs", "2000", "--data", data, "--out", out, "--no-test"]
    with subprocess.Popen(command(*words), stderr=subprocess.PIPE, encoding="utf-8") as process:
        while not (out / "checkpoint").exists() and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert told.splitlines()[-1].endswith(f"go on: inkread train --resume --out {out}")
    done = len((out / "metrics.jsonl").read_text().splitlines())
    more = inkread_train("--resume", "--out", out, "--epochs", done + 1, "--no-test")
    assert more.returncode == 0, more.stderr
    assert f"epoch {done + 1}/{done + 1}" in more.stderr


@pytest.mark.train
def test_without_a_writer_of_events_there_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkread.training.glyphs.fit import train

    monkeypatch.setattr(progress, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match='pip install "tensorboard"'):
        train(Run(tmp_path / "run"), Recipe(network="tiny", augment="none"), tensorboard=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.train
def test_two_processes_do_not_train_in_one_folder(tmp_path: Path) -> None:
    from filelock import FileLock

    data, out = write_bars(tmp_path / "bars.npz"), tmp_path / "run"
    out.mkdir()
    with FileLock(out / ".lock"):
        done = inkread_train(*SMALL, "--data", data, "--out", out)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("inkread: another inkread train is at work in ")
    assert [each.name for each in out.iterdir()] in ([".lock"], [])


@pytest.mark.train
def test_a_full_disk_is_one_line_and_the_run_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkread.training.glyphs.fit import train
    from inkread.training.run import CannotKeep

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "last.keras")

    data = str(write_bars(tmp_path / "bars.npz"))
    recipe = Recipe(network="tiny", augment="none", batch_size=64, epochs=2, data=data)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "keep_last", full)
        with pytest.raises(CannotKeep, match=r"^[^\n]*go on: inkread train --resume"):
            train(Run(tmp_path / "run"), recipe, test=False)
    assert train(Run(tmp_path / "run"), recipe, resume=True, test=False)["epochs"] == 2


@pytest.mark.train
def test_a_table_that_is_open_elsewhere_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkread.training.glyphs.fit import train
    from inkread.training.progress import Lines

    def taken(*_: object) -> None:
        raise PermissionError(errno.EACCES, "in use", "metrics.csv")

    told: list[str] = []
    data = str(write_bars(tmp_path / "bars.npz"))
    recipe = Recipe(network="tiny", augment="none", batch_size=64, epochs=1, data=data)
    monkeypatch.setattr(Run, "report", taken)
    assert train(Run(tmp_path / "run"), recipe, Lines(told.append), test=False)["epochs"] == 1
    assert [line for line in told if "metrics.csv" in line]


def test_time_left() -> None:
    now = [0.0]
    pace = Pace(total=100, done=20, clock=lambda: now[0])
    assert pace.reach(20) is None
    now[0] = 10.0
    assert pace.reach(40) == pytest.approx(30)
    assert [spoken(each) for each in (4.4, 75, 3725)] == ["4 s", "1 min 15 s", "1 h 2 min"]
