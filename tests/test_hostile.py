"""What fuzzing found (``benchmarks/fuzz.py``), each once: files that mean harm are refused in one line, and at once."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkread.corrections import Corrections
from inkread.errors import DataMissing, ModelError, SheetError
from inkread.glyphs.classifier import SHIPPED_MODEL, Classifier
from inkread.images import load_image
from inkread.sketch import Stroke, draw_path

DEEP = "[" * 100_000 + "]" * 100_000
"""More brackets than any parser follows."""
ENDLESS = "9" * 5000
"""An integer of more digits than Python turns into a number."""


def needs(package: str) -> Any:
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"needs {package}")


def one_line(error: BaseException) -> str:
    message = str(error)
    assert message.strip()
    assert len(message.splitlines()) == 1
    assert len(message) < 500
    return message


# Networks and their cards


@pytest.mark.parametrize(
    "card",
    [
        DEEP,
        "[]",
        '"a card"',
        '{"classes": 5}',
        '{"classes": {"0": 1}}',
        '{"classes": [0, 1, 2]}',
        json.dumps({"classes": list("1023456789")}),
        json.dumps({"classes": [*"0123456789", "0"]}),
        '{"sharpness": "high"}',
        '{"sharpness": null}',
        '{"sharpness": NaN}',
        '{"sharpness": 0}',
        '{"sharpness": -1}',
        '{"sharpness": 1e999}',
    ],
    ids=lambda card: card[:30],
)
def test_a_card_that_is_none_is_refused(card: str, tmp_path: Path) -> None:
    network = tmp_path / "own.onnx"
    network.write_bytes(SHIPPED_MODEL.read_bytes())
    network.with_suffix(".json").write_text(card)
    with pytest.raises(ModelError) as raised:
        Classifier(network).scores(np.zeros((1, 28, 28), np.float32))
    assert str(network.with_suffix(".json")) in one_line(raised.value)


def test_a_recipe_beside_a_network_may_be_anything(tmp_path: Path) -> None:
    from inkread.training.formats.loading import classes_beside

    (tmp_path / "recipe.json").write_text(DEEP)
    (tmp_path / "recipe.toml").write_text(f"classes = {DEEP}")
    assert classes_beside(tmp_path / "best.keras") == tuple("0123456789")


def test_a_number_without_end_in_a_network_takes_no_time() -> None:
    from inkread.explain.onnxfile import parse

    with pytest.raises(ModelError):
        parse(b"\x80" * 3_000_000)  # a varint whose every byte says that another follows


@needs("onnx")
@pytest.mark.parametrize("weight", [float("nan"), float("inf")])
def test_a_network_that_answers_with_what_is_no_number_is_refused(weight: float, tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = [("shape", np.array([-1, 784])), ("w", np.full((784, 10), weight, np.float32))]
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["g", "shape"], ["f"]), helper.make_node("MatMul", ["f", "w"], ["p"])],
        "g",
        [helper.make_tensor_value_info("g", TensorProto.FLOAT, ["n", 28, 28])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(array, name) for name, array in weights],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8),
        tmp_path / "a.onnx",
    )
    with pytest.raises(ModelError, match="finite"):
        Classifier(tmp_path / "a.onnx").scores(np.ones((1, 28, 28), np.float32))


# Tables and arrays


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(f"{name}.npy", content)
    return path


def as_npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def refused(path: Path) -> str:
    from inkread.training.data.sources import open_source

    with pytest.raises(DataMissing) as raised:
        open_source(path).load()
    return one_line(raised.value)


def test_an_npz_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "own.npz", x_train=bytes(8_000_000), y_train=b"")
    content = path.read_bytes()
    # The directory at the end of the file says how much there is.
    at = content.index(b"PK\x01\x02")
    path.write_bytes(content[: at + 24] + struct.pack("<I", 3_000_000_000) + content[at + 28 :])
    assert "unpacks to more than 500 MB" in refused(path)


def test_arrays_that_are_single_numbers_are_refused(tmp_path: Path) -> None:
    images, labels = as_npy(np.array(3.0)), as_npy(np.array(3))
    assert "a single number" in refused(zipped(tmp_path / "own.npz", x_train=images, y_train=labels))


def test_an_npz_with_a_compression_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "own.npz", x_train=as_npy(np.zeros(3)), y_train=as_npy(np.zeros(3)))
    content = bytearray(path.read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 10 : at + 12] = b"\x63\0"
    path.write_bytes(content)
    assert "damaged" in refused(path)


@pytest.mark.parametrize("damage", [(b"{", b" "), (b"}", b"("), (b"'shape'", b'"""""""')])
def test_arrays_whose_header_is_no_python_are_refused(damage: tuple[bytes, bytes], tmp_path: Path) -> None:
    images = as_npy(np.zeros(3)).replace(*damage)
    assert "damaged" in refused(zipped(tmp_path / "own.npz", x_train=images, y_train=as_npy(np.zeros(3))))


def test_a_zip_file_whose_names_differ_is_not_quoted_at_length(tmp_path: Path) -> None:
    path = zipped(tmp_path / "own.npz", x_train=as_npy(np.zeros(3)), y_train=as_npy(np.zeros(3)))
    content = bytearray(path.read_bytes())
    content[26:28] = (500).to_bytes(2, "little")  # how long the first name is, where it stands itself
    path.write_bytes(content)
    assert "damaged" in refused(path)


def test_a_table_without_an_end_of_line_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(gzip.compress(b"1," * 5_000_000, 1))
    assert "a line of more than" in refused(path)


def test_an_idx_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    from inkread.training.data.mnist import unpack

    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(bytes(110_000_000), 1))
    with pytest.raises(DataMissing, match="larger than any file of digits"):
        unpack(path)


STROKES: dict[str, Any] = {
    "points": np.zeros((3, 2), np.float32),
    "stroke_offsets": np.array([0, 3]),
    "sample_offsets": np.array([0, 1]),
    "labels": np.array(["3"]),
    "source": np.array(["aga"]),
}


@pytest.mark.parametrize(
    "change",
    [
        {"points": np.zeros(3)},
        {"points": np.full((3, 2), np.nan)},
        {"points": np.full((3, 2), 1e30)},
        {"labels": np.array([3])},
        {"labels": np.array(["3", "4"])},
        {"source": np.array("aga")},
        {"stroke_offsets": np.array([0, 9])},
        {"stroke_offsets": np.array([3, 0])},
        {"stroke_offsets": np.zeros(0, np.int64)},
        {"sample_offsets": np.array([0.0, 1.0])},
        {"sample_offsets": np.array([0, 7])},
    ],
    ids=str,
)
def test_pen_strokes_that_do_not_fit_together_are_refused(
    change: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkread.training.data.strokes import load_strokes

    (tmp_path / "strokes").mkdir()
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path))
    np.savez(tmp_path / "strokes" / "own.npz", **STROKES)
    assert len(load_strokes("own")) == 1
    np.savez(tmp_path / "strokes" / "own.npz", **(STROKES | change))
    with pytest.raises(DataMissing, match="damaged"):
        load_strokes("own")


# Recipes, exams, class lists


@pytest.mark.parametrize("value", [DEEP, ENDLESS, "{a=" * 5000], ids=["deep", "endless", "tables"])
def test_toml_that_no_parser_follows_is_refused(value: str, tmp_path: Path) -> None:
    from inkread.sheets.exam.designfile import load_design
    from inkread.training.glyphs.networks import asked
    from inkread.training.recipe import RecipeError

    path = tmp_path / "own.toml"
    path.write_text(f"epochs = {value}\n")
    with pytest.raises(RecipeError) as recipe:
        asked(path, {})
    one_line(recipe.value)
    with pytest.raises(SheetError) as design:
        load_design(path)
    one_line(design.value)


@pytest.mark.parametrize(
    "line", ["classes = 5", f"epochs = {'[{}, ' * 200}0{']' * 200}", f"optimizer = '{'x' * 9000}'"]
)
def test_what_is_wrong_in_a_recipe_is_told_shortly(line: str, tmp_path: Path) -> None:
    from inkread.training.glyphs.networks import asked
    from inkread.training.recipe import RecipeError

    path = tmp_path / "own.toml"
    path.write_text(line)
    with pytest.raises(RecipeError) as raised:
        asked(path, {})
    one_line(raised.value)


@needs("rapidfuzz")
@pytest.mark.parametrize(
    "line", ['key = "4\\n2"', f"key = 0x{'f' * 5000}", f"name = 0x{'f' * 5000}\nkey = 1", '"a\\nb" = 1']
)
def test_the_mistakes_of_a_design_are_one_line_each(line: str, tmp_path: Path) -> None:
    from inkread.sheets.exam.designfile import check_design

    path = tmp_path / "exam.toml"
    path.write_text(f'title = "Test"\n[[question]]\n{line}\n')
    faults = check_design(path)[1]
    assert faults
    assert all(len(fault.message.splitlines()) == 1 and len(fault.message) < 300 for fault in faults)


def test_a_key_is_written_with_the_digits_that_are_read() -> None:
    from inkread.sheets.exam.answers import canonical

    for kind in ("integer", "decimal", "fraction"):
        with pytest.raises(ValueError, match="٣"):
            canonical(kind, "٣")


def test_a_class_list_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    from inkread.sheets.exam.roster import load_roster

    path = tmp_path / "class.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", bytes(60_000_000))
    pytest.importorskip("openpyxl")
    with pytest.raises(SheetError) as raised:
        load_roster(path, 6)
    one_line(raised.value)


# Drawings and corrections


@pytest.mark.parametrize("far", [1e9, 1e300, -1e7])
def test_a_stroke_without_end_is_refused(far: float) -> None:
    with pytest.raises(ValueError, match="pixels"):
        Stroke([(0, 0), (far, 0)], 5)


def test_a_stroke_far_off_the_sheet_takes_no_time() -> None:
    ink = np.zeros((20, 20), np.float32)
    path = Stroke([(-1e6, 50), (1e6, 50), (10, 10)], 4).path
    draw_path(ink, path, np.full(len(path), 4.0))
    assert ink[10, 10] == 1


@needs("pydantic")
def test_a_drawing_that_takes_minutes_to_draw_is_refused() -> None:
    from inkread.apps.web.answers import Refused
    from inkread.apps.web.uploads import pictures_of

    points = [[x % 2000, x % 1400] for x in range(9000)]
    body = {"size_wh": [2000, 1400], "strokes": [{"points": points, "width": 500}]}
    with pytest.raises(Refused) as raised:
        pictures_of("application/json", json.dumps(body).encode())
    assert raised.value.answer.status == 413


def test_a_label_may_be_any_number_that_is_a_digit(tmp_path: Path) -> None:
    store = Corrections(tmp_path)
    assert store.add(np.eye(3, dtype=np.float32), 3.0, np.int64(4)).new  # type: ignore[arg-type]
    assert [(each.label, each.guessed) for each in store.list()] == [(3, 4)]


# Pictures


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16", "P"])
def test_large_pictures_come_out_as_small_ones_do(
    mode: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inkread.images import decoding

    rng = np.random.default_rng(orientation)
    grey = Image.fromarray(rng.integers(0, 256, (23, 37)).astype(np.uint8))
    image = (
        Image.fromarray(np.asarray(grey).astype(np.uint16) * 200) if mode == "I;16" else grey.convert(mode)
    )
    if mode == "RGBA":
        image.putalpha(grey.rotate(180))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, "PNG", exif=exif.tobytes())
    whole = load_image(file.getvalue())
    monkeypatch.setattr(decoding, "_STRIP_PIXELS", 100)
    np.testing.assert_array_equal(load_image(file.getvalue()), whole)


def test_an_answer_of_megabytes_is_refused_before_it_is_taken_apart() -> None:
    from inkread.sheets.exam.answers import canonical

    for text in (":" * 10_000_000, "1/" * 1000, "9" * 101):
        with pytest.raises(ValueError, match="too long"):
            canonical("time", text)


def test_a_member_of_npz_that_is_no_array_is_refused(tmp_path: Path) -> None:
    import zipfile

    from inkread.errors import DataMissing
    from inkread.training.data.tables import read_npz

    path = tmp_path / "digits.npz"
    np.savez(path, x_train=np.zeros((3, 28, 28), np.uint8))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("y_train.npy", b"no array at all")
    with pytest.raises(DataMissing, match="y_train is no array"):
        read_npz(path, "train")
