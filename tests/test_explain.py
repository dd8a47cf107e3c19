"""Looking inside: what is measured is what happened, and the picture holds it all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inkread
from inkread.apps.cli import main
from inkread.errors import ModelError
from inkread.explain import Insight, first_filters, look_inside
from inkread.explain.onnxfile import parse, with_outputs
from inkread.glyphs import normalise
from inkread.glyphs.classifier import SHIPPED_MODEL
from inkread.render.inside import draw_inside
from made import draw_number


def glyph_of(text: str) -> Any:
    picture = draw_number(text, seed=3)
    return normalise(1 - picture[..., 0].astype(np.float32) / 255)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(draw_number("274", seed=3)).save("number.png")

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        output, errors = capsys.readouterr()
        return status, output, errors

    return run


def test_what_is_inside_is_what_the_reader_says() -> None:
    glyph = glyph_of("5")
    insight = look_inside(None, glyph)
    reader = inkread.Reader()
    assert insight.answer == 5
    assert insight.probabilities[:10] / insight.probabilities[:10].sum() == pytest.approx(
        reader.classify(glyph[None])[0], abs=1e-6
    )
    convolutions = sum(node.kind == "Conv" for node in parse(SHIPPED_MODEL.read_bytes()).nodes)
    assert len(insight.convolutions) == convolutions > 2
    for layer in insight.convolutions:
        assert layer.maps.min() >= 0, "after the activation"
        assert layer.maps.max() > 0


def test_the_first_maps_are_the_filters_at_work() -> None:
    """The oracle: sliding each filter over the glyph by hand."""
    glyph = glyph_of("2")
    inside = parse(SHIPPED_MODEL.read_bytes())
    first = next(node for node in inside.nodes if node.kind == "Conv")
    filters, bias = first_filters(None), inside.weights[first.inputs[2]]
    found = look_inside(None, glyph).convolutions[0].maps
    # Whatever step the first convolution takes, it is padded as Keras' "same" is: a little more at the end.
    size, step = filters.shape[1], 28 // found.shape[1]
    missing = (found.shape[1] - 1) * step + size - 28
    padded = np.pad(glyph, (missing // 2, missing - missing // 2))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))[::step, ::step]
    expected = np.maximum(np.einsum("yxij,nij->nyx", windows, filters) + bias[:, None, None], 0)
    assert found == pytest.approx(expected, abs=1e-4)


def test_saliency_is_where_the_ink_is() -> None:
    glyph = glyph_of("7")
    insight = look_inside(None, glyph)
    far = np.asarray(Image.fromarray(glyph).resize((28, 28), Image.Resampling.BOX)) == 0
    for _ in range(4):  # four pixels from any ink, taking ink away changes next to nothing
        far = far & np.roll(far, 1, 0) & np.roll(far, -1, 0) & np.roll(far, 1, 1) & np.roll(far, -1, 1)
    assert np.abs(insight.without_ink[far]).max(initial=0) < 0.2 * np.abs(insight.without_ink).max()
    assert np.abs(insight.with_ink).max() > 0


def insight_of(classes: int, maps: tuple[tuple[int, int, int], ...]) -> Insight:
    from inkread.explain import FeatureMaps

    rng = np.random.default_rng(0)
    names = (*"0123456789", *"-/.,():+"[: classes - 11], "none")[:classes]
    shares = rng.dirichlet(np.ones(classes)).astype(np.float32)
    layers = tuple(FeatureMaps(rng.normal(size=shape).astype(np.float32)) for shape in maps)
    noise = [rng.normal(size=(28, 28)).astype(np.float32) for _ in range(2)]
    return Insight(glyph_of("3"), names, shares, layers, *noise)


@pytest.mark.parametrize("classes", [10, 11, 12, 19])
@pytest.mark.parametrize("maps", [(), ((1, 28, 28),), ((6, 26, 26), (200, 5, 5)), ((4, 60, 60), (3, 1, 1))])
def test_any_network_can_be_drawn(classes: int, maps: Any) -> None:
    insight = insight_of(classes, maps)
    picture = draw_inside(insight, "a name of a file that is far too long for any picture " * 9)
    assert picture.dtype == np.uint8
    assert picture.shape[1:] == (1142, 3)
    # Nothing is cut: the margin is empty on every side.
    for edge in (picture[:, :40], picture[:, -40:], picture[:40], picture[-30:]):
        assert (edge == picture[0, 0]).all()
    taller = draw_inside(insight, "title", np.zeros((40, 3, 3), np.float32))
    assert len(taller) > len(picture)


def test_of_many_classes_the_digits_and_the_likeliest_mark_are_shown() -> None:
    from inkread.render.inside import _BARS_MAX, _answer, _barred

    names = (*"0123456789", *"-/.,():+", "many", "none")
    shares = np.full(20, 0.01, np.float32)
    shares[names.index("/")] = 0.81
    assert [names[each] for each in _barred(names, shares)] == [*"0123456789", "/", "many", "none"]
    assert len(_barred(names, shares)) <= _BARS_MAX
    insight = insight_of(20, ())
    marked = Insight(
        insight.glyph, names, shares, (), np.zeros((28, 28), np.float32), np.zeros((28, 28), np.float32)
    )
    assert _answer(marked) == "“/”"
    assert not np.array_equal(draw_inside(marked, "title"), draw_inside(insight, "title"))


def test_a_network_that_gives_nothing_can_be_drawn() -> None:
    insight = insight_of(10, ((4, 7, 7),))
    still = Insight(
        insight.glyph, insight.classes, insight.probabilities, (), np.zeros((28, 28), np.float32),
        np.zeros((28, 28), np.float32),
    )  # fmt: skip
    assert draw_inside(still, "title").shape[1] == 1142


def test_the_command_writes_a_picture(run: Any) -> None:
    status, output, errors = run("explain", "number.png")
    assert (status, output) == (0, "number.explained.png\n")
    assert "digit 1 of 3" in errors
    plain = Image.open("number.explained.png").height
    assert run("explain", "number.png", "--digit", 2, "--filters", "-o", "new/seven.png")[0] == 0
    assert Image.open("new/seven.png").height > plain


def test_each_digit_has_its_glyph(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread import explain

    seen: list[int] = []

    def look(model: Any, glyph: Any) -> Any:
        seen.append(look_inside(model, glyph).answer)
        return look_inside(model, glyph)

    monkeypatch.setattr(explain, "look_inside", look)
    for number in (1, 2, 3):
        assert run("explain", "number.png", "--digit", number)[0] == 0
    assert seen == [2, 7, 4]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("number.png", "--digit", "9"), 2, "there are 3 digits"),
        (("number.png", "-o", "out.jpg"), 2, ".png"),
        (("missing.png",), 1, "no such file"),
        (("empty.png",), 1, "no ink"),
        (("number.png", "--model", "missing.onnx"), 1, "no such model file"),
    ],
)
def test_mistakes_are_one_line(arguments: tuple[str, ...], status: int, words: str, run: Any) -> None:
    Image.new("L", (80, 80), 255).save("empty.png")
    found, output, errors = run("explain", *arguments)
    assert (found, output) == (status, "")
    assert words in errors
    assert len(errors.splitlines()) == 1


# ONNX files


def test_the_little_that_is_parsed_is_what_onnx_parses() -> None:
    onnx = pytest.importorskip("onnx", reason="needs onnx as the oracle")
    content = SHIPPED_MODEL.read_bytes()
    graph, inside = onnx.load_from_string(content).graph, parse(content)
    assert [(n.op_type, tuple(n.input), tuple(n.output)) for n in graph.node] == [
        (n.kind, n.inputs, n.outputs) for n in inside.nodes
    ]
    floats = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer if t.data_type == 1}
    assert floats.keys() == inside.weights.keys()
    assert all(np.array_equal(floats[name], inside.weights[name]) for name in floats)
    more = onnx.load_from_string(with_outputs(content, ["a" * 300, "b"]))
    own = [each.name for each in graph.output]
    assert [each.name for each in more.graph.output] == [*own, "a" * 300, "b"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_damaged_file_is_told(share: float) -> None:
    content = SHIPPED_MODEL.read_bytes()
    with pytest.raises(ModelError, match="cannot be looked into"):
        parse(content[: int(len(content) * share)])


@pytest.mark.train
def test_a_dense_network_shows_what_each_unit_looks_for(tmp_path: Path) -> None:
    import keras

    from inkread.training.formats.onnx_export import glyphs_to_onnx

    layers = [keras.layers.Flatten(), keras.layers.Dense(7), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    (tmp_path / "dense.onnx").write_bytes(glyphs_to_onnx(model))
    filters = first_filters(tmp_path / "dense.onnx")
    assert filters.reshape(7, -1) == pytest.approx(model.layers[1].get_weights()[0].T)
    assert look_inside(tmp_path / "dense.onnx", glyph_of("1")).convolutions == ()
