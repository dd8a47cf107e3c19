"""Who reads the benchmark sets: inkread as its users run it, and its peers Tesseract and RapidOCR.

Each takes a folder and file names and gives an Answer per file. This module does not know what is right.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from sets import Answer

__all__ = ["INKREAD", "PEERS", "installed_peers", "read_with_inkread", "read_with_peer"]

INKREAD = [sys.executable, "-c", "import sys; from inkread.apps.cli import main; sys.exit(main())"]
PEERS = {"tesseract": "Tesseract", "rapidocr": "RapidOCR"}
_LAYOUT = {"wild_numbers": 6, "unipen_numbers": 7, "cheques": 7}
"""Tesseract's page segmentation mode: 6 a block of text, 7 one line; the other sets are 10, one character."""
_CHUNK = 50
"""Files per process: the start-up is spread thin, and a crash costs no more than these."""


def read_with_inkread(folder: Path, files: Sequence[str], workers: int, model: str = "") -> list[Answer]:
    """The answers of ``inkread read --json``, ``workers`` processes at a time."""
    options = ["--model", model] if model else []

    def read(chunk: Sequence[str]) -> list[Answer]:
        command = [*INKREAD, "read", "--json", *options, *chunk]
        # Processes that each use all cores get in each other's way.
        env = (
            os.environ
            if workers == 1
            else {**os.environ, "OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}
        )
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False
        )
        found = dict(filter(None, map(_answer, done.stdout.splitlines())))
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return [found.get(file, Answer(error=f"status {done.returncode}: {last}")) for file in chunk]

    return _in_chunks(read, files, workers)


def _answer(line: str) -> tuple[str, Answer] | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if "error" in fields:
        return fields["file"], Answer(error=fields["error"])
    digits = [digit for line in fields["lines"] for digit in line["digits"]]
    values = "".join(str(digit["value"]) for digit in digits)
    sure = "".join(str(digit["value"]) for digit in digits if not digit["doubtful"])
    return fields["file"], Answer(values, sure, fields["confidence"])


def installed_peers() -> list[str]:
    """The names of the peers that this machine has."""
    there = {
        "tesseract": shutil.which("tesseract") is not None,
        "rapidocr": find_spec("rapidocr_onnxruntime") is not None,
    }
    return [name for name, found in there.items() if found]


def read_with_peer(
    name: str, set_name: str, folder: Path, files: Sequence[str], workers: int
) -> list[Answer]:
    """The digits among what a peer reads; raises SystemExit where it is not installed."""
    if name not in installed_peers():
        how = {"tesseract": "sudo apt install tesseract-ocr", "rapidocr": "pip install rapidocr-onnxruntime"}
        raise SystemExit(f"{PEERS[name]} is not installed: {how[name]}")
    if name == "rapidocr":
        return _read_with_rapidocr(folder, files, workers)
    return _read_with_tesseract(folder, files, workers, _LAYOUT.get(set_name, 10))


def _read_with_rapidocr(folder: Path, files: Sequence[str], workers: int) -> list[Answer]:
    """RapidOCR finds lines and reads them; where it finds none, the whole picture is read as one line."""
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR(intra_op_num_threads=workers)
    answers = []
    for file in files:
        found, _ = engine(str(folder / file))
        if not found:
            found, _ = engine(str(folder / file), use_det=False, use_cls=False, use_rec=True)
        digits = "".join(sign for line in found or [] for sign in line[-2] if sign in "0123456789")
        answers.append(Answer(digits, digits, 1.0 if digits else 0.0))
    return answers


def _read_with_tesseract(folder: Path, files: Sequence[str], workers: int, layout: int) -> list[Answer]:
    """Tesseract, told to look for digits only; ``layout`` is its page segmentation mode."""
    env = os.environ if workers == 1 else {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(chunk: Sequence[str]) -> list[Answer]:
        answers = []
        for file in chunk:
            options = ["--psm", str(layout), "-c", "tessedit_char_whitelist=0123456789"]
            command = ["tesseract", file, "-", *options]
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, encoding="utf-8")
            digits = "".join(character for character in done.stdout if character.isdigit())
            error = done.stderr.strip() if done.returncode else ""
            answers.append(Answer(digits, digits, 1.0 if digits else 0.0, error))
        return answers

    return _in_chunks(read, files, workers)


def _in_chunks(
    read: Callable[[Sequence[str]], list[Answer]], files: Sequence[str], workers: int
) -> list[Answer]:
    size = min(_CHUNK, max(1, -(-len(files) // workers)))
    chunks = [files[i : i + size] for i in range(0, len(files), size)]
    with ThreadPoolExecutor(workers) as pool:
        return [answer for answers in pool.map(read, chunks) for answer in answers]
