"""``inkread explain``: one picture of what happens inside the network when it reads a digit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.models import usable_model
from inkread.apps.saving import Names, make_folder, save_picture
from inkread.apps.terminal import note, printable, say
from inkread.errors import UnreadableImage
from inkread.reading import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkread.reader import Steps

__all__ = ["explain"]

HELP = """Show what happens inside the network when it reads a digit, as one picture.

It shows the glyph that the network is given, which ink and which paper decided, the probabilities, and
what each convolution makes of the glyph. Of a picture with several digits, the first is explained.

Works with the network that ships and with any other, and needs no Keras (save for Keras files).
"""


def explain(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="A picture of a digit, or of several.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The picture (IMAGE.explained.png).")
    ] = None,
    digit: Annotated[int, typer.Option(metavar="N", min=1, help="Explain the Nth digit (1).")] = 1,
    filters: Annotated[bool, typer.Option("--filters", help="Show the first layer's filters, too.")] = False,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
    ] = None,
) -> None:
    from inkread.looking import first_filters, look_inside
    from inkread.reader import Reader
    from inkread.render.inside import draw_inside

    path = out or Path(f"{Names().name_for(image)}.explained.png")
    if path.suffix.lower() != ".png":
        raise typer.BadParameter(f"{path}: the picture is a PNG; end its name in .png")
    network = usable_model(model)
    steps = Reader(network).steps(image)
    insight = look_inside(network, _glyph_of(steps, digit, image))
    shown = first_filters(network) if filters else None
    make_folder(path.parent)
    title = f"{printable(Path(image).name)}, read by {printable(model.name) if model else 'the network that ships'}"
    save_picture(draw_inside(insight, title, shown), path)
    say(printable(str(path)))


def _glyph_of(steps: Steps, number: int, image: str) -> NDArray[np.float32]:
    """The glyph of the picture's ``number``th digit, counted from 1; without any, of its largest piece of ink."""
    digits, candidates = steps.reading.digits, steps.candidates
    if not candidates:
        raise UnreadableImage(f"{printable(image)}: there is no ink in it that could be a digit")
    if not digits:
        note("(no digit was found; explained is the largest piece of ink)")
        sizes = [candidate.box.area for candidate in candidates]
        return steps.glyphs[sizes.index(max(sizes))]
    if number > len(digits):
        raise typer.BadParameter(f"--digit {number}: there are {len(digits)} digits in {printable(image)}")
    if len(digits) > 1:
        note(f"(digit {number} of {len(digits)}: --digit N explains another)")
    box = digits[number - 1].box
    boxes = [[round(edge / steps.scale) for edge in each.box.to_list()] for each in candidates]
    fits = [box.iou(Box.from_list(edges)) for edges in boxes]
    return steps.glyphs[fits.index(max(fits))]
