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
from inkread.inference.onnx_session import read_card
from inkread.training.recipe import LinesRecipe, Recipe

VERSION = "0.1.0"
MNIST = {
    "name": "MNIST, train-images (55,000 of 60,000; 5,000 validate)",
    "licence": "CC BY-SA 3.0, as usually stated for LeCun, Cortes and Burges; made from NIST SD 1 and 3",
}
UNIPEN = {"name": "UNIPEN train_r01_v07, three sites (doi 10.5281/zenodo.1195803)", "licence": "CC BY 4.0"}
PENDIGITS = {
    "name": "UCI Pen-Based Recognition of Handwritten Digits, 19 writers (Alpaydin and Alimoglu)",
    "licence": "CC BY 4.0",
}


def data_of(mnist: str, unipen: str, pendigits: str, by_code: str, made: str) -> list[dict[str, str]]:
    """The data that a network of inkread learns from; what is given is what each is used for."""
    uses = (MNIST, mnist), (UNIPEN, unipen), (PENDIGITS, pendigits)
    own = {"name": f"made by code ({by_code})", "licence": "MIT, as inkread", "use": made}
    return [*(each | {"use": use} for each, use in uses), own]


_GLYPHS_DATA = data_of(
    "digits, also as cut from a neighbour; fragments and rows of digits as what is none",
    "pen strokes of digits and marks, drawn with made pens; letters and signs as what is neither",
    "pen strokes of digits, drawn with made pens",
    "inkread.training: forms, habits, marks, negatives",
    "rare forms of digits, strokes that some hands add, marks; print and scribbles as what is neither",
)
_LINES_DATA = data_of(
    "digits in made lines",
    "pen strokes of digits and marks in made lines; letters and other signs as what is not read",
    "pen strokes of digits in made lines",
    "inkread.training: forms, marks; inkread.training.lines",
    "what stands in a line and where; rare forms of digits, marks, joins, dirt and wear",
)


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


def origin(recipe: Recipe | LinesRecipe, networks: Mapping[str, str]) -> dict[str, Any]:
    """What a network takes and gives, and what its run learned from: ``networks`` by SHA-256."""
    if isinstance(recipe, LinesRecipe):
        return {"data": _LINES_DATA, "recipe": recipe.to_dict()}
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
        "data": _GLYPHS_DATA if recipe.augment == "full" else own,
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
