"""``inkread export``: a trained network as ONNX, for reading, or in either of Keras' formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inkread.apps.models import InputRange, range_remark
from inkread.apps.terminal import note, printable, say
from inkread.inference.onnx_session import network_file

HELP = """Save a network as ONNX, which `inkread read --model` takes, or in another format.

SOURCE is the folder of a training run, whose best network is taken, or a Keras file (.keras, .h5) from
anywhere. It is opened in a process of its own, and nothing in it is run.

The ending of FILE says the format: .onnx, .keras or .h5. An ONNX file must agree with Keras: on 10,000
glyphs the probabilities may differ by 0.00001 at most, and every label must be the same. If not, there is
no file, and the exit status is 1.

Networks from elsewhere learned from 0 to 1, from 0 to 255, from black on white, or from standardised pictures. The
range in which made digits are read best is taken, and printed; --input-range takes another one.

A network that reads whole lines keeps its weights as float16, and may differ by 0.02.
"""


def export(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="A run's folder, or a .keras or .h5 file.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="FILE.onnx, FILE.keras or FILE.h5.")
    ],
    input_range: InputRange = None,
) -> None:
    from inkread.training.formats.export import export_file
    from inkread.training.formats.input_range import InputRange as Parsed
    from inkread.training.formats.loading import hash_of

    path = network_file(source)
    note(f"{printable(str(path))}: SHA-256 {hash_of(path)}")
    card = export_file(source, out, None if input_range is None else Parsed.parse(input_range))
    say(f"{printable(str(out))}: {out.stat().st_size:,} bytes, {card['parameters']:,} parameters")
    if "compared_on" in card:
        note(_about(card))


def _about(card: dict[str, Any]) -> str:
    """What was found out about the network on the way."""
    lines = "range" not in card
    words = [
        f"agrees with Keras on {card['compared_on']:,} {'strips' if lines else 'glyphs'} (largest difference "
        f"{card['largest_difference']:.1g})"
    ]
    if lines:
        return f"({words[0]}; reads whole lines)"
    words.append(range_remark(card))
    if card["ending"] != "probabilities":
        kind = "logits" if card["ending"] == "softmax" else "sigmoids"
        words.append(f"gives {kind}, which the file makes probabilities")
    return f"({'; '.join(words)})"
