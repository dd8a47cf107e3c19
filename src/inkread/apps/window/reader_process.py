"""A reader in a worker process: the window stays quick, and a picture that crashes it costs one reading."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from inkread.errors import InkreadError, UnreadableImage
from inkread.workers import Limits, Worker, WorkerLost, WorkFailed

if TYPE_CHECKING:
    from inkread.reader import Printed, Reader, Steps

_LIMITS = Limits(seconds=60.0, memory_mb=3000)


class ReaderProcess:
    """``Reader.steps`` in a process of its own, which starts with the first picture."""

    def __init__(
        self, model: str | os.PathLike[str] | None, min_confidence: float, printed: Printed | None = None
    ) -> None:
        target = "inkread.apps.window.reader_process:make_reader"
        path = None if model is None else os.fspath(model)
        self._worker = Worker(target, path, min_confidence, printed, limits=_LIMITS)

    def steps(self, image: Any, /, mine: bool = True) -> Steps:
        """What the reader makes of an array (H, W, 3) uint8; ``mine``: as corrections have it.

        Raises InkreadError, UnreadableImage for a crash.
        """
        try:
            steps: Steps = self._worker.ask("steps", image, mine)
            return steps
        except WorkerLost as lost:
            reason = (
                f"took longer than {_LIMITS.seconds:g} s" if lost.late else "ended the process that read it"
            )
            raise UnreadableImage(f"the picture {reason}; make it smaller") from None
        except WorkFailed as error:
            raise InkreadError(str(error)) from None
        except OSError as error:
            raise InkreadError(
                f"no process to read can be started ({error.strerror}); end other programs"
            ) from None


class TwoReaders:
    """A reader in the worker's process, and the same with the user's own corrections."""

    def __init__(self, plain: Reader) -> None:
        self._plain, self._mine = plain, plain.with_corrections(True)

    def steps(self, image: Any, mine: bool) -> Steps:
        """What one of them makes of an array (H, W, 3) uint8."""
        return (self._mine if mine else self._plain).steps(image)


def make_reader(model: str | None, min_confidence: float, printed: Printed | None) -> TwoReaders:
    """The readers, in the worker's process."""
    from inkread.reader import Reader

    return TwoReaders(Reader(model, min_confidence=min_confidence, printed=printed))
