"""How a command is to read: ``--model``, ``--min-confidence``, ``--expect``, ``--printed`` and ``--regions``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkread.apps.terminal import note, printable
from inkread.confidence import checked_min_confidence
from inkread.errors import ModelError
from inkread.inference.model_files import onnx_file
from inkread.inference.onnx_session import is_keras, network_file, read_card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inkread.reader import ImageLimits, Region


def _checked(min_confidence: float) -> float:
    try:
        return checked_min_confidence(min_confidence)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


MinConfidence = Annotated[
    float, typer.Option(metavar="0…1", callback=_checked, help="Below it, a digit is doubtful.")
]
"""The option ``--min-confidence`` of every command that reads; its default is ``DEFAULT_MIN_CONFIDENCE``."""


ExpectOption = Annotated[
    str | None,
    typer.Option(
        "--expect", metavar="PATTERN", help="What each line should be: 6, dd/mm/yyyy, 0..100, luhn, 7|8."
    ),
]
"""The option ``--expect`` of every command that reads; ``inkread.expectations`` understands it."""


def _known(printed: str | None) -> str | None:
    if printed not in (None, "keep", "leave", "only"):
        raise typer.BadParameter(f"printed must be keep, leave or only, not {printable(printed)}")
    return printed


PrintedOption = Annotated[
    str | None,
    typer.Option(
        "--printed",
        metavar="keep|leave|only",
        callback=_known,
        help="Say which digits are print; leave them unread, or all others.",
    ),
]
"""The option ``--printed`` of every command that reads."""


RegionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="L,T,R,B",
        help="Read this rectangle: pixels or per cent; NAME=L,T,R,B. May be repeated.",
    ),
]
"""The option ``--region`` of commands that read parts of pictures."""


RegionFile = Annotated[
    Path | None,
    typer.Option("--regions", metavar="FILE", help="Read the rectangles in this TOML or JSON file."),
]
"""The option ``--regions`` of the same commands."""


InputRange = Annotated[
    str | None,
    typer.Option(
        "--input-range", metavar="PAPER..INK", help="What a Keras network was trained with (found by itself)."
    ),
]
"""The option ``--input-range`` of every command that takes a network."""


ModelOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
]
DpiOption = Annotated[
    float | None, typer.Option(min=20, max=1200, metavar="N", help="Resolution of PDF pages (200).")
]
MaxMegapixels = Annotated[float | None, typer.Option(metavar="N", help="Larger pictures are refused (52).")]
MaxBytes = Annotated[int | None, typer.Option(metavar="N", help="Larger files are refused (20000000).")]
MaxPages = Annotated[int | None, typer.Option(metavar="N", help="Files of more pages are refused (1000).")]


def image_limits(**given: float | None) -> ImageLimits:
    """The limits that were given; None leaves the default. Raises BadParameter."""
    from inkread.reader import ImageLimits

    try:
        return ImageLimits(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def regions_of(given: Sequence[str] | None, file: Path | None) -> tuple[Region, ...]:
    """The rectangles that alone are read; none: all of each picture is. Raises RegionError."""
    from inkread.reader import regions_of

    found = list(regions_of(file)) if file is not None else []
    named = (one.rpartition("=") for one in given or ())
    found += regions_of({name or edges: edges for name, _, edges in named}) if given else []
    return regions_of(found) if found else ()


def usable_model(model: Path | None, input_range: str | None = None) -> Path | None:
    """The ONNX file of a network: a Keras file or a run's folder is converted, once its hash is said.

    Raises ModelError, and ExtraMissing where Keras is not installed.
    """
    if model is None and input_range is not None:
        raise typer.BadParameter("--input-range is for a network of your own; give --model, too")
    if model is None:
        return None
    if not model.exists():
        raise ModelError(f"{printable(str(model))}: no such model file; check the path, or leave --model out")
    path = network_file(model)
    if not is_keras(path):
        return onnx_file(path, input_range)
    # Here, and not above: reading with an ONNX network needs nothing of training.
    from inkread.training.formats.loading import hash_of, is_ready

    note(f"{printable(str(path))}: SHA-256 {hash_of(path)}")
    if not is_ready(path, input_range):
        note("(a Keras file: opened in a process of its own and made ONNX, once; this takes some seconds)")
    converted = onnx_file(path, input_range)
    if remark := range_remark(read_card(converted)):
        note(f"({remark})")
    return converted


def range_remark(card: dict[str, Any]) -> str:
    """What the card of a converted network says of its input range; nothing for a network that reads lines."""
    if "range" not in card:
        return ""
    found = card.get("accuracy_on_made_digits")
    return f"input range {card['range']}" + (
        f": it reads {100 * found:.0f} % of made digits" if found else ""
    )
