"""Reading -> what people and programs look at: an annotated picture, text, JSON, and a picture per step.

    annotation   the picture with its digits boxed and labelled     layout    what stands where in it
    steps        a picture for each step of a reading               placing   where labels fit (geometry only)
    exports      text, JSON, CSV                                    drawing   colours, type, soft-edged shapes
    overlay      boxes and values in the picture, of the same size

This room knows the words of ``reading`` and nothing of how a reading comes about; it writes no files.
"""

from inkread.render.annotation import annotate, draw_overlay
from inkread.render.exports import TABLE_COLUMNS, safe_cell, table_line, table_rows, to_json, to_text
from inkread.render.steps import draw_steps

__all__ = ["TABLE_COLUMNS", "annotate", "draw_overlay", "draw_steps", "safe_cell", "table_line", "table_rows"]
__all__ += ["to_json", "to_text"]
