"""Shapes, drawings and plots: frozen values that the template turns into SVG.

Lengths are in user units; a drawing is shown one unit to a pixel or larger. Shapes carry CSS class names and no style.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import ClassVar, NamedTuple

import msgspec
from markupsafe import Markup, escape

__all__ = [
    "NARROW",
    "WIDE",
    "Box",
    "Circle",
    "Drawing",
    "KeyItem",
    "Label",
    "Line",
    "Path",
    "Plot",
    "PlotTable",
    "Rect",
    "Shape",
    "empty",
    "key_item",
    "text_width",
]

WIDE, NARROW = 720.0, 346.0
"""Widths of the two drawings of a plot."""
_TEXT = 12.0
_ROOMY = 1.06
"""Fonts differ. The estimate is for a wide one, and a phone may show the narrow drawing with text of 13 units."""
_SLIM, _BROAD = frozenset("iljtfrI.,:;'|!()[]/ ·-"), frozenset("mwMW%@—…→←")
_BOLD = 1.07


class Box(NamedTuple):
    """What a shape covers."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box, gap: float = 0.0) -> bool:
        """Return whether the two are nearer than `gap` both ways."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom
            and other.top < self.bottom
        )


def text_width(text: str, *, bold: bool = False) -> float:
    """Return the most that a text of the usual size should take, in units. Fonts differ, so this is generous."""
    return sum(map(_em, text)) * _TEXT * _ROOMY * (_BOLD if bold else 1)


def _em(letter: str) -> float:
    if letter in _SLIM:
        return 0.34
    if letter in _BROAD:
        return 0.96
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    return 0.7 if letter.isupper() else 0.6


def _number(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _attributes(css: str, **lengths: float) -> Markup:
    # A page of trials has thousands of these. Numbers need no escaping.
    found = "".join(f' {name}="{_number(value)}"' for name, value in lengths.items())
    return Markup(_class(css) + found)


@lru_cache(maxsize=1024)
def _class(css: str) -> str:
    return f' class="{escape(css)}"' if css else ""


class Line(msgspec.Struct, frozen=True):
    tag: ClassVar[str] = "line"
    x1: float
    y1: float
    x2: float
    y2: float
    css: str

    @property
    def attributes(self) -> Markup:
        return _attributes(self.css, x1=self.x1, y1=self.y1, x2=self.x2, y2=self.y2)

    @property
    def box(self) -> Box:
        return Box(min(self.x1, self.x2), min(self.y1, self.y2), max(self.x1, self.x2), max(self.y1, self.y2))


class Rect(msgspec.Struct, frozen=True):
    tag: ClassVar[str] = "rect"
    x: float
    y: float
    width: float
    height: float
    css: str
    radius: float = 0.0

    @property
    def attributes(self) -> Markup:
        rounded = {"rx": self.radius} if self.radius else {}
        return _attributes(self.css, x=self.x, y=self.y, width=self.width, height=self.height, **rounded)

    @property
    def box(self) -> Box:
        return Box(self.x, self.y, self.x + self.width, self.y + self.height)


class Circle(msgspec.Struct, frozen=True):
    tag: ClassVar[str] = "circle"
    x: float
    y: float
    radius: float
    css: str

    @property
    def attributes(self) -> Markup:
        return _attributes(self.css, cx=self.x, cy=self.y, r=self.radius)

    @property
    def box(self) -> Box:
        return Box(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


class Path(msgspec.Struct, frozen=True):
    """A line through points."""

    tag: ClassVar[str] = "path"
    points: tuple[tuple[float, float], ...]
    css: str
    closed: bool = False

    @property
    def attributes(self) -> Markup:
        steps = " ".join(f"{_number(x)} {_number(y)}" for x, y in self.points)
        return _attributes(self.css) + Markup(f' d="M{steps}{"Z" if self.closed else ""}"')

    @property
    def box(self) -> Box:
        across, down = [x for x, _ in self.points], [y for _, y in self.points]
        return Box(min(across), min(down), max(across), max(down))


class Label(msgspec.Struct, frozen=True):
    """A text on its base line. `anchor` is ``start``, ``middle`` or ``end``; `more` follows in quiet letters."""

    tag: ClassVar[str] = "text"
    x: float
    y: float
    text: str
    css: str = ""
    anchor: str = "start"
    more: str = ""

    @property
    def attributes(self) -> Markup:
        anchor = "" if self.anchor == "start" else f' text-anchor="{escape(self.anchor)}"'
        return _attributes(self.css, x=self.x, y=self.y) + Markup(anchor)

    @property
    def width(self) -> float:
        bold = any(name == "tb" or name.startswith("on-") for name in self.css.split())
        return text_width(self.text, bold=bold) + (text_width(self.more) + 8 if self.more else 0)

    @property
    def box(self) -> Box:
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width
        return Box(left, self.y - 10, left + self.width, self.y + 3)


Shape = Line | Rect | Circle | Path | Label


class Drawing(msgspec.Struct, frozen=True):
    """Shapes in a frame, the last one on top. A drawing that stretches has no text: it fills the width it is given."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    stretch: bool = False

    @property
    def view_box(self) -> str:
        return f"0 0 {_number(self.width)} {_number(self.height)}"


class KeyItem(msgspec.Struct, frozen=True):
    """One sign of a plot and what it means."""

    sign: Drawing
    words: str


def key_item(words: str, *shapes: Shape) -> KeyItem:
    """Return a sign in a frame of 16 by 12 units with its words."""
    return KeyItem(Drawing(16, 12, shapes), words)


class PlotTable(msgspec.Struct, frozen=True):
    """The numbers of a plot. The first cell of a row names it. `numbers` are the columns that hold figures."""

    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    caption: str = ""
    numbers: tuple[int, ...] = ()


class Plot(msgspec.Struct, frozen=True):
    """A finding with its drawings and its numbers. Without drawings, the title says that there is nothing to draw.

    `id` is unique on the page. `note` is for the caption, `description` for those who do not see the drawing.
    """

    id: str
    title: str
    description: str = ""
    wide: Drawing | None = None
    narrow: Drawing | None = None
    table: PlotTable = PlotTable()
    note: str = ""
    key: tuple[KeyItem, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.wide is None


def empty(id_: str, sentence: str) -> Plot:
    """Return a plot that only says why there is none."""
    return Plot(id_, sentence)
