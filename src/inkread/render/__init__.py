"""Reading -> what people and programs look at: an annotated picture, text, JSON, and a picture per step.

    annotation   the picture with its digits boxed and labelled     layout    what stands where in it
    steps        a picture for each step of a reading               placing   where labels fit (geometry only)
    exports      text, JSON                                         drawing   colours, type, soft-edged shapes

This room knows the words of ``reading`` and nothing of how a reading comes about; it writes no files.
"""

from inkread.render.annotation import annotate
from inkread.render.exports import to_json, to_text
from inkread.render.steps import draw_steps

__all__ = ["annotate", "draw_steps", "to_json", "to_text"]
