"""How a picture is read: the options of ``Reader.read`` and ``Reader.read_many`` as typed dictionaries."""

from __future__ import annotations

from typing import TypedDict

from inkread.expectations import Expect
from inkread.images import ChannelOrder
from inkread.printed import Printed


class PageOptions(TypedDict, total=False):
    """Which page of a source is read, and how it is decoded."""

    page: int | None
    dpi: float | None
    order: ChannelOrder


class ReadOptions(PageOptions, total=False):
    """The options of ``Reader.read`` beside its regions."""

    expect: Expect | None
    printed: Printed | None


class ManyOptions(TypedDict, total=False):
    """The options of ``Reader.read_many`` beside what becomes of errors."""

    order: ChannelOrder
    workers: int
    expect: Expect | None
    printed: Printed | None


class TableOptions(PageOptions, total=False):
    """The options of ``Reader.read_table`` and ``Reader.read_tables``."""

    expect: str | None
    printed: Printed | None
