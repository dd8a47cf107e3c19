"""Processes under strace (Linux): what they connect to, and what they write."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CALLS = (
    "%network,?open,openat,?openat2,?creat,?mkdir,mkdirat,?rename,?renameat,?renameat2,?link,linkat,"
    "?symlink,symlinkat,?mknod,mknodat"
)
"""All that connects, opens files or makes names; those with ? are missing on some processors."""
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_ADDRESS = re.compile(r'sin_addr=inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"|sun_path=@?"([^"]*)"')
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"')
_OPENS = ("open", "openat", "openat2")
_WRITES = re.compile(r"\b(?:O_WRONLY|O_RDWR|O_CREAT)\b")
_LOOK_UP = ("/etc/hosts", "/etc/resolv.conf")
"""Files that the C library opens to look up a name."""
_SWITCHES = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
"""Variables that switch off the telemetry of ONNX Runtime."""
_FOLDERS = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "INKREAD_CORRECTIONS")


def why_no_trace() -> str:
    """Why processes cannot be traced here; "" if they can."""
    if os.environ.get("INKREAD_STRACE"):
        return ""  # it is said to work: a skip would be a fault
    if shutil.which("strace") is None:
        return "needs strace (Linux): apt-get install strace"
    done = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, encoding="utf-8")
    return f"strace cannot trace here: {done.stderr.strip()[:80]}" if done.returncode else ""


@dataclass(frozen=True)
class Traced:
    """A process whose system calls are kept. It runs in ``folder``/work, and ``folder``/home is its user's home."""

    process: subprocess.Popen[str]
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def contacts(self) -> set[str]:
        """Every address that was connected, bound or sent to, and every file that the look-up of a name opens."""
        found = set()
        for call, arguments, result in self._calls():
            if result < 0 and "AF_UNIX" in arguments:
                continue  # no such socket on this machine: nothing was said to anybody
            if call in ("connect", "bind", "sendto", "sendmsg", "sendmmsg"):
                found.update(next(filter(None, each), "") for each in _ADDRESS.findall(arguments))
            elif call in _OPENS:
                found.update(path for path in self._paths(arguments) if path in _LOOK_UP)
        return found

    def written(self) -> set[str]:
        """The path of every file that was opened for writing, and of every name that was made."""
        found = set()
        for call, arguments, result in self._calls():
            makes = call.startswith(("creat", "mkdir", "rename", "link", "symlink", "mknod"))
            if result >= 0 and (makes or (call in _OPENS and _WRITES.search(arguments))):
                found.update(self._paths(arguments))
        return found

    def _paths(self, arguments: str) -> list[str]:
        work = str(self.folder / "work")
        return [os.path.normpath(os.path.join(work, *each)) for each in _PATH.findall(arguments)]

    def _calls(self) -> Iterator[tuple[str, str, int]]:
        """Each system call: its name, its arguments as strace shows them, and its result."""
        for log in sorted((self.folder / "calls").iterdir()):
            for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
                if found := _CALL.match(line):
                    yield found[1], found[2], int(found[3])


@contextmanager
def traced(folder: Path, *arguments: str, **variables: str) -> Iterator[Traced]:
    """Python with these ``arguments`` under strace, as a new user would run it; ended with the context."""
    for name in ("home", "work", "calls"):
        (folder / name).mkdir(parents=True)
    gone = (*_SWITCHES, *_FOLDERS)
    env = {name: value for name, value in os.environ.items() if name not in gone}
    # Python writes its byte code beside every program, whatever the program does.
    env |= {"HOME": str(folder / "home"), "TMPDIR": str(folder / "work"), "PYTHONDONTWRITEBYTECODE": "1"}
    log = str(folder / "calls" / "of")
    # -D: the process that is started is Python itself, not strace. -ff: no call is cut in two by another thread.
    command = ["strace", "-D", "-ff", "-y", "-qq", "-e", f"trace={_CALLS}", "-o", log, sys.executable]
    with subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=folder / "work",
        env=env | variables,
    ) as process:
        try:
            yield Traced(process, folder)
        finally:
            process.terminate()
            process.communicate(timeout=60)
