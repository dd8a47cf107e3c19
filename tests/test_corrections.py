"""The store of corrections: nothing twice, nothing half, nothing lost, nothing else touched."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from inkread.corrections import CannotKeep, Corrections, default_folder
from made import draw_number


def picture(text: str = "4", seed: int = 0) -> np.ndarray:
    return draw_number(text, seed=seed)


@pytest.fixture
def store(tmp_path: Path) -> Corrections:
    return Corrections(tmp_path / "kept")


def test_an_empty_store_makes_no_folder(store: Corrections) -> None:
    assert (store.count(), store.list(), store.clear()) == (0, (), 0)
    assert not store.folder.exists()


def test_a_correction_is_kept_with_its_label_and_guess(store: Corrections) -> None:
    assert store.add(picture(), label=4, guessed=9)
    (kept,) = store.list()
    assert (kept.label, kept.guessed, kept.path.parent.name) == (4, 9, "4")
    assert store.add(picture(seed=1), 4)
    assert {each.guessed for each in store.list()} == {9, None}


def test_the_same_picture_is_kept_once(store: Corrections) -> None:
    assert store.add(picture(), 4, 9)
    assert not store.add(picture(), 4, 9)
    assert not store.add(picture(), 4, None)
    assert store.count() == 1


def test_the_last_word_counts(store: Corrections) -> None:
    store.add(picture(), 4, 9)
    assert store.add(picture(), 9, 9)
    assert [each.label for each in store.list()] == [9]


def test_pictures_of_other_shapes_with_the_same_bytes_are_two(store: Corrections) -> None:
    assert store.add(np.zeros((4, 9), np.uint8), 1)
    assert store.add(np.zeros((9, 4), np.uint8), 1)


def test_the_pixels_come_back_as_they_were(store: Corrections) -> None:
    from inkread.images import load_image

    given = picture()
    store.add(given, 4)
    assert (load_image(store.list()[0].path) == given).all()


def test_a_glyph_is_kept_as_dark_ink_on_white(store: Corrections) -> None:
    from inkread.images import load_image

    glyph = np.zeros((28, 28), np.float32)
    glyph[4:24, 13:16] = 1
    store.add(glyph, 1)
    kept = load_image(store.list()[0].path)
    assert kept[0, 0].tolist() == [255] * 3
    assert kept[14, 14].tolist() == [0] * 3


@pytest.mark.parametrize(
    ("given", "label", "guessed"),
    [
        (np.zeros((5, 5), np.uint8), 10, None),
        (np.zeros((5, 5), np.uint8), -1, None),
        (np.zeros((5, 5), np.uint8), 3, 11),
        (np.zeros((5, 5, 4), np.uint8), 3, None),
        (np.zeros((0, 5), np.uint8), 3, None),
        (np.full((5, 5), 2.0), 3, None),
        (np.full((5, 5), np.nan), 3, None),
        (np.zeros((5, 5), np.int64), 3, None),
    ],
)
def test_what_is_no_correction_is_refused(
    store: Corrections, given: np.ndarray, label: int, guessed: int | None
) -> None:
    with pytest.raises(ValueError, match=r"label|picture|glyph"):
        store.add(given, label, guessed)
    assert store.count() == 0


def test_an_export_can_be_repeated_and_follows_the_last_word(store: Corrections, tmp_path: Path) -> None:
    goal = tmp_path / "out"
    store.add(picture(), 4, 9)
    store.add(picture("7"), 7)
    (goal / "4").mkdir(parents=True)
    (goal / "4" / "mine.png").write_bytes(b"mine")
    assert store.export(goal) == 2
    store.add(picture(), 9, 9)
    assert store.export(goal) == 2
    found = sorted(path.relative_to(goal).parts[0] for path in goal.rglob("*-*.png"))
    assert found == ["7", "9"]
    assert (goal / "4" / "mine.png").read_bytes() == b"mine"


def test_clear_deletes_corrections_and_nothing_else(store: Corrections) -> None:
    store.add(picture(), 4)
    store.add(picture("7"), 7)
    (store.folder / "4" / "mine.png").write_bytes(b"mine")
    (store.folder / ".partial-left-by-a-crash").write_bytes(b"half")
    assert store.clear() == 2
    left = [path.relative_to(store.folder).as_posix() for path in store.folder.rglob("*")]
    assert sorted(left) == ["4", "4/mine.png"]


def test_an_export_is_what_training_takes(store: Corrections, tmp_path: Path) -> None:
    from inkread.training.sources import open_source

    for value in "0123456789":
        store.add(picture(value, seed=int(value)), int(value))
    store.export(tmp_path / "out")
    images = open_source(tmp_path / "out").load()
    assert images.labels.tolist() == list(range(10))
    # The store itself is such a folder, too.
    assert len(open_source(store.folder).load()) == 10


def test_many_at_once_are_all_kept(store: Corrections) -> None:
    def add(seed: int) -> None:
        for number in range(5):
            store.add(np.full((6, 6), seed * 5 + number, np.uint8), seed % 10)

    threads = [threading.Thread(target=add, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == 40
    assert not list(store.folder.glob(".partial-*"))


def test_a_kill_loses_no_correction_that_was_kept(tmp_path: Path) -> None:
    code = (
        "import sys, numpy, pathlib; from inkread.corrections import Corrections\n"
        "store = Corrections(sys.argv[1])\n"
        "for n in range(100_000):\n"
        "    store.add(numpy.frombuffer(n.to_bytes(4, 'big'), 'u1').reshape(2, 2), n % 10)\n"
        "    print(n, flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert child.stdout is not None
    for _ in range(30):
        told = int(child.stdout.readline())
    child.kill()
    told = max([told, *map(int, child.stdout.read().split("\n")[:-1])])
    child.wait()
    store = Corrections(tmp_path)
    assert told + 1 <= store.count() <= told + 2
    for each in store.list():
        assert each.path.read_bytes().endswith(b"IEND\xaeB`\x82")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotKeep, match="INKREAD_CORRECTIONS") as told:
        Corrections(tmp_path / "file").add(picture(), 4)
    assert "\n" not in str(told.value)


def test_the_folder_is_the_users_own_or_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INKREAD_CORRECTIONS", raising=False)
    assert default_folder().name == "corrections"
    assert "inkread" in default_folder().parts
    monkeypatch.setenv("INKREAD_CORRECTIONS", os.path.join("somewhere", "else"))
    assert Corrections().folder == Path("somewhere") / "else"
