"""The settings of a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.reader import ImageLimits


@dataclass(frozen=True, slots=True)
class HandlerSettings:
    """The settings of a worker; ``corrections`` is where they are kept, None the user's own folder."""

    model: Path | None = None
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    limits: ImageLimits = field(default_factory=ImageLimits)
    corrections: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server."""

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""  # what clients must send; "": nothing
    once: bool = (
        False  # the link with which others are let in lets in one browser; then there is another link
    )
    certificate: Path | None = None  # in PEM, with key: HTTPS is served; None: HTTP
    key: Path | None = None  # of the certificate; None: it stands in the same file
    hosts: tuple[str, ...] = ()  # further names that the server may be called by
    origins: tuple[str, ...] = ()  # other sites whose pages may use the API, as https://example.org
    handlers: HandlerSettings = field(default_factory=HandlerSettings)
    workers: int = 1  # processes that read
    waiting_max: int = 64  # requests that may wait; one more is told to come back
    memory_mb: int = 3000  # the most that one request may take, beyond what the network takes (Linux)
    job_seconds: float = 20.0  # the longest that one request may keep a worker busy, or wait for one
    body_seconds: float = 60.0  # the longest that a body may take to arrive
    pause_seconds: float = 10.0  # the longest pause while a body arrives
    buffered_max: int = 256_000_000  # bytes of bodies held at a time, over all requests
    notice_seconds: float = 1.0  # after SIGTERM, how long "not ready" is said before the door is closed
    stop_seconds: float = 27.0  # how long requests in flight may then still take

    @property
    def body_max(self) -> int:
        """Bytes of a body: the largest picture, and what multipart puts around it."""
        return self.handlers.limits.max_bytes + 65_536
