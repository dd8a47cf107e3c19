"""What is seen in the columns of a line, and what it says of each candidate."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from inkread.candidate import WHOLE, Candidate
from inkread.lattice import Columns, decode, digit_places, lines_in_doubt, weigh
from inkread.lattice.advice import advised
from inkread.lattice.columns import of_one_digit, opinions
from inkread.lattice.weights import Weights
from inkread.reading import Box

NONE = 10
CLASSES = (*"0123456789", "many", "none")
ATOMS = [Box(0, 0, 10, 20), Box(12, 0, 22, 20), Box(24, 0, 34, 20)]


def columns(best: list[int], sure: float = 0.9) -> Columns:
    """A column for each two pixels, in which one outcome is likely and all others are alike."""
    seen = np.full((len(best), 11), (1 - sure) / 10, np.float32)
    seen[np.arange(len(best)), best] = sure
    return Columns(np.log(seen), 0.0, 0.5)


def candidates() -> list[Candidate]:
    """Three atoms, and all their runs."""
    found = []
    for start in range(3):
        for stop in range(start + 1, 4):
            box = Box.around(ATOMS[start:stop])
            found.append(Candidate(0, start, stop, (start * 10 + stop,), box, 0.0, box.width / 20))
    return found


def spelled(outcomes: tuple[int, ...]) -> list[int]:
    """The digits that are read off when each column's outcome is this: repeats count once."""
    return [
        one for one, before in zip(outcomes, (NONE, *outcomes), strict=False) if one not in (NONE, before)
    ]


def test_opinions_are_sums_over_all_ways_to_read_a_digit_off() -> None:
    rng = np.random.default_rng(3)
    seen = rng.dirichlet(np.ones(11), 4).astype(np.float32)
    one = Candidate(0, 0, 1, (1,), Box(0, 0, 8, 20))
    opinion = opinions(Columns(np.log(seen), 0.0, 0.5), [one])
    expected = np.zeros(11)
    for outcomes in product(range(11), repeat=4):
        if len(digits := spelled(outcomes)) <= 1:
            expected[digits[0] if digits else NONE] += np.prod(seen[range(4), outcomes])
    assert np.exp(opinion.digits[0]) == pytest.approx(expected[:10], rel=1e-5)
    assert np.exp(opinion.nothing[0]) == pytest.approx(expected[NONE], rel=1e-5)


def test_each_candidate_is_told_of_its_own_columns() -> None:
    line = candidates()
    opinion = opinions(columns([10, 10, 4, 10, 10, 10, 10, 7, 10, 10, 10, 10, 10, 10, 10, 2, 10]), line)
    said = {(each.start, each.stop): i for i, each in enumerate(line)}
    assert [opinion.digits[said[at]].argmax() for at in ((0, 1), (1, 2), (2, 3))] == [4, 7, 2]
    assert opinion.digits[said[0, 1], 4] > opinion.digits[said[0, 2], 4] + 1, "there are two in the latter"
    assert opinion.nothing[said[0, 1]] < -1


def test_digits_are_found_where_they_are_seen() -> None:
    assert digit_places(columns([10, 3, 3, 10, 3, 10, 5, 10])) == [4.0, 9.0, 13.0]
    assert digit_places(columns([10, 10])) == []


def rows(*best: int, sure: float = 0.6) -> NDArray[np.float32]:
    """Scores (n, 12) of candidates that look like these classes, the rest shared out."""
    scores = np.full((len(best), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1), np.float32)
    scores[np.arange(len(best)), best] = sure
    return scores


def test_columns_decide_between_readings_that_are_alike() -> None:
    line = [Candidate(0, 0, 1, (1,), ATOMS[0]), Candidate(0, 1, 2, (2,), ATOMS[1])]
    scores = rows(1, 7, sure=0.4)
    scores[:, [1, 7]] = [[0.42, 0.40], [0.40, 0.42]]
    seen = columns([10, 7, 10, 10, 10, 10, 10, 1, 10, 10, 10])
    assert decode(line, scores, CLASSES, (40, 20)).text == "17"
    advised_reading = decode(line, scores, CLASSES, (40, 20), columns={0: seen})
    assert advised_reading.text == "71"
    assert all(digit.confidence < 0.99 for digit in advised_reading.digits)


def test_a_line_without_columns_is_read_as_before() -> None:
    line = [Candidate(0, 0, 1, (1,), ATOMS[0]), Candidate(1, 0, 1, (2,), Box(0, 40, 10, 60))]
    scores = rows(3, 5)
    before = decode(line, scores, CLASSES, (40, 80))
    after = decode(line, scores, CLASSES, (40, 80), columns={1: columns([10, 5, 10, 10])})
    assert before.lines[0] == after.lines[0]
    assert after.digits[1].confidence >= before.digits[1].confidence


def test_no_columns_count_without_end() -> None:
    edges = Weights(CLASSES).edges([(Candidate(0, 0, 1, (1,), ATOMS[0]), rows(3)[0].astype(np.float64))])
    opinion = opinions(columns([5] * 5, sure=1 - 1e-9), [edges[0].candidate])
    changed = advised(edges, opinion)[0]
    assert changed.digits[3] > edges[0].digits[3] - 12, "it has not seen everything"


def test_all_ink_as_one_digit_is_told_of_all_lines() -> None:
    whole = of_one_digit([columns([10, 4, 10]), columns([10, 10])])
    assert whole.digits[0].argmax() == 4
    two = of_one_digit([columns([10, 4, 10]), columns([10, 4])])
    assert two.digits[0].max() < whole.digits[0].max() - 1


def test_plain_lines_need_no_second_look() -> None:
    line = [Candidate(0, 0, 1, (1,), ATOMS[0]), Candidate(1, 0, 1, (2,), ATOMS[1])]
    page = Candidate(WHOLE, 0, 1, (1, 2), Box.around(ATOMS[:2]))
    scores = np.concatenate([rows(3, sure=0.999), rows(5, 8, sure=0.7)])
    assert lines_in_doubt([*line, page], scores, CLASSES) == [1]
    assert lines_in_doubt([*line, page], scores[:, :10], CLASSES[:10]) == [], "it takes all for digits"


def test_what_is_seen_in_columns_counts_in_the_weight_of_a_page() -> None:
    line = [Candidate(0, 0, 1, (1,), ATOMS[0])]
    good, bad = columns([10, 3, 10, 10, 10]), columns([10, 5, 10, 10, 10])
    assert weigh(line, rows(3), CLASSES, {0: good}) > weigh(line, rows(3), CLASSES, {0: bad})
