"""The benchmarks' own arithmetic, and a small set measured from end to end."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from made import draw_number

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(BENCHMARKS))

import mnist  # noqa: E402
from inkread.training.relabelled import Vote  # noqa: E402
from sets import Answer, Sample, Share, edit_distance, score  # noqa: E402

digits = st.text("0123456789", max_size=6)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("2024", "2024", 0),
        ("2024", "204", 1),
        ("12", "21", 2),
        ("", "123", 3),
        ("105", "1805", 1),
    ],
)
def test_edit_distance(one: str, other: str, edits: int) -> None:
    assert edit_distance(one, other) == edits


@given(digits, digits, digits)
def test_edit_distance_is_a_distance(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a) <= max(len(a), len(b))
    assert (edit_distance(a, b) == 0) is (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


def test_interval_is_wilsons() -> None:
    low, high = Share(98, 100).interval  # 0.930, 0.994 in any table
    assert (round(low, 3), round(high, 3)) == (0.930, 0.994)
    assert Share(5, 5).interval[1] == 1.0
    assert str(Share(0, 0)) == "–"


def test_mnists_figures_by_both_labels() -> None:
    labels = np.array([1, 2, 3, 4, 5], np.uint8)
    said = Vote(0, 1, 7, 3, 2, 0), Vote(1, 2, 8, 1, 4, 0), Vote(2, 3, 9, 2, 2, 1)
    probabilities = np.full((5, 10), 0.1 / 9, np.float32)
    probabilities[np.arange(5), [1, 8, 0, 4, 6]] = 0.9
    made = mnist.figures(probabilities, labels, said)
    assert made["right"] == [2, 5]
    assert made["wrong"] == [1, 2, 4]
    assert made["wrong_by_rejected_labels"] == 2
    assert made["right_by_corrected_labels"] == [3, 4]
    assert made["calibration_error"] == pytest.approx(0.5, abs=1e-4)


def test_scores_count_what_they_say() -> None:
    samples = [Sample("a", "12", ""), Sample("b", "34", ""), Sample("c", "5", "")]
    answers = [Answer("12", "12"), Answer("31", "3"), Answer(error="damaged")]
    result = score("made", samples, answers)
    assert (result.right.hits, result.right.n) == (1, 3)
    assert (result.sure.hits, result.right_when_sure.hits) == (1, 1)
    assert result.edits_per_digit == pytest.approx(2 / 5)
    assert result.errors == 1
    assert [sample.file for sample, _ in result.failed] == ["b", "c"]


def test_negatives_are_accepted_only_without_doubt_and_look_alikes_stand_apart() -> None:
    samples = [Sample("a", "", "letter M"), Sample("b", "", "letter K"), Sample("c", "", "sign |")]
    answers = [Answer("4", ""), Answer("4", "4"), Answer("1", "1")]
    result = score("letters", samples, answers)
    assert (result.accepted.hits, result.accepted.n) == (1, 2)
    assert (result.accepted_look_alikes.hits, result.accepted_look_alikes.n) == (1, 1)


def test_a_set_is_read_from_end_to_end(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "develop" / "wild_numbers"
    folder.mkdir(parents=True)
    Image.fromarray(draw_number("2024", seed=1)).save(folder / "0.png")
    (folder / "1.png").write_text("not a picture")
    (folder / "index.csv").write_text("file,text,kind,source\n0.png,2024,drawn,\n1.png,7,drawn,\n")
    command = [sys.executable, str(BENCHMARKS / "reading.py"), "wild_numbers", "--json", "--workers", "1"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        capture_output=True,
        encoding="utf-8",
        env={"INKREAD_DATA": str(tmp_path / "data"), "PYTHONPATH": str(BENCHMARKS.parent / "src")},
    )
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)[0]
    assert whole["right"] == [1, 2]
    assert (whole["errors"], whole["failed"]) == (1, ["1.png"])
    assert (tmp_path / "out" / "wild_numbers-1.png").is_file()
