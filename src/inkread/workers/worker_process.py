"""The program of a worker's process: makes an object and calls its methods for its parent (``workers``).

It is run by its path and imports little, so that it starts quickly. The process ends when its parent is gone.
Messages are pickled Python values, each after its length. Both ends are this program.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

_LENGTH = struct.Struct("<Q")
_answers: IO[bytes] | None = None  # In a worker's process, the pipe to its parent


def tell(value: Any) -> None:
    """Sends a value from the worker to its parent in the middle of a call; outside a worker it does nothing."""
    if _answers is not None:
        send(_answers, ("told", value))


def main() -> None:
    """The program of a worker's process: makes the object, then answers calls until its parent is gone."""
    global _answers
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        # Ctrl-C and service managers signal all processes at once; the parent decides when to end.
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    _answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of libraries must not mix with messages
    target, args, memory_mb, niceness = requests.get()
    if niceness and hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(niceness)
    made: list[Any] = []
    if not _answer(lambda: made.append(_load(target)(*args))):
        return
    if memory_mb is not None:
        _limit_memory(memory_mb)
    while True:
        method, args = requests.get()
        _answer(lambda: getattr(made[0], method)(*args))  # noqa: B023


def _answer(call: Callable[[], Any]) -> bool:
    """Sends the result of a call, or what it raised; whether it returned."""
    assert _answers is not None
    try:
        try:
            reply: tuple[str, Any] = "done", call()
        except MemoryError:
            raise
        except Exception as error:
            reply = "failed", (type(error).__name__, " ".join(str(error).split()))
        send(_answers, reply)
    except (OSError, MemoryError):  # nobody listens; or only a new process has all its memory
        os._exit(1)
    return reply[0] == "done"


def _load(target: str) -> Callable[..., Any]:
    """What "module:name" or "/path/of/file.py:name" names. A file is run without the package that it lies in."""
    place, _, name = target.rpartition(":")
    if place.endswith(".py"):
        import runpy

        return runpy.run_path(place)[name]
    import importlib

    return getattr(importlib.import_module(place), name)


def _listen(pipe: IO[bytes], requests: queue.SimpleQueue[Any]) -> None:
    """Receives requests. Exits the process at the end of input, even in the middle of a call."""
    try:
        while True:
            requests.put(receive(pipe))
    except (EOFError, OSError):
        os._exit(0)


def _limit_memory(megabytes: int) -> None:
    """Limits the memory of this process to what it has and ``megabytes`` more, on Linux."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as status:
        now_kb = next(int(line.split()[1]) for line in status if line.startswith("VmData:"))
    most = now_kb * 1024 + megabytes * 1_000_000
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def send(pipe: IO[bytes], value: Any) -> None:
    """Raises OSError if nobody listens any more."""
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next value. Raises EOFError if there is none."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)
