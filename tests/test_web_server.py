"""The server as a process: how it starts, what it refuses on the wire, and that it stops without losing a request."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason='needs the extra: pip install "inkread[web]"')

import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from inkread.apps.cli import main
from inkread.apps.web import connections
from inkread.apps.web.app import make_app
from inkread.apps.web.service import Service
from inkread.apps.web.settings import Settings
from made_processes import running
from made_web import InProcess, number, serving, small_limits

HEAD = b"POST /v1/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n"


@contextlib.contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """``inkread serve`` in a process of its own, and its port."""
    with running("serve", "--port", "0", "--workers", "1", *options) as (address, started):
        found = re.search(r":(\d+)/", address)
        assert found
        yield started, int(found[1])


def sent(port: int, pieces: Sequence[bytes]) -> bytes:
    """What comes back for these bytes, until the server ends the connection or has answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        return answered(line, pieces)


def answered(line: socket.socket, pieces: Sequence[bytes]) -> bytes:
    with contextlib.suppress(OSError):  # the server may have had enough before all was sent
        for piece in pieces:
            line.sendall(piece)
    back = b""
    with contextlib.suppress(ConnectionError):
        while piece := line.recv(65536):
            back += piece
            head, _, body = back.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            if length and len(body) >= int(length[1]):
                break
    return back


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


# Starting


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 1
    errors = capsys.readouterr().err
    assert "cannot be listened at" in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--host", "no.such.host.invalid"), 1, "no such address"),
        (("--port", "70000"), 2, "--port"),
        (("--model", "missing.onnx"), 1, "no such model file"),
        (("--max-bytes", "-1"), 2, "above 0"),
        (("--workers", "0"), 2, "--workers"),
    ],
)
def test_mistakes_are_one_line(
    arguments: tuple[str, ...], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == status
    errors = capsys.readouterr().err
    assert words in errors
    assert len(errors.splitlines()) == 1


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve"]) == 1
    assert 'needs uvicorn, which is not installed; pip install "inkread[web]"' in capsys.readouterr().err


def test_serving_others_without_a_token_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from inkread.apps.web import metrics, server

    served: list[Settings] = []
    monkeypatch.setattr(
        server,
        "serve",
        lambda settings, listening, invites: (served.append(settings), invites(settings.token)),
    )
    monkeypatch.setattr(metrics, "set_up_log", lambda: None)
    told = {}
    for host, token in (("127.0.0.1", ""), ("0.0.0.0", ""), ("0.0.0.0", "new")):
        assert main(["serve", "--host", host, "--port", "0", "--token", token]) == 0
        told[host, token] = capsys.readouterr()
    assert [bool(each.err) for each in told.values()] == [False, True, False]
    assert "--token new" in told["0.0.0.0", ""].err
    assert len(served[-1].token) >= 20
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["serve", "--open", "--port", "0"]) == 0
    assert opened == [capsys.readouterr().out.split()[2]]
    assert told["0.0.0.0", "new"].out.split()[2].endswith(f"/#token={served[2].token}")


# On the wire


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server in a thread, whose patience is short."""
    patch = pytest.MonkeyPatch()
    patch.setattr(connections, "HEAD_SECONDS", 0.5)
    patch.setattr(connections, "CONNECTIONS_MAX", 20)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    made = Settings(handlers=small_limits(), pause_seconds=0.5)
    app = make_app(Service(made, [InProcess(made.handlers)]))
    config = uvicorn.Config(app, http=connections.Connection, ws="none", log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        patch.undo()


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"], 200),
        ([b"\x16\x03\x01"], 400),
        ([b"GET / HTTP/1.1\r\n\r\n"], 400),
        ([HEAD, b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"], 400),
        ([HEAD, b"Content-Length: -4\r\n\r\n"], 400),
        ([b"GET / HTTP/1.1\r\n", *[b"X: " + b"y" * 9000 + b"\r\n"] * 100], 431),
        ([b"GET /" + b"y" * 100_000], 431),
        ([b"GET / HTTP/1.1\r\nX: "], 408),
        ([b""], 408),
        ([HEAD, b"Content-Length: 100\r\n\r\n", b"x"], 408),
        ([HEAD, b"Content-Length: 1000000000\r\n\r\n", bytes(10**6)], 413),
        ([HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + bytes(65536) + b"\r\n"] * 200], 413),
        ([HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n" * 5000] * 20], 400),
    ],
)
def test_what_is_broken_endless_or_slow_is_refused(port: int, pieces: list[bytes], status: int) -> None:
    answer = sent(port, pieces)
    assert status_of(answer) == status
    if status != 200:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert set(json.loads(body)) == {"error", "detail", "hint"}
        assert b"connection: close" in head.lower() or b"no_host" in body


def test_a_crowd_of_idle_clients_makes_room(port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        answer = sent(port, [b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"])
    assert status_of(answer) == 200


# Stopping


@pytest.mark.skipif(os.name != "posix", reason="SIGTERM is POSIX's")
def test_a_stop_answers_what_was_sent_and_ends_in_peace() -> None:
    picture = number("58")
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(picture) + picture
    with process() as (server, port):
        first = sent(port, [request])
        lines = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(12)]
        for line in lines[:8]:
            line.sendall(request)
        server.send_signal(signal.SIGTERM)
        for line in lines[8:]:  # connected before the stop, sent after it
            line.sendall(request)
        answers = [answered(line, []) for line in lines]
        for line in lines:
            line.close()
        output, errors = server.communicate(timeout=60)
    assert [status_of(answer) for answer in [first, *answers]] == [200] * 13
    assert {json.loads(answer.partition(b"\r\n\r\n")[2])["text"] for answer in answers} == {"58"}
    assert server.returncode == 0
    told = [json.loads(line) for line in errors.splitlines()]
    assert [line["event"] for line in told if line["event"] != "request"] == ["stopping", "stopped"]
    assert sum(line["event"] == "request" and line["status"] == 200 for line in told) == 13
    assert output == ""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is looked up in /proc")
def test_endless_bodies_take_little_memory() -> None:
    def resident(process_id: int) -> int:
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    with process("--max-bytes", "1000000") as (server, port):
        sent(port, [b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"])
        before = resident(server.pid)
        chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
        answers = [
            sent(port, [HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 100]),
            sent(port, [HEAD, b"Content-Length: 1073741824\r\n\r\n", *[bytes(1 << 20)] * 100]),
        ]
        assert [status_of(answer) for answer in answers] == [413, 413]
        assert resident(server.pid) - before < 64_000_000


# Whatever is sent


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with serving(handlers=small_limits()) as made:
        yield made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["size_wh", "strokes", "points", "width", "widths", "glyphs", "full"]), inner
        )
    ),
    max_leaves=12,
)
POINTS = st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), min_size=1, max_size=6)
SKETCHES = st.fixed_dictionaries(
    {
        "size_wh": st.tuples(st.integers(1, 60), st.integers(1, 60)),
        "strokes": st.lists(
            st.fixed_dictionaries({"points": POINTS, "width": st.floats(0.1, 50)}), max_size=3
        ),
    }
)
QUERIES = st.dictionaries(
    st.sampled_from(["annotate", "steps", "inside", "closeups", "upright", "digit", "label"]),
    st.sampled_from(["0", "1", "2", "-1", "x", "", "99999999999999999999"]),
    max_size=3,
)


def cut(where: int, how: int) -> bytes:
    """A picture with a byte changed and its end cut off."""
    whole = bytearray(number("7"))
    whole[where % len(whole)] = how
    return bytes(whole[: len(whole) - how])


BODIES = st.one_of(
    st.tuples(st.just("image/png"), st.binary(max_size=60)),
    st.tuples(st.just("image/png"), st.builds(cut, st.integers(0, 3000), st.integers(0, 255))),
    st.tuples(
        st.just("multipart/form-data; boundary=b"), st.binary(max_size=60).map(lambda each: b"--b\r\n" + each)
    ),
    st.tuples(st.just("application/json"), JSON.map(lambda each: json.dumps(each).encode())),
    st.tuples(st.just("application/json"), SKETCHES.map(lambda each: json.dumps(each).encode())),
    st.tuples(st.just("application/octet-stream"), st.binary(max_size=800)),
    st.tuples(st.text(alphabet="abc/;= ", max_size=12), st.binary(max_size=9)),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["/v1/read", "/v1/read/strokes", "/v1/classify"]), query=QUERIES, body=BODIES)
def test_nothing_that_is_sent_is_a_mistake_of_the_server(
    client: TestClient, path: str, query: Any, body: tuple[str, bytes]
) -> None:
    answer = client.post(path, params=query, content=body[1], headers={"content-type": body[0]})
    assert answer.status_code < 500, answer.text
    if answer.status_code != 200:
        assert set(answer.json()) == {"error", "detail", "hint"}
