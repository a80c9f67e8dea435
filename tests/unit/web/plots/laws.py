"""What holds for every plot, and how to render one."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

from jinja2 import Environment, PackageLoader, StrictUndefined

from tracker.web.plots.parts.drawing import Drawing, Label, Plot, Shape

_PAGE = Environment(loader=PackageLoader("tracker.web"), autoescape=True, undefined=StrictUndefined)
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rendered(plot: Plot, macro: str = "figure", *more: str | bool) -> ElementTree.Element:
    """The plot as the template draws it, read as XML."""
    html = str(getattr(_PAGE.get_template("plots.html").module, macro)(plot, *more))
    assert not _NOT_IN_XML.search(html)
    return ElementTree.fromstring(f"<div>{html}</div>")


def texts(drawing: Drawing | None) -> list[str]:
    assert drawing is not None
    return [it.text for it in drawing.shapes if isinstance(it, Label)]


def marked(drawing: Drawing | None, *css: str) -> list[Shape]:
    """The shapes of a drawing that have one of these classes."""
    assert drawing is not None
    return [it for it in drawing.shapes if set(css) & set(it.css.split())]


def check_drawing(drawing: Drawing) -> None:
    """Nothing lies outside of the frame, no label meets another, and nothing is drawn without a class."""
    for shape in drawing.shapes:
        box = shape.box
        assert (
            box.left >= -0.6 and box.top >= -3 and box.right <= drawing.width + 0.6 and box.bottom <= drawing.height
        ), shape
        assert shape.css or isinstance(shape, Label), shape
    labels = [it for it in drawing.shapes if isinstance(it, Label)]
    for one, two in combinations(labels, 2):
        assert not one.box.meets(two.box), (one, two)


def check_plot(plot: Plot) -> None:
    """The laws of a whole plot: both drawings sound, the table even, the page well-formed and without any style."""
    assert (plot.title and not plot.title.endswith(".")) or plot.is_empty
    tree = rendered(plot)
    assert {name for element in tree.iter() for name in element.attrib} <= ATTRIBUTES
    if plot.is_empty:
        assert plot.narrow is None and not plot.table.rows
        return
    assert plot.wide is not None and plot.narrow is not None
    check_drawing(plot.wide)
    check_drawing(plot.narrow)
    assert plot.table.rows and plot.table.caption
    assert {len(row) for row in plot.table.rows} == {len(plot.table.head)}
    ids = [element.attrib["id"] for element in tree.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    for drawn in tree.iter("svg"):
        if "role" in drawn.attrib:
            assert set(drawn.attrib["aria-labelledby"].split()) <= set(ids)


ATTRIBUTES = set(
    "class id viewBox role aria-labelledby aria-label aria-hidden focusable tabindex scope preserveAspectRatio "
    "x y x1 x2 y1 y2 width height rx cx cy r d dx text-anchor".split()
)
"""The attributes that a plot may have: none is a style or a script."""
