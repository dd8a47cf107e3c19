"""Figures as event files for TensorBoard, by TensorFlow's writer or by that of the package ``tensorboard``."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inkread.errors import ExtraMissing

Write = Callable[[dict[str, float], int], None]
"""Writes figures of one epoch."""


def require_writer() -> None:
    """Raises ExtraMissing where nothing can write event files; to be asked before there is a folder."""
    if not any(find_spec(name) for name in ("tensorflow", "tensorboard")):
        raise ExtraMissing('--tensorboard needs a writer of event files: pip install "tensorboard"')


def open_events(folder: Path) -> Write:
    """What writes figures to an event file in ``folder``; raises ExtraMissing where nothing can."""
    require_writer()
    return _by_tensorflow(folder) if find_spec("tensorflow") else _by_tensorboard(folder)


def _by_tensorflow(folder: Path) -> Write:
    import tensorflow as tf
    from tensorflow.core.framework.summary_pb2 import Summary

    writer: Any = tf.summary.create_file_writer(str(folder))

    def write(figures: dict[str, float], epoch: int) -> None:
        with writer.as_default():
            for name, value in figures.items():
                summary = Summary(value=[Summary.Value(tag=name, simple_value=value)])
                tf.summary.experimental.write_raw_pb(summary.SerializeToString(), epoch)
        writer.flush()

    return write


def _by_tensorboard(folder: Path) -> Write:
    # By name: most have TensorFlow, and not this.
    event_pb2 = import_module("tensorboard.compat.proto.event_pb2")
    summary_pb2 = import_module("tensorboard.compat.proto.summary_pb2")
    writer = import_module("tensorboard.summary.writer.event_file_writer").EventFileWriter(str(folder))

    def write(figures: dict[str, float], epoch: int) -> None:
        for name, value in figures.items():
            summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=name, simple_value=value)])
            writer.add_event(event_pb2.Event(wall_time=time.time(), step=epoch, summary=summary))
        writer.flush()

    return write
