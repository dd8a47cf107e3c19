"""``inkread doctor``: is all there that reading needs, and which command brings what is not."""

from __future__ import annotations

import importlib
import importlib.util
import json as jsonlib
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inkread import __version__
from inkread.apps.terminal import printable, say, say_json
from inkread.confidence import percent
from inkread.errors import ExtraMissing, InkreadError
from inkread.inference.onnx_session import onnx_runtime

if TYPE_CHECKING:
    from inkread.reader import Reader

HELP = """Check that all is there that reading needs, and say what to do if it is not.

The exit status is 0 if pictures can be read. Extras may be missing: they are for training and the like.
"""

PACKAGES = (
    ("NumPy", "numpy", "numpy"),
    ("Pillow", "PIL", "Pillow"),
    ("OpenCV", "cv2", "opencv-python-headless"),
    ("ONNX Runtime", "onnxruntime", "onnxruntime"),
    ("pypdfium2", "pypdfium2", "pypdfium2"),
    ("Typer", "typer", "typer"),
    ("Rich", "rich", "rich"),
    ("platformdirs", "platformdirs", "platformdirs"),
)
"""What reading needs: its name, its module, and what pip calls it (the dependencies in pyproject.toml)."""

EXTRAS: dict[str, tuple[str, ...]] = {
    "train": ("keras", "tensorflow", "onnx", "tf2onnx", "requests", "matplotlib", "filelock"),
    "web": (
        "fastapi",
        "uvicorn",
        "httptools",
        "python_multipart",
        "prometheus_client",
        "cryptography",
        "segno",
    ),
    "heic": ("pillow_heif",),
    "bulk": ("pyarrow", "fsspec"),
    "ray": ("ray", "pyarrow"),
    "sheets": ("reportlab", "segno", "zxingcpp", "openpyxl", "scipy", "rapidfuzz", "tomlkit"),
}
"""The modules of each extra in pyproject.toml that adds a feature."""

_HOME = Path(__file__).resolve().parent.parent
_TWO = ((80, 95), (95, 60), (140, 45), (185, 65), (190, 110), (150, 160), (80, 225), (140, 225), (205, 222))
_DRAWN = {
    "2": (_TWO,),
    "22": (_TWO, tuple((x + 110, y) for x, y in _TWO)),
    "2 in a box": (_TWO, ((40, 20), (245, 20), (245, 250), (40, 250), (40, 20))),
}
"""The self-test: strokes of numbers in pixels of 560 × 280. The digits of 22 touch, so that the network for lines is
asked; a box is ink left unread, so that the second reader is."""


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    ``state`` is ``ok``, ``missing`` (reading does without) or ``problem``; ``fix`` is what mends it.
    """

    section: str
    name: str
    value: str
    state: str = "ok"
    fix: str = ""


def need_extra(extra: str, what: str) -> None:
    """Raises ``ExtraMissing`` where a package of an extra is not installed; ``what`` begins the message."""
    missing = [module for module in EXTRAS[extra] if importlib.util.find_spec(module) is None]
    if missing:
        raise ExtraMissing(
            f'{what} needs {", ".join(missing)}, which is not installed; pip install "inkread[{extra}]"'
        )


def doctor(json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False) -> None:
    checks = list(find_checks())
    fine = all(check.state != "problem" for check in checks)
    if json:
        found = {"ok": fine, "checks": [asdict(check) for check in checks]}
        say_json(jsonlib.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(checks)
        say("\nReading works." if fine else "\nReading does not work yet: see what is marked as a problem.")
    if not fine:
        raise typer.Exit(1)


def find_checks() -> Iterator[Check]:
    """All checks, in the order in which they are shown."""
    yield from _software()
    yield from _reading()
    yield from _extras()
    yield _data_folder()


def _software() -> Iterator[Check]:
    section = "software"
    yield Check(section, "inkread", f"{__version__} in {_HOME}")
    yield Check(section, "Python", f"{platform.python_version()} at {sys.executable}")
    yield Check(section, "system", f"{platform.system()} {platform.release()} {platform.machine()}")
    for name, module, package in PACKAGES:
        try:
            version = getattr(_load(module), "__version__", "") or _version(package)
            yield Check(section, name, version)
        except (ImportError, OSError) as error:  # OSError: a library of the system that it needs is missing
            reason = " ".join(str(error).split())[:120]
            yield Check(section, name, reason, "problem", _pip(f'"{package}"'))


def _load(module: str) -> object:
    return onnx_runtime() if module == "onnxruntime" else importlib.import_module(module)


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "installed"


def _reading() -> Iterator[Check]:
    """Runs everything that a reading can need."""
    try:
        from inkread.reader import Reader

        reader = Reader()
    except (ImportError, OSError) as error:
        told = " ".join(str(error).split())
        yield Check("self-test", "reader", told, "problem", "mend what is said above first")
        return
    yield from _networks(reader)
    yield from _self_test(reader)


def _networks(reader: Reader) -> Iterator[Check]:
    """Loads and runs every network that a reading can need."""
    reinstall = _pip("--force-reinstall --no-deps inkread", "--force-reinstall --no-deps")
    for network in reader.networks:
        name = network.path.name
        try:
            network.check()
            size, card = network.path.stat().st_size / 1e6, network.card
            told = (
                f"{card['name']} {card['version']}, {size:.1f} MB, loads and runs; SHA-256 {card['sha256']}"
            )
            yield Check("networks", name, told)
        except (OSError, KeyError, InkreadError) as error:
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            yield Check("networks", name, told, "problem", reinstall)


def _self_test(reader: Reader) -> Iterator[Check]:
    """Reads drawn numbers, which together reach every network."""
    from inkread.sketch import Sketch, Stroke

    section = "self-test"
    for number, strokes in _DRAWN.items():
        name = f"a drawn {number}"
        picture = Sketch((560, 280), [Stroke(path, width=18) for path in strokes]).to_image()
        try:
            reader.read(picture)  # the first one loads the networks
            start = time.perf_counter()
            reading = reader.read(picture)
            duration = 1000 * (time.perf_counter() - start)
        except (ImportError, OSError, InkreadError) as error:
            told = " ".join(str(error).split())
            yield Check(section, name, told, "problem", "mend what is said above first")
            continue
        told = f"read as “{reading.text}”, {percent(reading.confidence)} sure, in {duration:.0f} ms"
        if reading.text == number.split()[0]:
            yield Check(section, name, told)
        else:
            yield Check(section, name, told, "problem", "report it, with all of these lines")


def _extras() -> Iterator[Check]:
    for extra, modules in EXTRAS.items():
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        if missing:
            fix = _pip(f'"inkread[{extra}]"', extra=extra)
            yield Check("extras", extra, f"without {', '.join(missing)}", "missing", fix)
        else:
            yield Check("extras", extra, ", ".join(modules))


def _pip(arguments: str, here: str = "", extra: str = "") -> str:
    """The command that installs something into this very Python."""
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    root = _HOME.parent.parent
    # In a checkout, the name would fetch whatever the package index has under it.
    if (here or extra) and (root / "pyproject.toml").is_file():
        arguments = f'{here} -e "{root}{f"[{extra}]" if extra else ""}"'.strip()
    return f"{python} -m pip install {arguments}"


def _data_folder() -> Check:
    from inkread.training.data.mnist import data_folder

    folder = data_folder()
    origin = "INKREAD_DATA" if os.environ.get("INKREAD_DATA") else "per user; INKREAD_DATA names another"
    if folder.is_dir():
        return Check("data", "folder", f"{folder} ({origin})")
    return Check(
        "data", "folder", f"{folder} ({origin})", "missing", "only training needs it: inkread data fetch"
    )


def _show(checks: Sequence[Check]) -> None:
    """A table on a terminal, plain lines elsewhere."""
    names = max(len(check.name) for check in checks)
    styles = {"ok": "green", "missing": "yellow", "problem": "bold red"}
    section = ""
    for check in checks:
        if check.section != section:
            section = check.section
            say(_row([(f"\n{section}" if check is not checks[0] else section, "bold")]))
        say(
            _row(
                [
                    (f"  {check.state:<8}", styles[check.state]),
                    (f"{check.name:<{names}}  ", ""),
                    (printable(check.value), ""),
                ]
            )
        )
        if check.fix:
            say(_row([(" " * 10 + f"{'':<{names}}  {printable(check.fix)}", styles[check.state])]))


def _row(pieces: Sequence[tuple[str, str]]) -> object:
    if not sys.stdout.isatty():
        return "".join(text for text, _ in pieces)
    from rich.text import Text

    return Text.assemble(*pieces)
