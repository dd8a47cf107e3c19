"""Rectangles of a worksheet -> its TOML file; what is in the file besides them stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from inkread.durable import write_durably
from inkread.errors import SheetError

_NEW = """\
# A worksheet for inkread: {name}, filled in by hand. Lines that begin with # are remarks.
#
#   inkread sheet template {file} --edit      draws rectangles for the answers, in the browser
#   inkread sheet check {file}                finds mistakes in this file
#   inkread sheet scan {file} scans/          reads the scans or photos in the folder scans
#   inkread sheet review {file}               shows you what is not sure
#   inkread sheet results {file}              writes marks, statistics and marked copies

title = {title}
template = {template}
student_number = 6                # how many digits a student's number has
# class_list = "class.csv"        # columns: number, name. CSV or XLSX
"""
_OPTIONS = 4  # Boxes to tick, where the file does not say how many
_DRAWN = ("name", "kind", "points", "page", "box")


def new_worksheet(file: str, template: str) -> str:
    """The text of a TOML file about the worksheet ``template``, without rectangles."""
    title = tomlkit.string(Path(template).stem[:64]).as_string()
    return _NEW.format(name=template, file=file, title=title, template=tomlkit.string(template).as_string())


def template_of(text: str) -> tuple[str, str]:
    """The name of the worksheet's file, and its paper; raises ``SheetError`` for a file that names none."""
    table = _parsed(text).unwrap()
    named = table.get("template")
    if not isinstance(named, str) or not named:
        raise SheetError('the file is about no worksheet; it needs a line such as template = "worksheet.pdf"')
    return named, str(table.get("paper", "A4"))


def fields_of(text: str) -> dict[str, Any]:
    """What a TOML file says of rectangles: ``number``, ``name`` (each a table or None) and ``questions``, a list.

    Each question has its number in the file, ``was``, and its ``key`` as one text. Raises ``SheetError`` for no TOML.
    """
    table = _parsed(text).unwrap()
    questions = table.get("question", [])
    return {
        "number": _placed(table.get("number")),
        "name": _placed(table.get("name")),
        "student_number": table.get("student_number", 6),
        "questions": [
            {
                "was": i,
                "name": str(one.get("name", i + 1)),
                "kind": str(one.get("kind", "integer")),
                "key": _key_text(one.get("key", "")),
                "points": one.get("points", 1),
                "options": one.get("options", _OPTIONS),
                **(_placed(one) or {"page": 1, "box": None}),
            }
            for i, one in enumerate(questions)
            if isinstance(one, dict)
        ],
    }


def with_fields(text: str, fields: Mapping[str, Any]) -> str:
    """The TOML file with these ``number``, ``name``, ``student_number`` and ``questions``, as ``fields_of`` gives them.

    A question keeps what else the file says of it; remarks stay.
    """
    document = _parsed(text)
    if document.get("student_number") != fields["student_number"]:
        document["student_number"] = fields["student_number"]
    before = document.get("question", [])
    questions = _questions(fields["questions"], before)
    for key in ("question", "number", "name"):
        if key in document:
            document.remove(key)
    for key in ("number", "name"):
        if fields[key]:
            document[key] = _place_table(fields[key])
    if len(questions):
        document["question"] = questions
    return tomlkit.dumps(document)


def save_text(path: Path, text: str) -> None:
    """Writes the file, whole or not at all; raises ``SheetError`` where that cannot be."""
    try:
        write_durably(path, text.encode())
    except OSError as error:
        raise SheetError(f"{path}: cannot be written ({error.strerror}); check its permissions") from None


def _parsed(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise SheetError(f"the file is not TOML: {error}; mend it, or make it anew") from None


def _placed(table: Any) -> dict[str, Any] | None:
    if not isinstance(table, dict) or not isinstance(table.get("box"), list) or len(table["box"]) != 4:
        return None
    return {"page": table.get("page", 1), "box": [float(edge) for edge in table["box"]]}


def _key_text(key: Any) -> str:
    """A key, or several with ``|`` between them, as they are typed."""
    return " | ".join(map(_key_text, key)) if isinstance(key, list) else str(key)


def _questions(given: Sequence[Mapping[str, Any]], before: Any) -> AoT:
    questions = tomlkit.aot()
    for one in given:
        known = one.get("was")
        table: Table = before[known] if known is not None and 0 <= known < len(before) else tomlkit.table()
        _draw(table, one)
        questions.append(table)
    return questions


def _draw(table: Table, one: Mapping[str, Any]) -> None:
    """Puts what was drawn and typed into a question's table; what did not change stays as it is written."""
    for name in _DRAWN:
        if name == "box":
            table["box"] = _box(one["box"])
        elif table.get(name, 1 if name == "page" else None) != one[name]:
            table[name] = one[name]
    if one["kind"] != "choice":
        table.pop("options", None)
    elif table.get("options", _OPTIONS) != one["options"]:
        table["options"] = one["options"]
    if _key_text(table.get("key", "")) != one["key"]:
        keys = [key.strip() for key in one["key"].split("|") if key.strip()]
        table["key"] = keys[0] if len(keys) == 1 else keys
    if not one["key"]:
        table.pop("key", None)


def _place_table(place: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    table["page"] = place["page"]
    table["box"] = _box(place["box"])
    return table


def _box(box: Sequence[float]) -> list[float]:
    return [round(float(edge), 4) for edge in box]
