"""Perturbed digits and what is none: in range, reproducible, normalised as reading does."""

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.glyphs import normalise
from inkread.training.data.mnist import Digits
from inkread.training.data.strokes import CANVAS, StrokeSet
from inkread.training.glyphs.augment import Perturbation, enlarge, perturb
from inkread.training.glyphs.negatives import bend, fragment, pair, scribble
from inkread.training.glyphs.samples import Material, make_pool
from inkread.training.recipe import MARKS, Mix, Recipe
from inkread.training.synthesis.characters.digit_templates import FORMS, MORE_FORMS, draw_form
from inkread.training.synthesis.characters.stroke_variants import with_habit


def drawn(*lines: list[tuple[int, int]], width: int = 10) -> NDArray[np.float32]:
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    for line in lines:
        cv2.polylines(canvas, [np.array(line, np.int32)], False, 255, width, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def ring() -> NDArray[np.float32]:
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    cv2.ellipse(canvas, (56, 56), (26, 38), 0, 0, 360, 255, 10, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def only(kind: str, samples: int = 8) -> Recipe:
    mix = Mix(**(dict.fromkeys(Mix.__slots__, 0.0) | {kind: 1.0}))
    return Recipe(samples=samples, batch_size=8, mix=mix)


ONE = drawn([(56, 18), (52, 94)])
SEVEN = drawn([(30, 20), (82, 20), (50, 94)])


@pytest.fixture
def material(monkeypatch: pytest.MonkeyPatch) -> Material:
    """Three digits of our own instead of the real data."""
    images = [cv2.resize(ink, (28, 28), interpolation=cv2.INTER_AREA) for ink in (ring(), ONE, SEVEN)]
    digits = Digits((np.stack(images) * 255).astype(np.uint8), np.array([0, 1, 7], np.uint8))
    points = np.array([[0, 0], [20, 0], [8, 40], [0, 40], [20, 0], [10, 20], [10, 40]], np.float32)
    strokes = StrokeSet(
        np.concatenate([points, np.array([[0, 0], [30, 1]], np.float32)]),
        np.array([0, 3, 7, 9]),
        np.array([0, 1, 2, 3]),
        np.array(["7", "Y", "-"]),
        np.array(["app"] * 3),
    )
    made = Material(digits, ((strokes, 0),), ((strokes, 1),), ((strokes, 2),))
    monkeypatch.setattr("inkread.training.glyphs.samples.load_material", lambda validation: made)
    return made


@pytest.mark.usefixtures("material")
def test_a_pool_is_reproducible_in_range_and_as_mixed() -> None:
    recipe = Recipe(samples=256)
    pool, again, other = make_pool(recipe, 3), make_pool(recipe, 3), make_pool(recipe, 4)
    assert np.array_equal(pool.glyphs, again.glyphs)
    assert np.array_equal(pool.labels, again.labels)
    assert not np.array_equal(pool.glyphs, other.glyphs)
    assert pool.glyphs.shape == (256, 28, 28)
    neither, marks = range(18, 20), range(10, 18)
    assert [recipe.classes[i] for i in neither] == ["many", "none"]
    assert {0, 1, 7, recipe.classes.index("-"), *neither} < set(pool.labels.tolist())
    total = sum(dataclasses.asdict(recipe.mix).values())
    assert np.isin(pool.labels, neither).mean() == pytest.approx(recipe.mix.negative / total, abs=0.02)
    assert np.isin(pool.labels, marks).mean() == pytest.approx(recipe.mix.marks / total, abs=0.02)


@pytest.mark.usefixtures("material")
@pytest.mark.parametrize("kind", ["fragments", "letters", "words", "scribbles"])
def test_what_is_no_digit_is_labelled_none(kind: str) -> None:
    recipe = only(kind)
    pool = make_pool(recipe, 0)
    assert [recipe.classes[label] for label in pool.labels] == ["none"] * 8
    assert pool.glyphs.max(axis=(1, 2)).min() > 100


@pytest.mark.usefixtures("material")
def test_digits_grown_together_are_many_and_with_a_piece_of_a_digit_none() -> None:
    recipe = dataclasses.replace(only("pairs"), samples=512)
    named = [recipe.classes[label] for label in make_pool(recipe, 0).labels]
    assert set(named) == {"many", "none"}
    assert named.count("none") / len(named) == pytest.approx(0.12, abs=0.05)
    without = dataclasses.replace(only("pairs"), classes=(*"0123456789", *"-/.,():+", "none"))
    assert [without.classes[label] for label in make_pool(without, 0).labels] == ["none"] * 8


@pytest.mark.usefixtures("material")
def test_a_digit_that_was_cut_from_another_keeps_its_label() -> None:
    pool = make_pool(only("cut", 40), 0)
    assert set(pool.labels.tolist()) == {0, 1, 7}
    assert pool.glyphs.max(axis=(1, 2)).min() > 100


@pytest.mark.usefixtures("material")
def test_marks_are_labelled_by_their_names() -> None:
    recipe = only("marks", 120)
    pool = make_pool(recipe, 0)
    assert {recipe.classes[label] for label in pool.labels} == set(MARKS)
    assert (pool.labels == recipe.classes.index("-")).mean() > 0.4, "half come from the one that is at hand"
    assert pool.glyphs.max(axis=(1, 2)).min() > 100


@pytest.mark.usefixtures("material")
def test_perturbed_samples_go_through_the_readers_normalisation(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(
        "inkread.training.glyphs.samples.normalise", lambda ink: calls.append(ink) or normalise(ink)
    )
    make_pool(Recipe(samples=256, mix=Mix(raw=0.5)), 0)
    assert len(calls) == 256 - Mix(raw=0.5).counts(256)["raw"]


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.05), (1.0, 0.5)])
def test_rare_letters_come_as_often_as_others_where_a_recipe_asks(
    chance: float, share: float, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    strokes = material.letters[0][0]
    often, rare = (strokes, 1), (strokes, 0)
    made = dataclasses.replace(material, letters=(*[often] * 19, rare))
    monkeypatch.setattr("inkread.training.glyphs.samples.load_material", lambda validation: made)
    points = []
    monkeypatch.setattr(
        "inkread.training.glyphs.samples.another_hand",
        lambda strokes, rng: points.append(len(strokes[0])) or strokes,
    )
    make_pool(dataclasses.replace(only("letters", 400), even_letters=chance), 0)
    assert points.count(3) / len(points) == pytest.approx(share, abs=0.08), "the rare one has three points"


def test_perturbing_leaves_the_input_alone_and_stays_in_range() -> None:
    before = SEVEN.copy()
    rng = np.random.default_rng(1)
    for _ in range(50):
        ink = perturb(SEVEN, rng, Perturbation())
        assert ink.dtype == np.float32
        assert ink.min() >= 0
        assert ink.max() <= 1.0001
        assert ink.sum() > 0
    assert np.array_equal(SEVEN, before)


QUIET = Perturbation(**{name: 1.0 if name == "width_ratio" else 0.0 for name in Perturbation.__slots__})


def test_each_setting_changes_something() -> None:
    def made(how: Perturbation) -> NDArray[np.float32]:
        return np.stack([normalise(perturb(SEVEN, np.random.default_rng(i), how)) for i in range(8)])

    quiet = made(QUIET)
    for name in Perturbation.__slots__:
        loud = {name: getattr(Perturbation(), name)} | ({name: 1.0} if name.endswith("_chance") else {})
        # Some only say how: with these the thing itself must happen.
        needed = {"width_ratio": {"pen_chance": 1.0}, "square_chance": {"coarse_chance": 1.0}}.get(name, {})
        if name == "pen_chance":
            needed = {"width_ratio": 2.0}
        base = made(dataclasses.replace(QUIET, **needed)) if needed else quiet
        assert not np.array_equal(made(dataclasses.replace(QUIET, **(needed | loud))), base), name


@pytest.mark.parametrize("wrong", [{"blur_chance": 1.5}, {"turn_degrees": -1.0}, {"width_ratio": 0.5}])
def test_impossible_perturbations_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Perturbation(**wrong)


def test_enlarging_keeps_the_place_and_the_amount_of_ink() -> None:
    small = (cv2.resize(SEVEN, (28, 28), interpolation=cv2.INTER_AREA) * 255).astype(np.uint8)
    assert enlarge(small).sum() == pytest.approx(SEVEN.sum(), rel=0.05)


@pytest.mark.parametrize(("ink", "label"), [(ring(), 0), (ONE, 1), (SEVEN, 7)])
def test_habits_only_add_ink(ink: NDArray[np.float32], label: int) -> None:
    rng = np.random.default_rng(0)
    made = [with_habit(ink, label, rng) for _ in range(100)]
    assert all((each >= ink).all() for each in made)
    assert 3 < sum(each.sum() > ink.sum() for each in made) < 60
    assert with_habit(ink, 4, rng) is ink


def test_fragments_are_halves_and_never_straight() -> None:
    rng = np.random.default_rng(0)
    made = [piece for _ in range(60) if (piece := fragment(ring(), 0, rng)) is not None]
    assert made
    for piece in made:
        assert 0.2 <= piece.sum() / ring().sum() <= 0.58
        assert bend(piece) >= 0.12
    assert all(fragment(ONE, 1, rng) is None for _ in range(20))


def test_bend_tells_a_line_from_an_arc_whatever_the_pen() -> None:
    for width in (3, 14):
        assert bend(drawn([(56, 18), (52, 94)], width=width)) < 0.1
    assert bend(ring()) > 0.3


def test_pairs_hold_the_ink_of_both() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        ink = pair(ring(), SEVEN, rng)
        assert ink.shape == (CANVAS, CANVAS)
        assert ink.max() > 0.5
        _, _, width, height = cv2.boundingRect((ink > 0.3).astype(np.uint8))
        assert max(width, height) > 75


def test_every_form_is_drawn_and_never_twice_the_same() -> None:
    rng = np.random.default_rng(0)
    made = [draw_form(rng, 0.08) for _ in range(60)]
    assert {digit for _, digit in made} == {digit for digit, _ in FORMS}
    assert all(ink.max() > 0.9 for ink, _ in made)
    assert len({ink.tobytes() for ink, _ in made}) == 60


def test_more_forms_are_drawn_only_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkread.training.synthesis.characters.digit_templates.FORMS", ((1, FORMS[0][1]),))
    rng = np.random.default_rng(0)
    assert {draw_form(rng, 0.08)[1] for _ in range(20)} == {1}
    assert {draw_form(rng, 0.08, more=True)[1] for _ in range(300)} == {
        1,
        *(digit for digit, _ in MORE_FORMS),
    }


def test_a_one_stands_on_a_longer_foot_where_that_is_asked_for() -> None:
    def widest(long_feet: bool) -> int:
        rng = np.random.default_rng(0)
        made = [with_habit(ONE, 1, rng, long_feet=long_feet) for _ in range(200)]
        return max(cv2.boundingRect((ink > 0.4).astype(np.uint8))[2] for ink in made)

    assert widest(long_feet=True) > 1.2 * widest(long_feet=False)


def test_scribbles_have_ink() -> None:
    rng = np.random.default_rng(0)
    assert all(50 < scribble(rng).sum() < 9000 for _ in range(100))
