"""The window's reader in a process of its own: the same readings, and one line for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inkread.apps.window.reading_thread import ReaderProcess
from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.errors import InkreadError, UnreadableImage
from inkread.reader import Reader
from inkread.workers import WorkerLost
from made import draw_number


@pytest.fixture(scope="module")
def reader() -> Iterator[ReaderProcess]:
    made = ReaderProcess(None, DEFAULT_MIN_CONFIDENCE)
    yield made
    made._worker.stop()


def test_it_reads_as_a_reader_does_and_goes_on_after_a_crash(reader: ReaderProcess) -> None:
    picture = draw_number("2024", seed=1)
    expected = Reader().steps(picture)
    steps = reader.steps(picture)
    assert steps.reading == expected.reading
    assert (steps.scores == expected.scores).all()
    process = psutil.Process(reader._worker.process_id)
    process.kill()
    process.wait()
    assert reader.steps(picture).reading == expected.reading


def test_the_window_can_ask_for_print_alone() -> None:
    process = ReaderProcess(None, DEFAULT_MIN_CONFIDENCE, "only")
    found = process.steps(draw_number("2024", seed=3)).reading
    process._worker.stop()
    assert (found.text, {each.reason for each in found.rejected}) == ("", {"handwriting"})


@pytest.mark.parametrize(("late", "words"), [(True, "took longer than 60 s"), (False, "ended the process")])
def test_a_picture_that_costs_the_process_is_told(
    reader: ReaderProcess, late: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise WorkerLost(late)

    monkeypatch.setattr(reader._worker, "ask", lost)
    with pytest.raises(UnreadableImage, match=words):
        reader.steps(draw_number("7", seed=1))


def test_a_network_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "no.onnx").write_bytes(b"no network")
    reader = ReaderProcess(tmp_path / "no.onnx", DEFAULT_MIN_CONFIDENCE)
    with pytest.raises(InkreadError, match=r"no\.onnx") as caught:
        reader.steps(draw_number("7", seed=1))
    assert "\n" not in str(caught.value)
    reader._worker.stop()
