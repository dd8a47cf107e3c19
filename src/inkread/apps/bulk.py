"""``inkread bulk``: any number of pictures to one table."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkread.apps import models
from inkread.apps.terminal import note, say_json
from inkread.confidence import DEFAULT_MIN_CONFIDENCE

if TYPE_CHECKING:
    from inkread.bulk.job import Engine, Job
    from inkread.bulk.settings import Settings

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
    from inkread.bulk.review import check_review

    for path in review or ():
        check_review(path)
    settings = _settings(
        model, input_range, min_confidence=min_confidence, max_megapixels=max_megapixels, max_bytes=max_bytes,
        max_pages=max_pages, dpi=dpi, time_limit_seconds=time_limit, memory_limit_mb=memory_limit, expect=expect,
        printed=printed, regions=models.regions_of(region, regions),
    )  # fmt: skip
    job = Job(source, output, settings, work, resume, check, retry_failed, batch, tuple(review or ()))
    return _run(job, engine, address, jobs)


def _settings(model: Path | None, input_range: str | None, **options: Any) -> Settings:
    from inkread.bulk.settings import make_settings

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
    from inkread.apps.bulkview import View, report
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
