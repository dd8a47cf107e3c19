"""A process that reads pictures, batch after batch, until nobody listens any more.

Whatever is in a picture, it may bring down this process or keep it busy for ever: whoever started it looks after
that. It says what it is at before it begins, so that one can tell whose fault it was.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, BinaryIO

from inkread.bulk.items import Item
from inkread.bulk.order import Order
from inkread.bulk.wire import receive, send
from inkread.errors import InkreadError

__all__ = ["main"]


def main() -> None:
    """The life of a worker: an order, then batches, come in through standard input; outcomes go out."""
    for name in ("SIGINT", "SIGBREAK"):
        # Ctrl-C signals all processes at once; when to end is for the run to say.
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    asks, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    order: Order = receive(asks)
    batches: queue.SimpleQueue[tuple[Sequence[Item], bool]] = queue.SimpleQueue()
    # Listens all the time: once the run is gone, so is its worker, whatever it is at.
    threading.Thread(target=_listen, args=(asks, batches), daemon=True).start()
    try:
        reading = _ready(order)
    except (InkreadError, ImportError) as error:
        send(answers, ("failed", " ".join(str(error).split())))
        return
    send(answers, ("ready",))
    _serve(reading, batches, answers)


def _ready(order: Order) -> Any:
    import cv2

    from inkread.bulk.batches import BatchReader

    cv2.setNumThreads(1)  # there is a worker for each core
    reading = BatchReader(order)
    _limit_memory(order.memory_limit_mb)
    return reading


def _serve(reading: Any, batches: queue.SimpleQueue[tuple[Sequence[Item], bool]], answers: BinaryIO) -> None:
    def at(path: str, sha256: str) -> None:
        send(answers, ("at", path, sha256))

    while True:
        items, careful = batches.get()
        try:
            for outcomes in (reading.one_by_one if careful else reading.together)(items, at):
                send(answers, ("outcomes", outcomes))
            send(answers, ("done",))
        except (OSError, MemoryError):  # after the latter, a new process has all its memory
            os._exit(1)
        except InkreadError as error:  # of the installation, not of a picture
            send(answers, ("failed", " ".join(str(error).split())))
            return


def _listen(asks: BinaryIO, batches: queue.SimpleQueue[tuple[Sequence[Item], bool]]) -> None:
    try:
        while True:
            batches.put(receive(asks))
    except (EOFError, OSError):
        os._exit(0)


def _limit_memory(megabytes: int) -> None:
    """No more than this beyond what the network took; where the system cannot, the limits on pictures must do."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as status:
        now_kb = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
    most = now_kb * 1024 + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
