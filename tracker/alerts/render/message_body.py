"""An alert in the form that people read: heading, sections by trial, most severe items first, cut to a size. Pure.

All text of a registry is sanitized here: no control or bidi characters, and no line feeds in a single line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import orjson

from storage.values.severity import RANKS, Severity
from tracker.alerts.message import DIGEST, GROUP, STEP, TEST, Alert, ReportedChange
from tracker.alerts.render.subject import subject_of
from tracker.alerts.render.wording import MATTERS, left_words, told_fields
from tracker.alerts.rules.storms import likeness
from tracker.api.changes import ChangeObject
from tracker.changes.wording.days import day_words, minute_words
from tracker.changes.wording.lines import one_line
from tracker.changes.wording.values import field_words, values_apart
from tracker.changes.wording.words import count_of
from tracker.registries.ids import links_of
from tracker.results.reported_tables import ResultTable

__all__ = ["ROOMY", "MessageBody", "MessageField", "MessageItem", "MessageSection", "Room", "message_body"]

_FIELDS_ALONE, _FIELDS_OF_STEP = 12, 6
"""Most details shown of a single change, and of each change if several happened to one trial."""
_HEAD, _LABEL, _CELL = 80, 120, 200
"""Most characters of a heading, a label and a cell of a table."""
_LINE, _GAP = 76, 2
_SAMPLE = "Sample"
_SAMPLED = "This is a sample: nothing has happened to any trial. A real message looks like this one."
_MOST_OF_SAMPLE = 78
_SHOW_RESULTS = ("results.posted", "results.measure", "results.safety", "results.flow", "results.baseline")


@dataclass(frozen=True, slots=True)
class Room:
    """Size limits: the number of changes, the details of each in a list, and the characters of a value before and
    after.
    """

    items: int
    fields: int
    value: int


ROOMY = Room(items=200, fields=3, value=300)


@dataclass(frozen=True, slots=True)
class MessageField:
    """One detail, before and after, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MessageTable:
    """One table of posted results. Each row has its label and its cells."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    #: The same for a mail of plain text, a row a line.
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One change."""

    #: Chooses the look.
    severity: str
    #: How much the change matters, in words.
    matters: str
    summary: str
    #: The day it took effect. "" if unknown.
    effective: str
    #: When the program saw it.
    seen: str
    fields: tuple[MessageField, ...]
    #: How many details are left out, in words. "" if none.
    more_fields: str
    #: What was posted, if the change is that results were posted and it is not one of many.
    tables: tuple[MessageTable, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageSection:
    """The changes of one trial. Without items, the section only names the trial."""

    #: "" for events about the watch itself.
    trial: str
    title: str
    url: str
    history_url: str
    items: tuple[MessageItem, ...]
    #: Where to read the posted results. "" if there are none to report.
    results_url: str = ""


@dataclass(frozen=True, slots=True)
class MessageBody:
    """The content of a mail or a note."""

    subject: str
    heading: str
    #: The worst severity in it. "" for a test.
    severity: str
    lead: str
    #: True if the heading names the one change, or the first of several changes of one trial in one step.
    alone: bool
    sections: tuple[MessageSection, ...]
    #: The trials that the changes in `sections` happened to.
    alike: tuple[MessageSection, ...]
    #: What was left out, or "".
    rest: str
    #: The state that the results of the trial are in now, if that is the news. Chooses the colour.
    state: str = ""


def message_body(alert: Alert, room: Room = ROOMY) -> MessageBody:
    """Return the alert in words. Raise ValueError for an alert without changes, unless it is a test."""
    if alert.kind == TEST:
        return _test(alert)
    if not alert.changes:
        raise ValueError(f"{alert.key} tells nothing")
    if alert.sample:
        real = message_body(replace(alert, sample=False), room)
        return replace(
            real, subject=f"{_SAMPLE}: {real.subject}"[:_MOST_OF_SAMPLE], lead=f"{_SAMPLED} {real.lead}".strip()
        )
    shown = sorted(alert.changes, key=_weight)[: room.items]
    if alert.kind == GROUP and _are_alike(alert.changes):
        return _alike(alert, shown, room)
    alone = alert.total == 1 or alert.kind == STEP
    heading, lead = _heading(alert, shown)
    worst = _severity(shown[0])
    sections = _sections(shown, room, most=_most_fields(alert, room))
    rest, state = _rest(alert, shown), _state(shown[0]) if alone else ""
    return MessageBody(subject_of(alert, shown), heading, worst, lead, alone, sections, (), rest, state)


def _state(change: ReportedChange) -> str:
    """Return the state of the results that the change is about: the second word of its kind. "" for another change."""
    family, _, what = str(change.change["kind"]).partition(".")
    return what if family == "results" else ""


def _most_fields(alert: Alert, room: Room) -> int:
    """Return the most details per change: many for a single change, few in a list, fewer if the room is small."""
    many = _FIELDS_ALONE if alert.total == 1 else _FIELDS_OF_STEP if alert.kind == STEP else room.fields
    return many if room.fields else 0


def _weight(change: ReportedChange) -> tuple[int, int]:
    return (RANKS.get(change.severity, len(RANKS)), int(change.change["seq"]))


def _severity(change: ReportedChange) -> str:
    return change.severity if change.severity in RANKS else Severity.MINOR


def _rest(alert: Alert, shown: Sequence[ReportedChange]) -> str:
    left = alert.total - len(shown)
    since = min(str(it.change["observed_at"])[:10] for it in shown)
    return f"And {count_of(left, 'more change')}. See them all: trialwatch changes --since {since}" if left > 0 else ""


def _heading(alert: Alert, shown: Sequence[ReportedChange]) -> tuple[str, str]:
    first = shown[0]
    if alert.total == 1 or alert.kind == STEP:
        about = "" if first.trial else "This is about the watch itself, not about a trial."
        more = f"{count_of(alert.total - 1, 'more change')} came with it, in the same update of the record."
        return one_line(first.summary), more if alert.total > 1 else about
    trials = len({it.trial for it in alert.changes if it.trial})
    # Only a part of a long list is known here, and so only some of its trials.
    where = f" in {count_of(trials, 'trial')}" if trials and alert.total == len(alert.changes) else ""
    if alert.kind == DIGEST:
        return f"{count_of(alert.total, 'change')}{where}", _severities(alert)
    many = "One look at the registry brought so many that they come as one message."
    return f"{count_of(alert.total, 'change')} at once{where}", many


def _severities(alert: Alert) -> str:
    """Return `2 very important, 5 important`. If only a part of the changes is known, return a sentence without
    numbers.
    """
    if alert.total > len(alert.changes):
        return "The most severe come first."
    counts = {name: sum(_severity(it) == name for it in alert.changes) for name in RANKS}
    return ", ".join(f"{number:,} {MATTERS[name].lower()}" for name, number in counts.items() if number)


def _sections(shown: Sequence[ReportedChange], room: Room, *, most: int) -> tuple[MessageSection, ...]:
    best: dict[str, tuple[int, int]] = {}
    for change in shown:  # the most severe first
        best.setdefault(change.trial, _weight(change))
    ordered = sorted(shown, key=lambda it: (best[it.trial], it.trial, _weight(it)))
    return tuple(
        _section(some[0], tuple(_item(it, room, most) for it in some), some)
        for some in (list(group) for _, group in groupby(ordered, key=lambda it: it.trial))
    )


def _section(
    change: ReportedChange, items: tuple[MessageItem, ...], all_changes: Sequence[ReportedChange] = ()
) -> MessageSection:
    name, acronym, title = one_line(change.trial, 60), one_line(change.acronym, 30), one_line(change.title, 160)
    if acronym and acronym not in title:
        title = f"{acronym}: {title}" if title else acronym
    results = links_of(change.trial).results if change.url and any(_shows_results(it) for it in all_changes) else ""
    return MessageSection(name, title, _link(change.url), _link(change.history_url), items, _link(results))


def _shows_results(change: ReportedChange) -> bool:
    """Return True if there are posted results to look at, new or edited."""
    fields = change.change["fields"]
    parts = any(str(it["field"]).startswith("results.summary.") and it["after"] is not None for it in fields)
    return str(change.change["kind"]).startswith(_SHOW_RESULTS) or parts


def _item(shown: ReportedChange, room: Room, most: int, *, alike: bool = False) -> MessageItem:
    """Return one change as an item. `most`: at most this many details. `alike`: it also stands for the same change in
    other trials.
    """
    change = shown.change
    severity, summary = _severity(shown), one_line(shown.summary, room.value)
    details = _details(shown, room, alike=alike)
    if most != _FIELDS_ALONE:  # in a list, skip details that the summary repeats
        details = [it for it in details if f"{it.label}: {it.before} → {it.after}" != summary]
    return MessageItem(
        severity=severity,
        matters=MATTERS[severity],
        summary=summary,
        effective=day_words(change["effective"]) if shown.trial else "",  # "" about the watch itself: same as `seen`
        seen=minute_words(change["observed_at"]),
        fields=tuple(details[:most]),
        more_fields=left_words(len(details) - most, "detail", (str(it["field"]) for it in change["fields"])),
        tables=tuple(map(_table, shown.posted.tables)) if shown.posted is not None and most else (),
    )


def _table(table: ResultTable) -> MessageTable:
    """Return a table with every text on one line and cut to a length that a mail can hold."""
    columns = tuple(one_line(head, _HEAD) for head in table.columns)
    rows = tuple(
        (one_line(label, _LABEL), tuple(one_line(cell, _CELL) for cell in cells)) for label, cells in table.rows
    )
    notes = tuple(one_line(note, _CELL) for note in table.notes)
    return MessageTable(
        one_line(table.title, _CELL), one_line(table.about, _CELL), columns, rows, notes, _lines(columns, rows)
    )


def _lines(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, ...]:
    """Return the rows as lines. Cells stand below each other, unless that would take too much room."""
    if not rows:
        return ()
    grid = [("", *columns), *((label, *cells) for label, cells in rows)]
    widths = [max(len(line[at]) for line in grid) for at in range(len(grid[0]))]
    if sum(widths) + _GAP * (len(widths) - 1) <= _LINE:
        first = 0 if widths[0] else 1  # without labels there is no column for them
        return tuple(
            (" " * _GAP)
            .join(cell.ljust(width) for cell, width in zip(line[first:], widths[first:], strict=True))
            .rstrip()
            for line in grid
        )
    found = []
    for label, cells in rows:
        found += [label] if label else []
        found += [f"  {head}: {cell}" for head, cell in zip(columns, cells, strict=True) if cell]
    return tuple(found)


def _details(change: ReportedChange, room: Room, *, alike: bool) -> list[MessageField]:
    """Return the differences in words, the most interesting first. Leave out details that only accompany
    another one.
    """
    # The tables say the same as the summary of the results.
    fields = told_fields(change.change, without=None if change.posted is None else "results.summary.")
    names = {} if alike else change.names
    found = [_field(name, it, room.value, names, named=not alike) for name, it in fields]
    return [it for it in found if it.before != it.after]


def _field(name: str, it: Mapping[str, Any], room: int, names: Mapping[str, str], *, named: bool) -> MessageField:
    label = one_line(field_words(name, str(it["label"]), names) if named else it["label"], _CELL)
    return MessageField(label, *values_apart(name, it["before"], it["after"], room))


def _are_alike(changes: Sequence[ReportedChange]) -> bool:
    """Return True if the same one or few changes happened to all of several trials."""
    by_trial: dict[str, list[str]] = {}
    for it in changes:
        by_trial.setdefault(it.trial, []).append(_likeness(it.change))
    return len(by_trial) > 1 and len({tuple(sorted(likenesses)) for likenesses in by_trial.values()}) == 1


def _likeness(change: ChangeObject) -> str:
    fields = (
        (str(it["field"]), orjson.dumps(it["before"]).decode(), orjson.dumps(it["after"]).decode())
        for it in change["fields"]
    )
    # Changes without details are compared by their words.
    return likeness(change["kind"], fields) if change["fields"] else f"{change['kind']}\0{change['summary']}"


def _alike(alert: Alert, shown: Sequence[ReportedChange], room: Room) -> MessageBody:
    """Return the changes once, with all trials they happened to."""
    first = shown[0]
    some = {it.trial: it for it in shown if it.trial}
    same = [it for it in shown if it.trial == first.trial]
    trials = len({it.trial for it in alert.changes}) if alert.total == len(alert.changes) else alert.total // len(same)
    changes = "The same change" if len(same) == 1 else f"The same {len(same)} changes"
    most = _FIELDS_ALONE if len(same) == 1 else _FIELDS_OF_STEP
    change = MessageSection("", "", "", "", tuple(_item(it, room, most, alike=True) for it in same))
    return MessageBody(
        subject=subject_of(alert, shown, trials),
        heading=f"{changes} in {count_of(trials, 'trial')}",
        severity=_severity(first),
        lead="One look at the registry brought it for all of them, so it is told once.",
        alone=False,
        sections=(change,),
        alike=tuple(_section(it, ()) for it in some.values()),
        rest=_rest(alert, shown),
    )


def _link(url: str) -> str:
    """Return an address that is safe as a link, or ""."""
    return url if url.startswith(("https://", "http://")) and url == one_line(url, 500) else ""


def _test(alert: Alert) -> MessageBody:
    heading = "This is a test, and it has arrived"
    lead = f"The channel {alert.channel} of Trialwatch works. Nothing has happened to any trial."
    return MessageBody("Trialwatch: a test message", heading, "", lead, False, (), (), "")
