"""The lines of a trial page -> its sections and their content, by labels alone. Pure.

A label is recognized if it is a line or a piece of a line (a table cell, a <strong>, a <span>), or if a line begins
with it ("Group Type EXPERIMENTAL", "NCT ID: NCT…"). It counts only in its own section, so that prose may contain the
same words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracker.records.text import tidy
from tracker.registries.page.page_errors import LayoutChanged
from tracker.registries.page.tree import PageLine
from tracker.registries.trialpage.labels import HEADER, LAYOUT, ORIGIN, RELATED, SECTIONS, WHOLE_LINES, mark

__all__ = ["LabelledLine", "Outline", "outline_of"]

_BULLETS = re.compile(r"^(?:[*\u2022\u00b7\u25aa\u25e6\u2023]\s*)+")
_HEADINGS = {name.casefold(): name for name in SECTIONS}


class LabelledLine(NamedTuple):
    """A label with the value beside it (often empty, because the value comes next), or a line of text with the label
    "".
    """

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The content of a page, by section. The sentence with which each section explains itself is left out."""

    title: str
    #: The labels above all sections.
    header: Mapping[str, str]
    sections: Mapping[str, tuple[LabelledLine, ...]]
    marks: frozenset[str]


def outline_of(lines: Sequence[PageLine]) -> Outline:
    """Return the content of the page by section. Raise LayoutChanged if the layout is unknown, or a section occurs
    twice.
    """
    start = next((at for at, line in enumerate(lines) if any(it.label for it in _said(line, (ORIGIN,)))), None)
    if start is None:
        raise LayoutChanged("page", LAYOUT.site, f"no {ORIGIN!r} anywhere")
    header, found = _walk(lines[start:])
    marks = frozenset({*header, *found, *(mark(name, it.label) for name, labelled in found.items() for it in labelled)})
    LAYOUT.check(marks, header.get(ORIGIN, ""))
    explained = _begins_with_text(found.get("Basic Information", ()))
    sections = {name: _plain(labelled, explained and name != "Study Results") for name, labelled in found.items()}
    return Outline(_title(lines, start), header, sections, marks)


def _title(lines: Sequence[PageLine], start: int) -> str:
    """Return the page's first heading, or else the line above the id."""
    headings = [line.text for line in lines if line.heading == "h1"]
    above = [text for line in lines[:start] if (text := _text(line.text))]
    return tidy((headings or above[-1:] or [""])[0])


def _walk(lines: Iterable[PageLine]) -> tuple[dict[str, str], dict[str, tuple[LabelledLine, ...]]]:
    """Return the header's values and the sections, each with all its content."""
    header: list[LabelledLine] = []
    found: dict[str, list[list[LabelledLine]]] = defaultdict(list)
    current, labels = header, HEADER
    for line in lines:
        name, rest = _heading(line)
        if name:
            current, labels = [], SECTIONS[name]
            found[name].append(current)
        if not name or rest.pieces:
            current.extend(_said(rest, labels))
    return _values(header), {name: _once(name, several) for name, several in found.items()}


def _heading(line: PageLine) -> tuple[str, PageLine]:
    """Return the section that a line opens, with the rest of the line. "" and the line itself if it opens none."""
    pieces = [piece for piece in line.pieces if piece.strip()]
    if pieces and (name := _HEADINGS.get(_label_text(line.text)) or _HEADINGS.get(_label_text(pieces[0]))):
        whole = _label_text(line.text) == name.casefold()
        rest: tuple[str, ...] = () if whole else tuple(pieces[1:])
        return name, PageLine(rest)
    return "", line


def _label_text(text: str) -> str:
    return text.strip().rstrip(":").strip().casefold()


def _once(name: str, several: Sequence[Sequence[LabelledLine]]) -> tuple[LabelledLine, ...]:
    """Return a section's content. A table of contents names the section, too, without content. If their contents
    differ, refuse.
    """
    different = {tuple(values) for values in several if values}
    if len(different) > 1 and name != RELATED:
        raise LayoutChanged("page", f"one section {name!r}", f"{len(different)} that differ")
    return tuple(several[-1]) if name == RELATED else next(iter(different), ())


def _values(lines: Sequence[LabelledLine]) -> dict[str, str]:
    """Return label -> value. The value of each label is beside it, or in the line after it."""
    values: dict[str, str] = {}
    for at, item in enumerate(lines):
        if item.label and item.label not in values:
            after = lines[at + 1] if at + 1 < len(lines) else LabelledLine("", "")
            values[item.label] = item.text or ("" if after.label else after.text)
    return values


def _said(line: PageLine, labels: Sequence[str]) -> list[LabelledLine]:
    """Split one line into labels and texts."""
    names = {label.casefold(): label for label in labels}
    if any(_label_text(piece) in names for piece in line.pieces):
        return _by_pieces(line.pieces, names)
    text = _text(line.text)
    for label in labels:
        rest = text[len(label) :]
        if text[: len(label)].casefold() == label.casefold() and label not in WHOLE_LINES and rest[:1] in (":", " "):
            return [LabelledLine(label, rest.lstrip(": ").strip())]
    return [LabelledLine("", text)] if text else []


def _by_pieces(pieces: Sequence[str], names: Mapping[str, str]) -> list[LabelledLine]:
    found: list[LabelledLine] = []
    label, text = "", ""
    for piece in (*pieces, None):
        name = names.get(_label_text(piece)) if piece is not None else ""
        if piece is None or name:
            if label or text.strip():
                found.append(LabelledLine(label, _text(text).lstrip(": ")))
            label, text = name or "", ""
        else:
            text += piece
    return found


def _text(text: str) -> str:
    """Return a line of text in plain form. All kinds of bullets become "* "."""
    bare = _BULLETS.sub("* ", tidy(text))
    return "" if bare.strip() == "*" else bare


def _begins_with_text(lines: Sequence[LabelledLine]) -> bool:
    return bool(lines) and not lines[0].label


def _plain(lines: Sequence[LabelledLine], explained: bool) -> tuple[LabelledLine, ...]:
    return tuple(lines[1:] if explained and _begins_with_text(lines) else lines)
