"""An alert as a person reads it: heading, sections by trial, items most severe first, cut to a size. Pure.

All text of a registry is made harmless here: no control or bidi characters, no line feeds where there is one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from tracker.alerts.message import DIGEST, GROUP, TEST, Alert, Told
from tracker.alerts.storms import likeness
from tracker.alerts.wording import day_words, is_detail, label_words, minute_words, one_line, values_apart
from tracker.changes.words import count_of

__all__ = ["ROOMY", "Field", "Item", "Letter", "Room", "Section", "letter_of"]

_MATTERS = {
    "critical": "this is what the watch is for",
    "major": "important",
    "minor": "good to know",
    "admin": "bookkeeping of the registry",
}
_ORDER = {"critical": 0, "major": 1, "minor": 2, "admin": 3}
_FIELDS_ALONE = 12
"""Details shown of a change that stands alone."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be said: changes, details of each when there are many, characters of a value before and after."""

    items: int
    fields: int
    value: int


ROOMY = Room(items=200, fields=3, value=300)


@dataclass(frozen=True, slots=True)
class Field:
    """One detail, before and after, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """One change. `effective`: the day it took effect, "" when unknown; `seen`: when we saw it."""

    severity: str
    matters: str
    summary: str
    effective: str
    seen: str
    fields: tuple[Field, ...]
    more_fields: int


@dataclass(frozen=True, slots=True)
class Section:
    """The changes of one trial; `trial` "" for what is about the watch itself. No items: the trial is only named."""

    trial: str
    title: str
    url: str
    history_url: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail or a note says. `severity`: the worst in it, "" for a test. `rest`: what was left out, or "".

    `alone`: the heading says the one change. `alike`: the trials that the one change of `sections` happened to.
    """

    subject: str
    heading: str
    severity: str
    lead: str
    alone: bool
    sections: tuple[Section, ...]
    alike: tuple[Section, ...]
    rest: str


def letter_of(alert: Alert, room: Room = ROOMY) -> Letter:
    """The alert in words. Raises ValueError for one that tells nothing (and is no test)."""
    if alert.kind == TEST:
        return _test(alert)
    if not alert.told:
        raise ValueError(f"{alert.key} tells nothing")
    shown = sorted(alert.told, key=_weight)[: room.items]
    if alert.kind == GROUP and _are_alike(alert.told):
        return _alike(alert, shown, room)
    alone = alert.total == 1
    heading, lead = _heading(alert, shown)
    worst = _severity(shown[0])
    sections = _sections(shown, room, alone=alone)
    return Letter(_subject(alert, shown), heading, worst, lead, alone, sections, (), _rest(alert, shown))


def _weight(told: Told) -> tuple[int, int]:
    return (_ORDER.get(told.severity, len(_ORDER)), int(told.change["seq"]))


def _severity(told: Told) -> str:
    return told.severity if told.severity in _ORDER else "minor"


def _rest(alert: Alert, shown: Sequence[Told]) -> str:
    left = alert.total - len(shown)
    since = min(str(it.change["observed_at"])[:10] for it in shown)
    return f"And {count_of(left, 'more change')}. See them all: trialwatch changes --since {since}" if left > 0 else ""


def _subject(alert: Alert, shown: Sequence[Told]) -> str:
    first = shown[0]
    what = one_line(first.summary, 90)
    if alert.total == 1:
        return f"{_name(first)}: {what}"
    trials = list(dict.fromkeys(_name(it) for it in shown if it.trial)) or ["Trialwatch"]
    if alert.kind == GROUP:
        others = " and others" if len(trials) > 1 else ""
        return f"{count_of(alert.total, 'change')} at once: {trials[0]}{others}: {what}"
    more = f" and {len(trials) - 1} more" if len(trials) > 1 else ""
    return f"{count_of(alert.total, 'change')}: {trials[0]}{more}"


def _name(told: Told) -> str:
    return one_line(told.trial, 60) or "Trialwatch"


def _heading(alert: Alert, shown: Sequence[Told]) -> tuple[str, str]:
    first = shown[0]
    if alert.total == 1:
        about = "" if first.trial else "This is about the watch itself, not about a trial."
        return one_line(first.summary), about
    trials = len({it.trial for it in alert.told if it.trial})
    # Of a long list only a part is known here, and so only some of its trials.
    where = f" in {count_of(trials, 'trial')}" if trials and alert.total == len(alert.told) else ""
    if alert.kind == DIGEST:
        return f"{count_of(alert.total, 'change')}{where}", _severities(alert)
    many = "One look at the registry brought so many that they come as one message."
    return f"{count_of(alert.total, 'change')} at once{where}", many


def _severities(alert: Alert) -> str:
    """`2 critical, 5 major`; nothing where only a part is known."""
    if alert.total > len(alert.told):
        return "The most severe come first."
    counts = {name: sum(_severity(it) == name for it in alert.told) for name in _ORDER}
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def _sections(shown: Sequence[Told], room: Room, *, alone: bool) -> tuple[Section, ...]:
    best: dict[str, tuple[int, int]] = {}
    for told in shown:  # which are most severe first
        best.setdefault(told.trial, _weight(told))
    ordered = sorted(shown, key=lambda it: (best[it.trial], it.trial, _weight(it)))
    return tuple(
        _section(some[0], tuple(_item(it, room, alone=alone) for it in some))
        for some in (list(group) for _, group in groupby(ordered, key=lambda it: it.trial))
    )


def _section(told: Told, items: tuple[Item, ...]) -> Section:
    name = one_line(told.trial, 60)
    return Section(name, one_line(told.title, 160), _link(told.url), _link(told.history_url), items)


def _item(told: Told, room: Room, *, alone: bool, alike: bool = False) -> Item:
    """`alike`: it stands for the same change in other trials."""
    change = told.change
    fields = [field for field in change["fields"] if field["before"] != field["after"]]
    fields.sort(key=lambda field: is_detail(str(field["field"])))
    shown = fields[: _FIELDS_ALONE if alone else room.fields]
    severity, summary = _severity(told), one_line(told.summary, room.value)
    details = (_field(field, room.value, named=not alike) for field in shown)
    return Item(
        severity=severity,
        matters=_MATTERS[severity],
        summary=summary,
        effective=day_words(change["effective"]) if told.trial else "",  # about us, it is when we saw it
        seen=minute_words(change["observed_at"]),
        # In a list, a detail that the summary gives word for word is noise.
        fields=tuple(it for it in details if alone or f"{it.label}: {it.before} → {it.after}" != summary),
        more_fields=len(fields) - len(shown),
    )


def _field(field: dict[str, Any], room: int, *, named: bool) -> Field:
    name = str(field["field"])
    label = label_words(name, str(field["label"])) if named else one_line(field["label"], 80)
    before, after = values_apart(name, field["before"], field["after"], room)
    return Field(label, before, after)


def _are_alike(told: Sequence[Told]) -> bool:
    return len({it.trial for it in told}) > 1 and len({_likeness(it.change) for it in told}) == 1


def _likeness(change: dict[str, Any]) -> str:
    said = (
        (str(it["field"]), orjson.dumps(it["before"]).decode(), orjson.dumps(it["after"]).decode())
        for it in change["fields"]
    )
    # Changes without details are told apart by their words.
    return likeness(change["kind"], said) if change["fields"] else f"{change['kind']}\0{change['summary']}"


def _alike(alert: Alert, shown: Sequence[Told], room: Room) -> Letter:
    """One change, told once, and the trials it happened to."""
    first = shown[0]
    some = {it.trial: it for it in shown if it.trial}
    trials = len({it.trial for it in alert.told}) if alert.total == len(alert.told) else alert.total
    heading = f"The same change in {count_of(trials, 'trial')}"
    change = Section("", "", "", "", (_item(first, room, alone=True, alike=True),))
    return Letter(
        subject=_subject(alert, shown),
        heading=heading,
        severity=_severity(first),
        lead="One look at the registry brought it for all of them, so it is told once.",
        alone=False,
        sections=(change,),
        alike=tuple(_section(it, ()) for it in some.values()),
        rest=_rest(alert, shown),
    )


def _link(url: str) -> str:
    """An address that may become a link; "" for any other."""
    return url if url.startswith(("https://", "http://")) and url == one_line(url, 500) else ""


def _test(alert: Alert) -> Letter:
    heading = "This is a test, and it has arrived"
    lead = f"The channel {alert.channel} of Trialwatch works. Nothing has happened to any trial."
    return Letter("Trialwatch: a test message", heading, "", lead, False, (), (), "")
