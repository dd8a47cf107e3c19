"""Who may ask, and how much may be sent: foreign hosts, origins and tokens, bodies too large, too slow, too strange."""

from __future__ import annotations

import asyncio
import io
import json
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason='needs the extra: pip install "inkread[web]"')

from PIL import Image
from starlette.requests import ClientDisconnect, Request
from starlette.testclient import TestClient

import inkread
from inkread.apps.web.access import Rules, is_near
from inkread.apps.web.answers import Refused
from inkread.apps.web.request_body import Bodies
from inkread.apps.web.settings import Settings
from made_web import number, serving, small_limits

PNG = {"content-type": "image/png"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving(handlers=small_limits(), pause_seconds=0.3, body_seconds=1.0) as made:
        yield made


# Hosts


@pytest.mark.parametrize(
    ("host", "listens", "allowed", "status"),
    [
        ("127.0.0.1:8000", "127.0.0.1", (), 200),
        ("localhost", "127.0.0.1", (), 200),
        ("LOCALHOST:8000", "127.0.0.1", (), 200),
        ("[::1]:8000", "127.0.0.1", (), 200),
        ("evil.example", "127.0.0.1", (), 421),
        ("127.0.0.1.evil.example", "127.0.0.1", (), 421),
        ("localhost.evil.example:8000", "127.0.0.1", (), 421),
        ("evil.example:127.0.0.1", "127.0.0.1", (), 421),
        ("localhost:8000@evil.example", "127.0.0.1", (), 421),
        ("192.168.1.5", "127.0.0.1", (), 421),
        ("", "127.0.0.1", (), 421),
        ("192.168.1.5:8000", "0.0.0.0", (), 200),
        ("[fe80::1]:8000", "0.0.0.0", (), 200),
        ("evil.example", "0.0.0.0", (), 421),
        ("digits.example", "0.0.0.0", ("digits.example",), 200),
        ("digits.example", "127.0.0.1", ("Digits.Example",), 200),
    ],
)
def test_only_own_names_are_answered(host: str, listens: str, allowed: tuple[str, ...], status: int) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host.encode())]}
    refused = Rules(listens, allowed).refuse(scope)
    assert (refused.status if refused else 200) == status


@pytest.mark.parametrize("hosts", [[], [b"localhost", b"localhost"]])
def test_a_request_has_one_host(hosts: list[bytes]) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", host) for host in hosts]}
    refused = Rules().refuse(scope)
    assert refused is not None
    assert refused.status == 400


def test_a_foreign_host_is_refused_everywhere(client: TestClient) -> None:
    for path in ("/", "/v1/model", "/health/live", "/metrics", "/openapi.json", "/nothing"):
        answer = client.get(path, headers={"host": "evil.example"})
        assert answer.status_code == 421
        assert set(answer.json()) == {"error", "detail", "hint"}


# Origins


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"origin": "https://127.0.0.1:8000"}, 200),
        ({"origin": "https://friend.example"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "file://"}, 403),
        ({"origin": ""}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_pages_of_other_sites_may_send_nothing(headers: dict[str, str], status: int) -> None:
    given = [(b"host", b"127.0.0.1:8000"), *((n.encode(), v.encode()) for n, v in headers.items())]
    scope = {"type": "http", "method": "POST", "path": "/v1/read", "headers": given}
    refused = Rules(origins=("https://friend.example",)).refuse(scope)
    assert (refused.status if refused else 200) == status


def test_no_cors_unless_it_is_asked_for(client: TestClient) -> None:
    asked = {"origin": "https://friend.example", "access-control-request-method": "POST"}
    assert "access-control-allow-origin" not in client.get("/v1/model", headers=asked).headers
    assert "access-control-allow-origin" not in client.options("/v1/read", headers=asked).headers
    with serving(origins=("https://friend.example",)) as friendly:
        allowed = friendly.options("/v1/read", headers=asked)
        assert allowed.headers["access-control-allow-origin"] == "https://friend.example"
        read = friendly.post(
            "/v1/read", content=number("7"), headers={**PNG, "origin": "https://friend.example"}
        )
        assert read.headers["access-control-allow-origin"] == "https://friend.example"
        foreign = {**asked, "origin": "https://evil.example"}
        assert "access-control-allow-origin" not in friendly.options("/v1/read", headers=foreign).headers


# Tokens


def test_with_a_token_all_but_page_and_health_need_it() -> None:
    with serving(token="s3cret") as client:
        for path in ("/", "/health/live", "/health/ready", "/page/main.js"):
            assert client.get(path).status_code == 200, path
        for given in (
            {},
            {"authorization": "Bearer s3cre"},
            {"authorization": "s3cret"},
            {"authorization": "ü"},
        ):
            headers = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
            for path in ("/v1/model", "/metrics"):
                refused = client.get(path, headers=headers)
                assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert client.post("/v1/read", content=number("7"), headers=headers).status_code == 401
        good = {"authorization": "Bearer s3cret"}
        assert client.get("/v1/model", headers=good).status_code == 200
        assert client.post("/v1/read", content=number("7"), headers={**PNG, **good}).json()["text"] == "7"


def test_what_is_wrong_with_a_sent_token_is_said() -> None:
    bodies = {b"x": "Invalid JSON", b"{}": "token: Field required", b"[]": "should be an object"}
    long = json.dumps({"token": "x" * 200_000}).encode()
    with serving(token="s3cret") as client:
        for body, told in (bodies | {long: "token: String should have at most 1000 characters"}).items():
            refused = client.post("/enter", content=body)
            assert (refused.status_code, refused.json()["error"]) == (422, "no_token")
            assert told in refused.json()["detail"]


@pytest.mark.parametrize(
    ("client", "headers", "near"),
    [
        (("127.0.0.1", 9), [], True),
        (("::1", 9), [], True),
        (("::ffff:127.0.0.1", 9), [], True),
        (("192.168.1.7", 9), [], False),
        (("127.0.0.1", 9), [(b"x-forwarded-for", b"127.0.0.1")], False),
        (("127.0.0.1", 9), [(b"forwarded", b"for=1.2.3.4")], False),
        (None, [], False),
    ],
)
def test_who_is_near(client: Any, headers: Any, near: bool) -> None:
    assert is_near({"type": "http", "client": client, "headers": headers}) is near


def test_corrections_come_from_here_or_with_the_token(tmp_path: Any) -> None:
    box = ",".join(map(str, inkread.read(number("7")).digits[0].box.to_list()))
    path, order = f"/v1/corrections?box={box}&label=1", small_limits(tmp_path)
    with serving(client=("192.168.1.7", 9), handlers=order) as far:
        assert far.post("/v1/read", content=number("7"), headers=PNG).status_code == 200
        assert far.post(path, content=number("7"), headers=PNG).status_code == 403
        assert far.delete("/v1/corrections/0123456789abcdef").status_code == 403
    assert list(tmp_path.iterdir()) == []
    with serving(client=("192.168.1.7", 9), handlers=order, token="t") as far:
        assert far.post(path, content=number("7"), headers=PNG).status_code == 401
        assert far.delete("/v1/corrections/0123456789abcdef").status_code == 401
        assert (
            far.post(path, content=number("7"), headers={**PNG, "authorization": "Bearer t"}).status_code
            == 201
        )


# What browsers are told


def test_every_answer_forbids_what_the_page_does_not_need(client: TestClient) -> None:
    answers = [client.get(path) for path in ("/", "/page/page.css", "/v1/model", "/nothing", "/openapi.json")]
    answers.append(client.get("/", headers={"host": "evil.example"}))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert len(answer.headers.get_list("cache-control")) == 1


def test_the_page_names_no_other_host() -> None:
    from importlib import resources

    names = 0
    for entry in resources.files("inkread.apps.web.page").iterdir():
        if entry.name.endswith((".html", ".css", ".js")):
            text = entry.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            names += 1
            for forbidden in ("http:", "https:", "innerHTML", "eval(", "document.write", 'style="'):
                assert forbidden not in text, f"{entry.name}: {forbidden}"
    assert names > 10


# Bodies


def chunks(number_of: int, size: int) -> Iterator[bytes]:
    for _ in range(number_of):
        yield bytes(size)


def test_too_many_bytes_are_refused_declared_or_not(client: TestClient) -> None:
    declared = client.post("/v1/read", content=bytes(200_000), headers=PNG)
    streamed = client.post("/v1/read", content=chunks(100, 10_000), headers=PNG)
    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["error"]) == (413, "body_too_large")
    assert declared.headers["connection"] == "close"
    assert client.service.bodies.held == 0  # type: ignore[attr-defined]


def test_a_gigabyte_declared_is_refused_unread(client: TestClient) -> None:
    answer = client.post("/v1/read", content=b"x", headers={**PNG, "content-length": "1000000000"})
    assert answer.status_code == 413


def test_packed_bodies_are_refused(client: TestClient) -> None:
    answer = client.post(
        "/v1/read", content=zlib.compress(bytes(10**6)), headers={**PNG, "content-encoding": "deflate"}
    )
    assert (answer.status_code, answer.json()["error"]) == (415, "packed_body")


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be of this size, and packs well."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_decompression_bombs_are_refused_unopened(client: TestClient) -> None:
    gif = io.BytesIO()
    Image.new("P", (400, 400)).save(gif, "GIF")
    large_gif = gif.getvalue()[:6] + struct.pack("<HH", 65535, 65535) + gif.getvalue()[10:]
    tracemalloc.start()
    try:
        for content in (bomb(30_000, 30_000), bomb(65_000, 65_000), large_gif):
            answer = client.post("/v1/read", content=content, headers=PNG)
            assert (answer.status_code, answer.json()["error"]) == (413, "picture_too_large")
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\boot.ini",
        "a\x00b.png",
        "C:\\x.png",
        "%2e%2e/x",
        "x" * 2000,
        "'; --",
    ],
)
def test_a_clients_file_name_is_nothing(
    client: TestClient, name: str, tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = client.post("/v1/read", files={"picture": (name, number("58"), "text/html")})
    assert answer.json()["text"] == "58"
    assert name not in answer.text
    assert list(tmp_path.iterdir()) == []


def test_of_a_form_with_much_in_it_each_file_is_read(client: TestClient) -> None:
    fields = {f"field{i}": "x" * 100 for i in range(50)}
    files = [("a", ("a.png", number("58"))), ("b", ("b.png", number("7")))]
    answer = client.post("/v1/read", data=fields, files=files).json()
    assert [each["text"] for each in answer["pictures"]] == ["58", "7"]


class Dripping:
    """A request whose body comes drop by drop."""

    def __init__(self, pieces: list[bytes], pause: float, ends: bool = True) -> None:
        self._pieces, self._pause, self._ends = list(pieces), pause, ends

    def request(self) -> Request:
        return Request({"type": "http", "method": "POST", "headers": []}, self.receive)

    async def receive(self) -> Any:
        await asyncio.sleep(self._pause)
        if not self._pieces:
            return {"type": "http.disconnect"} if not self._ends else {"type": "http.request", "body": b""}
        return {"type": "http.request", "body": self._pieces.pop(0), "more_body": True}


@pytest.mark.parametrize(("pause", "pieces"), [(30.0, 1), (0.02, 10_000)])
def test_bodies_that_take_too_long_are_refused(pause: float, pieces: int) -> None:
    bodies = Bodies(Settings(pause_seconds=0.1, body_seconds=0.4))
    with pytest.raises(Refused) as refused:
        asyncio.run(bodies.take(Dripping([b"x"] * pieces, pause).request()))
    assert refused.value.answer.status == 408
    assert bodies.held == 0


def test_a_client_that_goes_away_leaves_nothing() -> None:
    bodies = Bodies(Settings())
    with pytest.raises(ClientDisconnect):
        asyncio.run(bodies.take(Dripping([b"x"], 0, ends=False).request()))
    assert bodies.held == 0


def test_all_bodies_together_are_bounded() -> None:
    bodies = Bodies(Settings(buffered_max=1000))

    async def take_two() -> list[Any]:
        drips = [Dripping([bytes(200)] * 4, 0.01) for _ in range(2)]
        return await asyncio.gather(*(bodies.take(drip.request()) for drip in drips), return_exceptions=True)

    taken = asyncio.run(take_two())
    assert sorted(type(each) for each in taken if isinstance(each, Refused)) == [Refused]
    assert [len(each) for each in taken if isinstance(each, bytes)] == [800]
    assert bodies.held == 0
