"""A reading and an expectation -> the reading, with what the likeliest text is that satisfies it, line by line.

Digits of an implausible line become doubtful; no digit gets another value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inkread.elements import Expected
from inkread.expectations.automaton import TEN, accepts
from inkread.expectations.decoding import PRICES, Alternatives, alternatives, texts_of
from inkread.expectations.notation import Expectation
from inkread.expectations.series import Series, rising
from inkread.reading import Box, Digit, Line, Mark, Reading


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Chosen on ``develop/unipen_numbers`` and ``develop/cheques``."""

    lost: float = 0.02
    """Probability that a line was found or cut wrongly, so that no text of its pieces is right."""
    plausible: float = 0.05
    """Odds from which other marks than those read are plausible, if the digits are the same."""
    tall: float = 0.5
    """Height, in heights of the digits, from which ink that was left unread may be a digit."""
    largest: float = 1.5
    """Height and width, in the same, up to which it is no rule and no blot."""
    near: float = 1.0
    """How far beside the line, in the same, ink may belong to it."""


SETTINGS = CheckSettings()


def checked(reading: Reading, expectation: Expectation) -> Reading:
    """The reading whose lines say how well they agree; the digits of implausible lines are doubtful.

    So are those of a line beside which ink of a digit's size was left unread: something is missing.
    """
    return checked_together([reading], expectation)[0]


def checked_together(readings: Sequence[Reading], expectation: Expectation) -> list[Reading]:
    """The same of several readings, whose lines are of one series if one is expected; regions each of their own."""
    expected = [
        [expected_of(one, *_unread(each, number), expectation) for number, one in enumerate(each.in_order())]
        for each in readings
    ]
    sure = [[True] * len(each.lines) for each in readings]
    if expectation.series is not None:
        for region in {each.region for each in readings}:
            at = [
                (i, k)
                for i, each in enumerate(readings)
                if each.region == region
                for k in range(len(each.lines))
            ]
            told = _in_series(
                [readings[i].lines[k] for i, k in at], [expected[i][k] for i, k in at], expectation.series
            )
            for (i, k), (one, is_sure) in zip(at, told, strict=True):
                expected[i][k], sure[i][k] = one, is_sure
    return [_concluded(*each) for each in zip(readings, expected, sure, strict=True)]


def _concluded(reading: Reading, expected: Sequence[Expected], sure: Sequence[bool]) -> Reading:
    lines = []
    for number, (line, shown) in enumerate(zip(reading.lines, reading.in_order(), strict=True)):
        plausible = sure[number] and not _unread(reading, number)[1]
        plausible = plausible and _is_plausible(line, _written(shown), expected[number])
        lines.append(Line(line.digits if plausible else doubted(line.digits), expected[number]))
    return replace(reading, lines=tuple(lines))


def _written(shown: Sequence[Digit | Mark]) -> str:
    return "".join(each.text if isinstance(each, Mark) else str(each) for each in shown)


def _in_series(
    lines: Sequence[Line], found: Sequence[Expected], series: Series
) -> list[tuple[Expected, bool]]:
    """What is expected of lines whose numbers rise: of each, its text in the likeliest series, and if that is sure."""
    texts = [
        [(text, share) for text, share in ((one.text, one.confidence), *one.alternatives) if text is not None]
        for one in found
    ]
    told = []
    read = [line.text for line in lines]
    for line, one, (text, sure) in zip(lines, found, rising(texts, series, read), strict=True):
        if text == one.text:
            told.append((one, sure))
            continue
        share = dict(one.alternatives).get(text or "", 0.0)
        odds = share / one.confidence * one.odds if one.confidence else 0.0
        told.append((Expected(one.pattern, text == line.text, text, odds, share), sure))
    return told


def expected_of(
    shown: Sequence[Digit | Mark],
    small: Sequence[Box],
    large: Sequence[Box],
    expectation: Expectation,
    settings: CheckSettings = SETTINGS,
) -> Expected:
    """What the likeliest text is of a line: its digits and marks from the left, and ink left unread in its band."""
    written = _written(shown)
    pieces = _pieces(shown, small, large)
    texts = texts_of(pieces, expectation.automaton)
    shares, total = dict(texts.likely), texts.total + settings.lost
    satisfied = accepts(expectation.automaton, written)
    if not shares and not satisfied:
        return Expected(expectation.source, False, None, 0.0, 0.0)
    read = _share_of(written, pieces)
    text = written if satisfied else texts.likely[0][0]
    share = shares.get(text, read)
    others = tuple((other, share / total) for other, share in texts.likely if other != text)
    return Expected(
        expectation.source, satisfied, text, 1.0 if satisfied else share / read, share / total, others[:7]
    )


def likely_texts(reading: Reading, expectation: Expectation, kept: int) -> tuple[tuple[str, float], ...]:
    """The likeliest texts of the first line that satisfy an expectation, best first, with their probabilities."""
    pieces = _pieces(reading.in_order()[0])
    return texts_of(pieces, expectation.automaton, replace(PRICES, kept=kept)).likely


def _share_of(written: str, pieces: Sequence[Alternatives]) -> float:
    """The probability of what was read, piece by piece."""
    signs = iter(written)
    return math.prod(piece[""] if _is_unread(piece) else piece[next(signs)] for piece in pieces)


def _is_unread(piece: Alternatives) -> bool:
    return next(iter(piece)) == ""


def _pieces(
    shown: Sequence[Digit | Mark], small: Sequence[Box] = (), large: Sequence[Box] = ()
) -> list[Alternatives]:
    """What each piece of ink may say, from the left: of ``large`` ones, nothing or the check digit X."""
    pieces: list[tuple[float, Alternatives]] = [(each.box.centre[0], alternatives(each)) for each in shown]
    pieces += [(box.centre[0], alternatives(None)) for box in small]
    pieces += [(box.centre[0], {"": 1 - PRICES.ten, TEN: PRICES.ten}) for box in large]
    # Digits keep the order in which they were read.
    order: list[Alternatives] = [alternative for _, alternative in pieces[: len(shown)]]
    for x, alternative in sorted(pieces[len(shown) :], key=lambda piece: piece[0], reverse=True):
        order.insert(sum(before <= x for before, _ in pieces[: len(shown)]), alternative)
    return order


def _unread(reading: Reading, number: int, settings: CheckSettings = SETTINGS) -> tuple[list[Box], list[Box]]:
    """Ink that was left unread in the band of a line: what may be marks, and what may be digits."""
    line, tall = reading.lines[number].box, _height(reading.lines[number])
    near = settings.near * tall
    boxes = [
        each.box
        for each in reading.rejected
        if line.top <= each.box.centre[1] < line.bottom
        and line.left - near <= each.box.centre[0] <= line.right + near
        and max(each.box.width, each.box.height) <= settings.largest * tall
    ]
    small = [box for box in boxes if box.height < settings.tall * tall]
    return small, [box for box in boxes if box not in small]


def _height(line: Line) -> int:
    """The height of its digits (median)."""
    return sorted(digit.box.height for digit in line)[len(line) // 2]


def _is_plausible(line: Line, written: str, expected: Expected) -> bool:
    if expected.satisfied:
        return True
    digits = "".join(sign for sign in expected.text or "" if sign.isdigit())
    return (
        digits == line.text and expected.odds >= SETTINGS.plausible and _holds(expected.text or "", written)
    )


def _holds(text: str, written: str) -> bool:
    """Whether the text is what was written, and perhaps some marks more."""
    signs = iter(text)
    return all(sign in signs for sign in written)


def doubted(digits: Sequence[Digit]) -> tuple[Digit, ...]:
    """The digits, each doubtful."""
    return tuple(replace(digit, doubtful=True) for digit in digits)
