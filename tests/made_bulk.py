"""An engine that reads nothing: a file's content is what is "read" in it, of each page between ``|``. And small helpers
for bulk runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkread.bulk.archives import Fetcher, NotFetched
from inkread.bulk.inputs import Item
from inkread.bulk.job import Job, run
from inkread.bulk.report import Summary
from inkread.bulk.rows import Outcome, failed_row, outcome_of, row_of
from inkread.bulk.run_settings import Settings
from inkread.reading import Box, Digit, Line, Reading

SETTINGS = Settings("", "m" * 64, "c" * 64, 0.7, 64, 20_000_000, 30, 1500, str(Path.cwd()))


def fake_reading(text: str) -> Reading:
    """Digits beside each other; those after a ``?`` are doubtful."""
    digits = []
    for place, sign in enumerate(text):
        doubtful = place > 0 and text[place - 1] == "?"
        if sign.isdigit():
            box = Box(10 * place, 0, 10 * place + 8, 12)
            digits.append(Digit(int(sign), 0.4 if doubtful else 0.99, doubtful, box))
    return Reading((100, 20), (Line(tuple(digits)),) if digits else ())


class FakeEngine:
    """Reads like a worker, at once; counts what it was given, and may stop after so many batches."""

    def __init__(self, stop_after: int | None = None, error: BaseException | None = None) -> None:
        self.seen: list[str] = []
        self.batches: list[int] = []
        self._stop_after, self._error = stop_after, error or KeyboardInterrupt()

    def __call__(self, settings: Settings, batches: Iterator[list[Item]]) -> Iterator[list[Outcome]]:
        fetcher = Fetcher(settings.base, settings.max_bytes)
        for number, batch in enumerate(batches):
            if number == self._stop_after:
                raise self._error
            self.batches.append(len(batch))
            self.seen += [item.path for item in batch]
            yield [outcome for item in batch for outcome in _read(item, fetcher, settings)]


def _read(item: Item, fetcher: Fetcher, settings: Settings) -> list[Outcome]:
    try:
        content = fetcher.fetch(item.place)
    except NotFetched as error:
        return [outcome_of(failed_row(item.path, "", str(error), settings.model_sha256, 1.0), lost=True)]
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 == item.was:
        return [Outcome(item.path, b"", sha256)]
    pages = content.decode().split("|")
    outcomes = []
    for number, text in enumerate(pages, start=1):
        page = number if len(pages) > 1 else None
        if text == "bad":
            row = failed_row(item.path, sha256, "is damaged", settings.model_sha256, 1.0, page)
        else:
            row = row_of(
                item.path, sha256, replace(fake_reading(text), page=page), settings.model_sha256, 1.0
            )
        outcomes.append(outcome_of(row))
    return outcomes


class Quiet:
    """A watcher that counts."""

    def __init__(self) -> None:
        self.found = self.before = self.total = self.done = 0

    def finding(self, count: int) -> None:
        self.found = count

    def reading(self, done: int, total: int) -> None:
        self.before, self.total = done, total

    def read(self, count: int, failed: int, doubtful: int) -> None:
        self.done += count

    def writing(self) -> None:
        pass


def run_bulk(source: object, output: Path, engine: Any = None, **options: Any) -> Summary:
    """A run with the fake engine; ``options`` are those of ``Job``, or of its settings."""
    of_settings = {name: options.pop(name) for name in list(options) if name in Settings.__dataclass_fields__}
    settings = replace(SETTINGS, **{"base": str(Path.cwd()), **of_settings})
    return run(Job(str(source), str(output), settings, **options), engine or FakeEngine(), Quiet())


def make_files(folder: Path, texts: dict[str, str] | Sequence[str]) -> Path:
    """Files in a folder, with these contents; a sequence is numbered."""
    named = texts if isinstance(texts, dict) else {f"{i:04d}.png": text for i, text in enumerate(texts)}
    for name, text in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def rows_of(output: Path) -> list[dict[str, Any]]:
    """The rows of a table of JSON lines."""
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def texts_of(output: Path) -> dict[str, str | None]:
    """The text of each row by its path; fails if a path has two rows."""
    rows = rows_of(output)
    assert len({row["path"] for row in rows}) == len(rows)
    return {row["path"]: row["text"] for row in rows}
