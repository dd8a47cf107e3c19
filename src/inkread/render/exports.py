"""Reading -> text and JSON. This module draws nothing."""

from __future__ import annotations

import json

from inkread.reading import Digit, Mark, Reading

__all__ = ["to_json", "to_text"]


def to_text(reading: Reading, marks: bool = False, mark_doubtful: bool = False) -> str:
    """The text read, one line per line of writing.

    With ``marks`` as it is written, ``555-0123`` instead of ``5550123``; with ``mark_doubtful`` every doubtful digit is
    a ``?``.
    """

    def shown(each: Digit | Mark) -> str:
        if isinstance(each, Mark):
            return each.text if marks else ""
        return "?" if mark_doubtful and each.doubtful else str(each.value)

    return "\n".join("".join(shown(each) for each in line) for line in reading.in_order())


def to_json(reading: Reading, file: str | None = None) -> str:
    """One line of JSON, as ``inkread read --json`` prints it; ``file`` comes first where there is one."""
    fields = reading.to_dict()
    return json.dumps(fields if file is None else {"file": file, **fields}, ensure_ascii=False)
