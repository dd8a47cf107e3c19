"""The report is one page that asks for nothing; plots are PNG files; nothing a name may hold breaks them."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkread.training.data.relabelled import Vote, recount
from inkread.training.evaluation.curves import Setting, best_epoch, curves_of, setting_of
from inkread.training.evaluation.metrics import Figures, measure
from inkread.training.evaluation.report import Evaluation, often_taken_for, to_html
from inkread.training.glyphs.networks import asked

pytestmark = pytest.mark.train

VOID = {"meta", "link", "br", "img", "col"}


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
    assert all(address.startswith(("data:", "#")) for address in page.addresses)
    assert not re.search(r"https?://|@import|url\((?!#)", text)
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


@pytest.mark.parametrize("right", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("count", [1, 2000])
def test_charts_of_any_figures_are_drawn(right: float, count: int) -> None:
    figures, images = figures_of(right, count)
    page = to_html(Evaluation("m", "d", figures), images)
    assert len(re.findall(r"<title>confidence \d+% to \d+%: ", page)) == len(figures.calibration.points)
    assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))


def test_drawings_in_the_page_have_its_colours_and_letters() -> None:
    figures, images = figures_of(0.9)
    drawings = re.findall(
        r"<svg.*?</svg>", to_html(Evaluation("m", "d", figures, epochs=EPOCHS), images), re.DOTALL
    )
    assert len(drawings) == 4
    for drawing in drawings:
        assert "var(--blue)" in drawing
        assert not re.search("#[0-9a-f]{6}|font-family|font-size|<style", drawing)


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
    setting = setting_of(asked(None, {"network": "tiny"}))
    with_run = to_html(Evaluation("m", "d", figures, epochs=EPOCHS, setting=setting), images)
    page = Page(with_run)
    assert "How it learned" in page.text
    assert "network tiny, optimizer adamw" in page.text
    assert len(page.identifiers) == len(set(page.identifiers))
    assert "epoch 2: 93.0000" in page.text
    assert "Ringed" in page.text
    assert "How it learned" not in to_html(Evaluation("m", "d", figures), images)
    unmarked = [{name: value for name, value in row.items() if name != "best"} for row in EPOCHS]
    assert "Ringed" not in to_html(Evaluation("m", "d", figures, epochs=unmarked), images)


@pytest.mark.parametrize(
    ("recipe", "options", "loss", "accuracy", "validation"),
    [
        ("tiny", {}, ", raised by label smoothing 0.02 and light augmentation", ", lowered by light augmentation",
         ", without these, weights averaged"),
        ("classic", {}, ", raised by dropout", ", lowered by dropout", ", without these"),
        ("lenet5", {}, "", "", ""),
        ("lenet5", {"label_smoothing": 0.1}, ", raised by label smoothing 0.1", "", ", without these"),
        ("shipped", {}, ", raised by the answers of 2 teachers, full augmentation and dropout",
         ", lowered by full augmentation and dropout", ", without these, weights averaged"),
        ("lines", {}, ", raised by dropout", ", lowered by dropout", ", without these, weights averaged"),
    ],
)  # fmt: skip
def test_the_legend_says_why_training_is_harder_than_validation(
    recipe: str, options: dict[str, Any], loss: str, accuracy: str, validation: str
) -> None:
    setting = setting_of(asked(recipe, options))
    assert setting.legend("training", share=False) == f"training: mean over the epoch{loss}"
    assert setting.legend("training", share=True) == f"training: mean over the epoch{accuracy}"
    assert setting.legend("validation", share=False) == f"validation: after the epoch{validation}"


def test_networks_with_dropout_are_known() -> None:
    from inkread.training.glyphs.networks import NETWORKS, WITH_DROPOUT, build
    from inkread.training.lines.network import build_network

    networks = {name: build(name, 10) for name in NETWORKS} | {"lines": build_network()}
    with_dropout = {
        name for name, model in networks.items() if any("dropout" in layer.name for layer in model.layers)
    }
    assert with_dropout == set(WITH_DROPOUT)


def test_which_figures_are_curves() -> None:
    losses, accuracies = curves_of(EPOCHS)
    assert [curve.name for curve in losses] == ["training", "validation"]
    assert [curve.values[0] for curve in accuracies] == [0.8, 0.8]
    assert best_epoch(EPOCHS) == 2
    assert best_epoch([]) is None
    assert curves_of([{"epoch": 1, "seconds": 0.5, "rate": 0.1, "none": 0.9}]) == ([], [])


# PNG


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture.convert("RGB")


@pytest.mark.parametrize(("right", "count"), [(0.0, 90), (0.97, 400), (1.0, 3)])
def test_plots_are_pictures_with_nothing_at_their_edges(right: float, count: int) -> None:
    from inkread.training.evaluation import plots

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


def test_the_sheet_shows_the_mistakes() -> None:
    from inkread.training.evaluation import plots

    figures, images = figures_of(0.9)
    sheet = plots.draw_mistakes(figures.mistakes, images)
    assert plots.draw_mistakes(figures.mistakes, images) == sheet
    assert plots.draw_mistakes(figures.mistakes, 1 - images) != sheet
    assert plots.draw_mistakes(figures.mistakes[:1], images) != sheet


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"epoch": 1, "loss": 2.3, "accuracy": 0.4}],
        [{"loss": 2.3, "accuracy": 0.4, "val_loss": 2.0, "val_accuracy": 0.5, "lr": 0.1, "note": "x"}] * 3,
        [{"epoch": n, "loss": float("nan"), "accuracy": 0.1 * n, "seconds": 0.4} for n in range(4)],
        [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "val_accuracy": 0.9, "best": True, "other": None}],
    ],
    ids=["none", "one", "Keras' names", "no numbers", "holes"],
)
def test_curves_of_any_rows(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    from inkread.training.evaluation.plots import draw_curves

    path = tmp_path / "curves.png"
    path.write_bytes(b"the picture of the epoch before")
    draw_curves(rows, path)
    assert opened(path.read_bytes()).width > 1000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("epochs", [1, 2, 41])
@pytest.mark.parametrize("accuracy", [0.0, 0.5, 1.0])
def test_curves_are_within_their_axes(epochs: int, accuracy: float) -> None:
    """Losses begin at 0, accuracies end at 100 %, and a single epoch stands on the whole scale."""
    from inkread.training.evaluation.plots import learning_curves

    rows = [
        {"epoch": n + 1, "loss": 2.0 / (n + 1), "accuracy": accuracy, "val_accuracy": accuracy}
        for n in range(epochs)
    ]
    losses, shares = learning_curves.figure(rows, Setting()).axes
    assert losses.get_ylim()[0] == 0
    assert losses.get_ylim()[1] > 2
    low, high = shares.get_ylim()
    assert low < 100 * accuracy + 1e-9 <= high <= 105
    if epochs == 1:
        assert low <= 0
        assert [list(axes.get_xticks()) for axes in (losses, shares)] == [[1], [1]]
        assert [text.get_text() for text in losses.texts] == ["2"]


def test_the_title_names_network_and_optimizer() -> None:
    from inkread.training.evaluation.plots import learning_curves

    figure = learning_curves.figure(EPOCHS, setting_of(asked(None, {"network": "classic"})))
    assert [text.get_text() for text in figure.texts] == [
        "Learning curves: network classic, optimizer adam",
        "3 epochs; ringed: epoch 2, the best so far: 93.00 % of the validation images are right",
    ]


def test_curves_draw_accuracies_and_losses_and_nothing_else(tmp_path: Path) -> None:
    from inkread.training.evaluation.plots import draw_curves

    def drawn(**more: Any) -> bytes:
        path = tmp_path / "curves.png"
        draw_curves([{"epoch": n, "loss": 1 / n, "accuracy": 1 - 0.1 / n} | more for n in (1, 2, 3)], path)
        return path.read_bytes()

    plain = drawn()
    assert drawn() == plain
    assert drawn(val_accuracy=0.8) != plain
    assert drawn(val_loss=0.8) != plain
    for name in ("seconds", "learning_rate", "lr", "step", "best", "time", "none"):
        assert drawn(**{name: 0.5}) == plain, name
    assert drawn(count=1200) == plain


def test_the_settings_of_others_are_left_as_they_were() -> None:
    import matplotlib

    from inkread.training.evaluation import plots

    before = dict(matplotlib.rcParams)
    plots.draw_confusion(figures_of(0.9)[0])
    assert dict(matplotlib.rcParams) == before
