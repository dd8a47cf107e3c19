"""Nothing is sent anywhere, and nothing is written outside inkread's own folders: seen from outside, by strace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from inkread.corrections import Corrections
from made_movements import draw_and_correct_a_one, screen
from made_traces import Traced, traced, why_no_trace

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "examples" / "touching.png"
LINGER_SECONDS = 12
"""The telemetry of ONNX Runtime 1.32 looks up its host about ten seconds after it is loaded."""
pytestmark = pytest.mark.skipif(bool(why_no_trace()), reason=why_no_trace())


def leaks(trace: Traced) -> set[str]:
    """What the process connected to beyond this machine and its screen, and wrote beyond its own folders."""
    own = (
        "/dev/",
        "/proc/self/",
        f"{trace.folder / 'work'}/",
        f"{trace.home / '.cache' / 'inkread'}/",
        f"{trace.home / '.local' / 'share' / 'inkread'}/",
        f"{trace.home / '.config' / 'inkread'}/",
    )
    parents = {str(parent) for folder in own[3:] for parent in [Path(folder), *Path(folder).parents]}
    written = {path for path in trace.written() if not path.startswith(own) and path not in parents}
    here = re.compile(r"127\.|::1$|/tmp/\.X11-unix/X\d+$")
    return written | {address for address in trace.contacts() if not here.match(address)}


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Traced]]:
    """A process that reads, one that reads a folder with workers, and one that has served a request."""
    reads = f"import inkread, time; print(inkread.read({str(PICTURE)!r}).text, flush=True); time.sleep(60)"
    folder = tmp_path_factory.mktemp("traces")
    commands = {
        "read": ("-c", reads),
        "bulk": ("-m", "inkread", "bulk", str(PICTURE), "-o", "out.csv", "--jobs", "2"),
        "serve": ("-m", "inkread", "serve", "--port", "0", "--workers", "1"),
    }
    with ExitStack() as stack:
        found = {name: stack.enter_context(traced(folder / name, *words)) for name, words in commands.items()}
        assert found["bulk"].process.wait(120) == 0
        said = {name: found[name].process.stdout.readline() for name in ("read", "serve")}  # type: ignore[union-attr]
        assert said["read"].strip().isdigit()
        address = re.search(r"http://\S+/", said["serve"])
        assert address
        request = Request(f"{address[0]}v1/read", PICTURE.read_bytes(), {"Content-Type": "image/png"})
        with urlopen(request, timeout=120) as answer:
            assert b'"text"' in answer.read()
        time.sleep(LINGER_SECONDS)
        yield found


@pytest.mark.parametrize("name", ["read", "bulk", "serve"])
def test_reading_and_serving_send_nothing_and_write_nothing_elsewhere(
    name: str, traces: dict[str, Traced]
) -> None:
    assert leaks(traces[name]) == set()
    kept = {path for path in traces[name].home.rglob("*") if path.is_file()}
    assert kept == set()


@pytest.mark.screen
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="needs xdotool")
def test_drawing_sends_nothing_and_writes_corrections_and_settings_only(tmp_path: Path) -> None:
    with (
        screen() as display,
        traced(tmp_path, "-m", "inkread", "draw", "--light", DISPLAY=display) as trace,
    ):
        kept = Corrections(trace.home / ".local" / "share" / "inkread" / "corrections")
        draw_and_correct_a_one(kept)
        assert kept.count() == 1
        time.sleep(LINGER_SECONDS)
        assert leaks(trace) == set()


def test_what_leaks_is_seen(tmp_path: Path) -> None:
    code = """
import os, pathlib, socket
try:
    socket.create_connection(("no.such.host.invalid", 80))
except OSError:
    pass
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.7", 9))
os.makedirs(os.path.expanduser("~/.cache/vendor"))
folder = os.open(os.path.expanduser("~/.cache/vendor"), os.O_RDONLY)
os.open("device", os.O_CREAT | os.O_WRONLY, dir_fd=folder)
"""
    with traced(tmp_path, "-c", code) as trace:
        assert trace.process.wait(60) == 0
    home = trace.home / ".cache"
    found = leaks(trace)
    assert {"/etc/hosts", "192.0.2.7", str(home / "vendor"), str(home / "vendor" / "device")} <= found


@pytest.mark.parametrize(("given", "kept"), [(None, "1"), ("0", "0"), ("1", "1")])
def test_the_users_own_choice_is_kept(given: str | None, kept: str) -> None:
    code = "import os; from inkread.inference.onnx_session import onnx_runtime; onnx_runtime(); "
    code += "print(os.environ['ORT_DISABLE_TELEMETRY'])"
    env = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    env |= {"CI": "true"}  # switches the telemetry off, too: the test itself sends nothing
    env |= {} if given is None else {"ORT_DISABLE_TELEMETRY": given}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8")
    assert done.stdout == f"{kept}\n"
