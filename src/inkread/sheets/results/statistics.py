"""How hard each question was, how well it tells good from weak, and which mistakes were common.

Difficulty is the mean share of its points; discrimination the correlation of a question's points with those of the rest
of the exam (the corrected item-total correlation). This module draws nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkread.sheets.exam.design import Design, Question, shown_points
from inkread.sheets.marks.marking import Sheet
from inkread.sheets.marks.work import Work, complete_works
from inkread.sheets.results.gradebook import Gradebook

__all__ = ["QuestionStatistics", "question_statistics", "statistics_table"]

_COMMON = 3


@dataclass(frozen=True)
class QuestionStatistics:
    """``difficulty`` 0 (nobody) … 1 (everybody had full points); ``discrimination`` −1 … 1, None if all are alike.

    ``common_wrong`` are answers without full points and how often each was given; "" is none at all.
    """

    name: str
    answered: int
    difficulty: float
    discrimination: float | None
    common_wrong: tuple[tuple[str, int], ...]


def question_statistics(design: Design, sheets: Sequence[Sheet]) -> tuple[QuestionStatistics, ...]:
    """The statistics of each question, over the students of whom no page is missing."""
    whole, _ = complete_works(sheets)
    return tuple(_of_question(question, whole) for question in design.questions if not question.void)


def _of_question(question: Question, whole: Sequence[Work]) -> QuestionStatistics:
    own = [(work, work.marks[question.name]) for work in whole if question.name in work.marks]
    points = np.array([float(one.mark.points) for _, one in own])
    rest = np.array([float(work.points) for work, _ in own]) - points
    wrong = Counter(
        one.mark.answer for _, one in own if one.mark.points < question.points and one.mark.answer is not None
    )
    common = sorted(wrong.items(), key=lambda pair: (-pair[1], pair[0]))[:_COMMON]
    most = float(question.points)
    difficulty = float(points.mean() / most) if len(points) and most else 0.0
    return QuestionStatistics(question.name, len(own), difficulty, _correlation(points, rest), tuple(common))


def _correlation(points: np.ndarray, rest: np.ndarray) -> float | None:
    if len(points) < 3 or np.ptp(points) == 0 or np.ptp(rest) == 0:
        return None
    return float(np.corrcoef(points, rest)[0, 1])


def statistics_table(
    design: Design, statistics: Sequence[QuestionStatistics], left_out: int = 0
) -> Gradebook:
    """A row per question, for people and spreadsheets; and one for students who were ``left_out``."""
    rows: Gradebook = [
        ["question", "points", "students", "difficulty", "discrimination", "common wrong answers"]
    ]
    counting = [question for question in design.questions if not question.void]
    for question, one in zip(counting, statistics, strict=True):
        wrong = ", ".join(f"{answer or '(none)'} ({count}×)" for answer, count in one.common_wrong)
        discrimination = "" if one.discrimination is None else round(one.discrimination, 3)
        points = shown_points(question.points)
        rows.append([one.name, points, one.answered, round(one.difficulty, 3), discrimination, wrong])
    if left_out:
        rows.append(["left out", "", left_out, "", "", "pages of them are missing"])
    return rows
