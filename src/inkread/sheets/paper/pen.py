"""Lines, boxes, text and handwriting on a PDF's page, in millimetres from its top left corner.

This module does not know what is drawn.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from inkread.images import load_image
from inkread.sheets.paper.hands import Strokes
from inkread.sheets.paper.layout import Rect
from inkread.sheets.paper.typeset import PLAIN, fitted, runs, width_of

__all__ = ["BLACK", "FAINT", "SOFT", "Colour", "Pen"]

Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, 0 … 1."""
BLACK: Colour = (0.1, 0.1, 0.12)
SOFT: Colour = (0.42, 0.42, 0.46)
FAINT: Colour = (0.86, 0.86, 0.88)
_MM = 72 / 25.4


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
