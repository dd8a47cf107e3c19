"""Text that fits: which font has its letters, and how much of it there is room for.

Names come from anywhere; a letter that no font here has is shown as a box rather than left out, and nothing in a
text is ever taken for markup. This module does not know where on a page anything stands.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["BOLD", "PLAIN", "fitted", "font_for", "width_of"]

PLAIN, BOLD = "Helvetica", "Helvetica-Bold"
"""Every PDF reader brings them; they have the letters of Western Europe."""
_WIDER = {PLAIN: ("InkreadVera", "Vera.ttf"), BOLD: ("InkreadVeraBold", "VeraBd.ttf")}
_SIGNS = str.maketrans({"−": "–", "\u2009": " ", "\u202f": " ", "\u00a0": " "})


def font_for(text: str, font: str) -> str:
    """``font``, or if it lacks a letter of ``text``, one that has more."""
    return font if _in_latin(text) else _registered(font)


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

    return float(stringWidth(text, font_for(text, font), size))


def _in_latin(text: str) -> bool:
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _registered(font: str) -> str:
    import reportlab
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    name, file = _WIDER[font]
    pdfmetrics.registerFont(TTFont(name, str(Path(reportlab.__file__).parent / "fonts" / file)))
    return name
