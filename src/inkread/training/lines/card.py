"""The card beside an ONNX file that reads lines: what it is, what it was made from, and what it is known to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inkread.strips import STRIP_HEIGHT
from inkread.training.formats.card import BY_CODE, MNIST, PENDIGITS, UNIPEN, file_facts
from inkread.training.lines.alphabet import CLASSES
from inkread.training.lines.recipe import LinesRecipe

_DATA = [
    MNIST | {"use": "digits in made lines"},
    UNIPEN
    | {"use": "pen strokes of digits and marks in made lines; letters and other signs as what is not read"},
    PENDIGITS | {"use": "pen strokes of digits in made lines"},
    {
        "name": "made by code (inkread.training: forms, marks; inkread.training.lines)",
        "licence": BY_CODE,
        "use": "what stands in a line and where; rare forms of digits, marks, joins, dirt and wear",
    },
]


def described() -> dict[str, Any]:
    """What such a network takes and gives."""
    return {
        "classes": list(CLASSES),
        "input": {
            "name": "strips",
            "shape": ["n", STRIP_HEIGHT, "w", 1],
            "meaning": "float32, 0 paper … 1 ink, straightened as inkread.strips does; w a multiple of 4",
        },
        "output": {
            "name": "probabilities",
            "shape": ["n", "w / 2", len(CLASSES)],
            "meaning": "of what is read off each two columns, in the order of classes; connectionist temporal "
            "classification: alike ones on end are read off once",
        },
    }


def origin(recipe: LinesRecipe) -> dict[str, Any]:
    """What a network of this recipe was made from."""
    return {"data": _DATA, "recipe": recipe.to_dict()}


def lines_card(
    model: Path, recipe: LinesRecipe, found: dict[str, Any], figures: dict[str, Any]
) -> dict[str, Any]:
    """The card of the ONNX file ``model``; ``found`` is what its exporter says of it."""
    return {
        **file_facts(model),
        **described(),
        **found,
        **origin(recipe),
        "figures": figures,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
