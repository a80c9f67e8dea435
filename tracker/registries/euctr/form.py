"""One page of the EU register -> the values of its form, row by row. Pure, and independent of trial records.

A row is identified by its section and its label, at any position. An unknown row is kept and listed in `Form.odd`. A
page is refused as another layout (`LayoutChanged`) if it lacks the form's usual rows, if a row has lost a cell, or if a
value that we read occurs twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.errors import Unreadable
from tracker.records.text import fold, tidy
from tracker.registries.euctr.ids import THIRD
from tracker.registries.euctr.labels import ABSENT, ALSO, CODE, COUNTRIES, LABELS, LAYOUT, NUMBER
from tracker.registries.page.page_errors import LayoutChanged
from tracker.registries.page.tree import PageRow, ParsedPage

__all__ = ["Form", "Key", "read_form"]

Key = tuple[str, str, str]
"""Group ("D.IMP: 2", "" for none), code ("D.3.1"), label."""
_CODE = re.compile(CODE)
_GROUP = re.compile(r"(?:[A-Z]\.|[A-Z]\.\d+ ).*: *\d+")
_FORM_ROW, _SUMMARY_ROW = ("td.first", "td.second", "td.third"), ("td.cellGrey", "td.cellLighterGrey")


@dataclass(frozen=True, slots=True)
class Form:
    """The values of one page."""

    #: Label -> value, at the top of the page.
    summary: Mapping[str, str]
    #: Where the posted results are. "" for none.
    results_link: str
    rows: Mapping[Key, str]
    #: Keys of the rows that are not known. They are in `rows`, too.
    odd: tuple[Key, ...] = ()

    def get(self, code: str, group: str = "") -> str | None:
        """Return the value of a row that we have a label for. None if the row is missing or has no value.

        If another row has taken its code, the label finds the row in its section.
        """
        label = LABELS[code]
        within = [(key, value) for key, value in self.rows.items() if not group or key[0] == group]
        own = (value for (_, what, name), value in within if what == code and name.startswith(label))
        moved = (value for (_, what, name), value in within if what[:1] == code[:1] and _is_moved(what, name, label))
        found = next(own, None)
        return said(found if found is not None else next(moved, ""))

    def labelled(self, code: str, label: str) -> str | None:
        """As `get`, in the last sections, where all rows have the same code."""
        found = (value for (_, what, name), value in self.rows.items() if what == code and name.startswith(label))
        return next((said(value) for value in found), None)

    def groups(self, start: str) -> tuple[str, ...]:
        """Return the names of the repeated parts, such as the products ``D.IMP: 1``, in order."""
        return tuple(dict.fromkeys(group for group, _, _ in self.rows if group.startswith(start)))

    def yes(self, code: str) -> bool | None:
        """Return the flag of a row. None if it is not yes or no."""
        return {"yes": True, "no": False}.get((self.get(code) or "").casefold())


def _is_moved(code: str, name: str, label: str) -> bool:
    """Return True if a row with `code` and `name` is the row of `label`, moved to a code that is not its own. Only for
    a unique label.
    """
    rest = name.removeprefix(label)
    if rest == name or rest[:1] not in ("", " ", ":") or list(LABELS.values()).count(label) > 1:
        return False
    return not name.startswith(LABELS.get(code, "\0"))


def said(value: str) -> str | None:
    return None if fold(value).casefold() in ABSENT else value


def read_form(text: str, number: str, country: str = "") -> Form:
    """Return the form on a page. `number` and `country`: the request. The page of another trial or country is refused.

    Raise RecordError: PageRefused, LayoutChanged, Unreadable.
    """
    page = ParsedPage.of(text)
    summary, link = _summary(page.rows("table.summary"))
    rows, odd = _rows(page.rows("table.content, table.content table"))  # each term of a classification has its own
    marks = {*summary, *(code.split(" ")[0] for _, code, label in rows.keys() - odd if _is_read(code, label))}
    LAYOUT.check(marks, number)
    form = Form(summary, link, rows, tuple(odd))
    for where, found in (("summary", summary.get(NUMBER)), ("A.2", form.get("A.2"))):
        if found != number:
            raise Unreadable(f"page.{where}", f"the trial {number}", repr(found)[:40], subject=number)
    named = COUNTRIES.get((form.get("A.1") or "").partition(" - ")[0].strip(), country)
    if country not in ("", THIRD, named):
        raise Unreadable("page.A.1", f"the page of {country}", f"that of {named}", subject=number)
    return form


def _summary(rows: Sequence[PageRow]) -> tuple[dict[str, str], str]:
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


def _rows(rows: Sequence[PageRow]) -> tuple[dict[Key, str], dict[Key, None]]:
    """Return the rows of the form, and the keys of unknown rows."""
    found: dict[Key, str] = {}
    odd: dict[Key, None] = {}
    group = section = ""
    for row in rows:
        shapes = tuple(cell.shape for cell in row.cells)
        if shapes == ("th",):
            section, group = row.cells[0].text.strip(), ""
        elif len(row.cells) == 1 and _GROUP.fullmatch(row.cells[0].text):
            group = row.cells[0].text
        elif shapes == _FORM_ROW:
            code, label, value = (tidy(cell.text) for cell in row.cells)
            known = _is_known(code, label, section)
            key = _add(found, (group, code, label), value, single=known and _is_read(code, label))
            if not known:
                odd[key] = None
        elif set(shapes) & set(_FORM_ROW):
            raise _broken(row, "three cells")
    return found, odd


def _is_known(code: str, label: str, section: str) -> bool:
    """Return True if a row belongs to the form: its code fits its section, and its label fits the code.

    For most rows only the code is known. They are compared, not read.
    """
    if not _CODE.fullmatch(code) or (code and code[:1] != section[:1]):
        return False
    return code not in LABELS or label.startswith((LABELS[code], ALSO.get(code, LABELS[code])))


def _is_read(code: str, label: str) -> bool:
    return label.startswith(LABELS.get(code, ""))


def _add(found: dict[Key, str], key: Key, value: str, *, single: bool) -> Key:
    """Add a row. Rows that repeat within a group (substances of one product) get a number, to tell them apart.

    `single`: the row may repeat only in this way. Return the key under which it was added.
    """
    group, code, label = key
    if key in found and code in LABELS and single and not group:
        raise LayoutChanged(f"form.{code}", "one row", "two")
    number = 2
    while key in found:
        key = (group, code, f"{label} ({number})")
        number += 1
    found[key] = value
    return key


def _broken(row: PageRow, expected: str) -> LayoutChanged:
    first = fold(row.cells[0].text)[:20] if row.cells else ""
    return LayoutChanged(f"form.{first}", expected, row.shape[:60])
