"""``inkread serve``: the page and the HTTP API. What it serves is in ``inkread.apps.web``."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread.apps import models
from inkread.apps.doctor import need_extra
from inkread.apps.terminal import note, say
from inkread.confidence import DEFAULT_MIN_CONFIDENCE

if TYPE_CHECKING:
    from inkread.apps.web.settings import Settings

HELP = """Serve a page to draw on and to read photos with, and an HTTP API.

Nothing leaves this machine, and without options nothing else reaches it. Ctrl-C stops it.

To let others in, name an address of this machine, and a token that they must know:
--host 0.0.0.0 --token new

--phone does that with HTTPS, and shows a QR code that lets in one phone, then one for the next.
"""


_Host = Annotated[str, typer.Option(metavar="ADDRESS", help="The address to listen at.")]
_Port = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0: any.")]
_Open = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]
_Token = Annotated[
    str, typer.Option(metavar="TOKEN", envvar="INKREAD_TOKEN", help="What clients must know; new: made up.")
]
_Phone = Annotated[
    bool, typer.Option("--phone", help="For phones in this network: HTTPS, and a QR code for each.")
]
_Cert = Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate (PEM): serves HTTPS.")]
_Key = Annotated[Path | None, typer.Option(metavar="FILE", help="The key of the certificate.")]
_Hosts = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Another name that the server is called by.")
]
_Origins = Annotated[
    list[str] | None, typer.Option(metavar="URL", help="Another site whose pages may use the API.")
]
_Workers = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Processes that read (one for each core).")
]
_Waiting = Annotated[
    int, typer.Option(metavar="N", min=1, help="More than so many waiting are told to come back.")
]
_Limit = Annotated[
    float, typer.Option(metavar="SECONDS", min=0.1, help="The longest that one request may take.")
]
_Bytes = Annotated[int | None, typer.Option(metavar="N", help="Larger bodies are refused (20000000).")]
_Pages = Annotated[int, typer.Option(metavar="N", min=1, help="Of more pages, one must be named.")]


def serve(
    host: _Host = "127.0.0.1",
    port: _Port = 8000,
    open: _Open = False,  # noqa: A002
    token: _Token = "",
    phone: _Phone = False,
    cert: _Cert = None,
    key: _Key = None,
    allow_host: _Hosts = None,
    allow_origin: _Origins = None,
    model: models.ModelOption = None,
    input_range: models.InputRange = None,
    min_confidence: models.MinConfidence = DEFAULT_MIN_CONFIDENCE,
    workers: _Workers = None,
    max_waiting: _Waiting = 64,
    time_limit: _Limit = 20.0,
    max_megapixels: models.MaxMegapixels = None,
    max_bytes: _Bytes = None,
    max_pages: _Pages = 20,
) -> None:
    need_extra("web", "inkread serve")
    from inkread.apps.web.settings import HandlerSettings, Settings
    from inkread.workers import cores

    network = _checked_model(models.usable_model(model, input_range))
    if phone:
        host, token = "0.0.0.0" if host == "127.0.0.1" else host, token or "new"
    limits = models.image_limits(max_megapixels=max_megapixels, max_bytes=max_bytes, max_pages=max_pages)
    settings = Settings(
        host=host, port=port, token=secrets.token_urlsafe(16) if token == "new" else token, once=phone,
        certificate=cert, key=key,
        hosts=tuple(allow_host or ()),
        origins=tuple(origin.rstrip("/") for origin in allow_origin or ()),
        handlers=HandlerSettings(network, min_confidence, limits),
        workers=workers or cores(),
        waiting_max=max_waiting, job_seconds=time_limit,
    )  # fmt: skip
    with _certified(settings, phone) as certified:
        _serve(certified, open, phone)


@contextlib.contextmanager
def _certified(settings: Settings, phone: bool) -> Iterator[Settings]:
    """The settings, for a phone with a certificate: one made on the spot if none is given."""
    if not phone or settings.certificate is not None:
        yield settings
        return
    from inkread.apps.web.server import made_certificate, reachable_host

    with made_certificate(reachable_host(settings.host)) as (certificate, key):
        yield replace(settings, certificate=certificate, key=key)


def _checked_model(model: Path | None) -> Path | None:
    """The network; says now, and not at the first request, that it cannot be used. Raises ModelError."""
    if model is not None:
        from inkread.reader import Reader

        Reader(model).check()
    return model


def _serve(settings: Settings, open_page: bool, phone: bool) -> None:
    from inkread.apps.web.access import is_loopback
    from inkread.apps.web.metrics import set_up_log
    from inkread.apps.web.server import listen, page_address, qr_code
    from inkread.apps.web.server import serve as serve_until_stopped

    listening = listen(settings.host, settings.port)
    set_up_log()
    if not is_loopback(settings.host) and not settings.token:
        note(
            "inkread: whoever reaches this machine can use the server; --token new lets in only whom you tell",
            "yellow",
        )
    told: list[str] = []

    def invites(code: str) -> None:
        """Tells the link; with --phone, once more after each use."""
        scheme = "https" if settings.certificate else "http"
        address = page_address(settings.host, listening, code, scheme)
        say(f"{address} lets in the next phone" if told else f"inkread serves {address} (Ctrl-C stops it)")
        if phone:
            say(qr_code(address))
            note(
                "(scan it with the phone's camera: it lets in one phone, then the next code is shown here; "
                "the certificate was made just now, so the browser asks once whether it is trusted)"
            )
        if open_page and not told:
            import webbrowser

            webbrowser.open(address)
        told.append(code)

    serve_until_stopped(settings, listening, invites)
