"""``inkread evaluate``: on made images, what it prints, what it writes, and every mistake as one line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.apps.cli import main
from inkread.apps.training import evaluate
from inkread.training.data.mnist import SHA256
from inkread.training.formats import loading
from made import draw_number

Run = Callable[..., tuple[int, str, str]]

SHIPPED = Path(inkread.__file__).parent / "model" / "digits.onnx"


def image_of(guess: int, confidence: float) -> Any:
    """An image (28, 28) uint8 that the fake network takes for ``guess``, so sure."""
    image = np.zeros((28, 28), np.uint8)
    image[10, 5 + guess] = 255
    image[14, 5] = round(255 * confidence)
    return image


def fake_classifier(path: Path) -> Callable[[Any], Any]:
    """Finds in each image what ``image_of`` put there."""

    def classify(glyphs: Any) -> Any:
        confidence = glyphs[:, 14, 5, None] * (np.nan if path.stem == "broken" else 1)
        best = glyphs[:, 10, 5:15] == 1
        return np.where(best, confidence, (1 - confidence) / 9).astype(np.float32)

    return classify


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in a folder with networks and with ``digits.csv``: 40 images, 36 of them recognised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(loading, "classifier_for", fake_classifier)
    monkeypatch.setattr(evaluate, "usable_model", lambda path, _: path)
    for name in ("own.onnx", "broken.onnx", "own.h5", "own.txt"):
        Path(name).write_bytes(name.encode())
    write_csv(Path("digits.csv"), [(n % 10, n % 10 if n >= 4 else 9 - n, 0.6 + 0.01 * n) for n in range(40)])

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["evaluate", *map(str, arguments)])
        output, errors = capsys.readouterr()
        return status, output, errors

    return run


def write_csv(path: Path, samples: list[tuple[int, int, float]]) -> None:
    """Samples as label, guess, confidence."""
    lines = [
        ",".join(map(str, (label, *image_of(guess, sure).ravel().tolist()))) for label, guess, sure in samples
    ]
    path.write_text("\n".join(lines) + "\n")


def test_it_prints_a_table(run: Run) -> None:
    status, output, errors = run("own.onnx", "--data", "digits.csv")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    assert lines[0] == "own.onnx on digits.csv, all images: 40 digits"
    words = [line.split() for line in lines]
    assert ["accuracy", "90.00", "%", "95", "%", "interval", "76.95", "%", "to", "96.04", "%"] in words
    assert ["mistakes", "4"] in words
    assert ["4", "4", "0", "100.00", "%", "100.00", "%", "100.00", "%"] in words
    assert ["0", "4", "1", "75.00", "%", "100.00", "%", "85.71", "%", "9", "(1)"] in words
    assert not re.search(r" $", output, re.MULTILINE)
    assert not Path("report.html").exists()


def test_json_is_one_line_with_all_figures(run: Run) -> None:
    status, output, _ = run("own.onnx", "--data", "digits.csv", "--json")
    assert (status, output.count("\n")) == (0, 1)
    found = json.loads(output)
    assert (found["model"], found["relabelled"]) == ("own.onnx", None)
    assert found["figures"]["accuracy"] == 0.9
    assert [mistake["index"] for mistake in found["figures"]["mistakes"]] == [3, 2, 1, 0]
    assert np.sum(found["figures"]["confusion"]) == 40


@pytest.mark.train
def test_out_gets_the_report_and_the_plots(run: Run) -> None:
    status, output, errors = run("own.onnx", "--data", "digits.csv", "--out", "new/folder")
    assert status == 0
    assert errors == f"wrote {Path('new/folder/report.html')}\n"
    folder = Path("new/folder")
    plots = ["confusion.png", "mistakes.png", "reliability.png", "risk_coverage.png"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(["figures.json", "report.html", *plots])
    for name in plots:
        assert Image.open(folder / name).format == "PNG"
    assert "90.00" in output
    assert "90.00" in (folder / "report.html").read_text(encoding="utf-8")
    assert json.loads((folder / "figures.json").read_text(encoding="utf-8"))["figures"]["right"] == 36
    assert run("own.onnx", "--data", "digits.csv", "--out", folder)[0] == 0, "a second time too"


def test_parts(run: Run) -> None:
    arrays = {}
    for part, count in (("train", 100), ("test", 20)):
        labels = np.arange(count) % 10
        arrays[f"x_{part}"] = np.stack([image_of(label, 0.9 + 0.0002 * n) for n, label in enumerate(labels)])
        arrays[f"y_{part}"] = labels
    np.savez("own.npz", **arrays)

    def counted(*arguments: str) -> tuple[int, str, str]:
        status, output, errors = run("own.onnx", "--data", "own.npz", "--json", *arguments)
        assert status == 0
        found = json.loads(output)
        return found["figures"]["count"], found["data"], errors

    count, name, errors = counted()
    assert (count, name) == (20, "own.npz, test images")
    assert "report only" in errors
    assert counted("--part", "test")[:2] == (count, name)
    assert counted("--part", "train")[:2] == (100, "own.npz, training images")
    assert counted("--part", "validation") == (10, "own.npz, validation split", "")


def idx(values: Any) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.astype(np.uint8).tobytes()


def test_mnists_test_set_is_also_counted_with_corrected_labels(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.arange(30) % 10
    images = np.stack([image_of(label if n else 7, 0.7 + 0.01 * n) for n, label in enumerate(labels)])
    mnist, folder = Path("data/mnist"), Path("data/mnist-label-errors")
    for made, values in (("images-idx3", images), ("labels-idx1", labels)):
        content = idx(values)
        mnist.mkdir(parents=True, exist_ok=True)
        (mnist / f"t10k-{made}-ubyte").write_bytes(content)
        monkeypatch.setitem(SHA256, f"t10k-{made}-ubyte", sha256(content).hexdigest())
    status, output, errors = run("own.onnx", "--json")
    assert status == 0
    assert json.loads(output)["relabelled"] is None
    assert "without corrected labels" in errors
    folder.mkdir()
    votes = [
        {
            "id": 0,
            "given_original_label": 0,
            "our_guessed_label": 7,
            "mturk": {"given": 1, "guessed": 4, "neither": 0},
        }
    ]
    (folder / "mnist_mturk.json").write_text(json.dumps(votes))
    status, output, errors = run("own.onnx")
    assert (status, "without" in errors) == (0, False)
    assert "report only" in errors
    words = [line.split()[:3] for line in output.splitlines()]
    assert ["accuracy", "96.67", "%"] in words
    assert ["corrected", "100.00", "%"] in words
    assert ["excluded", "100.00", "%"] in words


def test_a_runs_folder_stands_for_its_best_network(run: Run) -> None:
    Path("run").mkdir()
    (Path("run") / "best.keras").write_bytes(b"")
    status, output, _ = run("run", "--data", "digits.csv")
    assert (status, output.partition(" ")[0]) == (0, "run/best.keras")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.onnx", "--data", "digits.csv"), "missing.onnx: no such model file; check the path"),
        (
            ("own.txt", "--data", "digits.csv"),
            "own.txt: its name does not end in .onnx, .keras, .h5, .hdf5; .*",
        ),
        ((".", "--data", "digits.csv"), ".: is a folder without best.keras; give .*"),
        (("own.onnx", "--data", "nowhere"), "nowhere: there is no such file or folder; .*"),
        (("own.onnx",), "MNIST.*"),
        (("own.onnx", "--data", "digits.csv", "--part", "test"), "digits.csv: sets no test images aside .*"),
        (
            ("broken.onnx", "--data", "digits.csv"),
            "broken.onnx: .* 40 of 40 samples are no numbers; train .*",
        ),
    ],
    ids=["no file", "no network", "no run", "no data", "no MNIST", "no such part", "NaN"],
)
def test_every_mistake_is_one_line(arguments: tuple[str, ...], message: str, run: Run) -> None:
    status, output, errors = run(*arguments)
    assert (status, output) == (1, "")
    assert re.fullmatch(rf"inkread: {message}\n", errors), errors


@pytest.mark.parametrize("arguments", [("own.onnx", "--part", "most"), ("a.onnx", "b.onnx"), ("--out",)])
def test_what_is_not_understood_is_status_2(arguments: tuple[str, ...], run: Run) -> None:
    status, output, errors = run(*arguments)
    assert (status, output, errors.count("\n")) == (2, "", 1)


@pytest.mark.train
def test_a_folder_that_cannot_be_written_to(run: Run) -> None:
    Path("taken").write_text("")
    status, _, errors = run("own.onnx", "--data", "digits.csv", "--out", "taken")
    assert (status, errors) == (1, "inkread: taken: is not a folder; give another one\n")
    (Path("out") / "report.html").mkdir(parents=True)
    status, _, errors = run("own.onnx", "--data", "digits.csv", "--out", "out")
    assert status == 1
    assert "report.html: cannot be written" in errors
    assert [path.name for path in Path("out").iterdir()] == ["report.html"]


def test_without_matplotlib_plots_are_refused_before_any_work(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, output, errors = run("own.onnx", "--data", "digits.csv", "--out", "out")
    assert (status, output) == (1, "")
    assert errors == 'inkread: plots need matplotlib: pip install "inkread[train]"\n'
    assert not Path("out").exists()
    assert run("own.onnx", "--data", "digits.csv")[0] == 0, "figures need none"


def test_the_shipped_network_on_ones_own_pictures(tmp_path: Path) -> None:
    for digit in (1, 4, 7):
        folder = tmp_path / "mine" / str(digit)
        folder.mkdir(parents=True)
        for seed in range(2):
            Image.fromarray(draw_number(str(digit), seed=seed)).save(folder / f"{seed}.png")
    command = [sys.executable, "-m", "inkread", "evaluate", SHIPPED, "--data", tmp_path / "mine", "--json"]
    done = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["figures"]["count"] == 6
    assert found["figures"]["accuracy"] >= 5 / 6


@pytest.mark.mnist
def test_the_shipped_network_on_mnists_validation_split(data_folder: Path) -> None:
    assert (data_folder / "mnist").is_dir()
    command = [sys.executable, "-m", "inkread", "evaluate", "--part", "validation", "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)["figures"]
    assert figures["count"] == 5000
    assert figures["accuracy"] >= 0.99
    assert figures["calibration"]["ece"] <= 0.1
