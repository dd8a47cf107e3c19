"""``inkread explain``: one picture of what happens inside the network when it reads a digit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.models import InputRange, ModelOption, usable_model
from inkread.apps.saving import Names, make_folder, save_picture
from inkread.apps.terminal import note, printable, say
from inkread.errors import UnreadableImage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkread.reader import Steps
    from inkread.reading import Digit

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
    page: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of a PDF or TIFF with several pages, the Nth.")
    ] = None,
    filters: Annotated[bool, typer.Option("--filters", help="Show the first layer's filters, too.")] = False,
    model: ModelOption = None,
    input_range: InputRange = None,
) -> None:
    from inkread.explain import first_filters, look_inside
    from inkread.reader import Reader
    from inkread.render.inside import draw_inside

    path = out or Path(f"{Names().name_for(image)}.explained.png")
    if path.suffix.lower() != ".png":
        raise typer.BadParameter(f"{path}: the picture is a PNG; end its name in .png")
    network = usable_model(model, input_range)
    steps = Reader(network).steps(image, page=page)
    glyph, read = _chosen(steps, digit, image)
    insight = look_inside(network, glyph)
    shown = first_filters(network) if filters else None
    make_folder(path.parent)
    title = f"{printable(Path(image).name)}, read by {printable(model.name) if model else 'the network that ships'}"
    save_picture(draw_inside(insight, title, shown, read), path)
    say(printable(str(path)))


def _chosen(steps: Steps, number: int, image: str) -> tuple[NDArray[np.float32], Digit | None]:
    """The glyph of the picture's ``number``th digit, counted from 1, and the digit.

    Of a picture without digits, the glyph of the largest piece of ink, and None.
    """
    from inkread.explain.closeup import look_at

    digits, candidates = steps.reading.digits, steps.candidates
    if not candidates:
        raise UnreadableImage(f"{printable(image)}: there is no ink in it that could be a digit")
    if not digits:
        note("(no digit was found; explained is the largest piece of ink)")
        sizes = [candidate.box.area for candidate in candidates]
        return steps.glyphs[sizes.index(max(sizes))], None
    if number > len(digits):
        raise typer.BadParameter(f"--digit {number}: there are {len(digits)} digits in {printable(image)}")
    if len(digits) > 1:
        note(f"(digit {number} of {len(digits)}: --digit N explains another)")
    digit = digits[number - 1]
    closeup = look_at(steps, digit)
    assert closeup is not None, "every digit of a reading has a candidate of its own"
    return closeup.glyph, digit
