"""``inkread table``: a picture of a table to each format, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from PIL import Image

from inkread.apps.cli import main
from made_tables import Look, draw_table

TEXTS = (("07", "12"), ("", "345"), ("8", "60"))
CSV = "07,12\n,345\n8,60\n"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(draw_table(TEXTS, Look(), seed=4)).save(path)
    return path


def test_it_prints_csv(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(photo)]) == 0
    output, errors = capsys.readouterr()
    assert output == CSV
    assert errors == "(3 × 2 cells)\n"


def test_the_name_of_the_output_says_its_format(photo: Path) -> None:
    for ending in ("csv", "tsv", "json", "xlsx", "parquet"):
        assert main(["table", str(photo), "-o", str(photo.with_suffix(f".{ending}"))]) == 0
    assert photo.with_suffix(".csv").read_text() == CSV
    assert photo.with_suffix(".tsv").read_text() == CSV.replace(",", "\t")
    (table,) = json.loads(photo.with_suffix(".json").read_text())["tables"]
    assert [cell["text"] for cell in table["cells"]] == [text for row in TEXTS for text in row]
    rows = list(openpyxl.load_workbook(photo.with_suffix(".xlsx")).active.values)
    assert rows == [("07", "12"), (None, "345"), ("8", "60")]
    columns = pyarrow.parquet.read_table(photo.with_suffix(".parquet")).to_pydict()
    assert columns == {"1": ["07", None, "8"], "2": ["12", "345", "60"]}


def test_numbers_on_request(photo: Path) -> None:
    for ending in ("xlsx", "parquet", "json"):
        output = photo.with_suffix(f".{ending}")
        assert main(["table", str(photo), "-o", str(output), "--types", "number"]) == 0
    rows = list(openpyxl.load_workbook(photo.with_suffix(".xlsx")).active.values)
    assert rows == [(7, 12), (None, 345), (8, 60)]
    columns = pyarrow.parquet.read_table(photo.with_suffix(".parquet")).to_pydict()
    assert columns == {"1": [7, None, 8], "2": [12, 345, 60]}
    (table,) = json.loads(photo.with_suffix(".json").read_text())["tables"]
    assert [cell["value"] for cell in table["cells"]] == [7, 12, None, 345, 8, 60]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["-o", "out.pdf"], 2, "pdf is no format of tables"),
        (["--types", "date"], 2, "--types is text or number, not date"),
        (["--printed", "maybe"], 2, "printed must be keep, leave or only"),
        (["--table", "2"], 1, "there is one table, none with the number 2; count from 1"),
    ],
)
def test_mistakes_are_one_line(
    photo: Path, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["table", str(photo), *arguments]) == status
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1
