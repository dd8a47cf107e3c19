"""What is read from files of one's own, or of somebody's: tables, arrays, networks, cards, recipes, exams, class lists.

Each loader is a name, a share, how inputs are made, how one is tried, and the package that it needs.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import numpy as np

from fuzzing import papers
from fuzzing.mutate import damaged, damaged_json, damaged_text
from fuzzing.sanity import require

__all__ = ["LOADERS"]


def _csv(chance: Random) -> bytes:
    text = papers.csv_table(chance)
    return papers.packed(damaged_text(text, chance) if chance.random() < 0.8 else text.encode(), chance)


def _idx(chance: Random) -> bytes:
    content = papers.idx_file(chance)
    return damaged(
        papers.packed(damaged(content, chance) if chance.random() < 0.7 else content, chance), chance
    )


def _npz(chance: Random) -> bytes:
    content = papers.npz_file(chance)
    return damaged(content, chance) if chance.random() < 0.6 else content


def _take_collection(content: bytes, folder: Path, name: str) -> None:
    """Opened as ``inkread data check`` and ``inkread train --data`` do."""
    from inkread.training.data.sources import open_source, split

    path = folder / name
    path.write_bytes(content)
    source = open_source(path)
    lines, _ = source.inspect()
    require(all(isinstance(line, str) and line.strip() for line in lines), f"problems {lines}")
    images = source.load()
    require(images.images.shape == (len(images), 28, 28) and images.images.dtype == np.uint8, "not glyphs")
    require(len(images) == 0 or int(images.labels.max()) <= 9, "a label beyond 9")
    split(images)


def _take_idx(content: bytes, folder: Path) -> None:
    from inkread.training.data.mnist import IMAGES, LABELS, fault_of, mnist_problems, unpack

    path = folder / "train-images-idx3-ubyte"
    path.write_bytes(content)
    lines = [line for _, line in mnist_problems(folder)]
    require(len(lines) == 4, "this is not MNIST")
    unpacked = unpack(path)
    faults = [fault_of(unpacked, dimensions) for dimensions in (IMAGES, LABELS)]
    require(any(faults), "both images and labels")
    require(all("\n" not in line for line in (*lines, *faults)), f"not one line each: {faults}")


def _take_strokes(content: bytes, folder: Path) -> None:
    """Pen strokes for training: loaded, and each sample drawn."""
    from inkread.training.data.strokes import draw_strokes, held_out, load_strokes

    (folder / "strokes").mkdir(exist_ok=True)
    (folder / "strokes" / "any.npz").write_bytes(content)
    with mock.patch.dict(os.environ, INKREAD_DATA=str(folder)):
        strokes = load_strokes("any")
    held_out(strokes)
    for i in range(min(len(strokes), 3)):
        if drawn := strokes.strokes(i):
            require(draw_strokes(drawn, 0.1).shape == (112, 112), "not on its canvas")


# Networks


def _card(chance: Random) -> bytes:
    return damaged_json(papers.card_of(papers.tiny_network(), chance), chance)


def _take_card(content: bytes, folder: Path) -> None:
    """A network, with whatever stands on its card; and the same as the recipe beside it."""
    from inkread.reader import Reader
    from inkread.training.formats.loading import classes_beside

    network = folder / "own.onnx"
    network.write_bytes(papers.tiny_network())
    network.with_suffix(".json").write_bytes(content)
    (folder / "recipe.json").write_bytes(content)
    require(len(classes_beside(network)) >= 10, "fewer classes than digits")
    reader = Reader(network)
    require(isinstance(reader.model_card, dict), "a card that is no table")
    shares = reader.classify(np.zeros((2, 28, 28), np.float32))
    require(shares.shape == (2, 10) and bool(np.isfinite(shares).all()), f"shares {shares}")
    reader.read(_glyph_page())


@cache
def _glyph_page() -> Any:
    page = np.full((40, 60), 255, np.uint8)
    page[8:30, 18:22] = page[8:30, 40:44] = 0
    return page


def _onnx(chance: Random) -> bytes:
    content = papers.tiny_network()
    return (
        damaged(content, chance) if chance.random() < 0.5 else damaged(content[:400], chance) + content[400:]
    )


def _take_onnx(content: bytes, folder: Path) -> None:
    from inkread.explain import Looker, first_filters
    from inkread.reader import Reader

    network = folder / "any.onnx"
    network.write_bytes(content)
    Reader(network).classify(np.zeros((1, 28, 28), np.float32))
    first_filters(network)
    Looker(network)


# Recipes and exams


@cache
def _own_recipes() -> tuple[str, ...]:
    from inkread.training import recipe

    folder = Path(recipe.__file__).parent / "recipes"
    return tuple(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml")))


def _recipe(chance: Random) -> bytes:
    return damaged_text(chance.choice(_own_recipes()), chance)


def _take_recipe(content: bytes, folder: Path) -> None:
    from inkread.training.recipe import asked_recipe, recipe_of

    path = folder / "own.toml"
    path.write_bytes(content)
    recipe = asked_recipe(path, {})
    again = recipe_of(json.loads(json.dumps(recipe.to_dict())))
    require(again == recipe or "nan" in repr(recipe), "a recipe that is another once it was written down")


def _design(chance: Random) -> bytes:
    from inkread.sheets.exam.design import example_design

    return damaged_text(example_design(), chance)


def _take_design(content: bytes, folder: Path) -> None:
    from inkread.sheets.exam.designfile import check_design
    from inkread.sheets.paper.page_geometry import lay_out

    path = folder / "exam.toml"
    path.write_bytes(content)
    design, faults = check_design(path)
    for fault in faults:
        require(
            fault.line >= 1 and fault.message.strip() != "" and "\n" not in fault.message, f"fault {fault}"
        )
    if design is not None and not faults:
        require(bool(lay_out(design)), "an exam without a page")


def _roster(chance: Random) -> bytes:
    lines = ["number,name", "000001,Ada", "000002,Emmy", '3,"Noether, E."', "4,Sofia"]
    if chance.random() < 0.15:
        return _sheet_file(lines, chance)
    return damaged_text("\n".join(lines).replace(",", chance.choice(",,;\t")), chance)


def _sheet_file(lines: list[str], chance: Random) -> bytes:
    """The same as XLSX, one of its parts damaged."""
    import openpyxl

    book, file = openpyxl.Workbook(), io.BytesIO()
    for line in lines:
        book.active.append(line.split(","))
    book.save(file)
    made = io.BytesIO()
    with zipfile.ZipFile(file) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as taken:
        chosen = chance.choice(given.namelist())
        for name in given.namelist():
            content = given.read(name)
            taken.writestr(name, damaged(content, chance) if name == chosen else content)
    return damaged(made.getvalue(), chance) if chance.random() < 0.3 else made.getvalue()


def _take_roster(content: bytes, folder: Path) -> None:
    from inkread.sheets.exam.roster import load_roster

    path = folder / "class.csv"
    path.write_bytes(content)
    students = load_roster(path, 6)
    require(len({student.number for student in students}) == len(students), "two students with one number")
    require(all(student.name.isprintable() for student in students), "a name with control characters")


def _code(chance: Random) -> bytes:
    text = papers.code_text(chance)
    return damaged_text(text, chance) if chance.random() < 0.7 else text.encode()


def _take_code(content: bytes, folder: Path) -> None:
    """What a QR code says; and the same text as an answer, as boxes, and as the name of a picture."""
    from inkread.images import load_image
    from inkread.sheets.exam.answers import canonical
    from inkread.sheets.exam.design import KINDS, pattern_fault, usual_pattern
    from inkread.sheets.paper.printed import read_code, write_code

    text = content.decode("utf-8", "surrogateescape")
    code, right = read_code(text, papers.CODE_SECRET)
    require(not right or (code is not None and read_code(write_code(code, papers.CODE_SECRET), papers.CODE_SECRET)[1]),
            "a code that is not its own")  # fmt: skip
    for kind in KINDS:
        pattern_fault(text, kind, ["42"])
        try:
            answer = canonical(kind, text)
        except ValueError:  # what it says of a text that is none
            continue
        require(canonical(kind, answer) == answer, f"{answer!r} is {canonical(kind, answer)!r}")
        usual_pattern(kind, [answer])
    load_image(str(folder) + "/" + text)


def _correction(chance: Random) -> bytes:
    names = [
        "0123456789abcdef-read-4.png",
        "0123456789abcdef-unread.png",
        "x.png",
        ".partial-1",
        "a" * 16 + "-read-٣.png",
    ]
    shape = [chance.randrange(4), chance.randrange(4)][: chance.randrange(3)]
    files = [[str(chance.randrange(10)), chance.choice(names)] for _ in range(3)]
    value, label = chance.choice((0, 1, 0.5, 2, -1)), chance.choice((0, 9, 10, -1, 3.0, "4"))
    fields = {"files": files, "shape": shape + chance.choice(([], [3], [4])), "value": value, "label": label}
    fields |= {"kind": chance.choice(("u1", "u1", "f4", "f8", "i4")), "guessed": chance.choice((None, 3, 11))}
    return json.dumps(fields).encode()


def _take_correction(content: bytes, folder: Path) -> None:
    from inkread.corrections import Corrections

    fields = json.loads(content)
    store = Corrections(folder / "store")
    for digit, name in fields["files"]:
        (store.folder / digit).mkdir(parents=True, exist_ok=True)
        (store.folder / digit / name).write_bytes(b"")
    try:
        picture = np.full(
            fields["shape"],
            max(0, fields["value"]) if fields["kind"] == "u1" else fields["value"],
            fields["kind"],
        )
        store.add(picture, fields["label"], fields["guessed"])
    except ValueError:  # as is documented
        pass
    whole = sum(each.is_whole for each in store.list())
    require(whole == store.export(folder / "out"), "not all were copied")
    store.clear()
    require(store.count() == 0, "some were left")


def _named(name: str) -> Callable[[bytes, Path], None]:
    return lambda content, folder: _take_collection(content, folder, name)


LOADERS: tuple[tuple[Any, ...], ...] = (
    ("csv", 70, _csv, _named("own.csv")),
    ("npz", 70, _npz, _named("own.npz")),
    ("idx", 60, _idx, _take_idx),
    ("pens", 30, papers.stroke_arrays, _take_strokes),
    ("cards", 40, _card, _take_card, "onnx"),
    ("networks", 25, _onnx, _take_onnx, "onnx"),
    ("recipes", 50, _recipe, _take_recipe),
    ("exams", 50, _design, _take_design, "rapidfuzz"),
    ("classes", 30, _roster, _take_roster, "openpyxl"),
    ("codes", 40, _code, _take_code, "rapidfuzz"),
    ("corrections", 10, _correction, _take_correction),
)
