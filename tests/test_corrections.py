"""The store of corrections: nothing twice, nothing half, nothing lost, nothing else touched."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from inkread.corrections import CannotKeep, Correction, Corrections, NoSuchCorrection, default_folder
from inkread.errors import UnreadableImage
from made import draw_number


def picture(text: str = "4", seed: int = 0) -> np.ndarray:
    return draw_number(text, seed=seed)


def inked(shade: int) -> np.ndarray:
    """A picture of one even shade, with a little ink on it."""
    pixels = np.full((6, 6), shade, np.uint8)
    pixels[2, :2] = 0, 255
    return pixels


@pytest.fixture
def store(tmp_path: Path) -> Corrections:
    return Corrections(tmp_path / "kept")


def test_an_empty_store_makes_no_folder(store: Corrections) -> None:
    assert (store.count(), store.list(), store.clear()) == (0, (), 0)
    assert not store.folder.exists()


def test_a_correction_is_kept_with_its_label_and_guess(store: Corrections) -> None:
    assert store.add(picture(), label=4, guessed=9).new
    (kept,) = store.list()
    assert (kept.label, kept.guessed, kept.path.parent.name) == (4, 9, "4")
    assert store.add(picture(seed=1), 4).new
    assert {each.guessed for each in store.list()} == {9, None}


def test_the_same_picture_is_kept_once(store: Corrections) -> None:
    assert store.add(picture(), 4, 9).new
    assert not store.add(picture(), 4, 9).new
    assert not store.add(picture(), 4, None).new
    assert store.count() == 1


def test_the_last_word_counts(store: Corrections) -> None:
    store.add(picture(), 4, 9)
    assert store.add(picture(), 9, 9).new
    assert [each.label for each in store.list()] == [9]


def test_pictures_of_other_shapes_with_the_same_bytes_are_two(store: Corrections) -> None:
    stroke = np.full(36, 255, np.uint8)
    stroke[10:20] = 0
    assert store.add(stroke.reshape(4, 9), 1).new
    assert store.add(stroke.reshape(9, 4), 1).new


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_picture_is_not_kept(store: Corrections, shade: int) -> None:
    with pytest.raises(UnreadableImage, match="no ink") as refused:
        store.add(np.full((40, 30), shade, np.uint8), 4)
    assert "\n" not in str(refused.value)
    assert not store.folder.exists()


def test_a_blank_picture_from_before_is_damaged(store: Corrections) -> None:
    from PIL import Image

    kept = store.add(picture(), 4).correction
    Image.new("L", (30, 40), 255).save(kept.path)
    assert not store.list()[0].is_whole


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


def test_what_was_added_is_taken_back(store: Corrections) -> None:
    first = store.add(picture(), 4, 9)
    second = store.add(picture(), 7, 9)
    again = store.add(picture(), 7, 9)
    store.take_back(again)
    assert [each.label for each in store.list()] == [7], "it was there before"
    store.take_back(second)
    assert [(each.label, each.guessed) for each in store.list()] == [(4, 9)]
    assert store.list()[0].is_whole
    store.take_back(first)
    assert store.count() == 0
    store.take_back(first)  # it is gone already
    assert store.count() == 0


def test_one_is_removed_by_its_id_or_the_beginning_of_it(store: Corrections) -> None:
    ids = [store.add(picture(value), int(value)).correction.id for value in "479"]
    assert store.remove(ids[1].upper()).label == 7
    assert store.remove(ids[0][:6]).label == 4
    assert [each.label for each in store.list()] == [9]


def test_an_unknown_short_or_ambiguous_id_removes_nothing(store: Corrections) -> None:
    with pytest.raises(NoSuchCorrection, match="no correction has this id"):
        store.remove("0123456789abcdef")
    store.add(picture(), 4)
    (store.folder / "4" / "aaaabbbbccccdddd-unread.png").write_bytes(b"one")
    (store.folder / "5" / "aaaaeeeeffff0000-unread.png").parent.mkdir()
    (store.folder / "5" / "aaaaeeeeffff0000-unread.png").write_bytes(b"two")
    for beginning, reason in (
        ("0123456789abcdef", "no correction has this id"),
        ("../../../etc", "no correction has this id"),
        ("4", "at least 4 characters"),
        ("", "at least 4 characters"),
        ("aaaa", "several ids begin with it"),
    ):
        with pytest.raises(NoSuchCorrection, match=reason) as told:
            store.remove(beginning)
        assert "\n" not in str(told.value)
    assert store.count() == 3


def test_the_last_is_the_one_that_was_made_last(store: Corrections) -> None:
    assert store.last() is None
    for value in "925":
        store.add(picture(value), int(value))
        assert getattr(store.last(), "label", None) == int(value)
    store.add(picture("2"), 7)
    assert getattr(store.last(), "label", None) == 7, "another label is a correction, too"
    store.remove(store.last().id)  # type: ignore[union-attr]
    assert getattr(store.last(), "label", None) == 5


def damaged(store: Corrections) -> Correction:
    """One of the store's files, cut off."""
    kept = store.add(picture("7"), 7, 1).correction
    kept.path.write_bytes(kept.path.read_bytes()[:60])
    return kept


def test_a_damaged_file_is_listed_left_out_of_exports_and_can_be_removed(
    store: Corrections, tmp_path: Path
) -> None:
    store.add(picture(), 4, 9)
    broken = damaged(store)
    assert [(each.label, each.is_whole) for each in store.list()] == [(4, True), (7, False)]
    assert store.export(tmp_path / "out") == 1
    assert [path.parent.name for path in (tmp_path / "out").rglob("*.png")] == ["4"]
    assert store.remove(broken.id) == broken
    assert store.count() == 1


def test_a_damaged_file_is_mended_by_the_same_correction(store: Corrections) -> None:
    broken = damaged(store)
    store.add(picture("7"), 7, 1)
    assert store.list() == (broken,)
    assert broken.is_whole


def test_what_else_lies_in_the_folder_does_no_harm(store: Corrections) -> None:
    store.add(picture(), 4, 9)
    (store.folder / "5").write_bytes(b"a file for a folder")
    (store.folder / "4" / "aaaabbbbccccdddd-unread.png").mkdir()
    (store.folder / "4" / "aaaabbbbccccdddd-read-99.png").write_bytes(b"another name")
    (store.folder / "12").mkdir()
    assert [each.label for each in store.list()] == [4]
    assert store.clear() == 1


def test_of_two_labels_of_one_picture_the_newer_counts(store: Corrections, tmp_path: Path) -> None:
    """A process that is stopped between writing and deleting leaves two."""
    first = store.add(picture(), 4, 9).correction
    content = first.path.read_bytes()
    second = store.add(picture(), 7, 9).correction
    first.path.write_bytes(content)
    os.utime(first.path, ns=(1, 1))
    assert store.list() == (second,)
    assert store.export(tmp_path / "out") == 1
    store.remove(first.id)
    assert store.count() == 0
    assert not first.path.exists()


def test_an_export_is_what_training_takes(store: Corrections, tmp_path: Path) -> None:
    from inkread.training.data.sources import open_source

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
            store.add(inked(seed * 5 + number), seed % 10)

    threads = [threading.Thread(target=add, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == 40
    assert not list(store.folder.glob(".partial-*"))


def run_together(folder: Path, *codes: str) -> None:
    """Runs programs at once, each with ``store`` and ``picture(n)``; fails with what one of them says."""
    begin = (
        "import sys, numpy; from inkread.corrections import Corrections\n"
        "store = Corrections(sys.argv[1])\n"
        "def picture(n): return numpy.frombuffer((b'\\xff\\0' + n.to_bytes(4, 'big')), 'u1').reshape(2, 3)\n"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", begin + code, str(folder)], stderr=subprocess.PIPE, encoding="utf-8"
        )
        for code in codes
    ]
    for child in children:
        assert child.communicate()[1] == ""
        assert child.returncode == 0


def test_two_processes_that_add_lose_nothing(store: Corrections) -> None:
    add = "for n in range({0}, {0} + 60): store.add(picture(n), n % 10)"
    run_together(store.folder, add.format(0), add.format(30))
    assert store.count() == 90
    assert all(each.is_whole for each in store.list())
    assert not list(store.folder.glob(".partial-*"))


def test_two_processes_that_disagree_leave_one_label_for_each_picture(store: Corrections) -> None:
    add = "for n in range(60): store.add(picture(n % 3), {})"
    run_together(store.folder, add.format("n % 10"), add.format("(n * 7 + 1) % 10"))
    assert store.count() == 3
    assert all(each.is_whole for each in store.list())


def test_one_process_deletes_while_another_adds(store: Corrections, tmp_path: Path) -> None:
    run_together(
        store.folder,
        "for n in range(80): store.add(picture(n), n % 10)",
        "for n in range(40): store.list(); store.clear()",
        "for n in range(40): store.export(sys.argv[1] + '-out'); store.last()",
    )
    assert all(each.is_whole for each in store.list())
    assert not list(store.folder.glob(".partial-*"))


def test_a_kill_loses_no_correction_that_was_kept(tmp_path: Path) -> None:
    code = (
        "import sys, numpy, pathlib; from inkread.corrections import Corrections\n"
        "store = Corrections(sys.argv[1])\n"
        "for n in range(100_000):\n"
        "    store.add(numpy.frombuffer(b'\\xff\\0' + n.to_bytes(4, 'big'), 'u1').reshape(2, 3), n % 10)\n"
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
