"""Lines, boxes, handwriting and text on a PDF's page, in millimetres from its top left corner.

Text is in the language of the exam, and in a font that has its letters. A letter that no font here has is shown as a
box. Nothing in a text is taken for markup.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from inkread.images import load_image
from inkread.sheets.paper.hands import Strokes
from inkread.sheets.paper.page_geometry import Rect

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


LANGUAGES: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("languages.json").read_text(encoding="utf-8")
)
"""By a language's code (ISO 639-1) and the name of a text; all languages have the same names and as many places."""


def text_of(language: str, name: str, *values: object) -> str:
    """The text of this name with the ``values`` in its places; raises KeyError for an unknown language or name."""
    return LANGUAGES[language][name].format(*values)


Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, 0 … 1."""
BLACK: Colour = (0.1, 0.1, 0.12)
SOFT: Colour = (0.42, 0.42, 0.46)
FAINT: Colour = (0.86, 0.86, 0.88)
_MM = 72 / 25.4


def new_pdf(size_mm: tuple[float, float], title: str = "", creator: str = "") -> tuple[Any, BytesIO]:
    """A reportlab canvas, and the buffer that has the PDF once the canvas is saved."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    size = (size_mm[0] * _MM, size_mm[1] * _MM)
    canvas = Canvas(buffer, pagesize=size, pageCompression=1, invariant=1)
    if title:
        canvas.setTitle(title)
    if creator:
        canvas.setCreator(creator)
    return canvas, buffer


class Pen:
    """A canvas in millimetres from the top left corner."""

    def __init__(self, canvas: Any, height_mm: float) -> None:
        self.canvas, self._height = canvas, height_mm

    def text(self, x: float, y: float, text: str, size: float, *, font: str = PLAIN, room: float = 200.0,
             colour: Colour = BLACK, align: str = "left") -> None:  # fmt: skip
        """A line of text with its base line at ``y``."""
        text = fitted(text, font, size, room * _MM)
        self.canvas.setFillColorRGB(*colour)
        at = x * _MM - {"left": 0.0, "right": 1.0, "centre": 0.5}[align] * width_of(text, font, size)
        for piece, own in runs(text, font):
            self.canvas.setFont(own, size)
            self.canvas.drawString(at, (self._height - y) * _MM, piece)
            at += width_of(piece, font, size)

    def box(self, rect: Rect, *, radius: float = 0.0, stroke: Colour | None = None,
            fill: Colour | None = None, width: float = 0.25) -> None:  # fmt: skip
        """A rectangle; ``width`` of its outline and ``radius`` of its corners in millimetres."""
        self.canvas.setLineWidth(width * _MM)
        if stroke:
            self.canvas.setStrokeColorRGB(*stroke)
        if fill:
            self.canvas.setFillColorRGB(*fill)
        left, low = rect.left * _MM, (self._height - rect.bottom) * _MM
        size = (rect.width * _MM, rect.height * _MM)
        self.canvas.roundRect(
            left, low, *size, radius * _MM, stroke=int(stroke is not None), fill=int(fill is not None)
        )

    def line(self, x: float, y: float, x2: float, y2: float, colour: Colour, width: float) -> None:
        """A straight line, ``width`` in millimetres."""
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(width * _MM)
        self.canvas.line(x * _MM, (self._height - y) * _MM, x2 * _MM, (self._height - y2) * _MM)

    def strokes(self, strokes: Strokes, x: float, y: float, height: float, width: float) -> None:
        """Handwriting, its top left corner at (x, y)."""
        self.canvas.setStrokeColorRGB(*BLACK)
        self.canvas.setLineWidth(width * _MM)
        self.canvas.setLineCap(1)
        self.canvas.setLineJoin(1)
        for stroke in strokes:
            path = self.canvas.beginPath()
            for i, (px, py) in enumerate(stroke):
                at = ((x + px * height) * _MM, (self._height - y - py * height) * _MM)
                (path.moveTo if i == 0 else path.lineTo)(*at)
            self.canvas.drawPath(path)

    def shade(self, rect: Rect, colour: Colour, opacity: float, radius: float = 0.0) -> None:
        """A filled rectangle that lets what is below shine through."""
        self.canvas.saveState()
        self.canvas.setFillAlpha(opacity)
        self.box(rect, fill=colour, radius=radius)
        self.canvas.restoreState()

    def picture(self, path: str, rect: Rect) -> None:
        """The picture in the file ``path``, stretched over ``rect``."""
        left, low = rect.left * _MM, (self._height - rect.bottom) * _MM
        self.canvas.drawImage(path, left, low, rect.width * _MM, rect.height * _MM)

    def picture_in(self, path: str, rect: Rect) -> None:
        """The picture in the file ``path``, as large as ``rect`` lets it be, at its upper left."""
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        left, low = rect.left * _MM, (self._height - rect.bottom) * _MM
        image = ImageReader(Image.fromarray(load_image(path)))
        size = rect.width * _MM, rect.height * _MM
        self.canvas.drawImage(image, left, low, *size, preserveAspectRatio=True, anchor="nw")

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A filled circle."""
        self.canvas.setFillColorRGB(*colour)
        self.canvas.circle(x * _MM, (self._height - y) * _MM, radius * _MM, stroke=0, fill=1)

    def path(self, points: list[tuple[float, float]], colour: Colour, width: float) -> None:
        """A line through ``points`` with round ends."""
        self.canvas.setLineCap(1)
        self.canvas.setLineJoin(1)
        self.canvas.setStrokeColorRGB(*colour)
        self.canvas.setLineWidth(width * _MM)
        path = self.canvas.beginPath()
        for i, (x, y) in enumerate(points):
            (path.moveTo if i == 0 else path.lineTo)(x * _MM, (self._height - y) * _MM)
        self.canvas.drawPath(path)
