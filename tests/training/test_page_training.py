"""The page network's training: targets, loss, a run that is stopped and goes on, export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inkread.training.pages.network import CHANNELS, PageShape
from inkread.training.pages.targets import TARGETS, cell_targets

TINY = PageShape(channels=(4, 4, 8), blocks=(0, 0, 1), last=4)


def row(
    label: int, left: float, top: float, right: float, bottom: float, meaning: float = 1.0
) -> list[float]:
    return [label, left, top, right, bottom, 0.0, meaning]


def test_a_box_is_a_peak_with_its_class_and_distances() -> None:
    targets = cell_targets(np.array([row(7, 20, 12, 32, 36)], np.float32), 64)
    assert targets.shape == (16, 16, TARGETS)
    assert np.argwhere(targets[..., 2] == 1).tolist() == [[6, 6]]
    assert targets[6, 6, 3] == 7
    assert targets[6, 6, 6:10].tolist() == [26 - 20, 26 - 12, 32 - 26, 36 - 26]
    assert 0 < targets[6, 7, 0] < targets[6, 6, 0] <= 1
    # Beside the centre the distances lead to the same box.
    assert targets[5, 6, 6:10].tolist() == [6, 10, 6, 14]
    assert targets[5, 6, 4] < targets[6, 6, 4]


def test_boxes_without_consequence_silence_their_cells_and_negatives_do_not() -> None:
    ignored = cell_targets(np.array([row(3, 16, 16, 32, 32, 0.0)], np.float32), 64)
    assert not ignored[..., 2].any()
    assert (ignored[4:8, 4:8, 1] == 0).all()
    negative = cell_targets(np.array([row(3, 16, 16, 32, 32, -1.0)], np.float32), 64)
    assert not negative[..., 2].any()
    assert (negative[..., 1] == 1).all()


def test_a_symbol_whose_centre_is_outside_is_of_no_consequence() -> None:
    targets = cell_targets(np.array([row(3, -20, 8, 8, 24)], np.float32), 64)
    assert not targets[..., 2].any()
    assert (targets[2:6, 0:2, 1] == 0).all()


@pytest.mark.train
def test_the_loss_is_least_where_the_cells_say_what_is_there() -> None:
    from inkread.training.pages.targets import page_losses

    targets = cell_targets(np.array([row(7, 20, 12, 32, 36)], np.float32), 64)[None]
    right = np.zeros((1, 16, 16, CHANNELS), np.float32)
    right[..., 0] = -8
    right[0, 6, 6, 0] = 8
    right[..., 1 + 7] = 8
    distances = np.maximum(targets[..., 6:10], 1e-3) / 8
    right[..., -4:] = np.log(np.expm1(distances))
    right[..., -5] = -8
    losses = {name: float(part) for name, part in page_losses(targets, right).items()}
    assert all(part < 0.01 for part in losses.values()), losses
    elsewhere = np.roll(right, 3, axis=2)
    worse = {name: float(part) for name, part in page_losses(targets, elsewhere).items()}
    assert worse["centre"] > 1
    wrong = right.copy()
    wrong[..., 1 + 7], wrong[..., 1 + 1] = 0, 8
    assert float(page_losses(targets, wrong)["class"]) > 4


@pytest.mark.train
def test_a_network_gives_a_vector_per_cell_for_pictures_of_any_size() -> None:
    from inkread.training.pages.network import build_page_network

    model = build_page_network()
    assert model.count_params() < 1_050_000
    assert build_page_network(TINY)(np.zeros((1, 48, 80, 1), np.float32)).shape == (1, 12, 20, CHANNELS)


@pytest.mark.mnist
@pytest.mark.train
def test_a_run_learns_stops_and_goes_on(tmp_path: Path) -> None:
    from dataclasses import replace

    from inkread.training.pages.fit import PAGES, Schedule, TrainingState, fit
    from inkread.training.pages.network import build_page_network
    from inkread.training.pages.pools import make_pools

    make_pools(tmp_path / "pools", seed=2, first=0, last=1, pages=8, validation=True)
    schedule = Schedule(steps=6, warm_up=1, batch=4)
    task = replace(PAGES, build=lambda: build_page_network(TINY))
    fit(task, tmp_path / "run", tmp_path / "pools", Schedule(steps=3, warm_up=1, batch=4))
    fit(task, tmp_path / "run", tmp_path / "pools", schedule)
    with np.load(tmp_path / "run" / "state.npz") as state:
        assert int(state["step"]) == 6
    begun = TrainingState(tmp_path / "next", schedule, build_page_network(TINY))
    begun.load(tmp_path / "run" / "state.npz", weights_only=True)
    assert begun.step == 0
    assert all(np.array_equal(a, b) for a, b in zip(begun.averages, begun.model.get_weights(), strict=True))


def test_the_rate_warms_up_stays_and_falls() -> None:
    from inkread.training.pages.fit import Schedule

    schedule = Schedule(steps=1000, rate=1.0, warm_up=100, decay=0.5)
    rates = [schedule.rate_at(step) for step in (0, 99, 400, 750, 999)]
    assert rates == pytest.approx([0.01, 1.0, 1.0, 0.5, 0.01])


@pytest.mark.train
def test_what_is_exported_agrees_with_keras_at_any_size_and_names_its_classes(tmp_path: Path) -> None:
    import keras

    from inkread.inference.onnx_session import open_network, read_card
    from inkread.training.pages.export import export_run, reading_network
    from inkread.training.pages.network import build_page_network
    from inkread.training.synthesis.texts import CLASSES

    keras.utils.set_random_seed(1)
    model = build_page_network()
    run = tmp_path / "run"
    run.mkdir()
    np.savez(
        run / "state.npz", step=7, **{f"average_{i}": value for i, value in enumerate(model.get_weights())}
    )
    card = export_run(run, tmp_path / "page.onnx")
    assert read_card(tmp_path / "page.onnx") == card
    assert (card["classes"], card["steps"]) == (list(CLASSES), 7)
    assert (tmp_path / "page.onnx").stat().st_size < 1_200_000
    session = open_network(tmp_path / "page.onnx", card["sha256"])
    picture = np.random.default_rng(1).random((1, 48, 112, 1), np.float32)
    (cells,) = session.run(["cells"], {session.get_inputs()[0].name: picture})
    model.set_weights([_as_stored(weight) for weight in model.get_weights()])
    expected = np.asarray(reading_network(model)(picture)["cells"])
    assert cells.shape == (1, 12, 28, 6 + len(CLASSES))
    assert np.abs(cells - expected).max() < 1e-3 * np.abs(expected).max()


def _as_stored(weight: np.ndarray) -> np.ndarray:
    """A weight (kh, kw, in, out) as int8 with a scale for each output channel holds it."""
    if weight.ndim < 2:
        return weight
    scale = np.abs(weight).max(axis=(0, 1, 2), keepdims=True) / 127
    return np.asarray(np.rint(weight / scale) * scale, np.float32)


@pytest.mark.mnist
@pytest.mark.train
def test_the_box_head_learns_from_proposals_and_is_exported(tmp_path: Path) -> None:
    from inkread.detection.crops import CROP_SIZE
    from inkread.inference.onnx_session import Network
    from inkread.training.pages.crops import crop_batches, make_proposals
    from inkread.training.pages.export import export_run
    from inkread.training.pages.fit import CROPS, Schedule, fit
    from inkread.training.pages.pools import make_pools
    from inkread.training.synthesis.texts import CLASSES

    pools = tmp_path / "pools"
    make_pools(pools, seed=2, first=0, last=1, pages=40, validation=True)
    cells = np.zeros((52, 52, len(CLASSES) + 6), np.float32)
    cells[20, 20, 0], cells[..., -4:] = 0.5, 9
    make_proposals(pools, lambda picture: cells)
    crops, targets = next(crop_batches(pools, 16, seed=1))
    assert crops.shape == (16, CROP_SIZE, CROP_SIZE, 2)
    assert targets.shape == (16, 12)
    fit(CROPS, tmp_path / "run", pools, Schedule(steps=2, warm_up=1, batch=16))
    card = export_run(tmp_path / "run", tmp_path / "head.onnx", head=True)
    assert (card["network"], card["name"]) == ("box head", "inkread head")
    network = Network(tmp_path / "head.onnx")
    network.check()
    opinions = network.run(crops)
    assert opinions.shape == (16, len(CLASSES) + 6)
    assert opinions[:, : len(CLASSES) + 1].sum(axis=1) == pytest.approx(np.ones(16), abs=1e-5)


def test_rules_beside_symbols_are_boxes_that_hold_nothing() -> None:
    from inkread.training.pages.box_head import NOTHING
    from inkread.training.pages.crops import _labels, _of_no_symbol

    page = np.full((208, 208), 240, np.uint8)
    page[:, 100:103] = 60
    page[60:90, 40:60] = 30
    rows = np.array([[3, 40, 60, 60, 90, 0, 1]], np.float32)
    boxes = _of_no_symbol(page, rows, np.random.default_rng(3))
    assert len(boxes) > 0
    assert (np.abs((boxes[:, 0] + boxes[:, 2]) / 2 - 101) < 4).all()
    assert (boxes[:, 3] - boxes[:, 1] <= 67).all()
    assert (_labels(boxes, rows)[:, :2] == [NOTHING, 1]).all()
    assert len(_of_no_symbol(np.full((208, 208), 240, np.uint8), rows, np.random.default_rng(3))) == 0


def test_a_thin_box_a_pixel_beside_its_1_holds_it() -> None:
    from inkread.training.pages.box_head import NOTHING
    from inkread.training.pages.crops import _labels

    rows = np.array([[1, 50, 50, 54, 90, 0, 1]], np.float32)
    beside = np.array([[54, 50, 58, 90], [70, 50, 74, 90]], np.float32)
    assert _labels(beside, rows)[:, 0].tolist() == [1, NOTHING]


def test_a_logistic_regression_finds_what_the_answer_depends_on() -> None:
    from inkread.training.pages.calibration import fitted

    rng = np.random.default_rng(1)
    numbers = rng.normal(0, 1, (4000, 3))
    numbers[:, 2] = 7
    right = (rng.random(4000) < 1 / (1 + np.exp(-(2 * numbers[:, 0] - 1)))).astype(float)
    found = fitted(numbers, right, np.ones(4000), penalty=0.1)
    likely = found.probabilities(np.array([[0, 0, 7], [2, 0, 7], [0, 2, 7]]))
    assert likely == pytest.approx([0.27, 0.95, 0.27], abs=0.04)


@pytest.mark.mnist
def test_pictures_for_calibration_are_the_same_for_a_seed_and_say_what_stands_on_them() -> None:
    from inkread.training.pages.calibration import made_pictures

    several = list(made_pictures(6, seed=3))
    again = list(made_pictures(6, seed=3))
    for made, other in zip(several, again, strict=True):
        assert np.array_equal(made.image, other.image)
        assert np.array_equal(made.rows, other.rows)
        assert (made.image.dtype, made.image.shape[2]) == (np.uint8, 3)
        middles = (made.rows[:, 1:3] + made.rows[:, 3:5]) / 2
        meant = middles[made.rows[:, 6] > 0]
        assert ((meant >= 0) & (meant <= [made.image.shape[1], made.image.shape[0]])).all()
    assert len({made.image.shape for made in several}) > 1
