"""How quick, right and lasting is the drawing window? Prints a table for the docs; judges nothing.

    python benchmarks/window.py                latency, start-up, made numbers; needs a screen, or Xvfb
    python benchmarks/window.py --replay 500   also: other people's digits drawn anew (INKREAD_DATA)
    python benchmarks/window.py --strokes 3600 also: memory after as many strokes as an hour has at one a second

Strokes are real events of Tk, in a window with a canvas of 900 by 600. The numbers are made by tests/made.py. "On
screen" is when the display has drawn the boxes and the number; it is asked, so that nothing is still on its way.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import inkread
from inkread.sketch import Sketch, Stroke

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

if TYPE_CHECKING:
    from made_movements import Hand

CANVAS_WH = 900, 600


def main() -> int:
    from made_movements import screen

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replay", type=int, default=0, metavar="N", help="digits of UNIPEN drawn anew (0)")
    parser.add_argument(
        "--strokes", type=int, default=0, metavar="N", help="strokes before memory is told (0)"
    )
    parser.add_argument("--numbers", type=int, default=60, metavar="N", help="made numbers to draw (60)")
    options = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}\n"
    )
    print("| what | figure |\n|---|---|")
    display = screen() if shutil.which("Xvfb") else contextlib.nullcontext()
    with display, tempfile.TemporaryDirectory() as folder:
        startup(5)
        hand = open_hand(Path(folder))
        latency(hand, 20)
        made_numbers(hand, options.numbers)
        if options.replay:
            replay(hand, options.replay)
        if options.strokes:
            memory(hand, options.strokes)
        hand.close()
    return 0


def open_hand(folder: Path) -> Hand:
    """A window whose canvas has ``CANVAS_WH``, and which reads in a process of its own, as ``inkread draw`` does."""
    from inkread.apps.window.reading_thread import ReaderProcess
    from inkread.confidence import DEFAULT_MIN_CONFIDENCE
    from made_movements import Hand

    hand = Hand(folder, reader=ReaderProcess(None, DEFAULT_MIN_CONFIDENCE))
    width, height = hand.window.canvas.canvas_wh
    more = CANVAS_WH[0] - width, CANVAS_WH[1] - height
    hand.root.geometry(f"{hand.root.winfo_width() + more[0]}x{hand.root.winfo_height() + more[1]}")
    hand.wait()
    hand.wait(lambda: hand.window.model.layer.canvas_wh == CANVAS_WH)
    return hand


def startup(repeat: int) -> None:
    """From the command to a window that is drawn, as another program sees it."""
    if shutil.which("xdotool") is None:
        row("from the command to the window", "needs xdotool")
        return
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-m", "inkread", "draw"], stderr=subprocess.DEVNULL)
        find = ["xdotool", "search", "--onlyvisible", "--class", "inkread"]
        while not subprocess.run(find, capture_output=True, check=False).stdout:
            if time.perf_counter() - start > 60:
                raise RuntimeError("no window came")
        seconds.append(time.perf_counter() - start)
        child.kill()
        child.wait()
    row("from the command to the window", f"median {np.median(seconds):.2f} s, worst {max(seconds):.2f} s")


def latency(hand: Hand, repeat: int) -> None:
    """From the end of each stroke of a number of five digits to its result on the screen."""
    from made_movements import movements, number_strokes

    ends: list[float] = []
    reading: list[float] = []
    rng = np.random.default_rng(0)
    with moments_shown(hand) as shown:
        for number in range(repeat):
            text = "".join(map(str, rng.integers(0, 10, 5)))
            for path in number_strokes([text], 130, 60, 200, seed=number):
                ends.append(1000 * seconds_to_result(hand, movements(path, 12), shown))
                reading.append(1000 * hand.window.model.seconds)
            hand.window.run("clear")
            hand.wait()
    low, high = np.percentile(ends, [50, 95])
    row(
        "end of a stroke to its result on screen, 1 to 5 digits",
        f"median {low:.0f} ms, 95th percentile {high:.0f} ms ({len(ends)} strokes)",
    )
    low, high = np.percentile(reading, [50, 95])
    row("– of which reading", f"median {low:.0f} ms, 95th percentile {high:.0f} ms")


@contextlib.contextmanager
def moments_shown(hand: Hand) -> Iterator[list[float]]:
    """A list that gets the time whenever a reading is on the screen."""
    window, moments = hand.window, []
    original = window.changed

    def changed() -> None:
        original()
        if not window.model.seen.is_current:
            return
        hand.root.update_idletasks()
        hand.root.winfo_pointerxy()  # a question to the display: answered after all that was sent before it
        moments.append(time.perf_counter())

    window.changed = changed  # type: ignore[method-assign]
    yield moments
    del window.changed


def seconds_to_result(hand: Hand, points: list[tuple[int, int]], shown: list[float]) -> float:
    """Draws a stroke; how long its result took from when the pen was lifted."""
    send = hand.window.canvas.event_generate
    send("<ButtonPress-1>", x=points[0][0], y=points[0][1])
    for x, y in points[1:]:
        send("<B1-Motion>", x=x, y=y)
    hand.wait()  # also what is read when the pen rests: it is not this that is measured
    shown.clear()
    start = time.perf_counter()
    send("<ButtonRelease-1>", x=points[-1][0], y=points[-1][1])
    while not shown:
        hand.root.tk.dooneevent(0)
    return shown[0] - start


def made_numbers(hand: Hand, count: int) -> None:
    """Numbers from the project's own pen paths, at several sizes, speeds and places."""
    from made_movements import number_strokes

    rng = np.random.default_rng(1)
    right: dict[str, list[bool]] = {"one digit": [], "several": []}
    for number in range(count):
        digits = int(rng.choice([1, 1, 2, 3, 4, 5, 6]))
        text = "".join(map(str, rng.integers(0, 10, digits)))
        size = float(rng.uniform(50, min(330, 1000 / digits)))
        strokes = number_strokes([text], size, 0, 0, seed=number)
        extent = np.concatenate(strokes).max(axis=0)
        if (extent > np.array(CANVAS_WH) - 40).any():
            continue
        left, top = (rng.uniform(20, room - e - 15) for room, e in zip(CANVAS_WH, extent, strict=True))
        hand.window.set_width(float(np.clip(0.08 * size, 4, 20)))
        # A pointer is seen 125 times a second: a digit drawn in half a second, in a quarter, in an eighth.
        step = size * float(rng.choice([0.04, 0.08, 0.16]))
        hand.write([path + np.array([left, top]) for path in strokes], step)
        hand.wait()
        right["one digit" if digits == 1 else "several"].append(hand.text == text)
        hand.window.run("clear")
        hand.wait()
    for name, results in right.items():
        row(f"made numbers read right, {name}", f"{np.mean(results):.1%} of {len(results)}")


def replay(hand: Hand, count: int) -> None:
    """UNIPEN's digits as pointer movements, and the same strokes as a picture for ``inkread read``."""
    folder = os.environ.get("INKREAD_DATA")
    if not folder:
        row("digits of UNIPEN drawn anew", "needs INKREAD_DATA")
        return
    strokes = np.load(Path(folder) / "strokes" / "develop_unipen_digits.npz")
    chosen = np.random.default_rng(2).permutation(len(strokes["labels"]))[:count]
    drawn, read, same = [], [], []
    hand.window.set_width(11.0)
    reader = inkread.Reader()
    for sample in chosen:
        paths, label = sample_strokes(strokes, int(sample)), str(strokes["labels"][sample])
        for path in paths:  # each point where the pen was seen is a movement, in whole pixels
            hand.stroke([(int(x), int(y)) for x, y in path])
        hand.wait(hand.has_read)
        image = Sketch(CANVAS_WH, [Stroke(path, 11.0) for path in paths]).to_image()
        text = reader.read(image).text
        drawn.append(hand.text == label)
        read.append(text == label)
        same.append(hand.text == text)
        hand.window.run("clear")
        hand.wait(hand.has_read)
    row(f"{len(chosen)} digits of UNIPEN drawn anew, right", f"{np.mean(drawn):.1%}")
    row(
        "– the same strokes as pictures, `Reader.read`",
        f"{np.mean(read):.1%} (the same answer: {np.mean(same):.1%})",
    )


def sample_strokes(strokes: Any, sample: int) -> list[np.ndarray]:
    """A sample's strokes, 260 pixels high or 300 wide, in the middle of the canvas."""
    first, last = strokes["sample_offsets"][sample : sample + 2]
    offsets = strokes["stroke_offsets"]
    paths = [strokes["points"][offsets[k] : offsets[k + 1]].astype(float) for k in range(first, last)]
    points = np.concatenate(paths)
    low, extent = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-6)
    scale = min(300 / extent[0], 260 / extent[1])
    at = (np.array(CANVAS_WH) - scale * extent) / 2
    return [(path - low) * scale + at for path in paths]


def memory(hand: Hand, count: int) -> None:
    """As many strokes as asked for, with undo, clear, erasing, choosing and resizing between them."""
    from made_movements import movements, number_strokes

    rng = np.random.default_rng(3)
    model, drawn, lost, start = hand.window.model, 0, 0, 0.0
    hand.window.set_width(11.0)
    while drawn < count:
        text = "".join(map(str, rng.integers(0, 10, 5)))
        for path in number_strokes([text], 120, rng.uniform(10, 200), rng.uniform(60, 400), seed=drawn):
            before = len(model.seen.sheet.strokes)
            hand.stroke(movements(path, 10))
            drawn += 1
            lost += len(model.seen.sheet.strokes) != before + 1
        hand.wait(hand.has_read)
        for name in rng.choice(["undo", "redo", "eraser", "next_digit", "dark_canvas", "recognise"], 3):
            hand.window.run(str(name))
            hand.root.update()
        hand.window.pen()
        if rng.random() < 0.7:
            hand.window.run("clear")
        hand.wait(hand.has_read)
        if not start and drawn >= count / 10:
            start = resident_mib(hand)
    grown = resident_mib(hand) - start
    row(
        f"memory after {drawn} strokes",
        f"{start + grown:.0f} MiB: {grown:+.1f} MiB since the first tenth of them",
    )
    row("– strokes lost", f"{lost}")


def resident_mib(hand: Hand) -> float:
    """Memory that this process holds with an empty sheet; NaN where the system does not tell."""
    hand.window.run("clear")
    hand.wait()
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def row(what: str, figure: str) -> None:
    print("|", what, "|", figure, "|", flush=True)


if __name__ == "__main__":
    sys.exit(main())
