"""The report is one page that asks for nothing; plots are PNG files; nothing a name may hold breaks them."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from inkread.training.charts import learning_svg, reliability_svg, risk_coverage_svg
from inkread.training.curves import Curve, best_epoch, curves_of
from inkread.training.metrics import Figures, measure
from inkread.training.relabelled import Vote, recount
from inkread.training.report import Evaluation, often_taken_for, to_html

VOID = {"meta", "link", "br", "img", "col", "path", "line", "circle", "rect"}


def made(right: float, count: int = 200, seed: int = 0) -> tuple[Any, Any, Any]:
    """Probabilities, labels and images of which about this share is recognised."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    guesses = np.where(rng.random(count) < right, labels, rng.integers(0, 10, count))
    scores = rng.random((count, 10)).astype(np.float32)
    scores[np.arange(count), guesses] += rng.uniform(1, 40, count)
    return scores / scores.sum(axis=1, keepdims=True), labels, rng.random((count, 28, 28), np.float32)


def figures_of(right: float, count: int = 200) -> tuple[Figures, Any]:
    probabilities, labels, images = made(right, count)
    return measure(probabilities, labels), images


class Page(HTMLParser):
    """Tags in balance, identifiers, addresses, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.identifiers: list[str] = []
        self.labels: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "poster", "data", "action"):
                self.addresses.append(value or "")
            elif name == "id":
                self.identifiers.append(value or "")
            elif name == "aria-labelledby":
                self.labels.append(value or "")
        if tag == "img":
            assert dict(attributes)["alt"]

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.mark.parametrize("right", [0.0, 0.6, 0.97, 1.0])
def test_the_page_is_whole_and_asks_for_nothing(right: float) -> None:
    figures, images = figures_of(right)
    text = to_html(Evaluation("own.onnx", "made digits", figures), images)
    page = Page(text)
    assert all(address.startswith("data:") for address in page.addresses)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "script" not in page.tags
    assert "default-src 'none'" in text
    assert len(page.identifiers) == len(set(page.identifiers))
    assert set(page.labels) <= set(page.identifiers)
    assert f"{100 * figures.accuracy:.2f}" in page.text
    assert page.tags.count("img") == min(60, figures.count - figures.right)
    assert page.tags.count("svg") == 2
    for wanted in ("prefers-color-scheme: dark", "@media print", "max-width", 'lang="en"'):
        assert wanted in text


def test_names_are_text_and_never_markup() -> None:
    figures, images = figures_of(0.9)
    nasty = '<script>alert("1")</script>&'
    evaluation = Evaluation(nasty, nasty, figures, caution=nasty, facts={nasty: nasty})
    page = Page(to_html(evaluation, images))
    assert "script" not in page.tags
    assert page.text.count(nasty) >= 5


def test_corrected_labels_stand_beside_the_official_ones() -> None:
    probabilities, labels, images = made(0.9)
    guesses = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    votes = (
        Vote(int(wrong[0]), int(labels[wrong[0]]), int(guesses[wrong[0]]), 0, 5, 0),
        Vote(int(wrong[1]), int(labels[wrong[1]]), int(guesses[wrong[1]]), 1, 1, 3),
    )
    counted = recount(guesses, labels, votes)
    page = Page(to_html(Evaluation("m", "d", measure(probabilities, labels), counted), images))
    assert "1 relabelled, 1 that nobody can tell left out" in page.text
    for share in (counted.official, counted.excluded, counted.corrected):
        assert f"{100 * share.accuracy:.2f} %" in page.text


def test_a_digit_that_never_came_is_a_dash() -> None:
    probabilities, labels, images = made(0.9)
    chosen = labels != 7
    page = Page(to_html(Evaluation("m", "d", measure(probabilities[chosen], labels[chosen])), images[chosen]))
    assert "–" in page.text
    assert "nan" not in page.text


def test_what_it_is_often_taken_for() -> None:
    probabilities = np.eye(10)[[4, 4, 9, 1, 2, 3, 9]]
    figures = measure(probabilities, np.array([9, 9, 9, 9, 9, 9, 9]))
    assert often_taken_for(figures, 9) == [(4, 2), (1, 1), (2, 1)]
    assert often_taken_for(figures, 4) == []


@pytest.mark.parametrize("right", [0.0, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("count", [1, 7, 2000])
def test_charts_are_svg_within_their_frame(right: float, count: int) -> None:
    figures, _ = figures_of(right, count)
    for chart in (reliability_svg(figures.calibration), risk_coverage_svg(figures.risk_coverage)):
        drawing = ElementTree.fromstring(chart)
        _, _, width, height = map(float, drawing.attrib["viewBox"].split())
        assert "nan" not in chart
        for circle in drawing.iter("circle"):
            assert 0 <= float(circle.attrib["cx"]) <= width
            assert 0 <= float(circle.attrib["cy"]) <= height
        for path in drawing.iter("path"):
            places = [float(number) for number in re.findall(r"-?\d+\.?\d*", path.attrib["d"])]
            assert 0 <= min(places) <= max(places) <= max(width, height)


EPOCHS = [
    {
        "epoch": n,
        "loss": 1 / n,
        "accuracy": 1 - 0.2 / n,
        "val_loss": 0.9 / n,
        "val_accuracy": share,
        "best": kept,
    }
    for n, share, kept in ((1, 0.8, True), (2, 0.93, True), (3, 0.91, False))
]


def test_a_runs_epochs_are_drawn_and_the_kept_one_is_ringed() -> None:
    figures, images = figures_of(0.9)
    with_run = to_html(Evaluation("m", "d", figures, epochs=EPOCHS), images)
    page = Page(with_run)
    assert "How it learned" in page.text
    assert len(page.identifiers) == len(set(page.identifiers))
    assert with_run.count('class="kept"') == 2, "in the losses, and in the accuracies"
    assert "validation, epoch 2: 0.9300" in with_run
    assert "How it learned" not in to_html(Evaluation("m", "d", figures), images)
    unmarked = [{name: value for name, value in row.items() if name != "best"} for row in EPOCHS]
    assert 'class="kept"' not in to_html(Evaluation("m", "d", figures, epochs=unmarked), images)


def test_which_figures_are_curves() -> None:
    losses, accuracies = curves_of(EPOCHS)
    assert [curve.name for curve in losses] == ["training", "validation"]
    assert [curve.values[0] for curve in accuracies] == [0.8, 0.8]
    assert best_epoch(EPOCHS) == 2
    assert best_epoch([]) is None
    assert curves_of([{"epoch": 1, "seconds": 0.5, "rate": 0.1, "none": 0.9}]) == ([], [])


@pytest.mark.parametrize(
    "values", [(0.0,), (1.0,), (1.0, 1.0), (0.998, float("nan"), 0.9985), (0.1, 0.99) * 200]
)
@pytest.mark.parametrize("share", [True, False])
def test_learning_is_drawn_inside_its_frame(values: tuple[float, ...], share: bool) -> None:
    curve = Curve("validation", tuple(float(n + 1) for n in range(len(values))), values)
    drawing = ElementTree.fromstring(learning_svg([curve], 1.0, "accuracy", share))
    for circle in drawing.iter("circle"):
        assert 0 < float(circle.attrib["cx"]) < 440
        assert 30 < float(circle.attrib["cy"]) < 380
    ticks = [each.text or "" for each in drawing.iter("text") if each.attrib["class"] == "tick"]
    assert 4 <= len(ticks) == len(set(ticks)) or len(values) == 1


# PNG


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture.convert("RGB")


@pytest.mark.train
@pytest.mark.parametrize(("right", "count"), [(0.0, 90), (0.97, 400), (1.0, 3)])
def test_plots_are_pictures_with_nothing_at_their_edges(right: float, count: int) -> None:
    from inkread.training import plots

    figures, images = figures_of(right, count)
    drawn = [
        plots.draw_confusion(figures),
        plots.draw_reliability(figures.calibration),
        plots.draw_risk_coverage(figures.risk_coverage),
        plots.draw_mistakes(figures.mistakes, images),
    ]
    for content in drawn:
        pixels = np.asarray(opened(content))
        assert pixels.std() > 3, "there is something on it"
        edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        assert all((edge == 255).all() for edge in edges), "something is cut off"


@pytest.mark.train
def test_the_sheet_shows_the_mistakes() -> None:
    from inkread.training import plots

    figures, images = figures_of(0.9)
    sheet = plots.draw_mistakes(figures.mistakes, images)
    assert plots.draw_mistakes(figures.mistakes, images) == sheet
    assert plots.draw_mistakes(figures.mistakes, 1 - images) != sheet
    assert plots.draw_mistakes(figures.mistakes[:1], images) != sheet


@pytest.mark.train
@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"epoch": 1, "loss": 2.3, "train": 0.4}],
        [{"loss": 2.3, "accuracy": 0.4, "val_loss": 2.0, "val_accuracy": 0.5, "lr": 0.1, "note": "x"}] * 3,
        [{"epoch": n, "loss": float("nan"), "train": 0.1 * n, "seconds": 0.4} for n in range(4)],
        [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "validation": 0.9, "best": True, "other": None}],
    ],
    ids=["none", "one", "Keras' names", "no numbers", "holes"],
)
def test_curves_of_any_rows(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    from inkread.training.plots import draw_curves

    path = tmp_path / "curves.png"
    path.write_bytes(b"the picture of the epoch before")
    draw_curves(rows, path)
    assert opened(path.read_bytes()).width > 1000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.train
def test_curves_draw_accuracies_and_losses_and_nothing_else(tmp_path: Path) -> None:
    from inkread.training.plots import draw_curves

    def drawn(**more: Any) -> bytes:
        path = tmp_path / "curves.png"
        draw_curves([{"epoch": n, "loss": 1 / n, "train": 1 - 0.1 / n} | more for n in (1, 2, 3)], path)
        return path.read_bytes()

    plain = drawn()
    assert drawn() == plain
    assert drawn(val=0.8) != plain
    assert drawn(val_loss=0.8) != plain
    for name in ("seconds", "learning_rate", "lr", "step", "best", "time", "none"):
        assert drawn(**{name: 0.5}) == plain, name
    assert drawn(count=1200) == plain


@pytest.mark.train
def test_the_settings_of_others_are_left_as_they_were() -> None:
    import matplotlib

    from inkread.training import plots

    before = dict(matplotlib.rcParams)
    plots.draw_confusion(figures_of(0.9)[0])
    assert dict(matplotlib.rcParams) == before
