"""Text that fits: which font has its letters, and how much of it there is room for.

Names come from anywhere; a letter that no font here has is shown as a box rather than left out, and nothing in a
text is ever taken for markup. This module does not know where on a page anything stands.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["BOLD", "PLAIN", "fitted", "font_for", "missing_letters", "runs", "width_of"]

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
"""Every PDF reader brings them; they have the letters of Western Europe."""
_SIGNS = str.maketrans({"−": "–", "\u2009": " ", "\u202f": " ", "\u00a0": " "})


def font_for(text: str, font: str) -> str:
    """``font``, or if it lacks a letter of ``text``, the first on this machine that has them all, or has most."""
    if _in_latin(text):
        return font
    letters = {ord(letter) for letter in text if not letter.isspace()}
    wider = _wider(font)
    return max(wider, key=lambda name: len(letters & wider[name]))


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """Pieces of ``text``, each with the font that has its letters: one piece where one font has all of them.

    Fonts for Chinese may lack even digits.
    """
    if not _lacking(text, font):
        return [(text, font_for(text, font))]
    pieces: list[tuple[str, str]] = []
    for letter in text:
        own = font_for(letter, font)
        if pieces and (pieces[-1][1] == own or letter.isspace()):
            pieces[-1] = (pieces[-1][0] + letter, pieces[-1][1])
        else:
            pieces.append((letter, own))
    return pieces


def missing_letters(text: str, font: str = PLAIN) -> str:
    """The letters of ``text`` that are printed as boxes, as no font here has them; each once."""
    return "".join(letter for letter in _lacking(text, font) if _lacking(letter, font))


def _lacking(text: str, font: str) -> str:
    """The letters of ``text`` that the one best font for it lacks; each once."""
    if _in_latin(text):
        return ""
    has = _wider(font).get(font_for(text, font), frozenset())
    return "".join(
        letter for letter in dict.fromkeys(text.translate(_SIGNS))
        if letter.isprintable() and not letter.isspace() and ord(letter) not in has
    )  # fmt: skip


def fitted(text: str, font: str, size: float, room: float) -> str:
    """As much of ``text`` as ``room`` (in points) holds, on one line, with … where it was cut."""
    text = "".join(letter if letter.isprintable() else " " for letter in text.translate(_SIGNS))
    if width_of(text, font, size) <= room:
        return text
    while text and width_of(text + "…", font, size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def width_of(text: str, font: str, size: float) -> float:
    """The width of ``text`` in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return sum(float(stringWidth(piece, own, size)) for piece, own in runs(text, font))


def _in_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _wider(font: str) -> dict[str, frozenset[int]]:
    """The names of registered fonts with more letters than ``font``, and the letters that each has."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    found = {}
    for i, path in enumerate(_files(bold=font == BOLD)):
        name = f"Inkread{'Bold' if font == BOLD else ''}{i}"
        try:
            opened = TTFont(name, str(path))
        except (TTFError, OSError):
            continue
        pdfmetrics.registerFont(opened)
        found[name] = frozenset(opened.face.charToGlyph)
    return found


def _files(*, bold: bool) -> list[Path]:
    """Font files that may be there, those that come with packages first, so that sheets look alike everywhere."""
    import reportlab

    weight = "-Bold" if bold else ""
    files = [Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")]
    drawing = find_spec("matplotlib")
    if drawing and drawing.origin:
        files.append(Path(drawing.origin).parent / "mpl-data" / "fonts" / "ttf" / f"DejaVuSans{weight}.ttf")
    files += [Path("/usr/share/fonts/truetype/dejavu") / f"DejaVuSans{weight}.ttf"]
    files += [
        Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
        Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
    ]
    files += [Path("C:/Windows/Fonts") / name for name in (f"arial{'bd' if bold else ''}.ttf", "msyh.ttc")]
    files += [
        Path("/System/Library/Fonts/Supplemental/Arial Unicode.ttf"),
        Path("/Library/Fonts/Arial Unicode.ttf"),
    ]
    return [path for path in files if path.is_file()]
