"""Access control: the Host, Origin and token of requests, and security headers of answers.

- *Host*: a foreign name is refused. Otherwise any web page could have its own name point to this machine (DNS
  rebinding) and read what the server says. An IP address cannot be rebound, so Starlette's list of names is too strict.
- *Origin*: a page of another site may not have a browser send anything here, unless it is allowed to.
- *Token*: if one is set, everything but the page and the health checks requires it, or the cookie that stands for it.
- Headers forbid the page to load, send or embed anything from elsewhere.

This module is independent of reading.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkread.apps.web.answers import Answer, refusal
from inkread.apps.web.request_body import Reply

GUARDED = ("/v1/", "/metrics")
"""Prefixes of paths that require the token."""
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types inkread",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}


class Entry:
    """The token, the cookie that stands for it, and what a link gives to get the cookie.

    That is the token itself; with ``once``, a code that lets one browser in. ``invites`` is then told the next code.
    """

    def __init__(self, token: str, once: bool = False) -> None:
        self.token, self._once = token, once
        self.code = secrets.token_urlsafe(9) if once else token
        self.invites: Callable[[str], None] = lambda _: None
        name, value = (
            hmac.digest(token.encode(), word, hashlib.sha256).hex() for word in (b"name", b"value")
        )
        self.cookie = f"inkread-{name[:8]}", value

    def enters(self, given: str) -> bool:
        """Whether the code of a link, or the token, lets a browser in. A code does so once."""
        said = given.encode("utf-8", "replace")
        if not self._once or not _same(said, self.code):
            return _same(said, self.token)
        self.code = secrets.token_urlsafe(9)
        self.invites(self.code)
        return True

    def admits(self, headers: Headers) -> bool:
        """Whether a request has the token or the cookie; everything is admitted where there is no token."""
        name, value = self.cookie
        kept = cookie_parser(headers.get("cookie", "")).get(name, "")
        bearer = headers.get("authorization", "").encode("latin-1", "replace")
        return not self.token or _same(bearer, f"Bearer {self.token}") or _same(kept.encode(), value)


class Rules:
    """The rules for requests to a server that listens at ``host``."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        hosts: Sequence[str] = (),
        origins: Sequence[str] = (),
        token: str = "",
        entry: Entry | None = None,
    ) -> None:
        self._local, self._origins, self.entry = is_loopback(host), origins, entry or Entry(token)
        own = [] if self._local else [socket.gethostname(), f"{socket.gethostname()}.local"]
        names = ("localhost", "127.0.0.1", "::1", host, *hosts, *own)
        self._names = {name.lower().strip("[]") for name in names}

    def refuse(self, scope: Scope) -> Answer | None:
        """The refusal of a request; None if it is allowed."""
        headers, method = Headers(scope=scope), scope["method"]
        if len(headers.getlist("host")) != 1:
            return refusal(400, "no_host", "the request has no Host, or several", "send one Host")
        if not self._is_own_name(headers["host"].strip()):
            hint = "call it by its address, or start it with --allow-host and this name"
            return refusal(421, "foreign_host", "the server was called by a name that is not its own", hint)
        if method not in ("GET", "HEAD", "OPTIONS") and not self._is_own_page(headers):
            hint = "open the server's own page, or start it with --allow-origin"
            return refusal(403, "foreign_origin", "the request comes from a page of another site", hint)
        if scope["path"].startswith(GUARDED) and method != "OPTIONS" and not self.entry.admits(headers):
            hint = "send the header “Authorization: Bearer TOKEN” with the server's token"
            detail = "the token is missing or wrong"
            return refusal(401, "token_needed", detail, hint, WWW_Authenticate="Bearer")
        return None

    def _is_own_name(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.netloc != host or "@" in host:
            return False
        return name in self._names or (not self._local and _address(name) is not None)

    def _is_own_page(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            # No browser leaves Origin out of a cross-site POST; should one do so, it still says whence it comes.
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        if origin in self._origins:
            return True
        parts = urlsplit(origin)
        port = {"http": ":80", "https": ":443"}.get(parts.scheme)
        if port is None or not parts.netloc:
            return False
        return parts.netloc.lower().removesuffix(port) == headers["host"].lower().removesuffix(port)


class Safety:
    """ASGI middleware: applies the rules, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                has = {name.lower() for name, _ in message.get("headers", ())}
                ours = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                missing = [header for header in ours if header[0] not in has]
                message["headers"] = [*message.get("headers", ()), *missing]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif refused := self._rules.refuse(scope):
            headers = Headers(scope=scope)
            unread = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
            await Reply(refused, unread)(scope, receive, send_safely)
        else:
            await self._app(scope, receive, send_safely)


def is_near(scope: Scope) -> bool:
    """Whether a request comes from this machine, and not from a proxy on it."""
    headers, client = Headers(scope=scope), scope.get("client")
    if any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via")):
        return False
    return client is not None and is_loopback(client[0])


def is_loopback(host: str) -> bool:
    address = _address(host.strip("[]"))
    if address is None:
        return host.lower() == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _same(given: bytes, known: str) -> bool:
    """Compares in a time that tells nothing of ``known``."""
    return bool(known) and hmac.compare_digest(given, known.encode())
