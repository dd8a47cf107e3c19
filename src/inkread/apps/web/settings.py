"""The settings of a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.reader import ImageLimits


@dataclass(frozen=True, slots=True)
class HandlerSettings:
    """The settings of a worker."""

    model: Path | None = None
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    limits: ImageLimits = field(default_factory=ImageLimits)
    corrections: Path | None = None
    """Where corrections are kept; None: the user's own folder."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server."""

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    """The token that clients must send; "": none."""
    certificate: Path | None = None
    """A certificate in PEM, with ``key``: HTTPS is served; None: HTTP."""
    key: Path | None = None
    """The key of the certificate; None: it stands in the same file."""
    hosts: tuple[str, ...] = ()
    """Further names that the server may be called by."""
    origins: tuple[str, ...] = ()
    """Other sites whose pages may use the API, as ``https://example.org``."""
    handlers: HandlerSettings = field(default_factory=HandlerSettings)
    workers: int = 0
    """Processes that read; 0: a thread in this process, for tests and for trying things out."""
    waiting_max: int = 64
    """Requests that may wait; one more is told to come back."""
    memory_mb: int = 3000
    """The most memory that one request may take, beyond what the network takes (Linux)."""
    job_seconds: float = 20.0
    """The longest that one request may keep a worker busy, or wait for one."""
    body_seconds: float = 60.0
    """The longest that a body may take to arrive."""
    pause_seconds: float = 10.0
    """The longest pause while a body or a head arrives."""
    buffered_max: int = 256_000_000
    """Bytes of bodies held at a time, over all requests."""
    notice_seconds: float = 1.0
    """After SIGTERM, how long "not ready" is said before the door is closed."""
    stop_seconds: float = 27.0
    """How long requests in flight may then still take."""

    @property
    def body_max(self) -> int:
        """Bytes of a body: the largest picture, and what multipart puts around it."""
        return self.handlers.limits.max_bytes + 65_536
