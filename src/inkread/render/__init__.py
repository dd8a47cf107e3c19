"""Reading -> what people and programs look at: an annotated picture, text, JSON, and a picture per step.

annotation   the picture with its digits boxed and labelled     layout    what stands where in it
steps        a picture for each step of a reading               placing   where labels fit (geometry only)
inside       a picture of what happens inside a network         exports   text, JSON, CSV
drawing      colours, type, soft-edged shapes
"""

from inkread.render.annotation import annotate, draw_overlay
from inkread.render.exports import TABLE_COLUMNS, safe_cell, table_line, table_rows, to_json, to_text
from inkread.render.steps import draw_steps

__all__ = ["TABLE_COLUMNS", "annotate", "draw_overlay", "draw_steps", "safe_cell", "table_line", "table_rows"]
__all__ += ["to_json", "to_text"]
