"""Fields that differ, as a table for people: in groups, the gravest first, long texts word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from storage.values.severity import Severity, rank, worst
from tracker.api.trials import FieldDifference
from tracker.changes.fields import field_of
from tracker.changes.reported.difference import ROOT
from tracker.changes.wording.days import day_words
from tracker.changes.wording.marked_words import MarkedTexts, Piece, marked_texts
from tracker.changes.wording.values import PARTS, field_words, told_keys, value_words, values_apart
from tracker.changes.wording.word_diff import Effort
from tracker.changes.wording.words import count_of, days_between
from tracker.records.dates import RegistryDate

__all__ = ["DifferenceGroup", "ShownDifference", "difference_groups"]

_GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "status": "Status",
        "why_stopped": "Status",
        "last_known_status": "Status",
        "enrollment": "Size and dates",
        "dates": "Size and dates",
        "results": "Results",
        ROOT: "Reported results",
        "outcomes": "Outcomes",
        "title": "Words",
        "summary": "Words",
        "description": "Words",
        "conditions": "Words",
        "keywords": "Words",
        "phases": "Design",
        "study_type": "Design",
        "design": "Design",
        "oversight": "Design",
        "arms": "Groups and interventions",
        "interventions": "Groups and interventions",
        "eligibility": "Who can take part",
        "sponsor": "Sponsor",
        "contacts": "Sponsor",
        "sites": "Places",
        "countries": "Places",
        "parts": "Places",
        "references": "Papers and documents",
        "documents": "Papers and documents",
        "links": "Papers and documents",
        "ipd": "Papers and documents",
        "fda_notices": "Notices",
        "expanded_access": "Notices",
    }
)
_OTHER = "Housekeeping"
_PLACES = {name: place for place, name in enumerate(dict.fromkeys(_GROUPS.values()))}
"""The order of groups that are equally severe: what people ask for first comes first."""
NO_SEVERITIES: Mapping[str, Severity] = MappingProxyType({})
_LONGEST = 4000
"""Characters of a value that are looked at. Longer ones are cut, and the page says so."""


class ShownDifference(NamedTuple):
    """One field. `delta` says how far a number or a date went; it may be empty."""

    field: str
    name: str
    texts: MarkedTexts
    delta: str


class DifferenceGroup(NamedTuple):
    """Fields of one part of the record."""

    name: str
    severity: str
    rows: Sequence[ShownDifference]


def difference_groups(
    fields: Sequence[FieldDifference], names: Mapping[str, str], told: Mapping[str, Severity] = NO_SEVERITIES
) -> list[DifferenceGroup]:
    """Return the fields in groups, the gravest group first. `names`: see `ComparedVersions`.

    `told` has the severities with which the fields were told. The class of a field stands in where it has none.
    """
    effort, idle = Effort(), told_keys(it.field for it in fields)
    found: dict[str, list[tuple[Severity, ShownDifference]]] = {}
    for it in fields:
        if it.field in idle:
            continue
        severity = told.get(it.field) or _severity(it.field)
        head = it.field.partition(".")[0]
        group = _OTHER if severity == Severity.ADMIN else _GROUPS.get(head, "Other")
        found.setdefault(group, []).append((severity, _shown(it, names, effort)))
    groups = [
        DifferenceGroup(name, worst(severity for severity, _ in rows), [row for _, row in rows])
        for name, rows in found.items()
    ]
    return sorted(groups, key=lambda it: (rank(it.severity), it.name == _OTHER, _PLACES.get(it.name, len(_PLACES))))


def _severity(field: str) -> Severity:
    rule = field_of(tuple(field.split(".")))
    return rule.severity or Severity.MINOR


def _shown(it: FieldDifference, names: Mapping[str, str], effort: Effort) -> ShownDifference:
    before, after = _sides(it)
    name = field_words(it.field, it.label, names)
    if before and after and _is_text(it.before) and _is_text(it.after):
        texts = marked_texts(before[:_LONGEST], after[:_LONGEST], effort)
    else:
        texts = MarkedTexts([Piece(before, True)] if before else [], [Piece(after, True)] if after else [])
    return ShownDifference(it.field, name, texts, _delta(it))


def _sides(it: FieldDifference) -> tuple[str, str]:
    """Return both values in words, "" for nothing."""
    if it.field.startswith(PARTS):
        before, after = values_apart(it.field, it.before, it.after, _LONGEST)
        return before if it.before is not None else "", after if it.after is not None else ""
    return _said(it.field, it.before), _said(it.field, it.after)


def _said(field: str, value: Any) -> str:
    """Return a value in words. A free text keeps its lines, and a day is written out."""
    if value is None:
        return ""
    if isinstance(value, str) and field.rpartition(".")[2] in _FREE:
        return value
    words = value_words(field, value)
    return day_words(words, short=True) if _DAY.fullmatch(words) else words


_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_FREE = frozenset({"summary", "description", "criteria", "population", "official", "brief", "why_stopped"})


def _is_text(value: Any) -> bool:
    """Return whether a value is compared word by word: a text of several words, no day and no code."""
    return isinstance(value, str) and " " in value


def _delta(it: FieldDifference) -> str:
    """Return how far a number or a date went, in words."""
    if isinstance(it.before, int) and isinstance(it.after, int) and not isinstance(it.before, bool) and it.before > 0:
        share = round(100 * abs(it.after - it.before) / it.before)
        return f"{share:,} % {'more' if it.after > it.before else 'fewer'}" if share else ""
    if it.field in ("dates.start", "dates.primary_completion", "dates.completion"):
        ends = [RegistryDate(value) if isinstance(value, str) else None for value in (it.before, it.after)]
        days = days_between(*ends)
        if days:
            return f"{count_of(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
    return ""
