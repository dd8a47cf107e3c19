"""Images from every kind of source, the same whichever way they come; and what is wrong with one, in one line."""

from __future__ import annotations

import gzip
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkread.errors import DataMissing
from inkread.glyphs import normalise
from inkread.training.data import mnist, sources
from inkread.training.data.labelled import Findings, LabelledImages, Raw, checked, split
from inkread.training.data.mnist import IMAGES, LABELS, fault_of
from inkread.training.data.sources import open_source
from inkread.training.glyphs.augment import make_variants
from inkread.training.recipe import AUGMENTS
from made import draw_number
from made_pages import heic, tiff

Arrays = dict[str, NDArray[np.uint8]]


def some(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images that differ, with ink in the middle, and labels of every digit in turn."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 4:24, 4:24] = np.random.default_rng(seed).integers(0, 256, (count, 20, 20))
    return images, (np.arange(count) % 10).astype(np.uint8)


@pytest.fixture
def arrays() -> Arrays:
    (x_train, y_train), (x_test, y_test) = some(40, 1), some(20, 2)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def idx_files(arrays: Arrays) -> dict[str, bytes]:
    return {
        f"{name}-{kind}": idx(arrays[f"{axis}_{part}"])
        for name, part in (("train", "train"), ("t10k", "test"))
        for kind, axis in (("images-idx3-ubyte", "x"), ("labels-idx1-ubyte", "y"))
    }


@pytest.fixture
def little_mnist(arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with forty and twenty images, which are MNIST for this test; gives its ``mnist/``."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for name, content in idx_files(arrays).items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        monkeypatch.setitem(mnist.SHA256, name, hashlib.sha256(content).hexdigest())
    monkeypatch.setenv("INKREAD_DATA", str(folder.parent))
    return folder


def write_csv(
    path: Path, arrays: Arrays, header: str = "", label_last: bool = False, separator: str = ","
) -> Path:
    columns = [arrays["y_train"][:, None], arrays["x_train"].reshape(-1, 784)]
    table = np.concatenate(columns[::-1] if label_last else columns, axis=1)
    np.savetxt(path, table, fmt="%d", delimiter=separator, header=header, comments="")
    return path


PIXELS = ",".join(f"pixel{i}" for i in range(784))


def same(found: LabelledImages, arrays: Arrays, part: str = "train") -> bool:
    assert found.images.dtype == found.labels.dtype == np.uint8
    return np.array_equal(found.images, arrays[f"x_{part}"]) and np.array_equal(
        found.labels, arrays[f"y_{part}"]
    )


# The same images, whichever way they come


def test_mnist_from_the_data_folder(little_mnist: Path, arrays: Arrays) -> None:
    source = open_source()
    assert (source.name, source.parts, source.part_to_report) == ("MNIST", ("train", "test"), "test")
    assert same(source.load(), arrays)
    assert same(source.load("test"), arrays, "test")
    for folder in (little_mnist, little_mnist.parent):
        assert same(open_source(folder).load(), arrays)
    assert source.inspect()[0] == []


@pytest.mark.parametrize("name", ["{}", "{}.gz", "dotted"])
def test_idx_files_packed_or_not_under_the_names_they_go_by(
    name: str, little_mnist: Path, arrays: Arrays
) -> None:
    for path in list(little_mnist.iterdir()):
        content = gzip.decompress(path.read_bytes())
        path.unlink()
        # Browsers unpack what they fetch, and leave the name as it was.
        stem = path.stem.replace("-idx", ".idx") if name == "dotted" else name.format(path.stem)
        (little_mnist / stem).write_bytes(content)
    assert same(open_source().load(), arrays)


def test_a_right_file_beside_a_wrong_one_is_found(little_mnist: Path, arrays: Arrays) -> None:
    (little_mnist / "train-labels-idx1-ubyte").write_bytes(b"damaged")
    assert same(open_source().load(), arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda x, y: (x, y),
        lambda x, y: (x[..., None], y[:, None].astype(np.int64)),
        lambda x, y: (x.reshape(-1, 784).astype(np.float64), np.eye(10)[y]),
        lambda x, y: (x / np.float32(255), y.astype(np.float32)),
    ],
    ids=["as Keras has it", "with channels", "flat and one-hot", "0 … 1"],
)
def test_keras_npz(change: Callable[[Any, Any], tuple[Any, Any]], arrays: Arrays, tmp_path: Path) -> None:
    x_train, y_train = change(arrays["x_train"], arrays["y_train"])
    path = tmp_path / "own.npz"
    np.savez(path, x_train=x_train, y_train=y_train, x_test=arrays["x_test"], y_test=arrays["y_test"])
    assert same(open_source(path).load(), arrays)
    assert same(open_source(path).load("test"), arrays, "test")


@pytest.mark.parametrize("header", ["", f"label,{PIXELS}"], ids=["no header", "Kaggle's header"])
@pytest.mark.parametrize("packed", [False, True])
def test_csv(header: str, packed: bool, arrays: Arrays, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "train.csv", arrays, header)
    if packed:
        path = tmp_path / "train.csv.gz"
        path.write_bytes(gzip.compress((tmp_path / "train.csv").read_bytes()))
    found = open_source(path).load()
    assert same(found, arrays)
    assert (found.name, found.part, found.remarks) == (path.name, "all", ())


@pytest.mark.parametrize("kind", ["semicolons", "label last", "fractions", "BOM, CRLF and empty lines"])
def test_other_csv(kind: str, arrays: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    if kind == "semicolons":
        write_csv(path, arrays, separator=";")
    elif kind == "label last":
        write_csv(path, arrays, f"{PIXELS},class", label_last=True)
    elif kind == "fractions":
        lines = np.concatenate([arrays["y_train"][:, None], arrays["x_train"].reshape(-1, 784) / 255], axis=1)
        np.savetxt(path, lines, fmt="%.6f", delimiter=",")
    else:
        write_csv(path, arrays)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert same(open_source(path).load(), arrays)


def test_white_paper_is_turned_round_and_told(arrays: Arrays, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "train.csv", arrays | {"x_train": 255 - arrays["x_train"]})
    found = open_source(path).load()
    assert same(found, arrays)
    assert "paper is white" in found.remarks[0]
    assert open_source(path).inspect()[0] == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures of each digit, drawn by code, in folders ``0`` … ``9``."""
    for digit in range(10):
        folder = tmp_path / "own" / str(digit)
        folder.mkdir(parents=True)
        for i in range(2):
            Image.fromarray(draw_number(str(digit), slant=5.0 * i)).save(folder / f"{i}.png")
    return tmp_path / "own"


def test_a_folder_of_pictures_is_seen_as_the_reader_sees_it(pictures: Path) -> None:
    told: list[tuple[int, int]] = []
    source = open_source(pictures, progress=lambda *numbers: told.append(numbers))
    found = source.load()
    assert (found.name, found.part, source.part_to_report) == ("own", "all", "all")
    assert found.counts.tolist() == [2] * 10
    assert told[-1] == (20, 20)
    for glyph in found.images:
        again = normalise(glyph.astype(np.float32) / 255)
        assert np.abs(again - glyph / 255).mean() < 0.035, "not normalised"
    assert source.inspect()[0] == []


def test_each_page_in_a_folder_of_pictures_is_an_image(pictures: Path) -> None:
    (pictures / "7" / "scan.tif").write_bytes(tiff("777"))
    (pictures / "8" / "photo.heic").write_bytes(heic(Image.fromarray(draw_number("8"))))
    (pictures / "8" / "notes.docx").write_bytes(b"")
    (pictures / "8" / "clip.mov").write_bytes(b"")
    source = open_source(pictures)
    found = source.load()
    assert found.counts.tolist() == [2, 2, 2, 2, 2, 2, 2, 5, 3, 2]
    assert found.remarks == (f"{pictures}: 2 files skipped: 1 .docx, 1 .mov",)
    assert source.inspect()[0] == []
    (pictures / "7" / "scan.tif").write_bytes(tiff("777")[:-2000])
    (problem,) = open_source(pictures).inspect()[0]
    assert problem.startswith(f"{pictures / '7' / 'scan.tif'}, page 3: is damaged")


def test_a_folder_may_set_test_pictures_aside(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "both").mkdir()
    pictures.rename(tmp_path / "both" / "training")
    (tmp_path / "both" / "testing" / "7").mkdir(parents=True)
    Image.fromarray(draw_number("7")).save(tmp_path / "both" / "testing" / "7" / "a.png")
    source = open_source(tmp_path / "both")
    assert source.parts == ("train", "test")
    assert source.load("test").labels.tolist() == [7]
    with pytest.raises(DataMissing, match="sets no all images aside"):
        source.load("all")


@pytest.mark.mnist
def test_keras_file_and_idx_files_are_told_to_be_the_same(data_folder: Path, tmp_path: Path) -> None:
    train, test = open_source(data_folder / "mnist").load(), open_source(data_folder).load("test")
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
    found = open_source(path).load()
    assert found.sha256() == train.sha256()
    assert found.remarks == ()
    images = test.images.copy()
    images[0, 0, 0] = 1
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=images, y_test=test.labels)
    assert "not the same" in open_source(path).inspect()[0][0]


# The split


def test_any_source_is_split_alike_and_the_same_way_each_time() -> None:
    images, labels = some(1000, 3)
    whole = LabelledImages(images, labels, "made", "all")
    training, validation = split(whole)
    assert (training.counts.tolist(), validation.counts.tolist()) == ([90] * 10, [10] * 10)
    assert training.name == "made"
    assert np.array_equal(split(whole)[1].images, validation.images)
    few = LabelledImages(images[:15], labels[:15], "few", "all")
    assert split(few)[1].counts.tolist() == [1] * 5 + [0] * 5, "what is there once trains"


# What is wrong


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: b"", "is empty"),
        (lambda a: idx(a["x_train"])[:-5], "is cut short: 40 images take 31,376 bytes, it has 31,371"),
        (lambda a: gzip.compress(idx(a["x_train"]))[:-500], "is cut short"),
        (lambda a: gzip.compress(idx(a["x_train"]))[:-8] + b"?" * 8, "cannot be unpacked"),
        (lambda a: idx(a["x_train"]) + b"12", "has 2 bytes more"),
        (lambda a: idx(a["y_train"]), "holds train-labels-idx1-ubyte: the two are swapped"),
        (lambda a: idx(a["x_test"]), "holds t10k-images-idx3-ubyte: the two are swapped"),
        (lambda a: idx(a["y_train"][:5]), "holds labels, not images: the two are swapped"),
        (lambda a: b"<html>404 Not Found</html>", "is no IDX file: it begins with 0x3c68746d"),
        (lambda a: idx(a["x_train"][:, :14]), "holds images of 14 × 28"),
        (lambda a: idx(255 - a["x_train"]), "SHA-256 differs"),
    ],
)
def test_what_is_wrong_with_an_idx_file(
    change: Callable[[Arrays], bytes], words: str, little_mnist: Path, arrays: Arrays
) -> None:
    path = little_mnist / "train-images-idx3-ubyte.gz"
    path.write_bytes(change(arrays))
    with pytest.raises(DataMissing) as caught:
        open_source().load()
    message = str(caught.value)
    assert message.startswith(f"{path} ")
    assert words in message
    assert message.endswith("; fetch it again: inkread data fetch")
    assert "\n" not in message
    assert open_source().inspect()[0] == [message]


def test_labels_beyond_nine_are_told() -> None:
    assert fault_of(idx(np.array([1, 2, 17], np.uint8)), LABELS).startswith(
        "is mislabelled: its label 2 is 17"
    )
    assert fault_of(idx(np.array([1, 2, 9], np.uint8)), LABELS) == ""
    assert "images, not labels" in fault_of(idx(some(1, 0)[0]), LABELS)
    assert fault_of(idx(some(2, 0)[0]), IMAGES) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y_train": np.zeros(39, np.uint8)}, "40 images but 39 labels"),
        ({"y_train": np.full(40, 12)}, r"y_train\[0\]: label 12 is no digit"),
        ({"x_train": np.zeros((40, 32, 32))}, "40 × 32 × 32, not n × 28 × 28"),
        ({"x_train": np.full((40, 28, 28), -1.0)}, "pixels from -1 to -1"),
        ({"x_train": np.full((40, 28, 28), np.nan)}, "pixels from nan"),
        ({"x_train": np.array(["a"] * 40)}, "not numbers"),
        ({"x_train": np.array([{}])}, "could run code"),
        ({"x_train": np.zeros((0, 28, 28)), "y_train": np.zeros(0)}, "holds no images"),
    ],
)
def test_what_is_wrong_with_arrays(
    changes: dict[str, Any], words: str, arrays: Arrays, tmp_path: Path
) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, **(arrays | changes))
    with pytest.raises(DataMissing, match=words):
        open_source(path).load()
    assert any(str(path.name) in line for line in open_source(path).inspect()[0])


def test_npz_files_that_are_none(arrays: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    np.savez(path, x_train=arrays["y_train"], y_train=arrays["x_train"])
    with pytest.raises(DataMissing, match="the two are swapped"):
        open_source(path).load()
    np.savez(path, images=arrays["x_train"])
    with pytest.raises(DataMissing, match="holds images, not x_train and y_train"):
        open_source(path).load()
    np.savez(path, **arrays)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(DataMissing, match="damaged"):
        open_source(path).load()
    np.savez(path, **arrays)
    broken = bytearray(path.read_bytes())
    broken[3000:3020] = b"?" * 20
    path.write_bytes(broken)
    with pytest.raises(DataMissing, match="damaged"):
        open_source(path).load()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("3,4,5", "line 42: 3 values, not 785"),
        ("x" + ",0" * 784, "line 42: “x” is no number"),
        ("12" + ",0" * 784, "line 42: label 12 is no digit"),
        ("3" + ",0" * 783, "line 42: 784 values"),
        ("3" + ",0" * 783 + ",nan", "pixels from nan"),
        ("3" + ",0" * 783 + ",70000", "pixels from 0 to inf"),
    ],
)
def test_what_is_wrong_with_a_line_of_csv(line: str, words: str, arrays: Arrays, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "train.csv", arrays, f"label,{PIXELS}")
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(DataMissing, match=words):
        open_source(path).load()
    problems = open_source(path).inspect()[0]
    assert any(words in problem for problem in problems)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"label\n1\n", "has 1 column, not"),
        (PIXELS.encode() + b"\n" + b",".join([b"0"] * 784), "no label"),
        (b"\xff\xfe\x00\xd8" * 50, "is no text"),
        (gzip.compress(b"1,2,3\n" * 9999)[:-9], "cannot be read|has 3 columns"),
    ],
)
def test_csv_files_that_are_none(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with pytest.raises(DataMissing, match=words) as caught:
        open_source(path).load()
    assert str(path) in str(caught.value)


def test_pictures_that_cannot_be_used(pictures: Path) -> None:
    (pictures / "3" / "broken.png").write_bytes(b"no picture")
    Image.new("L", (60, 60), 255).save(pictures / "4" / "empty.png")
    (pictures / "letters").mkdir()
    (pictures / "notes.txt").write_text("not looked at")
    with pytest.raises(DataMissing, match=r"broken\.png"):
        open_source(pictures).load()
    problems = open_source(pictures).inspect()[0]
    assert len(problems) == 3
    assert sum("broken.png" in line for line in problems) == 1
    assert sum("empty.png: no ink found" in line for line in problems) == 1
    assert sum("letters: is no digit 0 … 9" in line for line in problems) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, "there is no such file"),
        ("model.pkl", b"\x80\x04", "can run code"),
        ("images.npy", b"\x93NUMPY", "lack labels"),
        ("train-images-idx3-ubyte", b"\x00\x00\x08\x03", "give the folder that holds them"),
        ("", None, "the path is empty"),
    ],
)
def test_files_that_are_no_source(name: str, content: bytes | None, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataMissing, match=words):
        open_source(path if name else "").load()


def test_an_empty_folder_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="no sub-folders 0 … 9"):
        open_source(tmp_path)


def test_a_source_without_test_images_says_so(arrays: Arrays, tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="sets no test images aside"):
        open_source(write_csv(tmp_path / "train.csv", arrays)).load("test")


def test_likely_mistakes_are_doubted_but_loaded() -> None:
    images, labels = some(12, 4)
    images[3], images[11] = 0, images[0]
    findings = Findings(strict=True)
    found = checked(Raw(images[:, :, :], labels, lambda i: f"row {i}"), "made", "all", findings)
    assert len(found) == 12
    assert found.remarks == (
        "row 3: is blank; remove it",
        "row 11: is the same image as row 0, but labelled 1, not 0; mend one of them",
    )
    few = checked(Raw(images[:2], labels[:2], str), "few", "all", Findings(strict=True))
    assert few.remarks == ("few: has no image of 2, 3, 4, 5, 6, 7, 8, 9; add some",)


def test_loading_opens_no_pickle(tmp_path: Path) -> None:
    """``sources`` is given files from anywhere: nothing in it may turn pickles on."""
    for path in Path(sources.__file__).parent.glob("*.py"):
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8")


# Variants


@pytest.mark.parametrize("augment", AUGMENTS)
def test_variants_repeat_with_the_same_seed(augment: Any) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 12:16] = 255

    def made() -> NDArray[np.uint8]:
        return make_variants(image, 1, augment, 4, np.random.default_rng(5))

    assert made().shape == (4, 28, 28)
    assert made().max() > 200
    assert np.array_equal(made(), made())
    assert len({one.tobytes() for one in made()}) == (1 if augment == "none" else 4)


def test_light_stays_closer_to_the_image_than_full() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 12:16] = image[5:9, 8:20] = 255
    plain = make_variants(image, 5, "none", 1, np.random.default_rng(0)).astype(float)
    assert np.array_equal(plain[0], image)
    distance = {
        augment: np.abs(make_variants(image, 5, augment, 60, np.random.default_rng(0)) - plain).mean()
        for augment in AUGMENTS
    }
    assert distance["none"] == 0 < distance["light"] < 0.8 * distance["full"]
