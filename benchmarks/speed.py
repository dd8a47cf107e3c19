"""How fast is inkread, and how big? Prints a table for the docs; judges nothing.

    python benchmarks/speed.py                all of it; a peer that is not installed is named, and left out
    python benchmarks/speed.py --repeat 20    more repetitions of what is measured as a process

Times of processes are wall-clock, from start to exit: the median, and the best in brackets. Ratios are to the
peer in the same run on the same machine. The pictures are made by tests/made.py.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import inkread
from readers import INKREAD

ROOT = Path(__file__).resolve().parent.parent
KERAS_SCRIPT = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy
from PIL import Image
from inkread.training.glyphs.networks import build
picture = Image.open({picture!r}).convert("L").resize((28, 28))
glyphs = 1 - numpy.asarray(picture, numpy.float32)[None, ..., None] / 255
build({network!r}, {classes}).predict(glyphs, verbose=0)
"""


@dataclass(frozen=True)
class Run:
    """One process: wall-clock seconds and, where the system tells, the most memory it held."""

    seconds: float
    peak_mib: float


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=10, metavar="N", help="processes per line (10)")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| what | inkread | peer | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        one, *photos = make_pictures(Path(folder))
        processes(one, options.repeat)
        in_process(one, *photos)
    pages()
    bulk()
    sizes()
    return 0


def make_pictures(folder: Path) -> tuple[Path, Path, Path]:
    """A drawn digit of 280 × 280, and a photo of a megapixel with ten digits, on grey paper and on yellow."""
    sys.path.insert(0, str(ROOT / "tests"))
    from made import draw_number

    one, page, yellow = folder / "one.png", folder / "page.jpg", folder / "yellow.jpg"
    digit = Image.fromarray(draw_number("7", seed=1, size=160.0, margin=0.5)).resize((280, 280))
    digit.save(one)
    ink = 1 - np.asarray(Image.fromarray(draw_number("2024113856", seed=2, size=100.0)).convert("L")) / 255
    light = np.linspace(235, 170, 1200)[None, :] + np.random.default_rng(0).normal(0, 4, (900, 1200))
    light[150 : 150 + ink.shape[0], 20 : 20 + ink.shape[1]] *= 1 - 0.75 * ink[:, : 1200 - 20]
    Image.fromarray(light.clip(0, 255).astype(np.uint8)).save(page, quality=90)
    coloured = light[..., None] * [1.0, 0.96, 0.88]
    Image.fromarray(coloured.clip(0, 255).astype(np.uint8)).save(yellow, quality=90)
    return one, page, yellow


def processes(one: Path, repeat: int) -> None:
    """What a user waits for who types a command."""
    row("`inkread --version`", in_ms([run([*INKREAD, "--version"]) for _ in range(repeat)]))
    read = [run([*INKREAD, "read", str(one)]) for _ in range(repeat)]
    digit = "`inkread read` of one drawn digit"
    if installed("keras", "tensorflow"):
        card = inkread.Reader().model_card
        network, classes = card["recipe"]["network"], len(card["classes"])
        script = KERAS_SCRIPT.format(picture=str(one), network=network, classes=classes)
        keras = [run([sys.executable, "-c", script]) for _ in range(3)]
        row(digit, in_ms(read), in_ms(keras) + " (a bare Keras script)", ratio(keras, read, "seconds"))
        row("– most memory held", in_mib(read), in_mib(keras), ratio(keras, read, "peak_mib"))
    else:
        row(digit, in_ms(read), "Keras: needs the extra [train]")
        row("– most memory held", in_mib(read))
    if shutil.which("tesseract"):
        command = ["tesseract", str(one), "-", "--psm", "10", "-c", "tessedit_char_whitelist=0123456789"]
        peer = [run(command) for _ in range(repeat)]
        row(digit, in_ms(read), in_ms(peer) + " (Tesseract)", ratio(peer, read, "seconds"))
    else:
        row(digit, in_ms(read), "Tesseract: not installed")


def in_process(one: Path, page: Path, yellow: Path) -> None:
    """What a program waits for that has loaded inkread."""
    reader = inkread.Reader()
    pictures = {
        "one drawn digit": one,
        "a photo of 1200 × 900 with ten digits": page,
        "the same, in colour": yellow,
    }
    for name, path in pictures.items():
        row(
            f"`Reader.read` of {name}, once loaded",
            f"{1000 * per_call(lambda p=path: reader.read(p)):.1f} ms",
        )


def pages() -> None:
    """Whether the time grows with the digits of a page, and no faster: 25 in a line, 40 pixels high."""
    from made import draw_page

    reader, rng = inkread.Reader(), np.random.default_rng(0)
    for count in (10, 100, 1000):
        digits = "".join(map(str, rng.integers(0, 10, count)))
        page = draw_page([digits[i : i + 25] for i in range(0, count, 25)], seed=count, size=40.0)
        seconds = per_call(lambda page=page: reader.read(page))
        row(
            f"`Reader.read` of a page of {count:,} digits",
            f"{1000 * seconds:.0f} ms, {1000 * seconds / count:.2f} for each",
        )


def bulk() -> None:
    """Digits per second through the network, beside the same layers in Keras, the quicker way."""
    reader = inkread.Reader()
    keras = keras_twin(reader.model_card)
    rng = np.random.default_rng(0)
    for size in (1, 16, 256, 4096):
        glyphs = rng.random((size, 28, 28), dtype=np.float32)
        name = f"`Reader.classify`, {size} at a time"
        ours = size / per_call(lambda g=glyphs: reader.classify(g))
        if keras is None:
            row(name, f"{ours:,.0f} /s", "Keras: needs the extra [train]")
            continue
        calls = {
            "Keras `predict`": lambda g=glyphs: keras.predict(g[..., None], verbose=0),
            "Keras, called": lambda g=glyphs: keras(g[..., None], training=False),
        }
        theirs, how = max((size / per_call(call), how) for how, call in calls.items())
        row(name, f"{ours:,.0f} /s", f"{theirs:,.0f} /s ({how})", f"{ours / theirs:.1f} ×")


def keras_twin(card: dict[str, Any]) -> Any:
    """The shipped network's layers in Keras, weights random: as fast as trained ones. None without Keras."""
    if not installed("keras", "tensorflow"):
        return None
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from inkread.training.glyphs.networks import build

    twin = build(card["recipe"]["network"], len(card["classes"]))
    if abs(twin.count_params() - card["parameters"]) > 0.02 * card["parameters"]:
        print(f"(the twin has {twin.count_params()} parameters, the network {card['parameters']})")
    return twin


def sizes() -> None:
    """What has to be downloaded."""
    from inkread.glyphs.classifier import SHIPPED_MODEL

    row("the network", f"{SHIPPED_MODEL.stat().st_size / 1e6:.2f} MB")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            folder,
            str(ROOT),
        ]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        wheels = list(Path(folder).glob("*.whl"))
        row("the wheel", f"{wheels[0].stat().st_size / 1e6:.2f} MB" if wheels else done.stderr.strip()[-80:])


def run(command: Sequence[str]) -> Run:
    """Runs one process to its end; raises RuntimeError if it fails."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        if not hasattr(os, "wait4"):
            error, peak = child.communicate()[1], float("nan")
        else:
            assert child.stderr is not None
            error = child.stderr.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    if child.returncode:
        raise RuntimeError(
            f"{' '.join(command[:4])} … failed: {error.decode(errors='replace').strip()[-300:]}"
        )
    return Run(time.perf_counter() - start, peak)


def per_call(call: Callable[[], object], seconds: float = 2.0) -> float:
    """Median seconds of a call, over about ``seconds`` of calls after two that warm up."""
    call()
    call()
    taken: list[float] = []
    while len(taken) < 5 or (sum(taken) < seconds and len(taken) < 2000):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def installed(*names: str) -> bool:
    return all(importlib.util.find_spec(name) for name in names)


def in_ms(runs: Sequence[Run]) -> str:
    seconds = [run.seconds for run in runs]
    return f"{1000 * statistics.median(seconds):.0f} ms (best {1000 * min(seconds):.0f})"


def in_mib(runs: Sequence[Run]) -> str:
    return f"{statistics.median(run.peak_mib for run in runs):.0f} MiB"


def ratio(theirs: Sequence[Run], ours: Sequence[Run], what: str) -> str:
    """How many times the peer's is ours: above 1, inkread takes less."""
    medians = [statistics.median(getattr(run, what) for run in runs) for runs in (theirs, ours)]
    return f"{medians[0] / medians[1]:.1f} ×"


def row(what: str, ours: str, peer: str = "", times: str = "") -> None:
    print("|", " | ".join([what, ours, peer, times]), "|", flush=True)


if __name__ == "__main__":
    sys.exit(main())
