"""Servers and requests for tests: an application that reads in this process, and pictures as bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from starlette.testclient import TestClient

from inkread.apps.web.app import make_app
from inkread.apps.web.handlers import Handlers
from inkread.apps.web.service import Service
from inkread.apps.web.settings import HandlerSettings, Settings
from inkread.reader import ImageLimits
from made import draw_number

HOST = "http://127.0.0.1:8000"
TWO = [[80, 95], [95, 60], [140, 45], [185, 65], [190, 110], [150, 160], [80, 225], [140, 225], [205, 222]]


class InProcess:
    """A worker in this process, without limits."""

    def __init__(self, settings: HandlerSettings) -> None:
        self._handlers = Handlers(settings)

    def ask(self, method: str, *args: Any) -> Any:
        return getattr(self._handlers, method)(*args)

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


@contextmanager
def serving(client: tuple[str, int] = ("127.0.0.1", 50000), **settings: Any) -> Iterator[TestClient]:
    """A client of an application made with these settings; its ``service`` is what answers."""
    made = replace(Settings(), **settings)
    service = Service(made, [InProcess(made.handlers)])
    app = make_app(service)
    with TestClient(app, base_url=HOST, client=client, raise_server_exceptions=False) as test_client:
        test_client.service = service  # type: ignore[attr-defined]
        yield test_client


def small_limits(folder: Path | None = None) -> HandlerSettings:
    """Pictures of at most a tenth of a megapixel and 100,000 bytes."""
    return HandlerSettings(limits=ImageLimits(max_megapixels=0.1, max_bytes=100_000), corrections=folder)


def as_png(picture: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def number(text: str, **how: Any) -> bytes:
    return as_png(draw_number(text, **({"seed": 3} | how)))
