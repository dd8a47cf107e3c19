"""Expectations: what a line should look like, and the likeliest text that does.

    notation      what people write, such as ``dd/mm/yyyy`` -> automaton
    automaton     which texts are accepted, sign by sign     checkdigits   Luhn, EAN, modulo 11 and 97, as automata
    decoding      probabilities + automaton -> best texts    checking      reading + expectation -> checked reading
    sums          numbers that add up -> the likeliest ones that do
    series        numbers that rise from line to line -> those that do not fit

This room knows the words of ``reading`` and nothing of how a reading comes about.
"""

from inkread.expectations.checking import checked, checked_together, doubted, likely_texts
from inkread.expectations.notation import Expect, Expectation, expectation_of

__all__ = [
    "Expect",
    "Expectation",
    "checked",
    "checked_together",
    "doubted",
    "expectation_of",
    "likely_texts",
]
