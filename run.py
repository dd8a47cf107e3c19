#!/usr/bin/env python3
"""Installs inkread into a folder of its own (.venv, beside this file) and runs it. Needs only Python.

    python3 run.py                  reads the pictures in examples/ and shows what it read
    python3 run.py test [ARGS...]   checks everything: format, lint, types, tests (ARGS go to pytest)
    python3 run.py read PHOTO.jpg   any other word is a command of inkread: read, doctor, ... (see: help)

Nothing outside this folder is changed. The first run fetches packages, later ones start at once.
Delete .venv to be rid of it all. (Down to the check of its version, this file runs on Python 3.6 too.)
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def too_old(version: Sequence) -> str:
    """What to say of a Python of this version; "" if it will do."""
    have = ".".join(str(part) for part in version[:3])
    message = f"run.py: inkread needs Python 3.11 or newer; this is {have}. Get one from python.org/downloads"
    return message if tuple(version[:2]) < (3, 11) else ""


def newer_pythons() -> Iterator:
    """Other Pythons on the search path that will do."""
    for python in filter(None, map(shutil.which, ("python3.13", "python3.12", "python3.11", "python3.14"))):
        if subprocess.call([python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL) == 0:
            yield python


if too_old(sys.version_info):
    for _python in newer_pythons():
        sys.exit(subprocess.call([_python, *sys.argv]))
    sys.exit(too_old(sys.version_info))

# What a command needs beyond reading is fetched when it is first called for.
TESTS = ("dev", "docs", "examples", "package", "test", "train", "web", "sheets", "heic", "ray")
EXTRAS = {"test": TESTS, "serve": ("web",), "sheet": ("sheets",), "bulk": ("bulk",)}
CHECKS = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",))
LARGE = re.compile(r"\s*(?:Downloading|Using cached) (?:\S*/)?(\w+)-([\w.]+)\S* \((\d+\.\d [MG]B)\)")
NO_NETWORK = (
    r"name resolution|getaddrinfo|nodename nor servname|NewConnectionError|Max retries|[Tt]imed? ?out|"
    r"ProxyError|SSLError|Connection (?:refused|reset)|unreachable"
)
TROUBLES = (  # what the log of a failed step shows, and what to do about it
    (r"No space left|Errno 28|not enough space", "the disk is full: free some space, then run this again"),
    (NO_NETWORK, "the package index cannot be reached: check the network or proxy, then run this again"),
    (
        r"No matching distribution found for (?P<what>[\w.-]+)",
        "there is no {what} for this Python ({python}): use a 64-bit CPython 3.11, 3.12 or 3.13",
    ),
    (r"Errno 13|WinError 5\b", "a file in .venv cannot be written: close what uses it, then run this again"),
)


class Trouble(Exception):
    """Something the user can mend; its text is the one line that is shown."""


def say(line: str) -> None:
    print("run.py: " + line, flush=True)


class Home:
    """The folder that inkread lies in, and the virtual environment in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.bin = self.venv / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.bin / ("python.exe" if os.name == "nt" else "python")
        self.stamp = self.venv / "run-ready.json"
        self.log = self.venv / "run-install.log"
        self.lock = self.venv / "run.lock"
        self.ours = self.venv / "run-made-this"

    def environment(self) -> dict[str, str]:
        """The variables for what runs in .venv: none that lead to another Python or send pip elsewhere."""
        strays = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__")
        env = {name: value for name, value in os.environ.items() if name not in strays}
        # An editable install alone fails on Windows below Python 3.13 where the path holds an ö.
        env.update(PYTHONPATH=str(self.root / "src"), PIP_USER="0", VIRTUAL_ENV=str(self.venv))
        env["PATH"] = str(self.bin) + os.pathsep + env.get("PATH", "")
        return env

    def wanted(self, extras: Sequence[str]) -> dict[str, Any]:
        """What the stamp says once these extras are installed."""
        project = hashlib.sha256((self.root / "pyproject.toml").read_bytes()).hexdigest()
        return {"root": str(self.root), "python": self.kind(), "project": project, "extras": sorted(extras)}

    def stamped(self) -> dict[str, Any]:
        try:
            stamp = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def kind(self) -> str:
        """The environment's Python, as "cpython-312"; "" if it does not start, its base having been removed."""
        command = [str(self.python), "-I", "-S", "-c", "import sys; print(sys.implementation.cache_tag)"]
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            return subprocess.check_output(command, stderr=subprocess.DEVNULL, encoding="utf-8").strip()
        return ""

    def ready(self, extras: Sequence[str]) -> bool:
        stamp, wanted = self.stamped(), self.wanted(extras)
        has_extras = set(extras) <= set(stamp.get("extras", ()))
        return has_extras and {**stamp, "extras": 0} == {**wanted, "extras": 0} and bool(wanted["python"])


def prepare(home: Home, extras: Sequence[str]) -> None:
    """Makes .venv hold inkread with these extras; does nothing where it already does."""
    if home.ready(extras):
        return
    foreign = home.venv.is_dir() and any(home.venv.iterdir()) and not home.ours.exists()
    home.venv.mkdir(exist_ok=True)
    if not foreign:
        home.ours.touch()  # only what bears this mark is ever cleared
    with locked(home.lock):
        if home.ready(extras):  # another run.py was at it, and is done
            return
        stamp, wanted = home.stamped(), home.wanted(extras)
        same = wanted["python"] and all(stamp.get(key) == wanted[key] for key in ("root", "python"))
        if foreign and not wanted["python"]:
            raise Trouble(".venv is not of run.py's making and does not work: move it away, run this again")
        if not foreign and not same:
            make_venv(home)
        home.stamp.unlink(missing_ok=True)  # from here to the end it is half-made
        extras = sorted({*extras, *(stamp.get("extras", ()) if same else ())})
        install(home, extras)
        half = home.stamp.with_suffix(".new")
        half.write_text(json.dumps(home.wanted(extras)), encoding="utf-8")
        half.replace(home.stamp)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock that the system lets go of, however this process ends."""
    with path.open("a+b") as file:
        if not try_to_lock(file.fileno()):
            say("another run.py is installing here: waiting for it ...")
            while not try_to_lock(file.fileno()):
                time.sleep(0.5)
        yield


def try_to_lock(file: int) -> bool:
    """Locks an open file, or says that another process has it locked."""
    if os.name == "nt":
        import msvcrt

        os.lseek(file, 0, os.SEEK_SET)
        lock, arguments = msvcrt.locking, (file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        lock, arguments = fcntl.flock, (file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        lock(*arguments)
    except OSError as error:
        # A file system that knows no locks is no reason to refuse.
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def make_venv(home: Home) -> None:
    """A fresh environment in place of whatever run.py left there."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        raise Trouble(
            "this Python cannot make virtual environments. On Debian and Ubuntu: sudo apt install "
            f"{package}; elsewhere: install Python from python.org. Then run this again"
        )
    say("making .venv ...")
    for entry in set(home.venv.iterdir()) - {home.lock, home.ours}:
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    # Not sys.executable: that may be the very environment that was just cleared.
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = run_logged(home, [base, "-m", "venv", str(home.venv)])
    if made or not home.kind():
        raise Trouble(explain(home, "the virtual environment could not be made"))


def install(home: Home, extras: Sequence[str]) -> None:
    """pip install, with a line for each large package; the rest goes to the log."""
    what = "inkread" + (" with " + ", ".join(extras) if extras else "")
    say(f"installing {what} (the first time takes a minute or more) ...")
    start = time.monotonic()
    pip = [str(home.python), "-m", "pip"]
    if run_logged(home, [*pip, "--version"]):
        run_logged(home, [str(home.python), "-m", "ensurepip", "--upgrade"])
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    if run_logged(home, [*pip, "install", *options, *requirements(home, extras)]):
        raise Trouble(explain(home, "pip could not install the packages"))
    say(f"installed in {time.monotonic() - start:.0f} s")


def requirements(home: Home, names: Sequence[str]) -> list[str]:
    """What pip installs for extras and dependency groups of these names; pip below 25.1 knows no groups."""
    import tomllib

    project = tomllib.loads((home.root / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project.get("dependency-groups", {})
    extras = [name for name in names if name not in groups]
    wanted = ["-e", f".[{','.join(extras)}]" if extras else "."]
    # What a group includes has a name of its own in TESTS.
    return wanted + [each for name in names for each in groups.get(name, ()) if isinstance(each, str)]


def run_logged(home: Home, command: Sequence[str]) -> int:
    """Runs a command, its output in the log; says one line per large download. Returns its exit status."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    how = {"cwd": home.root, "env": home.environment(), "encoding": "utf-8", "errors": "replace"}
    with home.log.open("a", encoding="utf-8") as log, subprocess.Popen(command, **pipes, **how) as child:
        log.write("$ " + " ".join(command) + "\n")
        for line in child.stdout:
            log.write(line)
            log.flush()
            large = LARGE.match(line)
            if large:
                say("  {} {} ({})".format(*large.groups()))
            elif line.startswith("Installing collected packages"):
                say(f"  unpacking {line.count(',') + 1} packages ...")
    return child.returncode


def explain(home: Home, what: str) -> str:
    """One line with the cause of a failed step; if that is none of TROUBLES, the end of the log before it."""
    last = home.log.read_text(encoding="utf-8", errors="replace").rpartition("\n$ ")[2]
    python = "{}.{}, {}-bit".format(*sys.version_info[:2], 64 if sys.maxsize > 2**32 else 32)
    for pattern, advice in TROUBLES:
        match = re.search(pattern, last)
        if match:
            return f"{what}: {advice.format(python=python, **match.groupdict())} (log: {home.log})"
    print(*("    " + line for line in last.splitlines()[-20:]), sep="\n", file=sys.stderr)
    return f"{what}: the lines above may say why; the whole story is in {home.log}"


def run(home: Home, command: Sequence[str], cwd: Path | None = None) -> int:
    """Runs one of the environment's programs; its exit status, as a shell would give it."""
    program = home.bin / (command[0] + (".exe" if os.name == "nt" else ""))
    status = subprocess.call([str(program), *command[1:]], cwd=cwd, env=home.environment())
    return status if status >= 0 else 128 - status


def show_examples(home: Home) -> int:
    """Reads the pictures in examples/; leaves annotated copies in inkread-output/."""
    status = run(home, ["inkread", "read", "examples", "--annotate", "inkread-output"], cwd=home.root)
    output = home.root / "inkread-output"
    if output.is_dir():
        say(f"what was read is drawn into the pictures in {output}")
        say("now one of your own: python3 run.py read PHOTO.jpg")
    return status


def check(home: Home, pytest_args: Sequence[str]) -> int:
    """Runs all checks, also after one has failed; the first bad exit status, or 0."""
    statuses = {}
    for command in (*CHECKS, ("pytest", *pytest_args)):
        say(" ".join(command))
        statuses[" ".join(command[:2])] = run(home, command, cwd=home.root)
    failed = {command: status for command, status in statuses.items() if status}
    say("failed: " + ", ".join(failed) if failed else "all checks passed")
    return next(iter(failed.values()), 0)


def main(argv: Sequence[str], root: Path) -> int:
    if argv and argv[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    home = Home(root)
    try:
        prepare(home, EXTRAS.get(argv[0], ()) if argv else ())
        if not argv:
            return show_examples(home)
        if argv[0] == "test":
            return check(home, argv[1:])
        return run(home, ["inkread", *(["--help"] if argv[0] == "help" else argv)])
    except KeyboardInterrupt:
        return 130
    except (Trouble, OSError) as error:
        print("run.py: " + in_one_line(error, root), file=sys.stderr)
        return 1


def in_one_line(error: Exception, root: Path) -> str:
    """What happened, where, and what to do next."""
    if not isinstance(error, OSError):
        return str(error)
    where = error.filename or root
    if error.errno == errno.ENOSPC:
        return "the disk is full: free some space, then run this again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot write {where}: copy this folder to a place of your own, and run it there"
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"{where} is in the way: move it, then run this again"
    return f"{error.strerror or error}: {where}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent))
