"""`inkread data`: what it prints and draws, and fetching from servers that fail in every way there is."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkread.apps.cli import main
from inkread.apps.training.sample_sheet import Series, draw_samples, draw_variants
from inkread.errors import DataMissing, ExtraMissing
from inkread.training.data import fetching, mnist
from inkread.training.data.fetching import fetch_mnist

Run = Callable[..., tuple[int, str, str]]
needs_requests = pytest.mark.skipif(
    importlib.util.find_spec("requests") is None, reason='needs requests: pip install -e ".[train]"'
)
IMAGES = "train-images-idx3-ubyte"


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A little MNIST, unpacked, by name; it counts as MNIST for this test."""
    rng, made = np.random.default_rng(0), {}
    for part, count in (("train", 300), ("t10k", 50)):
        images = np.zeros((count, 28, 28), np.uint8)
        images[:, 4:24, 4:24] = rng.integers(0, 256, (count, 20, 20))
        made[f"{part}-images-idx3-ubyte"] = struct.pack(">4I", 0x803, count, 28, 28) + images.tobytes()
        made[f"{part}-labels-idx1-ubyte"] = struct.pack(">2I", 0x801, count) + bytes(
            i % 10 for i in range(count)
        )
    for name, content in made.items():
        monkeypatch.setitem(mnist.SHA256, name, hashlib.sha256(content).hexdigest())
    return made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `inkread data …` in an empty folder, whose ``data/`` is the data folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INKREAD_DATA", str(tmp_path / "data"))

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["data", *map(str, arguments)])
        output, errors = capsys.readouterr()
        return status, output, errors

    return run


def keep(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))


# Servers


class Mirror:
    """A server on this machine: ``answers[name]`` are given in turn, the last one again and again.

    An answer is the bytes to send, a status, or ("cut", bytes, n): all are promised, n are sent.
    """

    def __init__(self, answers: dict[str, list[Any]], ranges: bool = True) -> None:
        self.asked: list[tuple[str, str]] = []
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2].removesuffix(".gz")
                mirror.asked.append((name, self.headers.get("Range", "")))
                queue = answers.get(name, [404])
                answer = queue.pop(0) if len(queue) > 1 else queue[0]
                if isinstance(answer, int):
                    self.send_error(answer)
                    return
                content, sent = answer[1:] if isinstance(answer, tuple) else (answer, len(answer))
                start = int((self.headers.get("Range") or "bytes=0-")[6:-1]) if ranges else 0
                if start >= len(content) > 0:
                    self.send_error(416)
                    return
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                self.wfile.write(content[start : max(sent, start)])

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/mnist/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Serve = Callable[..., Mirror]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    mirrors: list[Mirror] = []

    def start(answers: dict[str, list[Any]], ranges: bool = True) -> Mirror:
        mirrors.append(Mirror(answers, ranges))
        return mirrors[-1]

    yield start
    for mirror in mirrors:
        mirror.close()


def packed(files: dict[str, bytes]) -> dict[str, list[Any]]:
    return {name: [gzip.compress(content, mtime=0)] for name, content in files.items()}


def closed_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}/"


def no_partials(folder: Path) -> bool:
    return not list(folder.glob("*.partial"))


@needs_requests
def test_what_is_missing_is_fetched_and_then_nothing_is(
    run: Run, files: dict[str, bytes], serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mirror = serve(packed(files))
    monkeypatch.setattr(fetching, "MIRRORS", (mirror.url,))
    status, output, errors = run("fetch")
    assert status == 0
    assert output == f"fetched 4 files of MNIST to {tmp_path}/data/mnist; the SHA-256 of each is right\n"
    assert [line.split()[:2] for line in errors.splitlines()] == [
        ["fetching", f"{name}.gz"] for name in files
    ]
    assert sorted(path.name for path in (tmp_path / "data" / "mnist").iterdir()) == sorted(
        f"{name}.gz" for name in files
    )
    asked = len(mirror.asked)
    assert run("fetch") == (0, f"MNIST is in {tmp_path}/data/mnist already, whole and right\n", "")
    assert len(mirror.asked) == asked
    (tmp_path / "data" / "mnist" / f"{IMAGES}.gz").write_bytes(b"damaged")
    assert run("fetch")[1].startswith("fetched 1 file of MNIST")
    assert mirror.asked[asked:] == [(IMAGES, "")]
    assert run("check")[0] == 0


@needs_requests
def test_another_folder_and_how_to_use_it(
    run: Run, files: dict[str, bytes], serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fetching, "MIRRORS", (serve(packed(files)).url,))
    status, _, errors = run("fetch", "--to", "else where")
    assert status == 0
    assert errors.endswith(f"(to use it: set INKREAD_DATA to {tmp_path}/else where)\n")
    assert len(list((tmp_path / "else where" / "mnist").iterdir())) == 4


@needs_requests
@pytest.mark.parametrize(
    "first",
    [500, 404, b"<html>Log in to this network</html>", "wrong file", "cut"],
    ids=["fails", "has none", "is a login page", "serves wrong bytes", "breaks off"],
)
def test_mirrors_are_tried_in_order(
    first: Any, files: dict[str, bytes], serve: Serve, tmp_path: Path
) -> None:
    right = packed(files)
    if first == "wrong file":
        first = right["t10k-images-idx3-ubyte"][0]
    elif first == "cut":
        first = ("cut", right[IMAGES][0], 5000)
    bad, good = serve({**right, IMAGES: [first]}), serve(right)
    assert fetch_mnist(tmp_path, [bad.url, good.url], pause_seconds=0) == list(files)
    assert bad.asked[0] == (IMAGES, "")
    assert [name for name, _ in good.asked] == [IMAGES]
    assert no_partials(tmp_path)
    assert mnist.load_mnist("train", tmp_path).labels[:3].tolist() == [0, 1, 2]


@needs_requests
def test_a_mirror_that_recovers_is_tried_again(files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    right = packed(files)
    mirror = serve({**right, IMAGES: [503, b"nonsense", right[IMAGES][0]]})
    fetch_mnist(tmp_path, [mirror.url], pause_seconds=0)
    assert [name for name, _ in mirror.asked].count(IMAGES) == 3


@needs_requests
@pytest.mark.parametrize("ranges", [True, False], ids=["from there", "all of it"])
def test_what_broke_off_goes_on(ranges: bool, files: dict[str, bytes], serve: Serve, tmp_path: Path) -> None:
    right = packed(files)
    content = right[IMAGES][0]
    told: list[tuple[str, int, int]] = []
    broken = serve({**right, IMAGES: [("cut", content, 40_000)]})
    with pytest.raises(DataMissing, match=r"breaks off.*goes on where it stopped"):
        fetch_mnist(tmp_path, [broken.url], pause_seconds=0)
    assert (tmp_path / f"{IMAGES}.gz.partial").stat().st_size == 2 * fetching._PIECE_BYTES
    mirror = serve(right, ranges)
    fetch_mnist(tmp_path, [mirror.url], lambda *all_of: told.append(all_of), pause_seconds=0)
    assert mirror.asked[0] == (IMAGES, f"bytes={2 * fetching._PIECE_BYTES}-")
    assert len([name for name, _ in mirror.asked if name == IMAGES]) == 1
    assert (IMAGES, len(content), len(content)) in told
    assert no_partials(tmp_path)


@needs_requests
@pytest.mark.parametrize("half", ["wrong", "too long"])
def test_a_half_that_does_not_fit_is_thrown_away(
    half: str, files: dict[str, bytes], serve: Serve, tmp_path: Path
) -> None:
    right = packed(files)
    size = 3000 if half == "wrong" else len(right[IMAGES][0]) + 9
    (tmp_path / f"{IMAGES}.gz.partial").write_bytes(b"\x1f\x8b" + b"?" * size)
    mirror = serve(right)
    fetch_mnist(tmp_path, [mirror.url], pause_seconds=0)
    assert [sent for name, sent in mirror.asked if name == IMAGES] == [f"bytes={size + 2}-", ""]


@needs_requests
def test_a_server_that_unpacks_is_taken_as_it_is(
    files: dict[str, bytes], serve: Serve, tmp_path: Path
) -> None:
    fetch_mnist(tmp_path, [serve({name: [content] for name, content in files.items()}).url])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
    assert len(mnist.load_mnist("t10k", tmp_path)) == 50


@needs_requests
def test_far_too_much_is_not_taken(
    files: dict[str, bytes], serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_MOST_BYTES", 100_000)
    mirror = serve({**packed(files), IMAGES: [b"\x00" * 1_000_000]})
    with pytest.raises(DataMissing, match="sends far too much"):
        fetch_mnist(tmp_path, [mirror.url], pause_seconds=0)
    assert no_partials(tmp_path)


@needs_requests
def test_without_a_network_it_is_one_line(
    run: Run, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fetching, "MIRRORS", (closed_port(), closed_port()))
    monkeypatch.setattr(fetching, "_PAUSE_SECONDS", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    status, output, errors = run("fetch")
    assert (status, output) == (1, "")
    host = r"127\.0\.0\.1:\d+ \(no connection\)"
    assert re.fullmatch(
        rf"inkread: {IMAGES}\.gz could not be fetched from {host}, {host}; check the network and try again: "
        rf"it goes on where it stopped; or copy MNIST's four files to {re.escape(str(tmp_path))}/data/mnist\n",
        errors,
    )


def test_without_requests_it_is_one_line(
    run: Run, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(ExtraMissing, match=r"pip install .inkread\[train\]"):
        fetch_mnist(tmp_path)
    assert run("fetch") == (
        1,
        "",
        'inkread: fetching data needs the package requests: pip install "inkread[train]"\n',
    )
    keep(tmp_path / "data" / "mnist", files)
    assert run("fetch")[0] == 0, "what is there needs no package"


@needs_requests
def test_a_folder_that_cannot_be_written_is_one_line(
    run: Run, files: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    status, _, errors = run("fetch", "--to", "file")
    assert status == 1
    assert re.fullmatch(r"inkread: file/mnist: cannot be written to \(.*\); free space, or .*\n", errors)


# show


def test_show_prints_counts_and_draws(run: Run, files: dict[str, bytes], tmp_path: Path) -> None:
    keep(tmp_path / "data" / "mnist", files)
    status, output, errors = run("show")
    lines = output.splitlines()
    assert (status, errors) == (0, "wrote inkread-data.png\n")
    assert lines[0] == f"MNIST: {tmp_path}/data/mnist"
    assert "train     300 images, 28 × 28, uint8" in lines[1]
    assert lines[4].split() == ["digit", "training", "validation", "test"]
    assert lines[5].split() == ["0", "27", "3", "5"]
    assert lines[-1].split() == ["total", "270", "30", "50"]
    picture = Image.open("inkread-data.png")
    assert picture.width > picture.height > 600


@pytest.mark.parametrize("augment", ["light", "full"])
def test_show_draws_variants(augment: str, run: Run, files: dict[str, bytes], tmp_path: Path) -> None:
    keep(tmp_path / "data" / "mnist", files)
    assert run("show", "--augment", augment)[2] == "wrote inkread-augmented.png\n"
    first = Path("inkread-augmented.png").read_bytes()
    assert run("show", "--augment", augment, "-o", "new/sheet.png")[2] == "wrote new/sheet.png\n"
    assert Path("new/sheet.png").read_bytes() == first
    run("show", "--augment", augment, "--seed", 1, "-o", "other.png")
    assert Path("other.png").read_bytes() != first


def test_show_of_own_data_with_remarks(run: Run) -> None:
    rows = [[1, *[255] * 400, *[i] * 384] for i in range(20)]
    Path("own.csv").write_text("\n".join(",".join(map(str, row)) for row in rows))
    status, output, errors = run("show", "--data", "own.csv", "--output", "own.png")
    assert status == 0
    assert output.startswith("own.csv: own.csv\n  all        20 images")
    assert "(own.csv: has no image of 0, 2, 3, 4, 5, 6, 7, 8, 9; add some)" in errors
    assert Path("own.png").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["show", "--augment", "much"], 2, "must be one of none, light, full, not much"),
        (["show", "-o", "sheet.jpg"], 2, "must end in .png"),
        (["show", "--data", "nowhere"], 1, "nowhere: there is no such file or folder; give a folder"),
        (["check"], 1, "inkread data fetch"),
        (["show"], 1, "inkread data fetch"),
        (["fetch", "--data", "x"], 2, "No such option"),
        (["forget"], 2, "No such command"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], status: int, words: str, run: Run) -> None:
    found, output, errors = run(*arguments)
    assert (found, output) == (status, "")
    assert words in errors
    if arguments != ["check"]:
        assert errors.count("\n") == 1


def test_alone_it_shows_its_help(run: Run) -> None:
    status, output, _ = run()
    assert status == 0
    for command in ("fetch", "show", "check"):
        assert command in output


def test_a_picture_that_cannot_be_written(run: Run, files: dict[str, bytes], tmp_path: Path) -> None:
    keep(tmp_path / "data" / "mnist", files)
    Path("taken").write_text("")
    status, _, errors = run("show", "-o", "taken/sheet.png")
    assert status == 1
    assert errors == "inkread: taken: is not a folder; give another one\n"


# check


def test_check_tells_each_problem_on_a_line(run: Run, files: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mnist"
    keep(folder, files)
    status, output, errors = run("check")
    assert (status, errors) == (0, "")
    assert output == f"{folder}: all is right (train 300 images, test 50 images)\n"
    (folder / f"{IMAGES}.gz").unlink()
    labels = "t10k-labels-idx1-ubyte"
    (folder / f"{labels}.gz").write_bytes(gzip.compress(files[labels][:-1] + b"\x0b"))
    status, output, errors = run("check")
    assert (status, output) == (1, "")
    first, second = errors.splitlines()
    assert first.startswith(f"inkread: MNIST's {IMAGES}[.gz] is not in {folder}: fetch it")
    assert second.startswith(f"inkread: {folder}/{labels}.gz is mislabelled: its label 49 is 11")


def test_check_does_not_flood_the_terminal(run: Run) -> None:
    Path("own.csv").write_text(f"1{',0' * 784}\n" + "1,2,3\n" * 300)
    status, _, errors = run("check", "--data", "own.csv")
    assert status == 1
    assert len(errors.splitlines()) == 101
    assert re.fullmatch(r"\(and 20\d more\)", errors.splitlines()[-1])
    assert "own.csv, line 2: 3 values, not 785" in errors


# Pictures


def test_longer_bars_for_more_images_and_none_for_none() -> None:
    rows = [np.zeros((3, 28, 28), np.uint8)] * 9 + [np.zeros((0, 28, 28), np.uint8)]
    counts = np.array([1, 1000, 500, 7, 7, 7, 7, 7, 7, 0])
    sheet = draw_samples("made", "by code", rows, [Series("training", counts)])
    blue = (sheet == np.array([0, 114, 178])).all(axis=2)
    lengths = [int(blue[122 + 64 * digit : 170 + 64 * digit].any(axis=0).sum()) for digit in range(10)]
    assert lengths[1] == 300
    assert lengths[2] == 150
    assert lengths[0] == 2, "one image is seen"
    assert lengths[9] == 0


@pytest.mark.parametrize("title", ["", "a", "long " * 80])
def test_nothing_reaches_the_edge_of_a_sheet(title: str) -> None:
    rows = [np.full((2, 28, 28), 255, np.uint8)] * 10
    ones = [np.full((int(digit != 3), 28, 28), 255, np.uint8) for digit in range(10)]
    most = [Series("training", np.full(10, 9_999_999)), Series("validation", np.ones(10, int))]
    sheets = (draw_samples(title, title, rows, [*most, most[1]]), draw_variants(title, title, ones, rows))
    for sheet in sheets:
        frame = np.concatenate(
            [sheet[:14].ravel(), sheet[-14:].ravel(), sheet[:, :14].ravel(), sheet[:, -14:].ravel()]
        )
        assert np.isin(frame, (250, 248)).all(), "only paper"
