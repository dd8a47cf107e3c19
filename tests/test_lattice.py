"""The lattice finds what trying out every path finds: the best reading, and the share of paths that agree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkread.candidate import WHOLE, Candidate
from inkread.lattice import decode, formats, weights
from inkread.lattice import paths as lattice_paths
from inkread.reading import Box, Digit, Reading, Rejected

DIGITS = tuple("0123456789")
MARKS = tuple("-/.,():+")
CLASSES = (*DIGITS, *MARKS, "none")
SIZE_WH = (400, 100)
PARTNERS = {"(": (")", False, True), ")": ("(", True, False), "/": ("/", True, True)}
"""Marks that seldom stand alone, with what should be there, too, and whether before them or after them."""
Option = tuple[float, str]
"""What one candidate may be read as: its log weight, and the class ("none": left unread)."""


@pytest.fixture(autouse=True)
def without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands together is weighed once more when all paths are known: see test_lattice_words."""
    monkeypatch.setattr("inkread.lattice.number_shares", lambda lines: [[1.0] * len(line) for line in lines])


def candidate(
    start: int,
    stop: int,
    *,
    line: int = 0,
    cost: float = 0.0,
    unfit: str = "",
    tall: float = 1.0,
    drop: float = 0.0,
) -> Candidate:
    box = Box(20 * start, 10 + 50 * line, 20 * stop, 50 + 50 * line)
    parts, breadth = tuple(range(start, stop)), 0.45 * (stop - start)
    return Candidate(line, start, stop, parts, box, cost, breadth, tall, drop, unfit)


def whole(number: int, cost: float = 0.0) -> Candidate:
    """All the ink of a line of ``number`` atoms as one digit."""
    return Candidate(WHOLE, 0, 1, tuple(range(number)), Box(0, 10, 20 * number, 50), cost, 0.7)


def row(none: float = 0.0, **digits: float) -> list[float]:
    """Probabilities of all classes: ``row(d3=0.7, d8=0.2, none=0.1)``."""
    return [digits.get(f"d{c}", 0.0) for c in DIGITS] + [0.0] * len(MARKS) + [none]


def read(candidates: Sequence[Candidate], rows: Sequence[Sequence[float]], **options: float) -> Reading:
    return decode(candidates, np.array(rows, np.float32), CLASSES, SIZE_WH, **options)  # type: ignore[arg-type]


def options_of(
    each: Candidate, scores: NDArray[np.float32], last: int, company: dict[str, float], alone: bool = True
) -> list[Option]:
    """The model of one candidate, written down plainly; ``alone``: marks may suffer from standing so."""
    given = dict(zip(CLASSES[:-1], scores.astype(float).tolist()[:-1], strict=True))
    none = max(0.0, 1.0 - sum(given.values())) * weights._UNREAD_PRIOR
    if each.unfit:
        none += sum(given[name] for name in DIGITS)
        given = {name: given[name] for name in MARKS}
    total = max(sum(given.values()) + none, 1e-12)
    options = []
    for name, p in given.items():
        against = (
            against_digit(name, each)
            if name in DIGITS
            else against_mark(name, each, last, alone) - company[name]
        )
        options.append((math.log(max(p / total, weights._FLOOR)) - against - each.cost, name))
    if each.unfit:
        unread = math.log(max(none / total, 0.05))
    else:
        unread = math.log(max(none / total, 10 * weights._FLOOR)) - weights._UNREAD_COST * each.breadth
    return [*options, (unread - each.cost, "none")]


def against_digit(name: str, each: Candidate) -> float:
    """What its shape tells against the digit."""
    too_high = max(0.0, each.tall - weights._TALL)
    against = weights._TALL_COST * too_high + weights._LOW_COST * max(0.0, 0.8 - each.tall)
    against += weights._BROAD_COST * max(0.0, each.breadth / max(each.tall, 0.5) - 0.9)
    return against + (weights._TALL_ONE_COST * too_high if name == "1" else 0.0)


def against_mark(name: str, each: Candidate, last: int, alone: bool = True) -> float:
    """What its shape and its place tell against the mark."""
    lowest, highest, width, above, below = weights._PLACES[name]
    off = [
        lowest - each.tall,
        each.tall - highest,
        width - each.breadth,
        above - each.drop,
        each.drop - below,
    ]
    against = weights._MISPLACED * sum(max(0.0, amount) for amount in off)
    if not alone:
        return against
    if each.start == 0 and each.stop == last:
        return against + weights._ALONE_COST
    opens, closes = each.start == 0 and name in "(+-", each.stop == last and name == ")"
    at_end = each.start == 0 or each.stop == last
    return against + (weights._EDGE_COST if at_end and not opens and not closes else 0.0)


def for_marks(
    candidates: Sequence[Candidate], scores: NDArray[np.float32], own: Candidate
) -> dict[str, float]:
    """What speaks for each mark where ``own`` is, by whether its partner is further on or before."""
    company = dict.fromkeys(MARKS, 0.0)
    for name, (partner, before, after) in PARTNERS.items():
        likely = [
            float(one[CLASSES.index(partner)])
            for each, one in zip(candidates, scores, strict=True)
            if (before and each.stop < own.start) or (after and each.start > own.stop)
        ]
        given = weights._COMPANY[name]
        company[name] = math.log((1 + given * max(likely, default=0.0)) / (1 + given))
    return company


def as_digit(options: list[Option], scores: NDArray[np.float32]) -> float:
    """How sure it is that there is a digit: never surer than the network."""
    shares = [(math.exp(weight), name) for weight, name in options]
    share = sum(p for p, name in shares if name in DIGITS) / sum(p for p, _ in shares)
    return min(share, max(float(scores[:10].astype(float).sum()), weights._FLOOR))


def paths(candidates: Sequence[Candidate], at: int = 0) -> Iterator[tuple[int, ...]]:
    """Every way to go from boundary ``at`` to the last one, as indices of candidates."""
    if at == max(each.stop for each in candidates):
        yield ()
    for i, each in enumerate(candidates):
        if each.start == at:
            yield from ((i, *rest) for rest in paths(candidates, each.stop))


@st.composite
def lattices(draw: st.DrawFn) -> tuple[list[Candidate], NDArray[np.float32]]:
    """One line of up to five atoms with some of the runs of them, of any shape, and any probabilities."""
    n = draw(st.integers(1, 5))
    runs = [(a, b) for a in range(n) for b in range(a + 1, n + 1)]
    kept = [run for run in runs if run[1] - run[0] == 1 or draw(st.booleans())]
    unfit, tall, drop = st.sampled_from(["", "", "", "dot"]), st.floats(0.1, 1.6), st.floats(-0.6, 1.0)
    candidates = [
        candidate(*run, cost=draw(st.floats(0, 4)), unfit=draw(unfit), tall=draw(tall), drop=draw(drop))
        for run in kept
    ]
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sharpness = draw(st.sampled_from([0.05, 0.3, 2.0]))
    scores = rng.dirichlet([sharpness] * len(CLASSES), len(candidates)).astype(np.float32)
    return candidates, scores


@dataclass(frozen=True)
class Written:
    """A path, what each of its candidates may be read as if it is written in one way, and what that costs."""

    path: tuple[int, ...]
    options: tuple[list[Option], ...]
    cost: float = 0.0

    def total(self, at: int = -1, names: Sequence[str] = ()) -> float:
        """The weight of all readings, or of those that take candidate ``at`` for one of ``names``."""
        sums = (
            sum(math.exp(w) for w, name in each if i != at or name in names)
            for i, each in zip(self.path, self.options, strict=True)
        )
        return math.prod(sums) * math.exp(-self.cost)


def in_brackets(
    path: tuple[int, ...], options: list[list[Option]], bare: list[list[Option]]
) -> Iterator[Written]:
    """Every way in which the path is three digits in brackets, with specks between, and then anything."""
    written = formats.FORMATS[1]
    assert written.pattern == ("(", *["0123456789"] * 3, ")", "rest")
    for at in combinations(range(len(path)), 5):
        mine = []
        for k, i in enumerate(path):
            if k > at[-1]:
                mine.append(options[i])
            elif k not in at:
                mine.append([each for each in bare[i] if each[1] == "none"])
            elif at.index(k) in (0, 4):
                sign = "()"[at.index(k) // 4]
                mine.append([(weight + written.given, name) for weight, name in bare[i] if name == sign])
            else:
                mine.append([each for each in bare[i] if each[1] in DIGITS])
        if all(mine):
            yield Written(path, tuple(mine), written.cost)


def likely(bare: list[list[Option]]) -> bool:
    """Whether both brackets may be there at all."""
    best = {sign: max(weight for each in bare for weight, name in each if name == sign) for sign in "()"}
    return min(best.values()) > lattice_paths._FAINT


def trusted(share: float, cost: float) -> float:
    """Shares of what was cut or joined are not what they say: they are mapped by their log odds."""
    if cost == 0 or not 0 < share < 1:
        return share
    return 1 / (1 + math.exp(-(0.5 * math.log(share / (1 - share)) + 1.8)))


def best_digit(options: list[Option]) -> str:
    return max(((weight, name) for weight, name in options if name in DIGITS), default=(0.0, ""))[1]


def digits_of(
    i: int, every: list[Written], options: list[Option], scores: NDArray[np.float32]
) -> dict[str, float]:
    """The weight of all readings with each digit at candidate ``i``, no surer than the network is of a digit."""
    through = sum(one.total() for one in every if i in one.path)
    read_so = sum(one.total(i, DIGITS) for one in every if i in one.path)
    sure = min(read_so, max(float(scores[:10].astype(float).sum()), weights._FLOOR) * through)
    shares = {name: math.exp(weight) for weight, name in options if name in DIGITS}
    return {name: sure * share / sum(shares.values()) for name, share in shares.items()} if shares else {}


Found = list[tuple[str, Box, float]]
"""What is expected of a line: classes, boxes, confidences."""


def by_trying(candidates: Sequence[Candidate], scores: NDArray[np.float32]) -> tuple[Found, float, float]:
    """The best of all paths, its weight, and that of all together (not as logarithms)."""
    last = max(each.stop for each in candidates)
    options = [
        options_of(each, one, last, for_marks(candidates, scores, each))
        for each, one in zip(candidates, scores, strict=True)
    ]
    bare = [
        options_of(each, one, last, dict.fromkeys(MARKS, 0.0), alone=False)
        for each, one in zip(candidates, scores, strict=True)
    ]
    every = [Written(path, tuple(options[i] for i in path)) for path in paths(candidates)]
    every += [
        written for path in paths(candidates) for written in in_brackets(path, options, bare) if likely(bare)
    ]
    bests = [math.exp(sum(max(each)[0] for each in one.options) - one.cost) for one in every]
    totals = [one.total() for one in every]
    best, found = every[int(np.argmax(bests))], []
    for i, mine in zip(best.path, best.options, strict=True):
        _, name = max(mine)
        if name in DIGITS:
            sums = dict.fromkeys(DIGITS, 0.0)
            for j, other in enumerate(candidates):
                same = best_digit(options[i]) == best_digit(options[j])
                if i == j or (same and candidates[i].box.iou(other.box) > 0.5):
                    for digit, share in digits_of(j, every, options[j], scores[j]).items():
                        sums[digit] += share
            name = max(DIGITS, key=lambda digit: sums[digit])
            share = trusted(sums[name] / sum(totals), candidates[i].cost) * sum(totals)
        else:
            share = sum(one.total(i, (name,)) for one in every if i in one.path)
        found.append((name, candidates[i].box, share / sum(totals)))
    return found, max(bests), sum(totals)


def agrees(reading: Reading, found: Found, share: float = 1.0) -> None:
    """Whether this is the reading, each digit and mark as sure as it is expected to be, times ``share``."""
    digits = [each for each in found if each[0] in DIGITS]
    marks = [each for each in found if each[0] in MARKS and digits]
    assert [(str(digit.value), digit.box) for digit in reading.digits] == [each[:2] for each in digits]
    assert [d.confidence for d in reading.digits] == pytest.approx([share * e[2] for e in digits], abs=1e-5)
    assert [(mark.text, mark.box) for mark in reading.marks] == [each[:2] for each in marks]
    assert [m.confidence for m in reading.marks] == pytest.approx([share * e[2] for e in marks], abs=1e-5)
    assert len(reading.digits) + len(reading.marks) + len(reading.rejected) == len(found)


@settings(deadline=None, max_examples=150)
@given(lattices())
def test_it_is_as_good_as_trying_every_path(lattice: tuple[list[Candidate], NDArray[np.float32]]) -> None:
    found, _, _ = by_trying(*lattice)
    agrees(read(lattice[0], lattice[1].tolist()), found)


@settings(deadline=None, max_examples=60)
@given(lattices(), st.integers(0, 9), st.floats(0.05, 0.48) | st.floats(0.52, 1.0), st.floats(0.0, 5.0))
def test_the_whole_page_as_one_digit_is_one_more_path(
    lattice: tuple[list[Candidate], NDArray[np.float32]], value: int, sure: float, cost: float
) -> None:
    candidates, scores = lattice
    found, best, total = by_trying(candidates, scores)
    everything = whole(max(each.stop for each in candidates), cost)
    one = np.array([row(none=1 - sure, **{f"d{value}": sure})], np.float32)
    reading = read([*candidates, everything], [*scores.tolist(), *one.tolist()])
    options = options_of(everything, one[0], 1, for_marks([everything], one, everything))
    as_digits = sum(math.exp(w) for w, name in options if name in DIGITS)
    weight, name = max(each for each in options if each[1] in DIGITS)
    if float(one[0, :10].astype(float).sum()) <= 0.5:  # the network takes the page for no digit
        agrees(reading, found)
    elif math.exp(weight) > best:
        share = math.exp(weight) / as_digits * as_digit(options, one[0])
        share *= sum(math.exp(w) for w, _ in options) / (as_digits + total)
        agrees(reading, [(name, everything.box, min(1.0, share))])
    else:
        agrees(reading, found, total / (as_digits + total))


@settings(deadline=None, max_examples=30)
@given(lattices())
def test_digits_and_runners_up_are_in_order(lattice: tuple[list[Candidate], NDArray[np.float32]]) -> None:
    for digit in read(lattice[0], lattice[1].tolist()).digits:
        shares = [digit.confidence, *(share for _, share in digit.runners_up)]
        assert shares == sorted(shares, reverse=True)
        assert 0 <= min(shares) <= sum(shares) <= 1 + 1e-6
        assert len({digit.value, *(value for value, _ in digit.runners_up)}) == 4


def touching(whole: list[float], left: list[float], right: list[float], cost: float = 1.0) -> Reading:
    """Two atoms of one part: read as one digit, or cut in two."""
    candidates = [candidate(0, 1, cost=cost), candidate(0, 2), candidate(1, 2, cost=cost)]
    return read(candidates, [left, whole, right])


def test_cut_where_the_halves_are_digits_and_the_whole_is_none() -> None:
    reading = touching(row(none=0.98, d8=0.02), row(d1=0.99), row(d7=0.98))
    assert reading.text == "17"
    assert [digit.box for digit in reading.digits] == [Box(0, 10, 20, 50), Box(20, 10, 40, 50)]


def test_whole_where_the_whole_is_a_digit() -> None:
    reading = touching(row(d0=0.99), row(d1=0.6, none=0.4), row(d1=0.6, none=0.4))
    assert reading.text == "0"
    assert reading.digits[0].confidence > 0.9


def test_doubt_about_the_cut_lowers_the_confidence() -> None:
    sure = touching(row(d0=1.0), row(none=1.0), row(none=1.0)).digits[0].confidence
    torn = touching(row(d0=1.0), row(d1=1.0), row(d1=1.0), cost=0.1).digits[0].confidence
    assert sure > 0.99
    assert torn == pytest.approx(1 / (1 + math.exp(-0.2)), abs=0.01)


def test_the_unfit_is_left_unread_whatever_it_looks_like() -> None:
    candidates = [candidate(0, 1), candidate(1, 2, unfit="dot")]
    reading = read(candidates, [row(d4=1.0), row(d8=1.0)])
    assert reading.text == "4"
    assert reading.rejected == (Rejected(Box(20, 10, 40, 50), "dot"),)


def test_what_is_no_digit_is_left_unread() -> None:
    reading = read([candidate(0, 1), candidate(1, 2)], [row(none=0.999, d3=0.001), row(d6=1.0)])
    assert reading.text == "6"
    assert reading.rejected == (Rejected(Box(0, 10, 20, 50), "not a digit"),)


def test_a_line_without_digits_is_no_line() -> None:
    reading = read([candidate(0, 1), candidate(0, 1, line=1)], [row(none=1.0), row(d6=1.0)])
    assert reading.text == "6"
    assert len(reading.lines) == 1


def test_a_network_of_ten_classes_reads_everything() -> None:
    scores = np.full((1, 10), 0.1, np.float32)
    reading = decode([candidate(0, 1)], scores, DIGITS, SIZE_WH)
    assert len(reading.digits) == 1
    assert reading.digits[0].confidence == pytest.approx(0.1, abs=1e-5)


def test_the_order_of_the_classes_is_the_networks() -> None:
    reading = decode([candidate(0, 1)], np.eye(19, dtype=np.float32)[:1], CLASSES[::-1], SIZE_WH)
    assert reading.digits == ()
    reading = decode([candidate(0, 1)], np.eye(19, dtype=np.float32)[9:10], CLASSES[::-1], SIZE_WH)
    assert reading.text == "9"


@pytest.mark.parametrize(("threshold", "doubtful"), [(0.0, False), (0.69, False), (0.71, True), (1.0, True)])
def test_below_the_threshold_a_digit_is_doubtful(threshold: float, doubtful: bool) -> None:
    reading = read([candidate(0, 1)], [row(d3=0.7, d8=0.3)], min_confidence=threshold)
    (digit,) = reading.digits
    assert (digit.value, digit.doubtful) == (3, doubtful)
    assert digit.confidence == pytest.approx(0.7, abs=0.001)
    assert digit.runners_up[0] == (8, pytest.approx(0.3, abs=0.001))


def boxed(box: Box, scale: float, size_wh: tuple[int, int]) -> Digit:
    scores = np.array([row(d3=1.0)], np.float32)
    (digit,) = decode([Candidate(0, 0, 1, (1,), box)], scores, CLASSES, size_wh, scale=scale).digits
    return digit


@pytest.mark.parametrize(
    ("box", "scale", "expected"),
    [
        (Box(10, 20, 30, 40), 1.0, Box(10, 20, 30, 40)),
        (Box(40, 80, 120, 160), 4.0, Box(10, 20, 30, 40)),
        (Box(41, 83, 121, 161), 4.0, Box(10, 20, 31, 41)),  # outwards: no ink is left outside
        (Box(5, 10, 15, 20), 0.5, Box(10, 20, 30, 40)),
        (Box(45, 0, 51, 26), 0.5, Box(90, 0, 100, 50)),  # and never beyond the image
        (Box(50, 25, 51, 26), 0.5, Box(99, 49, 100, 50)),
    ],
)
def test_boxes_are_in_pixels_of_the_image(box: Box, scale: float, expected: Box) -> None:
    assert boxed(box, scale, (100, 50)).box == expected


@settings(deadline=None)
@given(
    corner=st.tuples(st.integers(0, 400), st.integers(0, 200)),
    side=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    scale=st.floats(0.1, 4.0),
)
def test_boxes_are_never_empty_and_always_inside(
    corner: tuple[int, int], side: tuple[int, int], scale: float
) -> None:
    box = boxed(Box(*corner, corner[0] + side[0], corner[1] + side[1]), scale, (100, 50)).box
    assert 0 <= box.left < box.right <= 100
    assert 0 <= box.top < box.bottom <= 50


def test_what_was_rejected_before_is_passed_on_in_pixels_of_the_image() -> None:
    before = (Rejected(Box(0, 40, 200, 44), "rule"),)
    reading = decode(
        [], np.zeros((0, len(CLASSES)), np.float32), CLASSES, (50, 20), scale=4.0, rejected=before
    )
    assert reading == Reading((50, 20), rejected=(Rejected(Box(0, 10, 50, 11), "rule"),))


def test_a_long_line_does_not_lose_its_weights() -> None:
    many = [candidate(i, i + 1) for i in range(2000)]
    reading = read(many, [row(d4=0.5, d7=0.49, none=0.01)] * 2000)
    assert reading.text == "4" * 2000
    assert all(0.4 < digit.confidence < 0.6 for digit in reading.digits)
