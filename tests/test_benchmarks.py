"""The benchmarks' own arithmetic, and a small set measured from end to end."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from made import draw_number

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(BENCHMARKS))

import house  # noqa: E402
import mnist  # noqa: E402
import readers  # noqa: E402
import tables  # noqa: E402
from inkread.reading import Box, Digit, Line, Reading  # noqa: E402
from inkread.tables import Cell, Table  # noqa: E402
from inkread.training.data.relabelled import Vote  # noqa: E402
from readers import MaskedDecoder  # noqa: E402
from sets import (  # noqa: E402
    CORRECTIONS,
    Answer,
    Sample,
    Share,
    acceptable,
    corrected,
    edit_distance,
    load_set,
    score,
)

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


def test_marks_count_where_the_set_says_how_the_number_is_written() -> None:
    asked, free = Sample("a", "125", "", "12.5"), Sample("a", "125", "")
    for answer, right in [(Answer("125", written="12.5"), 1), (Answer("125", written="125"), 0)]:
        assert score("made", [asked], [answer]).right.hits == right
        assert score("made", [free], [answer]).right.hits == 1
    assert score("made", [asked], [Answer("135", written="12.5")]).right.hits == 0


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [
        ([(0.9, "1"), (0.8, "1"), (0.7, "1")], 3),
        ([(0.7, "0"), (0.9, "1"), (0.8, "1")], 2),
        ([(0.9, "0"), (0.8, "1"), (0.7, "1")], 0),
        ([(0.9 - n / 100, "0" if n == 2 else "1") for n in range(20)], 20),  # 19 of 20
        ([(0.9, "1"), (0.8, "1"), (0.8, "0")], 1),  # no threshold tells the last two apart
        ([(0.9, "1"), (1.0, "")], 1),  # an empty answer accepts nothing
    ],
)
def test_numbers_that_can_be_accepted_at_95_percent_precision(
    answers: list[tuple[float, str]], accepted: int
) -> None:
    pairs = [(Sample("a", "1", ""), Answer(digits, digits, confidence)) for confidence, digits in answers]
    assert acceptable(pairs) == Share(accepted, len(pairs))


def test_wrong_labels_are_corrected_by_the_table_and_others_stay() -> None:
    samples = [Sample("0135.jpg", "11775", "cheque"), Sample("0000.jpg", "32516", "cheque")]
    assert [s.truth for s in corrected("cheques", samples)] == ["15775", "32516"]
    assert corrected("usps", samples) == samples


def test_the_table_of_corrections_holds_each_file_once_and_digits_alone() -> None:
    with CORRECTIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(row["text"].isdigit() and row["file"].endswith(".jpg") for row in rows)
    assert len({(row["set"], row["file"]) for row in rows}) == len(rows)


def test_the_column_written_is_known_with_and_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    for name, index in [
        ("faults", 'file,text,kind,source,written,why\na.png,125,,,12.5,"a, b"\nb.png,38,,,,\n'),
        ("strangers", "file,text,kind,source\na.png,7,,\n"),
    ]:
        (tmp_path / "develop" / name).mkdir(parents=True)
        (tmp_path / "develop" / name / "index.csv").write_text(index)
    assert [s.written for s in load_set("faults")] == ["12.5", ""]
    assert load_set("strangers") == [Sample("a.png", "7", "")]


def test_a_masked_decoder_takes_the_best_digit_mark_or_blank() -> None:
    class Decoder:
        character = ("blank", "O", "0", "l", "1", ".")

        def __call__(self, probabilities: np.ndarray, words: bool, *, ratio: int) -> tuple[str, bool, int]:
            best = probabilities.argmax(-1)[0]
            return "".join(self.character[i] if i else "_" for i in best), words, ratio

    steps = [
        (0, 0.6, 0.3, 0, 0.1, 0),
        (0.2, 0, 0, 0.7, 0.1, 0),
        (0, 0, 0, 0.9, 0.06, 0.04),
        (0, 0.1, 0, 0, 0, 0.9),
    ]
    given = np.array([steps])
    kept = given.copy()
    assert Decoder()(given, False, ratio=3)[0] == "Oll."
    assert MaskedDecoder(Decoder())(given, False, ratio=3) == ("0_1.", False, 3)
    assert np.array_equal(given, kept)


class FakeRapidOCR:
    """Finds two lines in a.png and nothing in other files; keeps its settings."""

    def __init__(self, params: dict[str, object]) -> None:
        self.lines_are_found = params.get("Global.use_det", True)
        self.recognizer = SimpleNamespace(postprocess_op=SimpleNamespace(character=["blank", "1"]))

    def _load_rec_model(self) -> SimpleNamespace:
        return self.recognizer

    def __call__(self, path: str) -> SimpleNamespace:
        masked = isinstance(self.recognizer.postprocess_op, MaskedDecoder)
        assert masked is not self.lines_are_found
        if not path.endswith("a.png"):
            return SimpleNamespace(txts=None, scores=None)
        return SimpleNamespace(txts=("12.5O", "7"), scores=(0.9, 0.6))


@pytest.mark.parametrize("peer", ["rapidocr", "masked"])
def test_rapidocrs_answers_have_its_text_and_its_lowest_score(
    peer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", SimpleNamespace(RapidOCR=FakeRapidOCR))
    monkeypatch.setattr(readers, "installed_peers", lambda: [peer])
    answers = readers.read_with_peer(peer, "cheques", Path("pictures"), ["a.png", "b.png"], 1)
    assert answers == [Answer("1257", "1257", 0.6, written="12.5O\n7"), Answer()]


def test_a_peer_that_is_missing_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "installed_peers", list)
    for peer in readers.PEERS:
        with pytest.raises(SystemExit, match=r"not installed; run (pip|sudo apt) install"):
            readers.read_with_peer(peer, "cheques", Path(), [], 1)


def test_negatives_are_accepted_only_without_doubt_and_look_alikes_stand_apart() -> None:
    samples = [Sample("a", "", "letter M"), Sample("b", "", "letter K"), Sample("c", "", "sign |")]
    answers = [Answer("4", ""), Answer("4", "4"), Answer("1", "1")]
    result = score("letters", samples, answers)
    assert (result.accepted.hits, result.accepted.n) == (1, 2)
    assert (result.accepted_look_alikes.hits, result.accepted_look_alikes.n) == (1, 1)


def measure(tmp_path: Path, name: str, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(BENCHMARKS / "reading.py"), name, "--workers", "1", *options]
    return subprocess.run(
        [*command, "--out", str(tmp_path / "out")],
        capture_output=True,
        encoding="utf-8",
        env={"INKREAD_DATA": str(tmp_path / "data"), "PYTHONPATH": str(BENCHMARKS.parent / "src")},
    )


def test_a_set_is_read_from_end_to_end(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "develop" / "wild_numbers"
    folder.mkdir(parents=True)
    Image.fromarray(draw_number("2024", seed=1)).save(folder / "0.png")
    (folder / "1.png").write_text("not a picture")
    (folder / "index.csv").write_text("file,text,kind,source\n0.png,2024,drawn,\n1.png,7,drawn,\n")
    done = measure(tmp_path, "wild_numbers", "--json")
    assert done.returncode == 0, done.stderr
    whole = json.loads(done.stdout)[0]
    assert whole["right"] == [1, 2]
    assert (whole["errors"], whole["failed"]) == (1, ["1.png"])
    assert (tmp_path / "out" / "wild_numbers-1.png").is_file()


def test_cheques_are_scored_as_labelled_and_corrected(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "develop" / "cheques"
    folder.mkdir(parents=True)
    Image.fromarray(draw_number("671", seed=2)).save(folder / "0026.jpg")
    (folder / "index.csv").write_text("file,text,kind,source\n0026.jpg,611,cheque amount,\n")
    done = measure(tmp_path, "cheques")
    assert done.returncode == 0, done.stderr
    head, _, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.strip().splitlines()
    ]
    table = [dict(zip(head, row, strict=True)) for row in rows]
    asked = ("set", "all digits right", "edits per 100 digits", "accepted at 95 % precision")
    assert [tuple(row[column] for column in asked) for row in table] == [
        ("cheques", "0.00 %", "33.3", "0.00 %"),
        ("cheques, corrected labels", "100.00 %", "0.0", "100.00 %"),
    ]


def test_the_source_is_measured_room_by_room() -> None:
    modules = {
        "inkread": "",
        "inkread.a": "import inkread.room.b\n_MOST = 7\n_ONE = 1\n",
        "inkread.room": "def f(x):\n    return [y for y in x if y and y > 3]\n",
        "inkread.room.b": "def g():\n    from inkread.a import h\n",
        "inkread.room.c": "if TYPE_CHECKING:\n    import inkread.room\n",
    }
    rooms, whole, circles = house.measure(modules)
    assert circles == [["inkread.a", "inkread.room.b"]]
    assert (whole.constants, rooms["room"].constants, sum(whole.lines)) == (1, 0, 9)
    assert max(rooms["room"].complexities) == 4
    assert [len(each.row("room")) for each in rooms.values()] == [87, 87]


def table_of(texts: list[list[str]]) -> Table:
    cells = []
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            digits = tuple(Digit(int(each), 1.0, False, Box(0, 0, 9, 9)) for each in text)
            reading = Reading((90, 90), (Line(digits),) if digits else ())
            cells.append(Cell(row, column, 1, 1, ((0, 0), (9, 0), (9, 9), (0, 9)), reading))
    return Table(len(texts), len(texts[0]), tuple(cells), (90, 90))


def test_tables_are_scored_cell_by_cell() -> None:
    score = tables.Score()
    assert score.add([["1", "2"], ["", "34"]], table_of([["1", "2"], ["", "34"]])) == []
    assert (score.shapes, score.bands_found, score.right, score.empty_right) == (1, 4, 4, 1)
    wrong = score.add([["1", "2"], ["", "34"]], table_of([["1", "7"], ["5", "34"], ["", ""]]))
    assert wrong == ["3 × 2 for 2 × 2", "1,2: 7 for 2", "2,1: 5 for nothing"]
    assert (score.tables, score.shapes, score.bands, score.bands_found) == (2, 1, 8, 7)
    assert (score.cells, score.right, score.empty, score.empty_right) == (8, 6, 2, 1)
    assert (score.sure, score.sure_wrong) == (8, 2)
