"""``inkread data``: images to train on and to judge by, fetched, shown and checked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from inkread.apps.saving import make_folder, save_picture
from inkread.apps.terminal import complain, console, note, printable, say

if TYPE_CHECKING:
    from rich.console import Console

HELP = """Fetch, show and check the images to train on.

- inkread data fetch [--to DIR]
- inkread data show [--data SOURCE] [--augment none|light|full] [--output FILE.png] [--seed N]
- inkread data check [--data SOURCE]

Without --data it is MNIST, from the folder in INKREAD_DATA or the per-user cache. SOURCE may also be Keras'
mnist.npz, a CSV (a label and 784 pixels per line), a folder of your own pictures in sub-folders 0 … 9, or a
folder with MNIST's four files.
"""

# Training is imported inside functions only, also for types: these are Source and LabelledImages of its `sources`.
Source: TypeAlias = Any
LabelledImages: TypeAlias = Any

_SAMPLES = 14
_VARIANTS = 14
_MOST_LINES = 100  # More problems than these are only counted

_Data = Annotated[
    str | None,
    typer.Option(metavar="SOURCE", help="mnist.npz, a CSV, or a folder; left out, it is MNIST."),
]

app = typer.Typer(help=HELP, rich_markup_mode="markdown", invoke_without_command=True)


@app.callback()
def group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


@app.command(help="Download MNIST (11 MB), unless it is there: several mirrors, resumed, checked by SHA-256.")
def fetch(
    to: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The data folder; it gets mnist/. Else INKREAD_DATA, or the cache."),
    ] = None,
) -> None:
    from inkread.training.data.fetching import fetch_mnist
    from inkread.training.data.mnist import data_folder

    top = data_folder() if to is None else to
    with _download_bars() as tell:
        brought = fetch_mnist(top / "mnist", progress=tell)
    where = printable(str(top / "mnist"))
    if brought:
        files = "1 file" if len(brought) == 1 else f"{len(brought)} files"
        say(f"fetched {files} of MNIST to {where}; the SHA-256 of each is right")
    else:
        say(f"MNIST is in {where} already, whole and right")
    if top.resolve() != data_folder().resolve():
        note(f"(to use it: set INKREAD_DATA to {printable(str(top.resolve()))})")


@app.command(help="Print counts and shapes; draw samples, the class histogram, or variants of the images.")
def show(
    data: _Data = None,
    augment: Annotated[
        str, typer.Option(metavar="none|light|full", help="Draw each digit with its variants.")
    ] = "none",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.png",
            help="The picture (inkread-data.png, inkread-augmented.png).",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Other samples for another number.")] = 0,
) -> None:
    from inkread.training.recipe import AUGMENTS

    if augment not in AUGMENTS:
        raise typer.BadParameter(f"--augment must be one of {', '.join(AUGMENTS)}, not {augment}")
    path = output or Path("inkread-data.png" if augment == "none" else "inkread-augmented.png")
    if path.suffix.lower() != ".png":
        raise typer.BadParameter(f"--output must end in .png, not {path.name}")
    with _reading_bar() as tell:
        source = _opened(data, tell)
        parts = {part: source.load(part) for part in source.parts}
    _print_counts(source, parts)
    for remark in dict.fromkeys(line for each in parts.values() for line in each.remarks):
        note(f"({printable(remark)})")
    first = parts[source.parts[0]]
    picture = _samples(parts, first, seed) if augment == "none" else _variants(first, augment, seed)
    make_folder(path.parent)
    save_picture(picture, path)
    note(f"wrote {printable(str(path))}")


@app.command(help="Verify every file and every image. One line for each problem; the exit status is then 1.")
def check(data: _Data = None) -> None:
    with _reading_bar() as tell:
        source = _opened(data, tell)
        problems, counts = source.inspect()
    for line in problems[:_MOST_LINES]:
        complain(printable(line))
    if len(problems) > _MOST_LINES:
        note(f"(and {len(problems) - _MOST_LINES:,} more)")
    if problems:
        raise typer.Exit(1)
    words = ", ".join(f"{part} {count:,} images" for part, count in counts.items())
    say(f"{printable(str(source.path))}: all is right ({words})")


def _opened(data: str | None, tell: Callable[[int, int], None]) -> Source:
    from inkread.training.data.sources import open_source

    return open_source(data, progress=tell)


def _print_counts(source: Source, parts: dict[Any, LabelledImages]) -> None:
    from inkread.training.data.labelled import split

    say(f"{printable(source.name)}: {printable(str(source.path))}")
    for part, images in parts.items():
        count = f"{len(images):>7,} images"
        say(f"  {part:<6}{count}, 28 × 28, uint8 (0 paper … 255 ink)")
    training, validation = split(parts[source.parts[0]])
    columns = {"training": training.counts, "validation": validation.counts}
    if "test" in parts:
        columns["test"] = parts["test"].counts
    say("\ndigit" + "".join(f"{name:>12}" for name in columns))
    for digit in range(10):
        say(f"{digit:>5}" + "".join(f"{counts[digit]:>12,}" for counts in columns.values()))
    say("total" + "".join(f"{counts.sum():>12,}" for counts in columns.values()))


def _samples(parts: dict[Any, LabelledImages], first: LabelledImages, seed: int) -> Any:
    from inkread.apps.training.sample_sheet import Series, draw_samples
    from inkread.training.data.labelled import split

    training, validation = split(first)
    series = [Series("training", training.counts), Series("validation", validation.counts)]
    if "test" in parts:
        series.append(Series("test", parts["test"].counts))
    total = " · ".join(f"{one.counts.sum():,} {one.name}" for one in series)
    rows = [_some(training, digit, _SAMPLES, seed) for digit in range(10)]
    return draw_samples(printable(first.name), f"{total} images of 28 by 28 pixels", rows, series)


def _variants(first: LabelledImages, augment: Any, seed: int) -> Any:
    import numpy as np

    from inkread.apps.training.sample_sheet import draw_variants
    from inkread.training.data.labelled import split
    from inkread.training.glyphs.augment import make_variants

    training, _ = split(first)
    rng = np.random.default_rng(seed)
    originals = [_some(training, digit, 1, seed) for digit in range(10)]
    rows = [
        make_variants(original[0], digit, augment, _VARIANTS, rng) if len(original) else original
        for digit, original in enumerate(originals)
    ]
    kinds = {
        "light": "the image, a little moved",
        "full": "as other hands, pens and scanners would have it, then normalised as for reading",
    }
    words = f"--augment {augment}: {kinds[augment]}"
    return draw_variants(printable(first.name), words, originals, rows)


def _some(images: LabelledImages, digit: int, count: int, seed: int) -> Any:
    """At most ``count`` images of a digit, drawn by lot."""
    import numpy as np

    where = np.flatnonzero(images.labels == digit)
    return images.images[np.random.default_rng([seed, digit]).permutation(where)[:count]]


@contextmanager
def _reading_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal while pictures are read; nothing elsewhere."""
    from rich.progress import Progress

    shown = sys.stderr.isatty()
    with Progress(console=_console(shown), transient=True, disable=not shown) as bars:
        task = bars.add_task("reading pictures", total=None, visible=False)
        yield lambda done, total: bars.update(task, completed=done, total=total, visible=True)


def _console(shown: bool) -> Console:
    """A console for bars, quiet unless they are ``shown``: Rich below 14.3 ends hidden bars with a blank line."""
    drawn = console(sys.stderr)
    drawn.quiet = not shown
    return drawn


@contextmanager
def _download_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each file on a terminal; elsewhere a line when one begins."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks: dict[str, Any] = {}
    shown = sys.stderr.isatty()
    with Progress(*columns, console=_console(shown), disable=not shown) as bars:

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total or None)
                if not shown:
                    size = f" ({total / 1e6:.1f} MB)" if total else ""
                    note(f"fetching {name}.gz{size}")
            bars.update(tasks[name], completed=done, total=total or None)

        yield tell
