"""Images from tables: CSV with a label and 784 pixels in each line, and arrays in an ``.npz`` as Keras has them.

Nothing that could run code is opened: no pickle, neither alone nor inside an ``.npz``.
"""

from __future__ import annotations

import gzip
import io
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkread.errors import DataMissing
from inkread.training.data.labelled import Findings, Part, Raw

_COLUMNS = 785
_LABEL_NAMES = {"label", "labels", "class", "digit", "target", "y"}
_LINES_AT_ONCE = 4096
_LONGEST_LINE = 65_536
"""Characters: 785 numbers take about 3,000; what has no end of line in sight is no table."""
_DAMAGES = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, KeyError, MemoryError, NotImplementedError, RuntimeError,
    OverflowError, TypeError, struct.error, tokenize.TokenError,
)  # fmt: skip
"""What NumPy and zipfile raise, besides ValueError, for files that are damaged, encrypted or packed in other ways."""
_MOST_BYTES = 500_000_000
"""Arrays that unpack to more are refused before they are unpacked: MNIST as float64 has 439 MB."""


def read_csv(path: Path, findings: Findings) -> Raw:
    """A label and 784 pixels in each line, with or without a header (Kaggle's), also gzipped.

    The label comes first, or last if the header says so. Values are separated by commas, semicolons or tabs.
    """
    with _lines(path) as lines:
        numbered = ((n, line) for n, line in enumerate(lines, 1) if line.strip())
        first = next(numbered, None)
        if first is None:
            raise DataMissing(f"{path}: is empty; give a CSV with a label and 784 pixels in each line")
        separator = max(",;\t", key=first[1].count)
        fields = _fields(first[1], separator)
        _refuse_columns(path, len(fields))
        header = not all(map(_is_number, fields))
        label_last = header and fields[-1].lower() in _LABEL_NAMES and fields[0].lower() not in _LABEL_NAMES
        rows, places = [np.zeros((0, _COLUMNS), np.float16)], [np.zeros(0, np.intp)]
        rest = numbered if header else chain([first], numbered)
        while block := list(islice(rest, _LINES_AT_ONCE)):
            for number, row in _parsed(path, block, separator, findings):
                places.append(number)
                rows.append(row)
    table, numbers = np.concatenate(rows), np.concatenate(places)
    labels, pixels = (table[:, -1], table[:, :-1]) if label_last else (table[:, 0], table[:, 1:])
    return Raw(pixels, labels, lambda i: f"{path}, line {numbers[i]}")


def npz_parts(path: Path) -> tuple[Part, ...]:
    """Which of ``train`` and ``test`` a file of arrays holds; raises DataMissing if it is no such file."""
    with open_arrays(path) as arrays:
        if not {"x_train", "y_train"} <= set(arrays.files):
            found = ", ".join(arrays.files[:6]) or "nothing"
            raise DataMissing(
                f"{path}: holds {found}, not x_train and y_train; give a file like Keras' mnist.npz"
            )
        return ("train", "test") if {"x_test", "y_test"} <= set(arrays.files) else ("train",)


def read_npz(path: Path, part: str) -> Raw:
    """``x_train`` and ``y_train``, or ``x_test`` and ``y_test``."""
    with open_arrays(path) as arrays:
        members = {name: arrays[name] for name in (f"x_{part}", f"y_{part}")}
    for name, member in members.items():
        if not isinstance(member, np.ndarray):  # NumPy gives the bytes of what is no array
            raise DataMissing(f"{path}: {name} is no array; save it anew")
    images, labels = members.values()
    if labels.ndim > images.ndim:
        raise DataMissing(f"{path}: x_{part} holds labels and y_{part} images; the two are swapped")
    for name, member in members.items():
        if member.dtype.kind not in "buif":
            raise DataMissing(f"{path}: {name} holds {member.dtype}, not numbers; save it anew")
    return Raw(images, labels, lambda i: f"{path}, y_{part}[{i}]")


@contextmanager
def open_arrays(path: Path) -> Iterator[Any]:
    """The opened ``.npz``; whatever is wrong with it, also while it is read, is one line of DataMissing.

    What it unpacks to is read from the zip file itself; unpacking stops there. NumPy takes for a single array, or for
    a pickle, what is no zip file.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(member.file_size for member in packed.infolist())
        if size > _MOST_BYTES:
            raise DataMissing(f"{path}: unpacks to more than {_MOST_BYTES // 1_000_000} MB; save it in parts")
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except (ValueError, *_DAMAGES) as error:
        if "pickle" in str(error):
            raise DataMissing(
                f"{path}: holds Python objects, which could run code; save plain arrays"
            ) from None
        raise DataMissing(
            f"{path}: is damaged or cut short ({_reason(error)}); fetch or save it again"
        ) from None


def _reason(error: Exception) -> str:
    """What NumPy or zipfile say, shortly: some messages quote pages of the damaged file."""
    return (isinstance(error, OSError) and error.strerror) or " ".join(str(error).split())[:160]


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[str]]:
    """Lines of text, unpacked where they are packed; raises DataMissing, also while they are read."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            binary = gzip.GzipFile(fileobj=file) if packed else file
            yield _whole_lines(io.TextIOWrapper(binary, encoding="utf-8-sig"), path)
    except UnicodeDecodeError:
        raise DataMissing(f"{path}: is no text; give a CSV with a label and 784 pixels per line") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataMissing(f"{path}: cannot be read ({_reason(error)}); fetch or save it again") from None


def _whole_lines(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    """Line by line, none of them endless: a few packed bytes can be gigabytes without an end of line."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise DataMissing(
                f"{path}: has a line of more than {_LONGEST_LINE:,} characters; that is no table"
            )
        yield line


def _refuse_columns(path: Path, count: int) -> None:
    if count == _COLUMNS - 1:
        raise DataMissing(
            f"{path}: has 784 columns, so no label; give one with the label first (785 columns)"
        )
    if count != _COLUMNS:
        noun = "column" if count == 1 else "columns"
        raise DataMissing(f"{path}: has {count} {noun}, not a label and 784 pixels (785); give another file")


def _parsed(
    path: Path, block: list[tuple[int, str]], separator: str, findings: Findings
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float16]]]:
    """Line numbers and rows of a block; if it cannot be read at once, each line for itself."""
    rows = _numbers([line for _, line in block], separator)
    if rows is not None:
        yield np.array([number for number, _ in block]), rows
    elif len(block) > 1:
        for each in block:
            yield from _parsed(path, [each], separator, findings)
    else:
        number, line = block[0]
        values = _fields(line, separator)
        fault = f"{len(values)} values, not 785"
        if len(values) == _COLUMNS:
            fault = f"“{next((v for v in values if not _is_number(v)), line)[:20]}” is no number"
        findings.fault(f"{path}, line {number}: {fault}; mend or remove the line")


def _numbers(lines: list[str], separator: str) -> NDArray[np.float16] | None:
    """Rows of 785 numbers; None if there are others.

    Half precision holds 0 … 255, and 0 … 1 in steps of 1/255, in a quarter of the memory.
    """
    if any(line.count(separator) != _COLUMNS - 1 for line in lines):
        return None
    text = separator.join(line.strip(" \r\n") for line in lines).replace('"', "")
    try:
        with warnings.catch_warnings(), np.errstate(over="ignore"):
            warnings.simplefilter("error", DeprecationWarning)  # how NumPy tells what is no number
            return np.fromstring(text, np.float32, sep=separator).astype(np.float16).reshape(-1, _COLUMNS)
    except (ValueError, DeprecationWarning):
        return None


def _fields(line: str, separator: str) -> list[str]:
    return [field.strip(' \t\r\n"') for field in line.split(separator)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
