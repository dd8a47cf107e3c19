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
from typing import Any

import numpy as np

from sets import Answer

__all__ = ["INKREAD", "PEERS", "MaskedDecoder", "installed_peers", "read_with_inkread", "read_with_peer"]

INKREAD = [sys.executable, "-c", "import sys; from inkread.apps.cli import main; sys.exit(main())"]
DIGITS, MARKS = "0123456789", "-/.,():+×÷=%"
PEERS = {
    "tesseract": "Tesseract, digits only",
    "rapidocr": "RapidOCR as shipped",
    "masked": "PP-OCRv6 small, one line, masked",
}
"""``masked`` is RapidOCR's recognizer alone, without its line detection, its output masked to digits and marks."""
_INSTALL = {"tesseract": "sudo apt install tesseract-ocr"} | dict.fromkeys(
    ("rapidocr", "masked"), "pip install 'rapidocr>=3.10' onnxruntime"
)
_LAYOUT = {"wild_numbers": 6, "strangers": 6, "faults": 6, "unipen_numbers": 7, "cheques": 7}
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
    return fields["file"], Answer(values, sure, fields["confidence"], written=fields["written"])


def installed_peers() -> list[str]:
    """The names of the peers that this machine has."""
    there = {
        "tesseract": shutil.which("tesseract") is not None,
        **dict.fromkeys(("rapidocr", "masked"), find_spec("rapidocr") is not None),
    }
    return [name for name, found in there.items() if found]


def read_with_peer(
    name: str, set_name: str, folder: Path, files: Sequence[str], workers: int
) -> list[Answer]:
    """The digits among what a peer reads; raises SystemExit where it is not installed."""
    if name not in installed_peers():
        raise SystemExit(f"{PEERS[name]}: not installed; run {_INSTALL[name]}")
    if name == "tesseract":
        signs = DIGITS + MARKS if set_name == "faults" else DIGITS
        return _read_with_tesseract(folder, files, workers, _LAYOUT.get(set_name, 10), signs)
    return _read_with_rapidocr(folder, files, workers, masked=name == "masked")


def _read_with_rapidocr(folder: Path, files: Sequence[str], workers: int, masked: bool) -> list[Answer]:
    """Reads with RapidOCR's default pipeline, or with its masked recognizer: the whole picture is one line.

    The confidence is RapidOCR's own score, of several lines the lowest.
    """
    from inkread.inference.onnx_session import onnx_runtime

    onnx_runtime()  # switches off its telemetry before RapidOCR imports it
    from rapidocr import RapidOCR

    settings = {"Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": workers}
    if masked:
        settings |= {"Global.use_det": False, "Global.use_cls": False}
    engine = RapidOCR(params=settings)
    if masked:
        recognizer = engine._load_rec_model()
        recognizer.postprocess_op = MaskedDecoder(recognizer.postprocess_op)
    answers = []
    for file in files:
        found = engine(str(folder / file))
        lines, scores = found.txts or (), found.scores or ()
        written = "\n".join(lines)
        digits = "".join(sign for sign in written if sign in DIGITS)
        answers.append(Answer(digits, digits, min(scores, default=0.0), written=written))
    return answers


class MaskedDecoder:
    """A CTC decoder of RapidOCR that cannot give anything but digits and marks.

    ``decoder`` has the ``character`` of each output, the blank first. Probabilities of other characters are set to
    zero before decoding, so that the next best digit, mark or blank is taken.
    """

    def __init__(self, decoder: Any) -> None:
        self.decoder = decoder
        self.allowed = np.array([i == 0 or c in DIGITS + MARKS for i, c in enumerate(decoder.character)])

    def __call__(self, probabilities: np.ndarray, *options: object, **named: object) -> Any:
        return self.decoder(np.where(self.allowed, probabilities, 0), *options, **named)


def _read_with_tesseract(
    folder: Path, files: Sequence[str], workers: int, layout: int, signs: str
) -> list[Answer]:
    """Tesseract, told to look for ``signs`` only; ``layout`` is its page segmentation mode.

    The confidence is 1: with a list of signs, Tesseract reports 0 for all words.
    """
    env = os.environ if workers == 1 else {**os.environ, "OMP_THREAD_LIMIT": "1"}

    def read(chunk: Sequence[str]) -> list[Answer]:
        answers = []
        for file in chunk:
            options = ["--psm", str(layout), "-c", f"tessedit_char_whitelist={signs}"]
            command = ["tesseract", file, "-", *options]
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, encoding="utf-8")
            digits = "".join(character for character in done.stdout if character in DIGITS)
            error = done.stderr.strip() if done.returncode else ""
            answers.append(Answer(digits, digits, 1.0 if digits else 0.0, error, done.stdout.strip()))
        return answers

    return _in_chunks(read, files, workers)


def _in_chunks(
    read: Callable[[Sequence[str]], list[Answer]], files: Sequence[str], workers: int
) -> list[Answer]:
    size = min(_CHUNK, max(1, -(-len(files) // workers)))
    chunks = [files[i : i + size] for i in range(0, len(files), size)]
    with ThreadPoolExecutor(workers) as pool:
        return [answer for answers in pool.map(read, chunks) for answer in answers]
