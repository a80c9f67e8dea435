"""One page of the EU register -> what its form says, row by row. Pure; knows no trial record.

Refused as another layout (`LayoutChanged`): a page without the form's usual rows, a row that has lost a cell, a code
with a label that is not its own, a value we read that stands there twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.errors import Unreadable
from tracker.records.text import fold, tidy
from tracker.registries.euctr.ids import THIRD
from tracker.registries.euctr.labels import ABSENT, CODE, COUNTRIES, LABELS, LAYOUT, NUMBER
from tracker.registries.page.errors import LayoutChanged
from tracker.registries.page.tree import Page, Row

__all__ = ["Form", "Key", "read_form"]

Key = tuple[str, str, str]
"""Group ("D.IMP: 2", "" for none), code ("D.3.1"), label."""
_CODE = re.compile(CODE)
_GROUP = re.compile(r"(?:[A-Z]\.|[A-Z]\.\d+ ).*: *\d+")
_FORM_ROW, _SUMMARY_ROW = ("td.first", "td.second", "td.third"), ("td.cellGrey", "td.cellLighterGrey")


@dataclass(frozen=True, slots=True)
class Form:
    """`summary`: label -> value, at the top of the page. `results_link`: where posted results are, "" for none."""

    summary: Mapping[str, str]
    results_link: str
    rows: Mapping[Key, str]

    def get(self, code: str, group: str = "") -> str | None:
        """The value of a row we have a label for; None when it is not there, or says nothing."""
        label = LABELS[code]
        return next(
            (
                said(value)
                for (where, what, name), value in self.rows.items()
                if what == code and (not group or where == group) and name.startswith(label)
            ),
            None,
        )

    def labelled(self, code: str, label: str) -> str | None:
        """As `get`, in the last sections, where every row has the same code."""
        found = (value for (_, what, name), value in self.rows.items() if what == code and name.startswith(label))
        return next((said(value) for value in found), None)

    def groups(self, start: str) -> tuple[str, ...]:
        """Names of the repeated parts, such as the products ``D.IMP: 1``, in their order."""
        return tuple(dict.fromkeys(group for group, _, _ in self.rows if group.startswith(start)))

    def yes(self, code: str) -> bool | None:
        """The flag of a row; None when it says neither."""
        return {"yes": True, "no": False}.get((self.get(code) or "").casefold())


def said(value: str) -> str | None:
    return None if fold(value).casefold() in ABSENT else value


def read_form(text: str, number: str, country: str = "") -> Form:
    """The form on a page. `number` and `country`: what was asked for; the page of another trial or country is refused.

    Raises RecordError: PageRefused, LayoutChanged, Unreadable.
    """
    page = Page.of(text)
    summary, link = _summary(page.rows("table.summary"))
    rows = _rows(page.rows("table.content, table.content table"))  # terms of a classification have one of their own
    marks = {*summary, *(code.split(" ")[0] for _, code, _ in rows)}
    LAYOUT.check(marks, number)
    form = Form(summary, link, rows)
    for where, found in (("summary", summary.get(NUMBER)), ("A.2", form.get("A.2"))):
        if found != number:
            raise Unreadable(f"page.{where}", f"the trial {number}", repr(found)[:40], subject=number)
    named = COUNTRIES.get((form.get("A.1") or "").partition(" - ")[0].strip(), country)
    if country not in ("", THIRD, named):
        raise Unreadable("page.A.1", f"the page of {country}", f"that of {named}", subject=number)
    return form


def _summary(rows: Sequence[Row]) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    link = ""
    for row in rows:
        shapes = tuple(cell.shape for cell in row.cells)
        if shapes == _SUMMARY_ROW:
            label = tidy(row.cells[0].text)
            _once(found, label, tidy(row.cells[1].text))
            link = link or next((to for to in row.cells[1].links if "result" in to.casefold()), "")
        elif set(shapes) & set(_SUMMARY_ROW):
            raise _broken(row, "two cells")
    return found, link


def _once(found: dict[str, str], label: str, value: str) -> None:
    if found.setdefault(label, value) != value:
        raise LayoutChanged(f"summary.{label}", "one value", "two")


def _rows(rows: Sequence[Row]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    group = section = ""
    for row in rows:
        shapes = tuple(cell.shape for cell in row.cells)
        if shapes == ("th",):
            section, group = row.cells[0].text, ""
        elif len(row.cells) == 1 and _GROUP.fullmatch(row.cells[0].text):
            group = row.cells[0].text
        elif shapes == _FORM_ROW:
            for key, value in _row(row, section, group):
                _add(found, key, value)
        elif set(shapes) & set(_FORM_ROW):
            raise _broken(row, "three cells")
    return found


def _row(row: Row, section: str, group: str) -> Iterator[tuple[Key, str]]:
    code, label, value = (tidy(cell.text) for cell in row.cells)
    wanted = LABELS.get(code)
    if not _CODE.fullmatch(code) or (wanted is not None and not label.startswith(wanted)):
        raise LayoutChanged(f"form.{code[:20]}", f"the label {wanted!r}" if wanted else "a code", repr(label)[:60])
    if code[:1] != section.strip()[:1] and code:
        raise LayoutChanged(f"form.{code[:20]}", f"a row of section {section[:1]}", repr(code)[:20])
    yield (group, code, label), value


def _add(found: dict[Key, str], key: Key, value: str) -> None:
    """Rows of the form that repeat within a group (substances of one product) are told apart by their number."""
    group, code, label = key
    if key in found and code in LABELS and not group:
        raise LayoutChanged(f"form.{code}", "one row", "two")
    number = 2
    while key in found:
        key = (group, code, f"{label} ({number})")
        number += 1
    found[key] = value


def _broken(row: Row, expected: str) -> LayoutChanged:
    first = fold(row.cells[0].text)[:20] if row.cells else ""
    return LayoutChanged(f"form.{first}", expected, row.shape[:60])
