"""Samples made in a process beside the run."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from inkread.training.glyphs.prefetch import Prefetcher, ProcessEnded


def never() -> bool:
    return False


def test_pools_come_in_order_and_are_shared_by_epochs() -> None:
    ahead = Prefetcher(math.factorial, reuse=2, epochs=6)
    try:
        assert [ahead.epoch(number, never) for number in range(6)] == [1, 1, 1, 1, 2, 2]
        assert ahead.epoch(10, never) == 120
    finally:
        ahead.close()


def test_one_who_is_to_stop_does_not_wait() -> None:
    ahead = Prefetcher(partial(_slow, 60.0), reuse=1, epochs=2)
    try:
        assert ahead.epoch(0, lambda: True) is None
    finally:
        ahead.close()


def _slow(seconds: float, number: int) -> int:
    import time

    time.sleep(seconds)
    return number


def test_what_goes_wrong_there_is_raised_here() -> None:
    ahead = Prefetcher(math.sqrt, reuse=1, epochs=9)
    try:
        assert ahead.epoch(4, never) == 2
        with pytest.raises(ValueError, match=r"domain|nonnegative"):
            ahead.epoch(-1, never)
        assert ahead.epoch(1, never) == 1, "the process lives on"
    finally:
        ahead.close()


def test_a_process_that_dies_is_told_in_one_line() -> None:
    ahead = Prefetcher(os._exit, reuse=1, epochs=9)
    try:
        with pytest.raises(ProcessEnded, match=r"^[^\n]*exit status 3[^\n]*memory\?$"):
            ahead.epoch(3, never)
    finally:
        ahead.close()


def test_a_program_without_a_main_guard_can_make_samples(tmp_path: Path) -> None:
    """multiprocessing would run it a second time."""
    program = tmp_path / "program.py"
    program.write_text(
        "import math\nfrom inkread.training.glyphs.prefetch import Prefetcher\nprint('begun')\n"
        "ahead = Prefetcher(math.factorial, 1, 5)\nprint(ahead.epoch(4, lambda: False))\nahead.close()\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, program], capture_output=True, encoding="utf-8", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "begun\n24\n", "")
