"""The server process: its socket, its certificate, its signals, and its graceful stop.

After SIGTERM, the readiness check fails, and requests are accepted for another moment, so that a load balancer can
react. Then the socket is closed, and accepted requests are answered. Ctrl-C skips the moment; a second ends at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import io
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import uvicorn

from inkread.apps.web.app import make_app
from inkread.apps.web.connections import UVICORN
from inkread.apps.web.metrics import log
from inkread.apps.web.service import Service
from inkread.apps.web.settings import Settings
from inkread.errors import InkreadError

_CERTIFICATE_DAYS = 7
"""How long a made certificate holds; it is made anew at each start."""


class CannotServe(InkreadError):
    """The server cannot listen at the address."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at the address; raises ``CannotServe``."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise CannotServe(f"{host}: no such address; give one of this machine (--host 127.0.0.1)") from None
    try:
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        listening = socket.create_server(address, family=family, backlog=2048, dualstack_ipv6=both)
    except OSError as error:
        hint = f"give another port (--port {port + 1})" if port else "give another address (--host 127.0.0.1)"
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise CannotServe(f"{host}:{port}: cannot be listened at ({reason}); {hint}") from None
    listening.setblocking(False)
    return listening


def page_address(host: str, listening: socket.socket, token: str, scheme: str = "http") -> str:
    """The address for a browser. The token follows a #, which browsers do not send."""
    host = reachable_host(host)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{listening.getsockname()[1]}/" + (f"#token={token}" if token else "")


def reachable_host(host: str) -> str:
    """The address by which others reach a server that listens at ``host``; nothing is sent to find it out."""
    if host not in ("0.0.0.0", "::", ""):
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address kept for documentation (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def serve(
    settings: Settings, listening: socket.socket, invites: Callable[[str], None] = lambda _: None
) -> None:
    """Serves until a signal says stop; ``invites`` is told each code for a link, once requests are taken."""
    service = Service(settings)
    service.entry.invites = invites
    config = uvicorn.Config(
        make_app(service),
        lifespan="on",
        timeout_keep_alive=30,
        ssl_certfile=settings.certificate,
        ssl_keyfile=settings.key,
        timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
        **UVICORN,
    )
    try:
        config.load()
    except OSError as error:
        raise CannotServe(
            f"{settings.certificate}: no certificate with its key in PEM ({error.strerror or error}); "
            "give --cert and --key"
        ) from None
    try:
        _Server(config, service, listening).run(sockets=[listening])
    finally:
        if service.queue is not None:
            service.queue.close()


class _Server(uvicorn.Server):
    """uvicorn's server with a graceful stop."""

    def __init__(self, config: uvicorn.Config, service: Service, listening: socket.socket) -> None:
        super().__init__(config)
        self._service, self._listening, self._notice = service, listening, 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._service.entry.invites(self._service.entry.code)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not kept, as uvicorn does, to be raised again at the end: a stop that was asked for is no failure.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        if sig != signal.SIGINT:
            self._notice = self._service.settings.notice_seconds
        self._service.stopping = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        state = self.server_state
        log("stopping", in_flight=len(state.tasks), connections=len(state.connections))
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


@contextlib.contextmanager
def made_certificate(address: str) -> Iterator[tuple[Path, Path]]:
    """The files of a self-signed certificate for an IP address or name, and of its key; deleted at the end."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        named: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        named = x509.DNSName(address)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "inkread on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=_CERTIFICATE_DAYS))
    builder = builder.add_extension(x509.SubjectAlternativeName([named]), False)
    pem, unencrypted = serialization.Encoding.PEM, serialization.NoEncryption()
    with TemporaryDirectory(prefix="inkread-") as folder:
        files = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        files[1].touch(0o600)
        files[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
        files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted))
        yield files


def qr_code(text: str) -> str:
    """A QR code for a terminal, half a line high for each row of modules."""
    import segno

    drawn = io.StringIO()
    segno.make(text, error="m").terminal(drawn, border=2, compact=True)
    return drawn.getvalue()
