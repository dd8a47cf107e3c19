"""What happens inside a network -> one picture for learners: glyph, saliency, probabilities, feature maps.

Blue is for and orange against, throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inkread.confidence import percent
from inkread.elements import Box, Digit
from inkread.render.drawing import (
    DARK,
    DOUBTFUL,
    GREY,
    LIGHT,
    SURE,
    Colour,
    Picture,
    Text,
    outline,
    paint,
    rounded,
    text_width,
    write,
)

_MARGIN, _TILE, _GAP, _COLUMNS = 48, 56, 10, 16
_WIDTH = _COLUMNS * (_TILE + _GAP) - _GAP
"""56 is twice 28, four times 14, eight times 7: the maps of most networks fill their tile with whole pixels."""
_PANEL = 224
_MAPS_MAX = 32
_BARS_MAX = 13
_NONE, _MANY = "none", "many"
"""The classes of what is no digit and no mark, and of several digits at once, as networks name them."""
_SEES = {_NONE: "It sees no digit", _MANY: "It sees several digits"}
_EMPTY: Colour = (238, 241, 244)
_DEEP: tuple[Colour, Colour] = ((0, 48, 92), (112, 28, 0))
"""Where blue and orange end, so that a strong value is dark, too."""
_PANEL_GAP = 34


class MapsLike(Protocol):
    """What is drawn of a convolution."""

    @property
    def maps(self) -> NDArray[np.float32]: ...  # (n, height, width)


class InsightLike(Protocol):
    """What ``draw_inside`` needs to know."""

    @property
    def glyph(self) -> NDArray[np.float32]: ...  # (28, 28), 0 paper … 1 ink
    @property
    def classes(self) -> Sequence[str]: ...  # C names
    @property
    def probabilities(self) -> NDArray[np.float32]: ...  # (C,)
    @property
    def convolutions(self) -> Sequence[MapsLike]: ...
    @property
    def without_ink(self) -> NDArray[np.float32]: ...  # (28, 28)
    @property
    def with_ink(self) -> NDArray[np.float32]: ...  # (28, 28)


def draw_inside(
    insight: InsightLike, title: str, filters: NDArray[np.float32] | None = None, digit: Digit | None = None
) -> Picture:
    """A picture (H, W, 3) uint8; ``filters`` (n, h, w) get a row of their own.

    ``digit`` is what the reader made of the glyph among its neighbours; the heading shows it. Without it, the heading
    shows what the network makes of the shape alone, as all panels do.
    """
    parts = [_header(insight, title, digit), _panels(insight)]
    if filters is not None:
        size = f"{filters.shape[1]} by {filters.shape[2]}"
        about = f"{len(filters)} of {size}{_selected(len(filters))}: blue weights answer to ink, orange ones to paper"
        parts.append(_section("Filters of the first layer", about, filters))
    for number, layer in enumerate(insight.convolutions, 1):
        height, width = layer.maps.shape[1:]
        about = f"{len(layer.maps)} maps of {height} by {width}{_selected(len(layer.maps))}"
        if number == 1:
            about += ": where on the glyph each filter finds what it looks for"
        parts.append(_section(f"After convolution {number}", about, layer.maps))
    if not insight.convolutions:
        parts.append(
            _section("No convolutions", "this network sees all pixels at once: it has no maps", None)
        )
    whole: Picture = np.concatenate([*parts, np.full((_MARGIN // 2, _WIDTH, 3), LIGHT, np.uint8)])
    return np.stack(
        [
            np.pad(whole[..., c], ((_MARGIN, _MARGIN // 2), (_MARGIN, _MARGIN)), constant_values=LIGHT[c])
            for c in range(3)
        ],
        axis=2,
    )


def _header(insight: InsightLike, title: str, digit: Digit | None) -> Picture:
    if digit is not None:
        name, answer, sure = str(digit.value), "", digit.confidence
    else:
        name, sure = _answer(insight), float(insight.probabilities.max())
        answer = _SEES.get(name, "")
    answer = answer or f"It reads {'an' if name == '8' else 'a'} {name}"
    picture = _sheet(92)
    write(
        picture,
        [
            Text(f"{answer}, {percent(sure)} sure", 0, 30, 30, DARK, bold=True),
            Text(_cut(title, 16), 0, 60, 16, GREY),
        ],
    )
    return picture


def _panels(insight: InsightLike) -> Picture:
    """The glyph, what of it decided, and the probabilities, side by side."""
    picture = _sheet(_PANEL + 112)
    best = _answer(insight)
    answer = {_NONE: "“no digit”", _MANY: "“several digits”"}.get(best, f"the {best}")
    grey = np.repeat((255 * np.clip(insight.glyph, 0, 1)).astype(np.uint8)[..., None], 3, axis=2)
    panels = [
        (grey, "The glyph", "28 by 28 pixels, as", "the network is given it"),
        (
            _over(insight.glyph, insight.without_ink),
            "Ink that decides",
            f"blue: speaks for {answer}",
            "orange: speaks against it",
        ),
        (
            _over(insight.glyph, insight.with_ink),
            "Paper that decides",
            f"blue: ink here would cost {answer}",
            "orange: ink here would help it",
        ),
    ]
    texts = []
    for number, (pixels, *lines) in enumerate(panels):
        x = number * (_PANEL + _PANEL_GAP)
        _place(picture, _enlarged(pixels, _PANEL // 28), x, 34)
        outline(picture, Box(x + 1, 35, x + _PANEL - 1, 33 + _PANEL), 1.0, 1, (214, 219, 225))
        texts += [Text(lines[0], x, 20, 18, DARK, bold=True)]
        texts += [Text(line, x, _PANEL + 56 + 20 * row, 15, GREY) for row, line in enumerate(lines[1:])]
    left = 3 * (_PANEL + _PANEL_GAP)
    texts.append(Text("Probabilities of the shape alone", left, 20, 18, DARK, bold=True))
    texts += _bars(picture, insight, left)
    write(picture, texts)
    return picture


def _answer(insight: InsightLike) -> str:
    """The likeliest class as people read it: marks stand in quotes, since some of them are hardly seen."""
    name = str(insight.classes[int(insight.probabilities.argmax())])
    return name if name.isdigit() or name in _SEES else f"“{name}”"


def _barred(classes: Sequence[str], probabilities: NDArray[np.float32]) -> list[int]:
    """The classes that get a bar: all, or where they are too many, the digits, the likeliest mark, several and none."""
    every = list(range(len(classes)))
    marks = [each for each in every if not classes[each].isdigit() and classes[each] not in _SEES]
    if len(every) <= _BARS_MAX:
        return every
    likeliest = max(marks, key=lambda each: float(probabilities[each]))
    return [each for each in every if each not in marks or each == likeliest]


def _bars(picture: Picture, insight: InsightLike, left: int) -> list[Text]:
    """A bar for each class; gives what is to be written beside them."""
    names = [str(name) for name in insight.classes]
    shown = _barred(names, insight.probabilities)
    step = _PANEL / len(shown)
    room = 20 if all(name.isdigit() for name in names) else round(text_width(_NONE, 15)) + 12
    longest = _WIDTH - left - room - round(text_width("99 %", 15)) - 10
    texts = []
    for row, number in enumerate(shown):
        share, best = float(insight.probabilities[number]), number == int(insight.probabilities.argmax())
        top = 34 + row * step
        base = top + step / 2 + 5
        bar = Box(left + room, round(top + 3), left + room + longest, round(top + step - 3))
        rounded(picture, bar, 3, _EMPTY)
        width = round(longest * share)
        if width:
            rounded(picture, Box(bar.left, bar.top, bar.left + width, bar.bottom), 3, SURE if best else GREY)
        colour = DARK if best else GREY
        texts.append(Text(names[number], left, base, 15, colour, bold=best))
        texts.append(Text(percent(share), bar.right + 8, base, 15, colour, bold=best))
    if others := len(names) - len(shown):
        rest = 1 - float(insight.probabilities[shown].sum())
        texts.append(Text(f"{others} other marks: {percent(max(rest, 0))}", left, _PANEL + 56, 15, GREY))
    return texts


def _section(title: str, about: str, maps: NDArray[np.float32] | None) -> Picture:
    """A heading, and maps in rows, all of them on one scale."""
    shown = np.zeros((0, 1, 1), np.float32) if maps is None else maps[_strongest(maps)]
    rows = -(-len(shown) // _COLUMNS)
    picture = _sheet(40 + rows * (_TILE + _GAP) + 14)
    write(
        picture,
        [Text(title, 0, 20, 18, DARK, bold=True), Text(about, text_width(title, 18) + 18, 20, 15, GREY)],
    )
    # Not the very largest: one bright pixel would leave everything else pale.
    most = max(float(np.percentile(np.abs(shown), 99.5)), 1e-6) if shown.size else 1.0
    for number, each in enumerate(shown):
        x, y = number % _COLUMNS * (_TILE + _GAP), 34 + number // _COLUMNS * (_TILE + _GAP)
        paint(picture, Box(x, y, x + _TILE, y + _TILE), _EMPTY)
        pixels = _enlarged(_coloured(each / most), max(1, _TILE // max(each.shape)))
        height, width = (min(size, _TILE) for size in pixels.shape[:2])
        _place(picture, pixels[:height, :width], x + (_TILE - width) // 2, y + (_TILE - height) // 2)
    return picture


def _strongest(maps: NDArray[np.float32]) -> NDArray[np.intp]:
    """Which maps are shown, in the network's order: all, or those that answer most."""
    order = np.argsort(-np.abs(maps).mean(axis=(1, 2)), kind="stable")
    return np.sort(order[:_MAPS_MAX])


def _selected(number: int) -> str:
    return f", the {_MAPS_MAX} strongest" if number > _MAPS_MAX else ""


def _coloured(values: NDArray[np.float32]) -> Picture:
    """Values (h, w), -1 … 1, as colours: none at 0, blue above, orange below."""
    picture = np.empty((*values.shape, 3), np.float32)
    for sign, middle, deep in ((1, SURE, _DEEP[0]), (-1, DOUBTFUL, _DEEP[1])):
        amount = np.clip(sign * values, 0, 1)
        for c in range(3):
            colour = np.interp(amount, (0, 0.6, 1), (_EMPTY[c], middle[c], deep[c]))
            picture[..., c] = np.where(sign * values >= 0, colour, picture[..., c])
    return np.round(picture).astype(np.uint8)


def _over(glyph: NDArray[np.float32], values: NDArray[np.float32]) -> Picture:
    """Coloured values over the glyph in grey, so that one sees where one is; the strongest is darkest."""
    values = values / max(float(np.abs(values).max()), 1e-6)
    amount = np.abs(values)[..., None] ** 0.7
    ground = 250 - 80 * np.clip(glyph, 0, 1)[..., None] * np.ones(3)
    mixed = ground + (_coloured(values).astype(np.float32) - ground) * amount
    return np.round(mixed).astype(np.uint8)


def _enlarged(pixels: Picture, times: int) -> Picture:
    return np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)


def _place(picture: Picture, pixels: Picture, x: int, y: int) -> None:
    height, width = pixels.shape[:2]
    picture[y : y + height, x : x + width] = pixels


def _sheet(height: int) -> Picture:
    return np.full((height, _WIDTH, 3), LIGHT, np.uint8)


def _cut(text: str, size: int) -> str:
    """As much of a text as fits, for names of files."""
    while text_width(text, size) > _WIDTH and len(text) > 8:
        text = text[: len(text) // 2 - 2] + "…" + text[len(text) // 2 + 2 :]
    return text
