"""Digits and marks of a line, with their probabilities -> the likeliest texts that an automaton accepts.

What was read is not replaced by what fits: each text has the probability that the ink says it, and both are told.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from inkread.expectations.automaton import SIGNS, TEN, Automaton
from inkread.reading import Digit, Mark

Alternatives: TypeAlias = Mapping[str, float]
"""What one piece of ink may say: signs, or "" for nothing, and their probabilities, which sum to 1."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Probabilities of what the reader does not tell; chosen on ``develop/unipen_numbers`` and ``develop/cheques``."""

    smoothing: float = 0.003
    """Share of each digit's probability that is given to all other readings, however sure it is."""
    no_digit: float = 0.25
    """Of what a digit's values leave: that the ink is none, a part of its neighbour, or a stroke."""
    as_mark: float = 0.25
    """Of the same: that it is a mark; the rest goes to the other digits."""
    mark_as_digit: float = 0.3
    """Of what a mark leaves: that it is a digit."""
    no_mark: float = 0.4
    """Of the same: that it is nothing; the rest goes to the other marks."""
    unread_mark: float = 0.4
    """That a piece of ink left unread between digits is a mark, where one may stand."""
    ten: float = 0.1
    """That the same is an X; and, of what is given to all other readings, that any other piece is."""
    unseen_mark: float = 0.01
    """That a mark was written where nothing is seen."""
    kept: int = 8
    """Texts that are followed for each state of the automaton."""
    most: int = 4000
    """Texts that are followed at once in all."""


PRICES = Prices()
_LIKE = {
    "1": "/(),.-", "0": "()", "7": "/)", "4": "+", "-": "17", "/": "17", "(": "16", ")": "17", "+": "47", ".": "10",
    ",": "12", ":": "18",
}  # fmt: skip
"""Signs that look alike, the first one most: digits by marks, and marks by digits."""
_FAVOUR = 20.0, 5.0
"""How much likelier the first sign that looks alike is than any other, and the next ones."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The likeliest texts that are accepted, best first, with their probabilities; ``total`` is that of all."""

    likely: tuple[tuple[str, float], ...]
    total: float


def alternatives(piece: Digit | Mark | None, prices: Prices = PRICES) -> dict[str, float]:
    """What a digit, a mark, or a piece of unread ink (None) may say."""
    found: dict[str, float] = {TEN: prices.smoothing * prices.ten}
    if piece is None:
        marks = _spread(SIGNS[10:], prices.unread_mark - prices.ten, "")
        return {"": 1 - prices.unread_mark, TEN: prices.ten, **marks}
    if isinstance(piece, Mark):
        found[piece.text] = min(piece.confidence, 1 - prices.smoothing)
        rest = 1 - found[piece.text]
        found[""] = rest * prices.no_mark
        other_mark = rest * (1 - prices.no_mark - prices.mark_as_digit)
        _add(found, _spread(SIGNS[10:].replace(piece.text, ""), other_mark, ""))
        _add(found, _spread(SIGNS[:10], rest * prices.mark_as_digit, _LIKE.get(piece.text, "")))
        return found
    shares = {str(piece.value): piece.confidence}
    for value, share in piece.runners_up:
        shares.setdefault(str(value), min(share, 1 - piece.confidence))
    total = max(1.0, sum(shares.values()))
    found |= {sign: share / total * (1 - prices.smoothing) for sign, share in shares.items()}
    rest = 1 - sum(found.values())
    found[""] = rest * prices.no_digit
    _add(found, _spread(SIGNS[10:], rest * prices.as_mark, _LIKE.get(str(piece.value), "")))
    others = SIGNS[:10].replace(str(piece.value), "")
    _add(found, _spread(others, rest * (1 - prices.no_digit - prices.as_mark), ""))
    return found


def texts_of(pieces: Sequence[Alternatives], automaton: Automaton, prices: Prices = PRICES) -> Texts:
    """The likeliest texts of a line whose pieces of ink, from the left, may say these things.

    Marks that nobody saw may stand anywhere. For each state of the automaton the best texts are followed (list Viterbi:
    Seshadri, Sundberg 1994).
    """
    beam: dict[tuple[Any, str], float] = {(automaton.start, ""): 1.0}
    beam = _with_unseen(beam, automaton, prices)
    for piece in pieces:
        grown: dict[tuple[Any, str], float] = {}
        for (state, text), share in beam.items():
            for sign, probability in piece.items():
                after = automaton.step(state, sign) if sign else state
                if after is not None:
                    key = after, text + sign
                    grown[key] = grown.get(key, 0.0) + share * probability
        beam = _with_unseen(_best(grown, prices), automaton, prices)
    found: dict[str, float] = {}
    for (state, text), share in beam.items():
        if any(sign.isdigit() for sign in text) and automaton.accepts(state, text):
            found[text] = found.get(text, 0.0) + share
    likely = heapq.nlargest(prices.kept, found.items(), key=lambda each: each[1])
    return Texts(tuple(likely), sum(found.values()))


def _with_unseen(
    beam: dict[tuple[Any, str], float], automaton: Automaton, prices: Prices
) -> dict[tuple[Any, str], float]:
    """The texts, and each with one more mark where the automaton allows one."""
    grown = dict(beam)
    for (state, text), share in beam.items():
        for mark in SIGNS[10:]:
            after = automaton.step(state, mark)
            if after is not None and after != state:
                key = after, text + mark
                grown[key] = grown.get(key, 0.0) + share * prices.unseen_mark
    return grown


def _best(beam: dict[tuple[Any, str], float], prices: Prices) -> dict[tuple[Any, str], float]:
    """The best texts of each state, and of all states together."""
    by_state: dict[Any, list[tuple[float, str]]] = {}
    for (state, text), share in beam.items():
        by_state.setdefault(state, []).append((share, text))
    best = [
        (*each, state) for state, texts in by_state.items() for each in heapq.nlargest(prices.kept, texts)
    ]
    kept = heapq.nlargest(prices.most, best, key=lambda each: each[0])
    return {(state, text): share for share, text, state in kept}


def _spread(signs: str, share: float, favoured: str) -> dict[str, float]:
    """A probability divided among signs, of which some are likelier."""
    weights = {sign: 1.0 if sign not in favoured else _FAVOUR[sign != favoured[0]] for sign in signs}
    total = sum(weights.values())
    return {sign: share * weight / total for sign, weight in weights.items()}


def _add(found: dict[str, float], more: Mapping[str, float]) -> None:
    for sign, share in more.items():
        found[sign] = found.get(sign, 0.0) + share
