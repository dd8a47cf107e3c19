"""Commands of inkread that serve, each in a process of its own, until the test is done with it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running(*command: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``inkread`` with this ``command``; the address that it says first, and the process."""
    with subprocess.Popen(
        [sys.executable, "-m", "inkread", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            address = re.search(r"http://\S+", process.stdout.readline())
            assert address
            yield address[0], process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=60)
