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
from tracker.changes.words import count_of, shortened
from tracker.records.clean import clean

__all__ = ["Field", "Item", "Letter", "Section", "letter_of"]

MOST_ITEMS = 200
_FIELDS = {False: 12, True: 3}
"""Details shown of one change: alone, or among others."""
_VALUE = 300
_MATTERS = {
    "critical": "This is what the watch is for",
    "major": "Important",
    "minor": "Good to know",
    "admin": "Bookkeeping of the registry",
}
_ORDER = {"critical": 0, "major": 1, "minor": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Field:
    """One detail, before and after, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """One change. `when`: the day it took effect, and when it was seen."""

    severity: str
    summary: str
    when: str
    fields: tuple[Field, ...]
    more_fields: int


@dataclass(frozen=True, slots=True)
class Section:
    """The changes of one trial; `trial` "" for what is about the watch itself."""

    trial: str
    title: str
    url: str
    history_url: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail or a note says. `rest`: what was left out and where to read it; "" for nothing."""

    subject: str
    heading: str
    lead: str
    sections: tuple[Section, ...]
    rest: str


def letter_of(alert: Alert) -> Letter:
    """The alert in words. Raises ValueError for one that tells nothing (and is no test)."""
    if alert.kind == TEST:
        return _test(alert)
    if not alert.told:
        raise ValueError(f"{alert.key} tells nothing")
    shown = sorted(alert.told, key=_weight)[:MOST_ITEMS]
    left = alert.total - len(shown)
    rest = f"And {count_of(left, 'more change')}; see them all: trialwatch changes" if left else ""
    heading, lead = _heading(alert, shown)
    return Letter(_subject(alert, shown), heading, lead, _sections(shown, alone=alert.total == 1), rest)


def _weight(told: Told) -> tuple[int, int]:
    return (_ORDER.get(told.severity, len(_ORDER)), int(told.change["seq"]))


def _one_line(text: str, length: int = 400) -> str:
    return shortened(clean(" ".join(text.split())), length)


def _subject(alert: Alert, shown: Sequence[Told]) -> str:
    first = shown[0]
    what = _one_line(first.summary, 90)
    if alert.total == 1:
        return f"{first.trial or 'Trialwatch'}: {what}"
    trials = list(dict.fromkeys(it.trial for it in shown if it.trial))
    if alert.kind == GROUP:
        return f"{count_of(alert.total, 'change')} at once: {trials[0] if trials else 'Trialwatch'} and others: {what}"
    names = trials[0] if len(trials) == 1 else f"{trials[0]} and {len(trials) - 1} more" if trials else "Trialwatch"
    return f"{count_of(alert.total, 'change')}: {names}"


def _heading(alert: Alert, shown: Sequence[Told]) -> tuple[str, str]:
    first = shown[0]
    trials = len({it.trial for it in shown})
    if alert.kind == DIGEST:
        most = f"The most severe first; the first is {first.severity}." if alert.total > 1 else ""
        return f"{count_of(alert.total, 'change')} in {count_of(trials, 'trial')}", most
    if alert.kind == GROUP or alert.total > 1:
        return (
            f"{count_of(alert.total, 'change')} at once in {count_of(trials, 'trial')}",
            "One look at the registry brought so many that they come as one message.",
        )
    if not first.trial:
        return "About the watch itself", "This is about Trialwatch or the registry, not about a trial."
    return _one_line(first.summary), ""


def _sections(shown: Sequence[Told], *, alone: bool) -> tuple[Section, ...]:
    best = {trial: min(map(_weight, group)) for trial, group in _by_trial(shown)}
    ordered = sorted(shown, key=lambda it: (best[it.trial], it.trial, _weight(it)))
    found = []
    for trial, group in groupby(ordered, key=lambda it: it.trial):
        some = list(group)
        first = some[0]
        items = tuple(_item(it, alone=alone) for it in some)
        found.append(Section(trial, _one_line(first.title, 200), _link(first.url), _link(first.history_url), items))
    return tuple(found)


def _by_trial(shown: Sequence[Told]) -> list[tuple[str, list[Told]]]:
    ordered = sorted(shown, key=lambda it: it.trial)
    return [(trial, list(group)) for trial, group in groupby(ordered, key=lambda it: it.trial)]


def _item(told: Told, *, alone: bool) -> Item:
    change = told.change
    fields = [field for field in change["fields"] if field["before"] != field["after"]]
    shown = fields[: _FIELDS[not alone]]
    severity = told.severity if told.severity in _ORDER else "minor"
    when = f"In effect since {change['effective']}, seen {_minute(change['observed_at'])}"
    return Item(
        severity=severity,
        # Alone, the heading says it already.
        summary=_MATTERS[severity] if alone else _one_line(told.summary),
        when=when,
        fields=tuple(
            Field(_one_line(field["label"], 80), _value(field["before"]), _value(field["after"])) for field in shown
        ),
        more_fields=len(fields) - len(shown),
    )


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ") + " UTC"


def _value(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, list) and all(isinstance(it, str) for it in value):
        return _one_line(", ".join(value), _VALUE)
    return _one_line(value if isinstance(value, str) else orjson.dumps(value).decode(), _VALUE)


def _link(url: str) -> str:
    """An address that may become a link; "" for any other."""
    return url if url.startswith(("https://", "http://")) else ""


def _test(alert: Alert) -> Letter:
    heading = "This is a test, and it has arrived"
    lead = f"The channel {alert.channel} of Trialwatch works. Nothing has happened to any trial."
    return Letter("Trialwatch: a test message", heading, lead, (), "")
