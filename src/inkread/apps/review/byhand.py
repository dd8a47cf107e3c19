"""What somebody says about an answer besides how it is read: its points, and a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from inkread.errors import SheetError
from inkread.sheets.exam.design import Question, shown_points

_LONGEST = 200


@dataclass(frozen=True)
class ByHand:
    """``points`` as they were typed ("": those that the answer brings by the key), and the ``comment``."""

    points: str = ""
    comment: str = ""

    def checked(self, question: Question) -> tuple[str | None, str]:
        """Both as they are kept (None: no points by hand); raises ``SheetError`` for what are no points."""
        comment = "".join(letter if letter.isprintable() else " " for letter in self.comment).strip()[
            :_LONGEST
        ]
        typed = self.points.strip().replace(",", ".")
        if not typed:
            return None, comment
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", typed):
            raise SheetError(f"“{typed[:20]}” are no points; type a number such as 1.5")
        points = Fraction(typed)
        if points > question.points:
            most = shown_points(question.points)
            raise SheetError(
                f"{typed} points are more than the {most} of question {question.name}; type fewer"
            )
        return str(points), comment


NOTHING_BY_HAND = ByHand()
