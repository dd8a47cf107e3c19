"""How hard each question was, how well it tells good from weak, and which mistakes were common: figures and a page.

Difficulty is the mean share of its points. Discrimination is the correlation of a question's points with those of the
rest of the exam (the corrected item-total correlation).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inkread.sheets.exam.design import Design, Question, shown_points
from inkread.sheets.marks.marking import Sheet
from inkread.sheets.marks.marking_state import Work, complete_works
from inkread.sheets.paper.page_geometry import Rect
from inkread.sheets.paper.pen import BLACK, BOLD, FAINT, SOFT, Colour, Pen, new_pdf
from inkread.sheets.results.gradebook import Gradebook

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


_BLUE: Colour = (0.20, 0.40, 0.68)
_PALE: Colour = (0.88, 0.91, 0.96)
_RED: Colour = (0.76, 0.25, 0.22)
_MM = 72 / 25.4
_ROW = 8.4
_MOST_BARS = 20


def statistics_page(
    design: Design, sheets: Sequence[Sheet], statistics: Sequence[QuestionStatistics]
) -> bytes:
    """A PDF with the plots; as many pages as the questions need."""
    width, height = design.size_mm
    canvas, buffer = new_pdf(design.size_mm, f"{design.title}: statistics")
    pen = Pen(canvas, height)
    pen.text(18, 24, design.title, 17, font=BOLD, room=width - 36)
    whole, others = complete_works(sheets)
    mean = sum(float(work.points) for work in whole) / max(1, len(whole))
    says = f"{len(whole)} students  ·  mean {mean:.1f} of {shown_points(design.points)} points"
    says += f"  ·  {others} left out, of whom pages are missing" if others else ""
    pen.text(18, 31, says, 10, colour=SOFT, room=width - 36)
    _histogram(pen, design, whole, Rect(18, 46, width - 36, 52))
    top = 112.0
    _heads(pen, width, top)
    for one in statistics:
        if top + _ROW > height - 20:
            canvas.showPage()
            top = 24.0
            _heads(pen, width, top)
        top += _ROW
        _question(pen, width, top, one)
    canvas.save()
    return buffer.getvalue()


def _histogram(pen: Pen, design: Design, whole: Sequence[Work], rect: Rect) -> None:
    """How many students have how many points."""
    most = max(float(design.points), 1.0)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 1000, 10**6) if most / step <= _MOST_BARS)
    bars = int(most // step) + 1
    counts = [0] * bars
    for work in whole:
        counts[min(bars - 1, int(float(work.points) // step))] += 1
    pen.text(rect.left, rect.top - 4, "Points", 10, font=BOLD)
    pitch, tallest = rect.width / bars, max(1, *counts)
    for i, count in enumerate(counts):
        tall = (rect.height - 12) * count / tallest
        low = rect.bottom - 6
        if count:
            bar = Rect(rect.left + i * pitch + 0.12 * pitch, low - tall, 0.76 * pitch, tall)
            pen.box(bar, fill=_BLUE, radius=min(0.8, tall / 2))
            pen.text(bar.left + bar.width / 2, low - tall - 1.4, str(count), 8, colour=SOFT, align="centre")
        label = f"{i * step}" if step == 1 else f"{i * step}–{(i + 1) * step - 1}"
        pen.text(rect.left + (i + 0.5) * pitch, rect.bottom - 2, label, 8, colour=SOFT, align="centre")
    pen.line(rect.left, rect.bottom - 6, rect.right, rect.bottom - 6, SOFT, 0.2)


def _heads(pen: Pen, width: float, y: float) -> None:
    for x, text in (
        (18.0, "Question"),
        (40.0, "Difficulty"),
        (94.0, "Discrimination"),
        (134.0, "Common wrong answers"),
    ):
        pen.text(x, y, text, 10, font=BOLD)
    pen.line(18, y + 2.2, width - 18, y + 2.2, FAINT, 0.3)


def _question(pen: Pen, width: float, y: float, one: QuestionStatistics) -> None:
    pen.text(18, y, one.name, 10, font=BOLD, colour=BLACK)
    pen.box(Rect(40, y - 3.4, 36, 4), fill=_PALE, radius=1)
    if one.difficulty > 0:
        pen.box(Rect(40, y - 3.4, 36 * one.difficulty, 4), fill=_BLUE, radius=min(1.0, 18 * one.difficulty))
    pen.text(78.5, y, f"{one.difficulty:.0%}", 9, colour=SOFT)
    # From -1 to 1, with a tick at 0; below 0.1, a question tells nothing, or the key is wrong.
    pen.line(94, y - 1.4, 118, y - 1.4, FAINT, 0.5)
    pen.line(106, y - 2.8, 106, y, FAINT, 0.3)
    if one.discrimination is not None:
        pen.dot(106 + 12 * one.discrimination, y - 1.4, 1.3, _RED if one.discrimination < 0.1 else _BLUE)
        pen.text(121.5, y, f"{one.discrimination:+.2f}".replace("-", "–"), 9, colour=SOFT)
    wrong = "    ".join(f"{answer or 'none'} ×{count}" for answer, count in one.common_wrong)
    pen.text(134, y, wrong, 9, colour=BLACK, room=width - 18 - 134)


def picture_of(pdf: bytes, dots_per_inch: int = 150) -> Any:
    """The first page of a PDF as a PIL image."""
    import pypdfium2 as pdfium

    return pdfium.PdfDocument(pdf)[0].render(scale=dots_per_inch / 72).to_pil()
