"""Those who read: the rows they give, what crashes, hangs and swells, kills, Ctrl-C, and both engines alike."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import platform
import random
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkread.bulk.inputs import Item, Place
from inkread.bulk.rows import Outcome, reading_of
from inkread.bulk.run_settings import make_settings
from inkread.bulk.supervisor import Supervisor, read_here
from inkread.errors import BulkError
from inkread.reader import Reader
from made import draw_number
from made_bulk import rows_of
from made_pages import NUMBERS, heic, pdf, tiff

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no pipes with names")
NEVER = 600.0
"""Seconds that nothing takes, however busy the machine is."""


def picture(text: str, seed: int = 0, size: float = 26) -> bytes:
    file = io.BytesIO()
    Image.fromarray(draw_number(text, seed=seed, size=size)).save(file, format="PNG")
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes per megapixel, all white."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * (-(-width // 8))) * height, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pictures of numbers, two of them alike, and one of each kind of damage."""
    folder = tmp_path_factory.mktemp("bulk") / "scans"
    folder.mkdir()
    for i in range(40):
        (folder / f"{i:02d}.png").write_bytes(picture(str(37 * (i % 39)), seed=i % 39))
    whole = picture("2024")
    damage = {
        "cut.png": whole[: len(whole) // 2], "empty.png": b"", "text.png": b"no picture", "page.jpg": b"%PDF-1.7",
        "bomb.png": bomb(60_000, 60_000), "bits.png": whole[:60] + bytes([whole[60] ^ 255]) + whole[61:],
    }  # fmt: skip
    for name, content in damage.items():
        (folder / name).write_bytes(content)
    (folder / "pages.pdf").write_bytes(pdf())
    (folder / "pages.tif").write_bytes(tiff())
    (folder / "cut.tif").write_bytes(tiff()[:-2000])
    (folder / "photo.heic").write_bytes(heic())
    return folder


def items_of(folder: Path) -> list[Item]:
    return [Item(str(path), Place("file", str(path))) for path in sorted(folder.iterdir())]


def cut(items: list[Item], size: int) -> Iterator[list[Item]]:
    return (items[i : i + size] for i in range(0, len(items), size))


Rows = dict[tuple[str, int], dict[str, Any]]


def by_path(rows: list[dict[str, Any]]) -> Rows:
    """The rows by path and page, but for how long they took."""
    found = {(row["path"], row["page"] or 0): {**row, "duration_ms": 0} for row in rows}
    assert len(found) == len(rows)
    return found


def without_time(outcomes: list[Outcome]) -> Rows:
    return by_path([json.loads(outcome.line) for outcome in outcomes])


@pytest.fixture(scope="module")
def expected(scans: Path) -> Rows:
    """The rows of the pictures, read by one worker, one by one."""
    worker = Supervisor(make_settings(time_limit_seconds=NEVER))
    try:
        return without_time([each for item in items_of(scans) for each in worker.read([item])])
    finally:
        worker.stop()


def test_rows_say_what_a_reader_says(scans: Path, expected: Rows) -> None:
    reader = Reader()
    for number in (0, 17, 38):
        path = scans / f"{number:02d}.png"
        row, reading = expected[str(path), 0], reader.read(path)
        assert (row["text"], row["confidence"]) == (reading.text, round(reading.confidence, 6))
        assert [digit["box"] for digit in row["digits"]] == [digit.box.to_list() for digit in reading.digits]
        assert reading_of(row).text == reading.text
        assert (row["error"], row["model"]) == (None, reader.model_card["sha256"])


def test_each_page_is_a_row(scans: Path, expected: Rows) -> None:
    told = {(Path(path).name, page): row["text"] for (path, page), row in expected.items()}
    for name, count in {"pages.pdf": 3, "pages.tif": 2, "cut.tif": 2}.items():
        found = [text for (path, _), text in told.items() if path == name]
        assert found == [*NUMBERS[: count - (name == "cut.tif")], *[None] * (name == "cut.tif")]
    assert told["photo.heic", 0] == NUMBERS[0]


def test_each_kind_of_damage_is_a_row_that_says_so(expected: Rows) -> None:
    errors = {Path(path).name: row["error"] for (path, _), row in expected.items() if row["error"]}
    assert set(errors) == {"cut.png", "empty.png", "text.png", "page.jpg", "bomb.png", "bits.png", "cut.tif"}
    assert "megapixels" in errors["bomb.png"]
    assert all(len(error) < 300 and "\n" not in error for error in errors.values())


@pytest.mark.parametrize(("jobs", "size"), [(1, 64), (3, 7)])
def test_however_they_are_cut_and_shared_rows_are_the_same(
    scans: Path, expected: Rows, jobs: int, size: int
) -> None:
    settings = make_settings(time_limit_seconds=NEVER)
    outcomes = [each for some in read_here(settings, cut(items_of(scans), size), jobs) for each in some]
    assert without_time(outcomes) == expected


POISON = """
import os, time
import inkread.bulk.batch_reader as batches
def load(content, limits, dpi, load=batches.open_pages):
    if content == b"crash":
        os._exit(139)
    if content == b"hang":
        time.sleep(1000)
    if content == b"swell":
        raise MemoryError
    if content == b"fault":
        raise RuntimeError("a mistake of ours")
    return load(content, limits, dpi=dpi)
batches.open_pages = load
BatchReader = batches.BatchReader
"""


def test_a_poisonous_picture_costs_one_row(tmp_path: Path) -> None:
    """What crashes, hangs or swells is given up; those before, beside and behind it are read."""
    poison = tmp_path / "poison.py"
    poison.write_text(POISON)
    for i in range(12):
        (tmp_path / f"{i:02d}.png").write_bytes(picture(str(i), seed=i))
    (tmp_path / "03.png").write_bytes(b"crash")
    (tmp_path / "07.png").write_bytes(b"hang")
    (tmp_path / "09.png").write_bytes(b"swell")
    worker = Supervisor(make_settings(time_limit_seconds=8, memory_limit_mb=500), f"{poison}:BatchReader")
    rows = without_time(worker.read([item for item in items_of(tmp_path) if item.path.endswith("png")]))
    worker.stop()
    assert len(rows) == 12
    errors = {Path(path).stem: row["error"] for (path, _), row in rows.items() if row["error"]}
    assert set(errors) == {"03", "07", "09"}
    assert "brought down the process" in errors["03"]
    assert errors["07"].startswith("took longer than 8 s")
    assert errors["09"].startswith("takes more than 500 MB")
    assert all(row["sha256"] for row in rows.values())


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory holds on Linux")
def test_a_picture_that_takes_too_much_memory_costs_one_row(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture("42"))
    (tmp_path / "b.png").write_bytes(bomb(7000, 7000))
    (tmp_path / "c.png").write_bytes(picture("43"))
    worker = Supervisor(make_settings(memory_limit_mb=120, time_limit_seconds=NEVER))
    rows = list(without_time(worker.read(items_of(tmp_path))).values())
    worker.stop()
    assert [row["text"] for row in rows if row["text"] is not None] == ["42", "43"]
    (failed,) = [row["error"] for row in rows if row["error"]]
    assert "120 MB" in failed or "brought down" in failed


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other systems' allocators are not told what to do"
)
def test_what_large_pictures_took_is_given_back(tmp_path: Path) -> None:
    """Without it, a worker grows by some 40 MB here, and goes on growing."""
    for i in range(8):
        page = np.full((600 + 100 * (i % 4), 800 + 75 * (i % 5), 3), 250, np.uint8)
        number = draw_number(str(37 * i), seed=i, size=40)
        page[300 : 300 + number.shape[0], 300 : 300 + number.shape[1]] = number
        Image.fromarray(page).save(tmp_path / f"{i}.png", compress_level=1)
    worker = Supervisor(make_settings(time_limit_seconds=NEVER))
    worker.read(items_of(tmp_path)[:1])
    before = memory_mb(worker.process_id)
    worker.read(items_of(tmp_path))
    after = memory_mb(worker.process_id)
    worker.stop()
    assert after - before < 20


def memory_mb(process_id: int | None) -> float:
    pages = int(Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@posix
def test_what_never_comes_costs_one_row(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.png")
    (tmp_path / "a.png").write_bytes(picture("42"))
    worker = Supervisor(make_settings(time_limit_seconds=6))
    rows = without_time(worker.read(items_of(tmp_path)))
    worker.stop()
    assert rows[str(tmp_path / "a.png"), 0]["text"] == "42"
    assert "took longer than 6 s" in rows[str(tmp_path / "b.png"), 0]["error"]


def test_workers_that_end_at_once_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "ends.py").write_text("import os\nos._exit(1)\n")
    supervisor = Supervisor(make_settings(), f"{tmp_path / 'ends.py'}:start")
    with pytest.raises(BulkError, match="no process that reads can be started"):
        supervisor.read([Item("x", Place("file", "x"))])


@posix
def test_workers_that_are_killed_lose_nothing(scans: Path, expected: Rows) -> None:
    worker, chance = Supervisor(make_settings(time_limit_seconds=NEVER)), random.Random(3)
    outcomes: list[Outcome] = []
    reading = threading.Thread(target=lambda: outcomes.extend(worker.read(items_of(scans))))
    reading.start()
    kills = 0
    while kills < 4 and reading.is_alive():
        time.sleep(chance.uniform(0.2, 1.2))
        if (process := worker.process_id) is not None:
            try:
                os.kill(process, signal.SIGKILL)
                kills += 1
            except ProcessLookupError:
                continue
    reading.join()
    worker.stop()
    assert kills
    assert without_time(outcomes) == expected


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "inkread", "bulk", *arguments], cwd=cwd, stderr=subprocess.PIPE, text=True
    )


@posix
def test_a_killed_run_leaves_no_workers_and_goes_on(scans: Path, tmp_path: Path, expected: Rows) -> None:
    given = (str(scans), "-o", "out.jsonl", "--batch", "4", "--jobs", "2")
    for _ in range(2):
        run = start(*given, cwd=tmp_path)
        parts = 0
        while run.poll() is None and parts < 2:  # killed once something is done
            parts = len(list(tmp_path.rglob("*.jsonl.gz")))
            time.sleep(0.02)
        run.kill()
        run.communicate()
    done = start(*given, cwd=tmp_path)
    _, told = done.communicate()
    assert done.returncode == 1, told  # since some pictures are damaged
    rows = rows_of(tmp_path / "out.jsonl")
    assert [(row["path"], row["page"] or 0) for row in rows] == sorted(expected)
    assert by_path(rows) == expected


@posix
def test_ctrl_c_says_how_to_go_on(scans: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    # Where tests run in a shell's background, Ctrl-C is ignored, and children would ignore it, too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    for attempt in range(5):  # on a busy machine a run may be done before it is stopped
        folder = tmp_path / str(attempt)
        folder.mkdir()
        run = start(str(scans), "-o", "out.csv", "--batch", "1", "--jobs", "1", cwd=folder)
        while run.poll() is None and not list(folder.rglob("*.jsonl.gz")):
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        _, told = run.communicate()
        if run.returncode != 1:
            break
    assert run.returncode == 130
    assert "pictures are read. Run again to continue" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.ray
def test_ray_gives_the_same_rows(scans: Path, tmp_path: Path, expected: Rows) -> None:
    """In a process of its own: Ray leaves threads and signal handlers behind."""
    run = start(str(scans), "-o", "out.jsonl", "--batch", "8", "--engine", "ray", "--jobs", "2", cwd=tmp_path)
    _, told = run.communicate()
    assert run.returncode == 1, told
    rows = rows_of(tmp_path / "out.jsonl")
    assert by_path(rows) == expected
    again = start(str(scans), "-o", "out.jsonl", "--engine", "ray", cwd=tmp_path)
    _, told = again.communicate()
    assert "all were read before" in told


def test_without_ray_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.bulk.cluster import check_ray
    from inkread.errors import ExtraMissing

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraMissing, match=r'pip install "inkread\[ray\]"'):
        check_ray()


def test_what_ray_cries_of_actors_that_died_is_not_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from inkread.bulk.cluster import _without_its_alarms

    with _without_its_alarms():
        print("(raylet) A worker died or was killed while executing a task")
    print("rows")
    assert capsys.readouterr().out == "rows\n"


def test_an_order_is_known_by_what_decides_its_rows(tmp_path: Path) -> None:
    settings = make_settings()
    assert settings.digest() == make_settings(time_limit_seconds=1, memory_limit_mb=100).digest()
    assert (
        len(
            {
                settings.digest(),
                make_settings(min_confidence=0.5).digest(),
                make_settings(max_bytes=1).digest(),
            }
        )
        == 3
    )
    with pytest.raises(ValueError, match="min_confidence"):
        make_settings(min_confidence=2)
    assert np.isfinite(settings.limits.max_megapixels)


def test_no_machine_left_ends_the_run_instead_of_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from inkread.bulk import cluster

    class Gone:
        """A Ray whose machines are dead, and which waits for new ones."""

        asked = 0

        def nodes(self) -> list[dict[str, bool]]:
            self.asked += 1
            return [{"Alive": self.asked < 2}]

    waits, ray = threading.Event(), Gone()

    def tables() -> Iterator[int]:
        yield 1
        waits.wait()

    monkeypatch.setattr(cluster, "_LOOK_SECONDS", 0.01)
    found = cluster._while_alive(tables(), ray)
    assert next(found) == 1
    with pytest.raises(BulkError, match="none of its machines is left; run again to continue"):
        next(found)
    assert ray.asked == 2
    waits.set()
    assert list(cluster._while_alive(iter([1, 2]), ray)) == [1, 2]

    def broken() -> Iterator[int]:
        raise ValueError("told to whoever asks")
        yield 1

    with pytest.raises(ValueError, match="told to whoever asks"):
        list(cluster._while_alive(broken(), ray))
