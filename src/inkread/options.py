"""How a picture is read: the options of ``Reader.read`` and ``Reader.read_many`` as typed dictionaries."""

from __future__ import annotations

from typing import TypedDict

from inkread.expectations import Expect
from inkread.images import ChannelOrder
from inkread.printed import Printed


class ReadOptions(TypedDict, total=False):
    """The options of ``Reader.read`` beside its regions."""

    page: int | None
    dpi: float | None
    order: ChannelOrder
    expect: Expect | None
    printed: Printed | None


class ManyOptions(TypedDict, total=False):
    """The options of ``Reader.read_many`` beside what becomes of errors."""

    order: ChannelOrder
    workers: int
    expect: Expect | None
    printed: Printed | None
