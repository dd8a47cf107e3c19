"""What a page's QR code says: which exam, page and copy, signed so that nobody can make one up.

    INKREAD1/ + base32 of: exam (5 bytes), layout (3), page (1), copy (3), signature (8)

The signature is HMAC-SHA256 (RFC 2104) with the exam's secret, cut to 8 bytes. Copy 0 is an unnumbered one,
to be photocopied. This module does not know how the code is drawn or found.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

__all__ = ["EXAM_BYTES", "MOST_COPIES", "PageCode", "read_code", "write_code"]

_PREFIX = "INKREAD1/"
EXAM_BYTES = 5
_SIGNATURE_BYTES = 8
MOST_COPIES = 2**24 - 1


@dataclass(frozen=True)
class PageCode:
    """Which page of which copy of which exam this is; ``layout`` is the digest of the design it was printed by."""

    exam: bytes
    layout: bytes
    page: int
    copy: int

    def _packed(self) -> bytes:
        return self.exam + self.layout + self.page.to_bytes(1, "big") + self.copy.to_bytes(3, "big")


def write_code(code: PageCode, secret: bytes) -> str:
    """The text of a QR code: capitals and digits, which QR packs best."""
    packed = code._packed()
    return _PREFIX + base64.b32encode(packed + _sign(packed, secret)).decode().rstrip("=")


def read_code(text: str, secret: bytes) -> tuple[PageCode | None, bool]:
    """What a QR code says (None: it is no inkread code at all), and whether its signature is right."""
    if not text.startswith(_PREFIX) or len(text) > 64:
        return None, False
    body = text.removeprefix(_PREFIX)
    try:
        content = base64.b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError):
        return None, False
    packed, signature = content[:-_SIGNATURE_BYTES], content[-_SIGNATURE_BYTES:]
    if len(packed) != EXAM_BYTES + 7:
        return None, False
    code = PageCode(packed[:5], packed[5:8], packed[8], int.from_bytes(packed[9:12], "big"))
    return code, hmac.compare_digest(signature, _sign(packed, secret))


def _sign(packed: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, packed, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
