"""Access control: the Host, Origin and token of requests, and security headers of answers.

- *Host*: a foreign name is refused. Otherwise any web page could have its own name point to this machine (DNS
  rebinding) and read what the server says. An IP address cannot be rebound.
- *Origin*: a page of another site may not have a browser send anything here, unless it is allowed to.
- *Token*: if one is set, everything but the page and the health checks requires it.
- Headers forbid the page to load, send or embed anything from elsewhere.

This module is independent of reading.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkread.apps.web.answers import Answer, refusal
from inkread.apps.web.request_body import send_answer

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_HEADERS = tuple(
    (name.encode(), value.encode())
    for name, value in {
        "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types inkread",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }.items()
)


@dataclass(frozen=True)
class Rules:
    """The rules for requests. ``guarded`` are prefixes of paths that require the token."""

    host: str = "127.0.0.1"
    """The address that the server listens at."""
    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()
    token: str = ""
    guarded: Sequence[str] = ("/v1/", "/metrics")

    def __post_init__(self) -> None:
        names = {*_LOOPBACK_NAMES, *(name.lower().strip("[]") for name in (self.host, *self.hosts))}
        if not is_loopback(self.host):
            own = socket.gethostname().lower()
            names |= {own, f"{own}.local"}
        object.__setattr__(self, "_names", names)

    def refuse(self, scope: Scope) -> Answer | None:
        """The refusal of a request; None if it is allowed."""
        headers = Headers(scope=scope)
        if refused := self._refuse_host(headers.getlist("host")):
            return refused
        if scope["method"] not in _SAFE_METHODS and not self._is_own_page(headers):
            hint = "open the server's own page, or start it with --allow-origin"
            return refusal(403, "foreign_origin", "the request comes from a page of another site", hint)
        path = scope["path"]
        if self.token and path.startswith(tuple(self.guarded)) and scope["method"] != "OPTIONS":
            given = headers.get("authorization", "").encode("latin-1", "replace")
            if not hmac.compare_digest(given, b"Bearer " + self.token.encode()):
                hint = "send the header “Authorization: Bearer TOKEN” with the server's token"
                return refusal(
                    401, "token_needed", "the token is missing or wrong", hint, WWW_Authenticate="Bearer"
                )
        return None

    def _refuse_host(self, hosts: Sequence[str]) -> Answer | None:
        if len(hosts) != 1:
            return refusal(400, "no_host", "the request has no Host, or several", "send one Host")
        name = _name_of(hosts[0])
        names: set[str] = self._names  # type: ignore[attr-defined]
        if name in names or (not is_loopback(self.host) and _is_address(name)):
            return None
        hint = "call it by its address, or start it with --allow-host and this name"
        return refusal(421, "foreign_host", "the server was called by a name that is not its own", hint)

    def _is_own_page(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            # No browser leaves Origin out of a cross-site POST; should one do so, it still says whence it comes.
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if origin in self.origins:
            return True
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return False
        port = {"http": ":80", "https": ":443"}[parts.scheme]
        return parts.netloc.lower().removesuffix(port) == headers["host"].lower().removesuffix(port)


class Safety:
    """ASGI middleware: applies the rules, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_missing(message, scope)]
            await send(message)

        if refused := self._rules.refuse(scope):
            await send_answer(refused, scope, receive, send_safely, unread=_has_body(scope))
        else:
            await self._app(scope, receive, send_safely)


def is_near(scope: Scope) -> bool:
    """Whether a request comes from this machine, and not from a proxy on it."""
    headers = Headers(scope=scope)
    if any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    client: Any = scope.get("client")
    return client is not None and is_loopback(client[0])


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _name_of(host: str) -> str:
    """The name in a Host header, without its port; "" for one that is none."""
    host = host.strip().lower()
    if host.startswith("["):
        name, _, rest = host[1:].partition("]")
        return name if not rest or (rest[0] == ":" and rest[1:].isdigit()) else ""
    name, colon, port = host.partition(":")
    return name if not colon or port.isdigit() else ""


def _missing(message: Message, scope: Scope) -> list[tuple[bytes, bytes]]:
    has = {name.lower() for name, _ in message.get("headers", ())}
    headers = [each for each in _HEADERS if each[0] not in has]
    if b"cache-control" not in has:
        headers.append((b"cache-control", b"no-store"))
    return headers


def _has_body(scope: Scope) -> bool:
    names = {name for name, value in scope["headers"] if value != b"0"}
    return bool(names & {b"content-length", b"transfer-encoding"})
