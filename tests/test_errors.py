"""The errors are one family, and the tree in their docstring is the tree they form."""

from __future__ import annotations

import re

import inkread
from inkread import errors
from inkread.errors import InkreadError


def test_all_are_one_family() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), InkreadError), name
    assert errors.ImageTooLarge.__mro__[1] is errors.UnreadableImage


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn: dict[str, str] = {}
    above: dict[int, str] = {}
    for indent, name in re.findall(
        r"^([ │├└─]*)([A-Z]\w+Error|[A-Z]\w+)\b", errors.__doc__ or "", re.MULTILINE
    ):
        if name in errors.__all__:
            above[len(indent)] = name
            parents = [above[depth] for depth in sorted(above) if depth < len(indent)]
            drawn[name] = parents[-1] if parents else "Exception"
    assert drawn == {name: getattr(errors, name).__base__.__name__ for name in errors.__all__}


def test_the_front_door_has_them_all() -> None:
    assert {name for name in errors.__all__ if getattr(inkread, name) is getattr(errors, name)} == set(
        errors.__all__
    )


def test_each_says_what_it_is_for() -> None:
    assert all(getattr(errors, name).__doc__ for name in errors.__all__)
