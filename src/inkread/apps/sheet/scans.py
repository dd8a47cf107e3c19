"""``inkread sheet scan``: from scans and photos to what stands in the boxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps.models import InputRange, usable_model
from inkread.apps.sheet.group import Exam, app, need_extra
from inkread.apps.terminal import complain, note, printable, say

if TYPE_CHECKING:
    from inkread.sheets.store import PageRow

__all__ = ["scan"]


@app.command(
    help="Read the scans or photos in a folder, or one PDF or TIFF. Goes on where it stopped; may be run again."
)
def scan(
    exam: Exam,
    scans: Annotated[Path, typer.Argument(metavar="SCANS", help="A folder, a PDF or a picture.")],
    jobs: Annotated[
        int, typer.Option(min=0, max=64, metavar="N", help="Pages at once; 0: one per core.")
    ] = 0,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A network of your own: .onnx, .keras or .h5.")
    ] = None,
    input_range: InputRange = None,
) -> int:
    need_extra()
    from inkread.reader import Reader
    from inkread.sheets.exam.designfile import load_design
    from inkread.sheets.scans.scanning import scan as scan_all
    from inkread.sheets.store import Store

    design = load_design(exam)
    with Store(exam, must_exist=design.template is None) as store:
        own = Reader(usable_model(model, input_range))
        new = scan_all(design, store, scans, own, jobs=jobs, tell=_tell, tell_skipped=note)
        rows = store.pages()
    counts = {status: sum(row.status == status for row in rows) for status in ("read", "doubtful", "failed")}
    say(
        f"{new} new pages; in all {counts['read']} read, {counts['doubtful']} doubtful, {counts['failed']} failed"
    )
    return 0


def _tell(row: PageRow) -> None:
    place = row.source if row.part == 0 else f"{row.source} page {row.part + 1}"
    if row.status != "read":
        complain(f"{printable(place)}: {row.status}: {row.reason}")
    else:
        note(f"{printable(place)}: read")
