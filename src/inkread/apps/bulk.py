"""``inkread bulk``: any number of pictures to one table, with a bar while it runs and its figures at the end."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from inkread.apps import models
from inkread.apps.terminal import console, note, printable, say_json
from inkread.confidence import DEFAULT_MIN_CONFIDENCE

if TYPE_CHECKING:
    from inkread.bulk.job import Engine, Job
    from inkread.bulk.report import Summary
    from inkread.bulk.run_settings import Settings

HELP = """Read any number of pictures into one table, one row for each, or for each page of a PDF or TIFF.

SOURCE is a folder (with all below it), a pattern ("scans/*.png"), a list of paths (.txt, .csv), a tar archive, or
a Parquet file with pictures in it; or a URL of any of these (s3://…) where fsspec can read it.

OUT is what its name says: .parquet, .jsonl or .csv. What is done is kept beside it, in OUT.inkread: a run that was
stopped, by whatever, goes on where it was when it is started again, and a finished one reads only what is new.
With -o -, JSON lines go to standard output when all is read, and nothing is kept.

With --region and --regions, there is a row for each rectangle, named in the column region.

A picture that cannot be read gets a row that says why. The exit status is then 1.
"""


_Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="Folder, pattern, list, tar, Parquet; or a URL.")
]
_Output = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="OUT", help="The table: .parquet, .jsonl or .csv; - for JSON lines here."
    ),
]
_Review = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help="Doubtful ones: .png, a contact sheet; .csv, a table. May be repeated."
    ),
]
_Jobs = Annotated[int, typer.Option(min=0, max=1024, metavar="N", help="Processes; 0: one per core.")]
_Engine = Annotated[str, typer.Option(metavar="local|ray", help="Who reads: this machine, or Ray.")]
_Address = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="With ray: the cluster; without it, this machine.")
]
_Resume = Annotated[
    bool, typer.Option("--resume/--no-resume", help="Go on with what is there, or begin anew.")
]
_Check = Annotated[bool, typer.Option("--check", help="Fetch all again; read what has other content.")]
_RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Read again what failed.")]
_Work = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Keep what is done there, not in OUT.inkread.")
]
_Batch = Annotated[int, typer.Option(min=1, max=4096, metavar="N", help="Pictures a process gets at once.")]
_TimeLimit = Annotated[
    float, typer.Option(min=0.1, metavar="SECONDS", help="The longest one picture may take.")
]
_MemoryLimit = Annotated[
    int, typer.Option(min=100, metavar="MB", help="The most memory one picture may take.")
]


def bulk(
    source: _Source,
    output: _Output,
    review: _Review = None,
    jobs: _Jobs = 0,
    engine: _Engine = "local",
    address: _Address = None,
    resume: _Resume = True,
    check: _Check = False,
    retry_failed: _RetryFailed = False,
    work: _Work = None,
    batch: _Batch = 64,
    time_limit: _TimeLimit = 30.0,
    memory_limit: _MemoryLimit = 1500,
    model: models.ModelOption = None,
    input_range: models.InputRange = None,
    min_confidence: models.MinConfidence = DEFAULT_MIN_CONFIDENCE,
    max_megapixels: models.MaxMegapixels = None,
    max_bytes: models.MaxBytes = None,
    max_pages: models.MaxPages = None,
    dpi: models.DpiOption = None,
    expect: models.ExpectOption = None,
    printed: models.PrintedOption = None,
    region: models.RegionOption = None,
    regions: models.RegionFile = None,
) -> int:
    from inkread.bulk.job import Job
    from inkread.bulk.report import check_review

    for path in review or ():
        check_review(path, output)
    settings = _settings(
        model, input_range, min_confidence=min_confidence, max_megapixels=max_megapixels, max_bytes=max_bytes,
        max_pages=max_pages, dpi=dpi, time_limit_seconds=time_limit, memory_limit_mb=memory_limit, expect=expect,
        printed=printed, regions=models.regions_of(region, regions),
    )  # fmt: skip
    job = Job(source, output, settings, work, resume, check, retry_failed, batch, tuple(review or ()))
    return _run(job, engine, address, jobs)


def _settings(model: Path | None, input_range: str | None, **options: Any) -> Settings:
    from inkread.bulk.run_settings import make_settings

    try:
        return make_settings(models.usable_model(model, input_range), **options)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _print(job: Job, engine: str, address: str | None, jobs: int) -> int:
    """A run whose table goes to standard output when all is read; nothing is kept to go on with."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.jsonl")
        status = _run(replace(job, output=str(path)), engine, address, jobs)
        with path.open(encoding="utf-8", newline="") as rows:
            for row in rows:
                say_json(row.rstrip("\n"))
    return status


def _run(job: Job, engine: str, address: str | None, jobs: int) -> int:
    if job.output == "-":
        return _print(job, engine, address, jobs)
    from inkread.apps.bulk import View, report
    from inkread.bulk.job import run

    if hasattr(signal, "SIGTERM"):
        # What services and schedulers send is said as Ctrl-C is.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with View() as view:
        try:
            summary = run(job, _engine(engine, address, jobs), view)
        except KeyboardInterrupt:
            view.stop()
            note(f"stopped; {view.done:,} of {view.total:,} pictures are read. Run again to continue")
            raise
    report(summary, job)
    return 1 if summary.failed else 0


def _engine(name: str, address: str | None, jobs: int) -> Engine:
    """Who reads the batches; raises BulkError for a name that is none, ExtraMissing without Ray."""
    if name == "ray":
        from inkread.bulk.cluster import check_ray, read_on_cluster

        check_ray()
        return lambda settings, batches: read_on_cluster(settings, batches, address, jobs)
    if name != "local" or address:
        raise typer.BadParameter("--engine is local or ray, and --address is for ray")
    from inkread.bulk.supervisor import read_here

    return lambda settings, batches: read_here(settings, batches, jobs)


_EVERY_SECONDS = 30.0  # How often a line is written where there is no terminal
_PACE_SECONDS = 20.0  # The rate is that of so many seconds, so that it follows what happens and does not jump
_BAR = 28


class View:
    """A ``Watcher`` that draws with Rich, or writes a line now and then; a context, since the cursor is hidden."""

    def __init__(self) -> None:
        self.done = self.total = 0
        self._failed = self._doubtful = 0
        self._marks: list[tuple[float, int]] = []
        self._told = time.monotonic()
        self._progress: Any = None
        if sys.stderr.isatty():
            from rich.progress import BarColumn, Progress, TextColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=_BAR),
                TextColumn("{task.fields[figures]}"),
                console=console(sys.stderr),
                transient=True,
                refresh_per_second=4,
            )
            self._task = self._progress.add_task("finding", total=None, figures="")

    def __enter__(self) -> Self:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._progress:
            self._progress.stop()

    def finding(self, count: int) -> None:
        self.total = count
        self._show("finding", f"{count:,} pictures", None)

    def reading(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self._marks = [(time.monotonic(), done)]
        if done:
            self._note(f"{done:,} of {total:,} pictures were read before")
        self._show("reading", self._figures(), done)

    def read(self, count: int, failed: int, doubtful: int) -> None:
        self.done += count
        self._failed += failed
        self._doubtful += doubtful
        now = time.monotonic()
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[1][0] > _PACE_SECONDS:
            del self._marks[0]
        self._show("reading", self._figures(), self.done)
        if not self._progress and now - self._told > _EVERY_SECONDS:
            self._told = now
            note(f"{100 * self.done / self.total:.1f} %  {self._figures()}")

    def writing(self) -> None:
        self._show("writing", f"{self.total:,} rows", None)

    def _figures(self) -> str:
        (since, before), (now, done) = self._marks[0], self._marks[-1]
        rate = (done - before) / (now - since) if now > since else 0.0
        words = [f"{self.done:,}/{self.total:,}"]
        words += [f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s"] if rate else []
        words += [f"{self._doubtful:,} doubtful"] if self._doubtful else []
        words += [f"{self._failed:,} failed"] if self._failed else []
        words += [f"{spoken((self.total - self.done) / rate)} left"] if rate else []
        return "  ".join(words)

    def _show(self, what: str, figures: str, completed: int | None) -> None:
        if self._progress:
            total = self.total if completed is not None else None
            self._progress.update(
                self._task, description=what, figures=figures, completed=completed or 0, total=total
            )

    def _note(self, text: str) -> None:
        if self._progress:
            self._progress.console.print(text, style="dim", soft_wrap=True)
        else:
            note(text)


def spoken(seconds: float) -> str:
    """A time as one says it: ``3 s``, ``12 min``, ``5 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours / 24:.1f} days"


def report(summary: Summary, job: Job) -> None:
    """What a run came to, on standard error: the table is what a program wants."""
    from rich.text import Text

    out = console(sys.stderr)
    out.print(Text(f"{printable(job.output)}: {_number(summary.rows, 'row')}", style="bold"), soft_wrap=True)
    for line in _counts(summary, job):
        out.print(line, soft_wrap=True)
    if any(summary.histogram):
        out.print()
        for line in _histogram(summary):
            out.print(line, soft_wrap=True)
    if summary.failed:
        out.print()
        for path, error in summary.failures:
            out.print(Text(f"  {printable(path)}: {error}", style="red"), soft_wrap=True)
        if summary.failed > len(summary.failures):
            out.print(Text(f"  and {summary.failed - len(summary.failures):,} more", style="red"))


def _counts(summary: Summary, job: Job) -> list[str]:
    lines = []
    if summary.read:
        pace = f"{summary.per_second:.0f}" if summary.per_second >= 10 else f"{summary.per_second:.1f}"
        lines.append(f"  {summary.read:,} read now, in {spoken(summary.seconds)}: {pace} a second")
    else:
        lines.append("  all were read before")
    lines.append(f"  {_number(summary.digits, 'digit')}; {summary.empty:,} pictures without any")
    if summary.doubtful:
        where = (
            ", ".join(printable(str(path)) for path in job.reviews) or "--review FILE.png or .csv shows them"
        )
        lines.append(f"  {summary.doubtful:,} doubtful: {where}")
    if summary.twice:
        lines.append(f"  {summary.twice:,} named twice in the source: one row each")
    lines += [f"  {summary.skipped}"] if summary.skipped else []
    lines.append(f"  {summary.failed:,} could not be read" if summary.failed else "  none failed")
    return lines


def _histogram(summary: Summary) -> list[Any]:
    from rich.text import Text

    from inkread.bulk.report import BINS

    most, every = max(summary.histogram), sum(summary.histogram)
    lines = [Text("  confidence, that all digits are right", style="dim")]
    for low, high, count in zip(BINS, BINS[1:], summary.histogram, strict=False):
        bar = "█" * round(_BAR * count / most) or ("▏" if count else "")
        label = f"{100 * low:>3.0f} – {100 * high:<3.0f} %"
        lines.append(Text(f"  {label}  {bar:<{_BAR}}  {count:>9,}  {100 * count / every:5.1f} %"))
    return lines


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
