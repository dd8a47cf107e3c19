"""What a path, a stream or a folder holds: the bytes up to the limit, and the pictures in a folder."""

from __future__ import annotations

import errno
import inspect
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from inkread.errors import UnreadableImage
from inkread.images.limits import ImageLimits, check_bytes

EXTENSIONS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".mpo", ".webp", ".bmp", ".tif", ".tiff", ".gif",
    ".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif", ".hif", ".avif", ".pdf",
)  # fmt: skip
"""What ``find_images`` takes for a picture. ``load_image`` goes by the content, whatever the name."""

_ANNOTATED = ".annotated."
_KINDS_TOLD = 8
_START = 1024  # The bytes that are read to find out the kind of a file


def find_images(path: str | os.PathLike[str]) -> list[Path]:
    """The pictures in a folder and those below it, by extension, in natural order (page 2 before page 10).

    Hidden files, and pictures that inkread annotated, are left out. Any other path comes back as it is, for
    ``load_image`` to read or to refuse; so do folders that cannot be listed, that none be lost silently.
    """
    return scan_folder(path)[0]


def scan_folder(path: str | os.PathLike[str]) -> tuple[list[Path], Counter[str]]:
    """Like ``find_images``, with the number of skipped files by kind. Hidden files are not counted."""
    top, skipped = Path(path), Counter[str]()
    if not top.is_dir():
        return [top], skipped
    found: list[Path] = []

    def keep(error: OSError) -> None:
        found.append(Path(error.filename))

    for folder, folders, files in os.walk(top, onerror=keep):
        folders[:] = [name for name in folders if not name.startswith(".")]
        skipped.update("linked folder" for name in folders if os.path.islink(os.path.join(folder, name)))
        for name in files:
            if is_picture(name):
                found.append(Path(folder, name))
            elif not name.startswith("."):
                skipped[kind_of(name)] += 1
    # What is no plain file, a pipe say, would be waited for.
    plain = [file for file in found if file.is_file() or file.is_dir()]
    skipped.update({"special file": len(found) - len(plain)} if len(found) > len(plain) else {})
    return sorted(plain, key=_natural), skipped


def is_picture(name: str) -> bool:
    """Whether a name has the extension of a picture. Hidden files and annotated pictures are excluded."""
    name = name.lower()
    return name.endswith(EXTENSIONS) and not name.startswith(".") and _ANNOTATED not in name


def kind_of(name: str) -> str:
    """The kind under which a skipped file is counted: its extension in lower case, ``.docx``."""
    if _ANNOTATED in name.lower():
        return ".annotated.png"
    extension = Path(name).suffix.lower()
    return extension if extension[1:].isalnum() and len(extension) <= 12 else "other file"


def told_skipped(skipped: Mapping[str, int]) -> str:
    """One line: ``3 files skipped: 2 .docx, 1 .mov``; "" for none."""
    total = sum(skipped.values())
    if not total:
        return ""
    kinds = sorted(skipped.items(), key=lambda each: (-each[1], each[0]))
    more = sum(count for _, count in kinds[_KINDS_TOLD:])
    told = [*kinds[:_KINDS_TOLD], *([("of other kinds", more)] if more else [])]
    each = [
        f"{count:,} {kind}{'s' if count > 1 and kind.endswith(('file', 'folder')) else ''}"
        for kind, count in told
    ]
    return f"{total:,} file{'' if total == 1 else 's'} skipped: {', '.join(each)}"


def _natural(path: Path) -> list[list[str | int]]:
    # Splitting at numbers puts text at even and numbers at odd places, so that like is compared with like.
    return [
        [int(piece) if i % 2 else piece.casefold() for i, piece in enumerate(re.split(r"([0-9]+)", part))]
        + ["", 0, part]
        for part in path.parts
    ]


def shown(path: str | os.PathLike[str]) -> str:
    """A path for a message of one line."""
    name = os.fsdecode(path)
    name = name if len(name) <= 300 else name[:60] + "…"
    return name if name.isprintable() and name.strip() else repr(name)


def read_path(
    source: str | os.PathLike[str], limits: ImageLimits, leave: Callable[[bytes], bool] = lambda start: False
) -> bytes | Path:
    """The content of the file; raises ``UnreadableImage``, and ``ImageTooLarge`` without reading on.

    A regular file is not read if ``leave`` is true for its first bytes. Its path is returned instead.
    """
    if not os.fspath(source):
        raise UnreadableImage("no picture: the path is empty; give the path of a picture")
    name = shown(source)
    try:
        # Asked before opening: a large file is not read to find out that it is too large.
        status = os.stat(source)
        if stat.S_ISDIR(status.st_mode):
            raise UnreadableImage(_said_of_folder(Path(source), name))
        if stat.S_ISREG(status.st_mode):
            check_bytes(status.st_size, name, limits)
        with open(source, "rb") as file:
            start = file.read(_START)
            if stat.S_ISREG(status.st_mode) and leave(start):
                return Path(source).absolute()
            # Room for the largest file that may come would be made each time; most are as long as was said.
            content = start + file.read(max(0, min(status.st_size, limits.max_bytes) + 1 - len(start)))
            if len(content) > status.st_size:
                content += file.read(max(0, limits.max_bytes + 1 - len(content)))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise UnreadableImage(_said_of_path(str(source), name, error)) from None
    check_bytes(len(content), name, limits)
    return content


def _said_of_folder(path: Path, name: str) -> str:
    if os.access(path, os.R_OK | os.X_OK):
        return f"{name}: is a folder; give a picture in it"
    return f"{name}: is a folder that may not be listed; check its permissions"


def _said_of_path(path: str, name: str, error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return f"{name}: may not be read; check its permissions"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if re.match(r"https?:/", path):
            return (
                f"{name}: is a web address, and inkread fetches nothing; save the picture, or give its bytes"
            )
        return f"{name}: no such file; check the path"
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return f"{name}: is too long for a path; check the path"
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return f"{name}: cannot be read ({reason}); check the path"


def _closed(awaitable: object) -> None:
    """Closes a coroutine that nobody will await: Python would warn of it."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()


def read_stream(file: Any, limits: ImageLimits) -> tuple[bytes, str]:
    """What a binary file still holds, and its name for messages; raises as ``read_path`` does."""
    name = getattr(file, "name", None)
    name = shown(name) if isinstance(name, str) and name else "the picture"
    name = "standard input" if name == "<stdin>" else name
    pieces: list[bytes] = []
    missing = limits.max_bytes + 1
    try:
        # A pipe gives what it has at the moment: only an empty read is the end.
        while missing > 0 and (piece := file.read(missing)):
            if inspect.isawaitable(piece):
                _closed(piece)
                raise UnreadableImage(f"{name}: is read asynchronously; await its read(), and give the bytes")
            if not isinstance(piece, bytes | bytearray | memoryview):
                raise UnreadableImage(f"{name}: was opened as text; open it as binary (mode “rb”)")
            pieces.append(bytes(piece))
            missing -= len(piece)
    except (OSError, ValueError) as error:  # ValueError: it is closed, or is text and not decodable
        raise UnreadableImage(f"{name}: cannot be read ({error}); open it anew, as binary") from None
    content = b"".join(pieces)
    check_bytes(len(content), name, limits)
    return content, name
