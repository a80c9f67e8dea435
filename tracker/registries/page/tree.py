"""A page as a tree, with access by labels as people see them. Only this module knows the HTML parser. Pure.

    page = ParsedPage.of(text)
    page.rows("table.section")          all rows: the texts of their cells, and their classes
    page.lines()                        the page as people read it, line by line, each with its pieces

Text keeps its line breaks: a <br> and the end of a block are one, and a list item begins with "* ". Runs of spaces
become one space, and no-break spaces become spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tracker.registries.page.page_errors import PageRefused
from tracker.registries.page.sanitize import sanitize

__all__ = ["PageCell", "PageLine", "PageRow", "ParsedPage", "lines_of"]

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0\u2007\u202f]+|\n")


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of text."""

    #: Its parts, by the inline elements that contain them.
    pieces: tuple[str, ...]
    #: h1 to h6, or "".
    heading: str = ""

    @property
    def text(self) -> str:
        return tidy_line("".join(self.pieces))


@dataclass(frozen=True, slots=True)
class PageCell:
    """One cell of a table."""

    text: str
    #: Its tag and classes, such as ``td.first``.
    shape: str
    #: The addresses in it.
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRow:
    """One row of a table."""

    cells: tuple[PageCell, ...]
    #: The heading above it: that of its table, or a row with a single cell.
    part: str = ""

    @property
    def shape(self) -> str:
        return "+".join(cell.shape for cell in self.cells)


@dataclass(slots=True)
class _Writer:
    """Collects the lines of a tree during a walk."""

    lines: list[PageLine] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    heading: str = ""

    def end_line(self) -> None:
        if any(piece.strip() for piece in self.pieces):
            self.lines.append(PageLine(tuple(self.pieces), self.heading))
        self.pieces = []

    def say(self, text: str) -> None:
        self.pieces.append(_BLANKS.sub(" ", text))


class ParsedPage:
    """One parsed page. Use `of` to make one."""

    def __init__(self, root: LexborNode) -> None:
        self._root = root

    @classmethod
    def of(cls, text: str) -> ParsedPage:
        """Parse the page from HTML. Raise PageRefused if it is too large, too deep, or not a page at all."""
        root = LexborHTMLParser(sanitize(text)).body
        if root is None:
            raise PageRefused("the page has no body")
        return cls(root)

    def has(self, selector: str) -> bool:
        return self._root.css_first(selector) is not None

    def links(self) -> tuple[str, ...]:
        """Return all addresses that the page links to, in order."""
        return tuple(node.attributes.get("href") or "" for node in self._root.css("a[href]"))

    def text(self) -> str:
        """Return the text that people read, with its line breaks."""
        return "\n".join(line.text for line in self.lines())

    def lines(self) -> tuple[PageLine, ...]:
        return _lines(self._root)

    def rows(self, tables: str) -> tuple[PageRow, ...]:
        """Return the rows of the matching tables. A table inside a cell counts as text of that cell."""
        found: list[PageRow] = []
        for table in self._root.css(tables):
            part = ""
            for tr in _own_rows(table):
                cells = tuple(_cell(node) for node in tr.iter() if node.tag in ("td", "th"))
                if len(cells) == 1:
                    part = cells[0].text
                if cells:
                    found.append(PageRow(cells, part))
        return tuple(found)


def lines_of(text: str) -> tuple[PageLine, ...]:
    """Return a saved text as lines, in the form of `ParsedPage.lines`."""
    return tuple(PageLine((found,)) for line in text.splitlines() if (found := tidy_line(line)))


def tidy_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _own_rows(table: LexborNode) -> Iterator[LexborNode]:
    for child in table.iter():
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child.iter() if row.tag == "tr")


def _cell(node: LexborNode) -> PageCell:
    classes = sorted((node.attributes.get("class") or "").split())
    links = tuple(link.attributes.get("href") or "" for link in node.css("a[href]"))
    text = "\n".join(line.text for line in _lines(node))
    return PageCell(text, ".".join([str(node.tag), *classes]), links)


def _lines(root: LexborNode) -> tuple[PageLine, ...]:
    """Return the lines below `root`, without recursion, because the page decides how deep the tree is."""
    writer = _Writer()
    path: list[tuple[str, Iterator[LexborNode]]] = [("", root.iter(include_text=True))]
    while path:
        tag, children = path[-1]
        node = next(children, None)
        if node is None:
            path.pop()
            _leave(writer, tag)
        elif node.tag == "-text":
            writer.say(node.text_content or "")
        elif node.tag is not None:
            _enter(writer, node.tag)
            path.append((node.tag, node.iter(include_text=True)))
    writer.end_line()
    return tuple(writer.lines)


def _enter(writer: _Writer, tag: str) -> None:
    if tag in _INLINE:
        return
    writer.end_line()
    writer.heading = tag if tag in _HEADINGS else ""
    if tag == "li":
        writer.pieces.append("* ")


def _leave(writer: _Writer, tag: str) -> None:
    if tag not in _INLINE:
        writer.end_line()
        writer.heading = ""
