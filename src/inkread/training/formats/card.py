"""The card beside an ONNX file: what it is, what it was made from, and what it is known to do.

The reader checks the file's SHA-256 against its card.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inkread.durable import write_durably
from inkread.errors import ModelError
from inkread.network import read_card
from inkread.training.recipe import Recipe

VERSION = "0.1.0"
MNIST = {
    "name": "MNIST, train-images (55,000 of 60,000; 5,000 validate)",
    "licence": "CC BY-SA 3.0, as usually stated for LeCun, Cortes and Burges; made from NIST SD 1 and 3",
}
UNIPEN = {
    "name": "UNIPEN train_r01_v07, three sites (doi 10.5281/zenodo.1195803)",
    "licence": "CC BY 4.0",
}
PENDIGITS = {
    "name": "UCI Pen-Based Recognition of Handwritten Digits, 19 writers (Alpaydin and Alimoglu)",
    "licence": "CC BY 4.0",
}
BY_CODE = "MIT, as inkread"
_DATA = [
    MNIST | {"use": "digits, also as cut from a neighbour; fragments and rows of digits as what is none"},
    UNIPEN
    | {"use": "pen strokes of digits and marks, drawn with made pens; letters and signs as what is neither"},
    PENDIGITS | {"use": "pen strokes of digits, drawn with made pens"},
    {
        "name": "made by code (inkread.training: forms, habits, marks, negatives)",
        "licence": BY_CODE,
        "use": "rare forms of digits, strokes that some hands add, marks; print and scribbles as what is neither",
    },
]


def card_path(model: Path) -> Path:
    return model.with_suffix(".json")


def file_facts(model: Path) -> dict[str, Any]:
    """What every card begins with: of which file it is, and of which content."""
    content = model.read_bytes()
    return {
        "name": f"inkread {model.stem}",
        "version": VERSION,
        "file": model.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def glyphs_origin(recipe: Recipe, networks: Mapping[str, str]) -> dict[str, Any]:
    """What a network for single glyphs takes and gives, and what its run learned from: ``networks`` by SHA-256."""
    own = [{"name": recipe.data or MNIST["name"], "use": "digits"}]
    return {
        "classes": list(recipe.classes),
        "input": {
            "name": "glyphs",
            "shape": ["n", 28, 28],
            "meaning": "float32, 0 paper … 1 ink, normalised as inkread.glyphs does (or MNIST's own images)",
        },
        "output": {
            "name": "probabilities",
            "shape": ["n", len(recipe.classes)],
            "meaning": "one per class, in the order of classes; rows sum to 1",
        },
        "embedding": "output embedding (n, E), if there is one: what the classes are told from",
        "data": _DATA if recipe.augment == "full" else own,
        "recipe": recipe.to_dict(),
        "networks_sha256": dict(networks),
    }


def write_card(model: Path, card: dict[str, Any]) -> None:
    """Writes ``card`` beside ``model``, with the ending .json."""
    write_durably(card_path(model), (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode())


def add_to_card(model: Path, **fields: Any) -> None:
    """Writes ``fields`` on the card of ``model``, in place of those of the same names. Raises ModelError."""
    card = read_card(model)
    if not card:
        raise ModelError(f"{card_path(model)}: there is no card; make the network with inkread export")
    write_card(model, card | fields)
