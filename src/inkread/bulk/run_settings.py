"""The settings of a run, as plain values that can be sent to other processes and machines."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from inkread import __version__
from inkread.confidence import DEFAULT_MIN_CONFIDENCE
from inkread.errors import ExpectationError
from inkread.images import DEFAULT_LIMITS, ImageLimits
from inkread.reader import Printed, Reader, Region

_FORMAT = 4  # The version of the row format. A higher one makes older rows invalid.


@dataclass(frozen=True, slots=True)
class Settings:
    """How pictures are read, and within which limits.

    ``model`` is the path of an ONNX network ("": the shipped one), ``model_sha256`` its hash, ``card_sha256`` the hash
    of the cards of all networks. ``time_limit_seconds`` and ``memory_limit_mb`` (beyond what the network takes) hold
    for one picture, or for one page of a file. ``base`` is the folder that relative paths start from. ``dpi`` is the
    resolution of a PDF's pages, ``expect`` what each line should be, ``printed`` which digits are kept, and ``regions``
    the rectangles that alone are read (none: all of each picture is).
    """

    model: str = ""
    model_sha256: str = ""
    card_sha256: str = ""
    min_confidence: float = DEFAULT_MIN_CONFIDENCE
    max_megapixels: float = DEFAULT_LIMITS.max_megapixels
    max_bytes: int = DEFAULT_LIMITS.max_bytes
    time_limit_seconds: float = 30.0
    memory_limit_mb: int = 1500
    base: str = ""
    max_pages: int = DEFAULT_LIMITS.max_pages
    dpi: float | None = None
    expect: str | None = None
    printed: Printed | None = None
    regions: tuple[Region, ...] = ()

    @property
    def limits(self) -> ImageLimits:
        return ImageLimits(self.max_megapixels, self.max_bytes, self.max_pages)

    def digest(self) -> str:
        """A hash that is equal for settings that give the same rows. It names the sub-folder of a run."""
        decisive = asdict(self)
        for name in ("model", "time_limit_seconds", "memory_limit_mb", "base"):
            del decisive[name]
        told = json.dumps([_FORMAT, __version__, decisive], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def make_settings(model: Path | None = None, **options: Any) -> Settings:
    """The settings for these options, which are fields of ``Settings``; None stands for the default.

    Raises ModelError for a network that cannot be used, ExpectationError for what is expected, ValueError for values
    out of range.
    """
    given = {name: value for name, value in options.items() if value is not None}
    settings = Settings(base=str(Path.cwd()), **given)
    _ = settings.limits
    reader = Reader(
        model, min_confidence=settings.min_confidence, expect=settings.expect, printed=settings.printed
    )
    for each in (None, *(region.expect for region in settings.regions)):
        told = reader.told(each).expectation
        if told is not None and told.over_pictures:
            raise ExpectationError(
                "a bulk run checks each picture for itself; for a series over pictures, use inkread read --jobs 0"
            )
    if model is not None:
        reader.check()  # what is wrong with a network is said before anything starts
    cards = [network.card for network in reader.networks]
    return replace(
        settings,
        model=str(Path(model).resolve()) if model else "",
        model_sha256=hashlib.sha256(reader.networks[0].path.read_bytes()).hexdigest(),
        card_sha256=hashlib.sha256(json.dumps(cards, sort_keys=True).encode()).hexdigest(),
    )
