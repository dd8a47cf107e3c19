"""Corrections of one hand: they change what looks like them, nothing else, and never for the worse."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import inkread
from inkread.adaptation import Adaptation, AdaptationSettings
from inkread.apps.cli import main
from inkread.corrections import Corrections
from inkread.explain.closeup import look_at
from inkread.reader import Reader
from made import draw_number, lying

CLASSES = 12


def cluster(rng: np.random.Generator, middle: int, count: int) -> np.ndarray:
    """Embeddings (count, 16) near one axis."""
    return (np.eye(16)[middle] + rng.normal(0, 0.08, (count, 16))).astype(np.float32)


def scores_of(label: int, count: int, share: float = 0.9) -> np.ndarray:
    scores = np.full((count, CLASSES), (1 - share) / (CLASSES - 1), np.float32)
    scores[:, label] = share
    return scores


def test_what_looks_like_the_corrected_ones_is_read_so() -> None:
    rng = np.random.default_rng(0)
    found = Adaptation.fit(cluster(rng, 3, 8), scores_of(7, 8), np.full(8, 1))
    assert found is not None
    assert (found.adapted(cluster(rng, 3, 20), scores_of(7, 20)).argmax(axis=1) == 1).mean() > 0.8


def test_what_looks_otherwise_stays() -> None:
    rng = np.random.default_rng(0)
    found = Adaptation.fit(cluster(rng, 3, 8), scores_of(7, 8), np.full(8, 1))
    assert found is not None
    elsewhere = scores_of(7, 20)
    assert found.adapted(cluster(rng, 9, 20), elsewhere) == pytest.approx(elsewhere, abs=1e-3)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_moves_with_hardly_any_corrections(count: int) -> None:
    rng = np.random.default_rng(0)
    assert Adaptation.fit(cluster(rng, 3, count), scores_of(7, count), np.full(count, 1)) is None


def test_nothing_moves_where_corrections_contradict_each_other() -> None:
    rng = np.random.default_rng(0)
    assert Adaptation.fit(cluster(rng, 3, 12), scores_of(7, 12), np.arange(12) % 6) is None


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 25))
def test_corrections_are_never_made_worse(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    embeddings = rng.normal(0, 1, (count, 16)).astype(np.float32)
    scores = rng.dirichlet(np.ones(CLASSES), count).astype(np.float32)
    labels = rng.integers(0, 10, count)
    found = Adaptation.fit(embeddings, scores, labels, AdaptationSettings(steps=40))
    if found is not None:
        after = found.adapted(embeddings, scores)
        assert np.allclose(after.sum(axis=1), 1, atol=1e-5)
        assert (after.argmax(axis=1) == labels).sum() > (scores.argmax(axis=1) == labels).sum()


def hand_of(store: Corrections, count: int = 8) -> None:
    """Corrects so many of the leaning 7s."""
    reader = Reader()
    for seed in range(count):
        steps = reader.steps(lying(seed))
        closeup = look_at(steps, steps.reading.digits[0])
        assert closeup is not None
        store.add(closeup.picture, 7, steps.reading.digits[0].value)


@pytest.fixture
def store(tmp_path: Path) -> Corrections:
    return Corrections(tmp_path / "kept")


def misread(reader: Reader, count: int = 10) -> list[np.ndarray]:
    """Fresh pictures that a reader without corrections reads as 1."""
    pictures = [lying(seed) for seed in range(40, 40 + count)]
    return [picture for picture in pictures if reader.read(picture).text == "1"]


def test_a_reader_heeds_corrections_at_once_and_says_what_they_changed(store: Corrections) -> None:
    plain = Reader()
    reader = Reader(corrections=store)
    pictures = misread(plain)
    assert [reader.read(each).text for each in pictures] == ["1"] * len(pictures)
    hand_of(store)
    read = [reader.read(each) for each in pictures]
    changed = [one.digits[0] for one in read if one.text == "7"]
    assert len(changed) > len(pictures) / 2
    assert {digit.unadapted for digit in changed} == {1}
    assert read[0] == type(read[0]).from_dict(read[0].to_dict())
    others = [draw_number(text, seed=70) for text in "02345689"]
    assert [reader.read(each).text for each in others] == [plain.read(each).text for each in others]
    store.clear()
    assert [reader.read(each) for each in pictures] == [plain.read(each) for each in pictures]


def test_without_corrections_everything_is_the_same_bit_by_bit(store: Corrections) -> None:
    picture, glyphs = draw_number("20731"), np.random.default_rng(0).random((5, 28, 28)).astype(np.float32)
    plain, reader = Reader(), Reader(corrections=store)
    assert reader.read(picture) == plain.read(picture)
    assert reader.read(picture).to_json() == plain.read(picture).to_json()
    assert (reader.classify(glyphs) == plain.classify(glyphs)).all()


def test_a_reader_is_switched_to_corrections_and_back(store: Corrections) -> None:
    hand_of(store)
    plain = Reader()
    picture = misread(plain, 3)[0]
    mine = plain.with_corrections(store)
    assert mine.read(picture).text == "7"
    assert mine.with_corrections(False).read(picture) == plain.read(picture)
    assert pickle.loads(pickle.dumps(mine)).read(picture) == mine.read(picture)
    assert next(iter(mine.read_many([picture]))) == mine.read(picture)


def test_blank_and_damaged_pictures_of_the_store_are_passed_over(store: Corrections) -> None:
    hand_of(store)
    reader = Reader(corrections=store)
    picture = misread(Reader(), 3)[0]
    before = reader.read(picture)
    folder = store.folder / "3"
    folder.mkdir()
    Image.new("L", (30, 40), 255).save(folder / "0123456789abcdef-read-4.png")
    (folder / "0123456789abcdee-read-4.png").write_bytes(b"no picture")
    assert reader.read(picture) == before


def test_the_command_reads_my_hand(
    store: Corrections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INKREAD_CORRECTIONS", str(store.folder))
    hand_of(store)
    path = tmp_path / "seven.png"
    Image.fromarray(misread(Reader(), 3)[0]).save(path)

    def printed(*options: str) -> tuple[str, str]:
        assert main(["read", *options, str(path)]) == 0
        told = capsys.readouterr()
        return told.out, told.err

    assert printed()[0] == "1\n"
    out, err = printed("--mine")
    assert out == "7\n"
    assert "1 read as 7, as you corrected" in err
    (digit,) = json.loads(printed("--mine", "--json")[0])["lines"][0]["digits"]
    assert digit["unadapted"] == 1


def test_the_public_reader_takes_a_folder(store: Corrections) -> None:
    hand_of(store)
    picture = misread(Reader(), 3)[0]
    assert inkread.Reader(corrections=store.folder).read(picture).text == "7"
