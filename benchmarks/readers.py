"""Who reads the benchmark sets: inkread as its users run it, and its peer Tesseract.

Each takes a folder and file names and gives an Answer per file. This module does not know what is right.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sets import Answer

__all__ = ["INKREAD", "read_with_inkread", "read_with_tesseract"]

INKREAD = [sys.executable, "-c", "import sys; from inkread.apps.cli import main; sys.exit(main())"]
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


def read_with_tesseract(folder: Path, files: Sequence[str], workers: int, layout: int) -> list[Answer]:
    """The answers of Tesseract told to look for digits only; ``layout`` is its page segmentation mode."""
    if not shutil.which("tesseract"):
        raise SystemExit("Tesseract is not installed: on Debian and Ubuntu, sudo apt install tesseract-ocr")

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
