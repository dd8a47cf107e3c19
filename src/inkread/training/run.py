"""The folder of a training run.

    recipe.toml             what was asked for; --recipe takes it, to do the same again
    environment.json        versions, machine, and the hashes of the data and of the teachers
    metrics.csv, .jsonl     the figures of each epoch
    curves.png              the same, drawn
    best.keras, last.keras  the network with the best validation, and the latest
    model.h5                with --save-h5: the best network, compiled, in Keras' older format
    checkpoint              everything needed to go on after a kill, and the one before it
    tensorboard/            with --tensorboard
    result.json             what the best network reaches, once the run is done
    .lock                   held while a process trains here

Every file is written beside and then renamed, so that a kill leaves the old one or the new one.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkread.durable import write_atomically
from inkread.errors import DataMissing, ExtraMissing, InkreadError
from inkread.training.checkpoint import State, load_state, save_state
from inkread.training.formats.keras_file import compiled, save_keras
from inkread.training.glyphs.networks import import_keras
from inkread.training.recipe import AnyRecipe, RecipeError, recipe_fields, recipe_of

_SCORE = "inkread-score.json"
"""A member of best.keras, which Keras passes over: the network and its score are renamed in one."""
_BESIDE = re.compile(r"\.\d+-")
"""How the names begin of what a kill left half written."""


class CannotKeep(InkreadError):
    """The folder of a run cannot be written to."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run in ``folder``."""

    folder: Path

    def taken(self) -> bool:
        """Whether the folder already holds a run."""
        return any((self.folder / name).exists() for name in ("recipe.toml", "recipe.json"))

    def refuse_taken(self) -> None:
        if self.taken():
            raise RecipeError(f"{self.folder} already holds a run: give --resume to go on, or another --out")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Makes the folder, and holds it: of two processes that train in it, each would undo the other's work.

        Raises CannotKeep where another has it, or where nothing can be written.
        """
        try:
            from filelock import FileLock, Timeout
        except ImportError as error:
            raise ExtraMissing('training needs filelock: pip install "inkread[train]"') from error
        lock = FileLock(self.folder / ".lock", timeout=0)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise CannotKeep(
                f"another inkread train is at work in {self.folder}: let it end, or stop it"
            ) from None
        except NotImplementedError:
            pass  # a file system that knows no locks is no reason to refuse
        except OSError as error:
            raise CannotKeep(f"{self._unwritable(error)}; give another --out") from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def written(self) -> Iterator[None]:
        """A full disk, or the like, is told in one line: the checkpoint before it is whole, and the run can go on."""
        try:
            yield
        except OSError as error:
            raise CannotKeep(
                f"{self._unwritable(error)}; mend that, then go on: {self.command_to_go_on()}"
            ) from error

    def _unwritable(self, error: OSError) -> str:
        reason = error.strerror or (str(error).splitlines() or [type(error).__name__])[0]
        return f"{self.folder}: cannot be written ({reason})"

    def start(self, recipe: AnyRecipe) -> None:
        """Writes the recipe into a folder that holds no run yet; refuses one that does."""
        self.refuse_taken()
        self.keep(recipe)

    def keep(self, recipe: AnyRecipe) -> None:
        """Writes the recipe, also over an earlier one: a resumed run may be given more or fewer epochs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write("recipe.toml", _toml(recipe.to_dict()))

    def command_to_go_on(self) -> str:
        """What to type to go on with the run."""
        folder = str(self.folder)
        quoted = shlex.quote(folder) if os.name == "posix" else subprocess.list2cmdline([folder])
        return f"inkread train --resume --out {quoted}"

    def recipe(self) -> AnyRecipe:
        """What the run was asked for; raises RecipeError where there is no run."""
        if not self.taken():
            raise RecipeError(f"{self.folder} holds no run: give the folder of --out")
        if former := self._json("recipe.json"):
            return recipe_of(former)
        return recipe_of(recipe_fields(self.folder / "recipe.toml"))

    def resumed(self) -> State | None:
        """Where the run stood when it was last saved, the best network included; None if it never was."""
        for path in self.folder.iterdir():
            if _BESIDE.match(path.name):
                path.unlink(missing_ok=True)
        state = load_state(self.folder)
        try:
            with zipfile.ZipFile(self.folder / "best.keras") as archive:
                kept = json.loads(archive.read(_SCORE))
        except (OSError, KeyError, zipfile.BadZipFile):
            return state
        # Killed between keeping a better network and the next checkpoint: the network counts.
        if state is not None and kept["score"] > state.best:
            state.best, state.best_epoch = kept["score"], kept["epoch"]
        return state

    def save(self, state: State) -> None:
        """A checkpoint, and the figures of each epoch from it."""
        save_state(self.folder, state)

    def keep_best(self, model: Any, score: float, epoch: int) -> None:
        def write(beside: Path) -> None:
            model.save(beside)
            with zipfile.ZipFile(beside, "a") as archive:
                archive.writestr(_SCORE, json.dumps({"score": score, "epoch": epoch}))

        # Keras takes the format from the ending, which the name beside keeps.
        write_atomically(self.folder / "best.keras", write)

    def keep_last(self, model: Any) -> None:
        write_atomically(self.folder / "last.keras", model.save)

    def save_h5(self) -> None:
        """Writes the best network as ``model.h5``, ready for ``load_model(...).evaluate(...)``."""
        model = compiled(import_keras().models.load_model(self.folder / "best.keras", compile=False))
        write_atomically(self.folder / "model.h5", lambda beside: save_keras(model, beside))

    def report(self, rows: Sequence[dict[str, Any]]) -> None:
        """Writes the figures of all epochs anew, so that one that a kill made run twice is there once."""
        table = io.StringIO()
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(table, [*names], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self._write("metrics.csv", table.getvalue())
        self._write("metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def figures(self) -> list[dict[str, Any]]:
        """One dictionary per epoch."""
        path = self.folder / "metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def note_environment(self, environment: dict[str, Any]) -> None:
        """Keeps where the run began; one that goes on must see the same data and teachers. Raises DataMissing."""
        before = self._json("environment.json")
        for name, what in (("data", "the data is"), ("networks", "the networks it learns from are")):
            if before and before.get(f"{name}_sha256", {}) != environment[f"{name}_sha256"]:
                raise DataMissing(
                    f"{what} not what {self.folder} began with: give the former ones, or a new --out"
                )
        if not before:
            self._write("environment.json", json.dumps(environment, indent=2) + "\n")

    def networks_sha256(self) -> dict[str, str]:
        """The networks that the run began with or learned from, as its recipe names them; none in older runs."""
        return dict(self._json("environment.json").get("networks_sha256", {}))

    def result(self) -> dict[str, Any]:
        """What the best network reached; empty as long as the run is not finished."""
        return self._json("result.json")

    def finish(self, result: dict[str, Any]) -> None:
        self._write("result.json", json.dumps(result, indent=2) + "\n")

    def _write(self, name: str, text: str) -> None:
        write_atomically(self.folder / name, lambda path: path.write_text(text, encoding="utf-8"))

    def _json(self, name: str) -> dict[str, Any]:
        """What a file of the run holds; empty where there is none."""
        path = self.folder / name
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _toml(fields: dict[str, Any]) -> str:
    """Plain values and tables of them, as TOML; JSON's strings, numbers and lists are TOML's, too."""
    plain = {name: value for name, value in fields.items() if not isinstance(value, dict)}
    text = "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in plain.items())
    tables = {name: value for name, value in fields.items() if isinstance(value, dict)}
    return text + "".join(f"\n[{name}]\n" + _toml(table) for name, table in tables.items())
