"""The server for phones: HTTPS with a certificate made on the spot, a token, and a QR code."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from inkread.apps.cli import main
from inkread.apps.web.server import made_certificate, qr_code


def test_a_made_certificate_is_of_the_address_and_goes_again() -> None:
    from cryptography import x509

    with made_certificate("192.0.2.7") as (certificate, key):
        made = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
        assert os.name != "posix" or key.stat().st_mode & 0o077 == 0
    assert not certificate.exists()
    assert not key.exists()


def test_a_qr_code_is_drawn() -> None:
    lines = qr_code("https://192.0.2.7:8000/#token=abc").splitlines()
    assert len(lines) > 10
    assert len({len(line) for line in lines if line}) >= 1


def test_a_phone_is_let_in_once_by_a_link_and_stays_in(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inkread", "serve", "--phone", "--port", "0", "--workers", "1"]
    env = {**os.environ, "INKREAD_CORRECTIONS": str(tmp_path / "kept")}
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[2]
            assert address.startswith("https://")
            page, first = address.split("#token=")

            def asked(path: str, body: bytes | None = None, **headers: str) -> Any:
                request = urllib.request.Request(page + path, body, headers)
                return urllib.request.urlopen(request, context=trusting, timeout=120)

            def entering(code: str, **headers: str) -> str:
                """The cookie that a browser gets for the code of a link."""
                with asked("enter", json.dumps({"token": code}).encode(), **headers) as answer:
                    assert answer.status == 204
                    return str(answer.headers["set-cookie"])

            assert b"manifest.json" in asked("").read()
            assert json.loads(asked("page/manifest.json").read())["start_url"] == "/"
            cookie = entering(first)
            for word in ("HttpOnly", "Secure", "SameSite=strict", "Max-Age=31536000"):
                assert word in cookie
            kept = cookie.partition(";")[0]
            for _ in range(2):
                assert json.loads(asked("v1/model", Cookie=kept).read())["name"]
            assert entering(first, Cookie=kept) == cookie, "whoever is in may open the link again"
            for refused in ({}, {"Cookie": f"{kept}x"}, {"Authorization": f"Bearer {first}"}):
                with pytest.raises(urllib.error.HTTPError, match="401"):
                    asked("v1/model", **refused)
            with pytest.raises(urllib.error.HTTPError, match="401"):
                entering(first)
            told = next(line for line in process.stdout if "lets in the next phone" in line)
            second = told.split()[0].partition("#token=")[2]
            assert second not in ("", first)
            assert entering(second).partition(";")[0] == kept
            assert json.loads(asked("v1/model", Cookie=kept).read())["name"]
        finally:
            process.terminate()
            process.communicate(timeout=60)


def test_a_certificate_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.pem").write_text("no certificate")
    assert main(["serve", "--port", "0", "--cert", str(tmp_path / "no.pem")]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "--cert and --key" in told
