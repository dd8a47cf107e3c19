"""The server process: its socket, its signals, and its graceful stop.

After SIGTERM, the readiness check fails, and requests are accepted for another moment, so that a load balancer can
react. Then the socket is closed, and accepted requests are answered. Ctrl-C skips the moment; a second ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from inkread.apps.web.app import make_app, make_service
from inkread.apps.web.connections import Connection
from inkread.apps.web.metrics import log
from inkread.apps.web.service import Service
from inkread.apps.web.settings import Settings
from inkread.errors import InkreadError


class CannotServe(InkreadError):
    """The server cannot listen at the address."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; raises ``CannotServe``."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise CannotServe(f"{host}: no such address; give one of this machine (--host 127.0.0.1)") from None
    listening = socket.socket(family, kind)
    try:
        if os.name == "posix":  # elsewhere it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        hint = f"give another port (--port {port + 1})" if port else "give another address (--host 127.0.0.1)"
        reason = error.strerror or str(error)
        raise CannotServe(f"{host}:{port}: cannot be listened at ({reason}); {hint}") from None
    listening.setblocking(False)
    return listening


def page_address(host: str, listening: socket.socket, token: str, scheme: str = "http") -> str:
    """The address for a browser. The token follows a #, which browsers do not send."""
    host = reachable_host(host)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{listening.getsockname()[1]}/" + (f"#token={token}" if token else "")


def reachable_host(host: str) -> str:
    """The address by which others reach a server that listens at ``host``."""
    return _own_address() if host in ("0.0.0.0", "::", "") else host


def _own_address() -> str:
    """This machine's address in its network; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address kept for documentation (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def serve(settings: Settings, listening: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Serves until a signal says stop; ``ready`` is called once requests are taken."""
    service = make_service(settings)
    config = uvicorn.Config(
        make_app(settings, service),
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
    )
    try:
        config.load()
    except OSError as error:
        raise CannotServe(
            f"{settings.certificate}: no certificate with its key in PEM ({error.strerror or error}); "
            "give --cert and --key"
        ) from None
    server = _Server(config, service, listening, ready)
    try:
        server.run(sockets=[listening])
    finally:
        if service.queue is not None:
            service.queue.close()


class _Server(uvicorn.Server):
    """uvicorn's server with a graceful stop."""

    def __init__(
        self, config: uvicorn.Config, service: Service, listening: socket.socket, ready: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._service, self._listening, self._ready = service, listening, ready
        self._notice = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not kept, as uvicorn does, to be raised again at the end: a stop that was asked for is no failure.
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        if sig != signal.SIGINT:
            self._notice = self._service.settings.notice_seconds
        self._service.stopping = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log(
            "stopping", in_flight=len(self.server_state.tasks), connections=len(self.server_state.connections)
        )
        if not self.force_exit:
            await asyncio.sleep(self._notice)
        await self._let_in()
        await super().shutdown(sockets)
        log("stopped")

    async def _let_in(self) -> None:
        """Accepts connections that wait in the socket's queue, which closing the socket would reset."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError, OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.setblocking(False)
                await loop.connect_accepted_socket(
                    lambda: self.config.http_protocol_class(  # type: ignore[call-arg]
                        config=self.config, server_state=self.server_state, app_state=self.lifespan.state
                    ),
                    connection,
                    ssl=self.config.ssl,
                )
