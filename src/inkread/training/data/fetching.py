"""MNIST from the network: from several mirrors in turn, resumed where it broke off, there whole or not at all.

What arrives is unpacked and compared by SHA-256 before it takes its place, so that no mirror need be trusted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from inkread.errors import DataMissing, ExtraMissing
from inkread.training.data.mnist import fault_of_file, is_packed, mnist_problems, unpack

Progress = Callable[[str, int, int], None]
"""Told of each piece that arrives: the file, its bytes so far, its bytes in all (0: not known)."""

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
"""Kept by PyTorch and by the Common Visual Data Foundation; each holds the four files, gzipped."""
_ROUNDS = 3
"""How often all mirrors are tried: what fails for a moment mostly works a little later."""
_PAUSE_SECONDS = 1.0
"""Before the second round; twice as long before the third."""
_TIMEOUT_SECONDS = (5, 20)
"""To connect; between two pieces."""
_NO_CONNECTION, _SLOW, _BROKEN = "no connection", "does not answer in time", "breaks off"
_ANSWERS, _NOT_FROM_THERE = "answers", "416"
_PIECE_BYTES = 1 << 14
"""Kept once it is whole: no more than this is lost when a connection breaks."""
_MOST_BYTES = 1 << 26
"""A file that grows beyond this is none of MNIST's: the largest has 10 MB."""


def fetch_mnist(
    folder: Path,
    mirrors: Sequence[str] | None = None,
    progress: Progress | None = None,
    pause_seconds: float | None = None,
) -> list[str]:
    """Brings what is missing in ``folder``, as ``.gz``; returns the names brought: [] if all were there.

    Raises DataMissing if no mirror (None: ``MIRRORS``) has a file, or it cannot be written; what came before
    stays, so that the next call goes on from there. Raises ExtraMissing without requests.
    """
    names = [name for name, _ in mnist_problems(folder)]
    if not names:
        return []
    try:
        import requests  # noqa: F401
    except ImportError as error:
        raise ExtraMissing(
            'fetching data needs the package requests: pip install "inkread[train]"'
        ) from error
    pause = _PAUSE_SECONDS if pause_seconds is None else pause_seconds
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            _fetch(name, folder, MIRRORS if mirrors is None else mirrors, progress, pause)
    except OSError as error:
        raise DataMissing(
            f"{folder}: cannot be written to ({error.strerror or error}); free space, or give another --to"
        ) from None
    return names


def _fetch(
    name: str, folder: Path, mirrors: Sequence[str], progress: Progress | None, pause_seconds: float
) -> None:
    partial = folder / f"{name}.gz.partial"
    faults: dict[str, str] = {}
    for number in range(_ROUNDS):
        if number:
            time.sleep(pause_seconds * number)
        for mirror in mirrors:
            fault = _attempt(f"{mirror.rstrip('/')}/{name}.gz", name, partial, progress)
            if not fault:
                os.replace(partial, folder / (f"{name}.gz" if is_packed(partial) else name))
                return
            faults[urlsplit(mirror).netloc] = fault
    said = ", ".join(f"{host} ({fault})" for host, fault in faults.items())
    raise DataMissing(
        f"{name}.gz could not be fetched from {said}; check the network and try again: it goes on "
        f"where it stopped; or copy MNIST's four files to {folder}"
    )


def _attempt(url: str, name: str, partial: Path, progress: Progress | None) -> str:
    """One request for what is still missing of a file; "" if it is then whole and right, else the reason."""
    import requests

    before = partial.stat().st_size if partial.exists() else 0
    try:
        _request(url, partial, before, name, progress)
        fault = fault_of_file(unpack(partial), name)
        fault = fault and f"what it sends {fault}"
    except DataMissing as error:
        fault = f"what it sends {error}"
    except requests.exceptions.RequestException as error:
        fault = _reason(error)
    refused = fault.startswith(_ANSWERS) and not fault.endswith(_NOT_FROM_THERE)
    if not fault or refused or fault in (_NO_CONNECTION, _SLOW, _BROKEN) or "cut short" in fault:
        return fault  # what came stays, and the next attempt asks for the rest
    partial.unlink(missing_ok=True)
    # Two halves that do not fit, or a server that cannot go on where another stopped: all of it, then.
    return _attempt(url, name, partial, progress) if before else fault


def _request(url: str, partial: Path, before: int, name: str, progress: Progress | None) -> None:
    """Adds what arrives to ``partial``."""
    import requests

    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={before}-"} if before else {})
    with requests.get(url, headers=headers, timeout=_TIMEOUT_SECONDS, stream=True) as response:
        response.raise_for_status()
        if response.status_code == 200:
            before = 0  # the server sends all, also where only the rest was asked for
        length, done = int(response.headers.get("Content-Length", 0)), before
        with partial.open("ab" if before else "wb") as file:
            for piece in response.iter_content(_PIECE_BYTES):
                file.write(piece)
                done += len(piece)
                if done > _MOST_BYTES:
                    raise requests.exceptions.RequestException("sends far too much")
                if progress is not None:
                    progress(name, done, length + before if length else 0)


def _reason(error: Exception) -> str:
    """What a request's error means, in a few words."""
    from requests import exceptions

    if (response := getattr(error, "response", None)) is not None:
        return f"{_ANSWERS} {response.status_code}"
    for kind, reason in (
        (exceptions.SSLError, "its certificate is not valid"),
        (exceptions.Timeout, _SLOW),
        (exceptions.ChunkedEncodingError, _BROKEN),
        (exceptions.ConnectionError, _NO_CONNECTION),
    ):
        if isinstance(error, kind):
            return reason
    return " ".join(str(error).split())[:80]
