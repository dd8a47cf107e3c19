"""A bulk run as a process: how long it took, and what it and all below it took of processor and memory meanwhile.

Figures come from /proc, so they need Linux. This module does not know what is read.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["BULK", "Usage", "family", "measured", "rows_of"]

BULK = (sys.executable, "-m", "inkread", "bulk")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
EVERY_SECONDS = 0.2


@dataclass
class Usage:
    """What a process and its children took, sampled while they run.

    Memory is in MB, of all processes together; what they share counts once. Two figures of it, since they mean
    different things: ``median_mb``, of the second half of the run, shows whether it grows; ``most_mb``, the highest
    sample, also rises by chance: the more pictures, the likelier are some of the largest at the same time.
    """

    cpu: dict[int, float] = field(default_factory=dict)
    memory_mb: list[float] = field(default_factory=list)
    driver_mb: float = 0.0
    seconds: float = 0.0

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())

    @property
    def median_mb(self) -> float:
        return float(np.median(self.memory_mb[len(self.memory_mb) // 2 :]))

    @property
    def high_mb(self) -> float:
        """What 99 % of the samples of the second half stay below."""
        return float(np.percentile(self.memory_mb[len(self.memory_mb) // 2 :], 99))

    @property
    def most_mb(self) -> float:
        return max(self.memory_mb)

    def sample(self, root: int) -> None:
        total = 0.0
        for pid in family(root):
            with contextlib.suppress(OSError, ValueError, StopIteration, IndexError):
                parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self.cpu[pid] = (int(parts[11]) + int(parts[12])) / TICKS
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                memory = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024
                total += memory
                if pid == root:
                    self.driver_mb = max(self.driver_mb, memory)
        self.memory_mb.append(total)


def family(root: int) -> Iterator[int]:
    """A process and all below it."""
    yield root
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def measured(*arguments: str) -> Usage:
    """A bulk run; ends the program if it fails (but for pictures that cannot be read)."""
    usage, start = Usage(), time.perf_counter()
    with subprocess.Popen([*BULK, *arguments], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told: list[str] = []
        listening = threading.Thread(target=lambda: told.extend(process.stderr or ()))
        listening.start()
        while process.poll() is None:
            usage.sample(process.pid)
            time.sleep(EVERY_SECONDS)
        listening.join()
    if process.returncode not in (0, 1) or not any(" row" in line for line in told):
        sys.exit("".join(told))
    usage.seconds = time.perf_counter() - start
    return usage


def rows_of(path: Path) -> dict[str, dict[str, Any]]:
    """Rows by their path, but for how long they took; fails if there are two of one."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    found = {row["path"]: {**row, "duration_ms": 0} for row in rows}
    assert len(found) == len(rows), "a row is doubled"
    return found
