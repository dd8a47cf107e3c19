"""A bulk run on a terminal: how far it is while it runs, and what it came to."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from inkread.apps.terminal import console, note, printable

if TYPE_CHECKING:
    from inkread.bulk.job import Job
    from inkread.bulk.summary import Summary

_EVERY_SECONDS = 30.0
"""How often a line is written where there is no terminal."""
_PACE_SECONDS = 20.0
"""The rate is that of so many seconds, so that it follows what happens and does not jump."""
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

    from inkread.bulk.summary import BINS

    most, every = max(summary.histogram), sum(summary.histogram)
    lines = [Text("  confidence, that all digits are right", style="dim")]
    for low, high, count in zip(BINS, BINS[1:], summary.histogram, strict=False):
        bar = "█" * round(_BAR * count / most) or ("▏" if count else "")
        label = f"{100 * low:>3.0f} – {100 * high:<3.0f} %"
        lines.append(Text(f"  {label}  {bar:<{_BAR}}  {count:>9,}  {100 * count / every:5.1f} %"))
    return lines


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
