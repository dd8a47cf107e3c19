"""Pen strokes -> image: what somebody draws with a mouse, a finger or a stylus.

    sketch = Sketch((280, 280), [Stroke(points, width=20)])
    image = sketch.to_image()            # (280, 280, 3) uint8, ready to be read

A stroke may also rub out, and a sketch may lie on a picture. ``Trace`` is a stroke while it is being drawn.
Points are ``(x, y)`` in pixels, y downwards; the middle of the top left pixel is (0.5, 0.5).

    curves    curves, and how a pen draws them       strokes   one stroke
    sheets    the sheet with its strokes
"""

from inkread.sketch.curves import draw_path, smooth
from inkread.sketch.sheets import Sketch, inked, pen_on
from inkread.sketch.strokes import Stroke, Trace

__all__ = ["Sketch", "Stroke", "Trace", "draw_path", "inked", "pen_on", "smooth"]
