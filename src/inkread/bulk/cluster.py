"""Reads batches on Ray, on this machine or on a cluster: Ray Data moves them to actors, each with a worker process.

Rows, limits and the handling of crashes are the same as on one machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
import os
import pickle
import queue
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from inkread import __version__
from inkread.bulk.inputs import Item, need, told
from inkread.bulk.rows import Outcome
from inkread.bulk.run_settings import Settings
from inkread.bulk.supervisor import Supervisor
from inkread.errors import BulkError

_LOOK_SECONDS = 10.0  # Seconds between checks whether Ray has a machine left, while no table comes
_WAVE_PER_CPU = 10_000
_LEAST_WAVE = 100_000
"""Items that Ray is given at a time: enough that the end of a wave costs little, few enough to fit into memory."""


def check_ray() -> None:
    """Raises ExtraMissing if Ray is not installed. Ray is not imported."""
    if importlib.util.find_spec("ray") is None:
        need("ray", "--engine ray")


def _connect(address: str | None, jobs: int) -> int:
    """Joins the cluster at ``address``, or starts Ray here with ``jobs`` CPUs (0: one per core). Returns its CPUs.

    Raises BulkError for a cluster that cannot be reached.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    ray, data = need("ray", "--engine ray"), need("ray.data", "--engine ray")
    how: dict[str, Any] = {"include_dashboard": False, "num_cpus": jobs or None} if not address else {}
    try:
        ray.init(address=address or "local", logging_level=logging.ERROR, log_to_driver=False, **how)
    except Exception as error:  # Ray raises a dozen unrelated types
        raise BulkError(f"Ray at {address or 'this machine'}: cannot be used ({told(error, 200)})") from None
    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def read_on_cluster(
    settings: Settings, batches: Iterator[list[Item]], address: str | None = None, jobs: int = 0
) -> Iterator[list[Outcome]]:
    """The outcomes of each batch, in whatever order they are done, by the cluster at ``address`` (None: Ray here,
    with ``jobs`` CPUs; 0: one per core). Raises BulkError.
    """
    with _without_its_alarms():
        yield from _read(settings, batches, address, jobs)


def _read(
    settings: Settings, batches: Iterator[list[Item]], address: str | None, jobs: int
) -> Iterator[list[Outcome]]:
    cpus = _connect(address, jobs)
    ray, data = need("ray", "--engine ray"), need("ray.data", "--engine ray")
    left, wave = batches, max(_LEAST_WAVE, _WAVE_PER_CPU * cpus)
    try:
        while tables := list(_tables(left, wave)):
            read = data.from_arrow(tables).map_batches(
                ReadBatch,
                fn_constructor_args=(settings, _network(settings), __version__),
                batch_size=None,  # a block is a batch, as it was cut
                batch_format="pyarrow",
                compute=data.ActorPoolStrategy(min_size=1, max_size=min(cpus, len(tables))),
                num_cpus=1,
            )
            tables = read.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
            for table in _while_alive(tables, ray):
                yield from map(pickle.loads, table.column("outcomes").to_pylist())
    except ray.exceptions.RayError as error:
        raise BulkError(f"Ray: {_cause(error)}; run again to continue") from None
    finally:
        ray.shutdown()


@contextlib.contextmanager
def _without_its_alarms() -> Iterator[None]:
    """Hides what Ray prints on standard output for each actor that dies, whatever its log level."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def _while_alive(tables: Iterable[Any], ray: Any) -> Iterator[Any]:
    """The ``tables`` as they come. Raises BulkError once no machine is left; Ray itself would wait for ever."""
    come: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=4)

    def fetch() -> None:
        try:
            for table in tables:
                come.put(("table", table))
            come.put(("end", None))
        except BaseException as error:  # it belongs to whoever asks
            come.put(("error", error))

    threading.Thread(target=fetch, daemon=True).start()
    while True:
        try:
            kind, found = come.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            if not any(node["Alive"] for node in ray.nodes()):
                raise BulkError("Ray: none of its machines is left; run again to continue") from None
            continue
        if kind == "error":
            raise found
        if kind == "end":
            return
        yield found


def _tables(batches: Iterator[list[Item]], most: int) -> Iterator[Any]:
    """Batches as tables of one row, until they hold ``most`` items."""
    arrow = need("pyarrow", "--engine ray")
    count = 0
    while count < most and (batch := next(batches, None)):
        count += len(batch)
        yield arrow.table({"batch": [pickle.dumps(batch)]})


def _network(settings: Settings) -> tuple[bytes, bytes]:
    """The network and its card, unless they are the shipped ones: other machines do not have them."""
    if not settings.model:
        return b"", b""
    model = Path(settings.model)
    card = model.with_suffix(".json")
    return model.read_bytes(), card.read_bytes() if card.is_file() else b""


class ReadBatch:
    """The callable of an actor: one supervisor, which reads batch after batch."""

    def __init__(self, settings: Settings, network: tuple[bytes, bytes], version: str) -> None:
        if version != __version__:
            raise BulkError(
                f"the cluster has inkread {__version__}, this machine {version}; install the same"
            )
        content, card = network
        if content:
            folder = Path(tempfile.mkdtemp(prefix="inkread-"))
            name = hashlib.sha256(content).hexdigest()[:16]
            (folder / f"{name}.onnx").write_bytes(content)
            if card:
                (folder / f"{name}.json").write_bytes(card)
            settings = replace(settings, model=str(folder / f"{name}.onnx"))
        self._worker = Supervisor(settings)

    def __call__(self, table: Any) -> Any:
        arrow = need("pyarrow", "--engine ray")
        batches = map(pickle.loads, table.column("batch").to_pylist())
        return arrow.table({"outcomes": [pickle.dumps(self._worker.read(batch)) for batch in batches]})


def _cause(error: BaseException) -> str:
    """The last line of Ray's message, which has the reason."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].removeprefix("inkread.errors.BulkError: ")[:200] if lines else type(error).__name__
