"""How large a picture may be, how many pages a file may have, and what is said of more."""

from __future__ import annotations

from dataclasses import dataclass

from inkread.errors import ImageTooLarge, UnreadableImage


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest picture that is decoded, in millions of pixels, the largest file in bytes, and the most pages of
    one file that are read in one go.

    The defaults let through what phones photograph (8160 × 6144), and a page scanned at 600 dpi; reading such a
    picture takes less than 512 MB. Pages are decoded one at a time.
    """

    max_megapixels: float = 52
    max_bytes: int = 20_000_000
    max_pages: int = 1000

    def __post_init__(self) -> None:
        for name in ("max_megapixels", "max_bytes", "max_pages"):
            if not isinstance(getattr(self, name), int | float):
                raise TypeError(f"{name} must be a number, not {getattr(self, name)!r}")
        # Written so that NaN is refused, too.
        if not (self.max_megapixels > 0 and self.max_bytes > 0 and self.max_pages > 0):
            raise ValueError(
                f"limits must be above 0, not {self.max_megapixels}, {self.max_bytes} and {self.max_pages}"
            )


DEFAULT_LIMITS = ImageLimits()


def check_bytes(number: int, name: str, limits: ImageLimits) -> None:
    """Raises ``ImageTooLarge`` for a file of more bytes than the limit."""
    if number > limits.max_bytes:
        most = (
            f"{limits.max_bytes / 1e6:g} MB" if limits.max_bytes >= 100_000 else f"{limits.max_bytes} bytes"
        )
        raise ImageTooLarge(f"{name}: has more than {most}; save it smaller, or raise the limit (max_bytes)")


def check_pages(count: int, name: str, limits: ImageLimits) -> None:
    """Raises ``ImageTooLarge`` for more pages than the limit."""
    if count > limits.max_pages:
        raise ImageTooLarge(
            f"{name}: has {count:,} pages, more than {limits.max_pages:,}; split it, read one page, or raise the "
            "limit (max_pages)"
        )


def check_pixels(width: int, height: int, name: str, limits: ImageLimits) -> None:
    """Raises ``ImageTooLarge`` for more pixels than the limit, ``UnreadableImage`` for none."""
    if width < 1 or height < 1:
        raise UnreadableImage(f"{name}: has no pixels ({width} × {height}); give a picture that has some")
    if width * height > limits.max_megapixels * 1e6:
        raise ImageTooLarge(
            f"{name}: has {width} × {height} = {width * height / 1e6:.4g} megapixels, more than "
            f"{limits.max_megapixels:g}; save it smaller, or raise the limit (max_megapixels)"
        )
