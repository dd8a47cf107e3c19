"""What a phone needs to reach the server: a certificate made on the spot, and the address as a QR code."""

from __future__ import annotations

import contextlib
import datetime
import io
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509


_DAYS = 7
"""How long a certificate holds; it is made anew at each start."""


@contextlib.contextmanager
def made_certificate(address: str) -> Iterator[tuple[Path, Path]]:
    """The files of a self-signed certificate for an IP address or name, and of its key; deleted at the end."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "inkread on this machine")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=_DAYS))
    certificate = builder.add_extension(x509.SubjectAlternativeName([_named(address)]), False).sign(
        key, hashes.SHA256()
    )
    with TemporaryDirectory(prefix="inkread-") as folder:
        files = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        files[1].touch(0o600)
        files[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        yield files


def qr_code(text: str) -> str:
    """A QR code for a terminal, half a line high for each row of modules."""
    import segno

    drawn = io.StringIO()
    segno.make(text, error="m").terminal(drawn, border=2, compact=True)
    return drawn.getvalue()


def _named(address: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)
