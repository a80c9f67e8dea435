"""The events of edited results: one for each part of the results that differs. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from storage.values.severity import Severity, worst
from tracker.changes.event import LONGEST, Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import ADMIN
from tracker.changes.red_flag import RedFlag
from tracker.changes.reported.compare import ReportedChanges
from tracker.changes.reported.difference import ROOT, Difference, What, joined
from tracker.changes.wording.values import value_words
from tracker.changes.wording.words import both, shortened
from tracker.records.one_line import one_line

__all__ = ["MEASURE", "MOST_FIELDS", "SAFETY", "reported_events"]

MEASURE = "results.measure_changed"
SAFETY = "results.safety_changed"
FLOW = "results.flow_changed"
BASELINE = "results.baseline_changed"
UPDATED = "results.updated"

MOST_FIELDS = 100
"""An event lists at most this many fields. One new submission can move thousands of values. `diff` shows them all."""
_VALUE = 40
_LEAST = 25
_SHORT_UNITS = 12
_MOST_ASIDES = 2


def reported_events(
    changes: ReportedChanges, flags: Sequence[RedFlag] = (), summary: Sequence[FieldChange] = ()
) -> list[Event]:
    """Return at most one event of each kind. Differences that are housekeeping become an `admin.changed` event.

    `flags` are the red flags of these changes, most important first: the first two of an event are named in it.
    `summary` is what differs in the record's summary of the results. If its parts differ and no value does, then they
    were only written in another way.
    """
    primary = any(it.severity == Severity.MAJOR for it in changes.measures)
    parts = (
        (MEASURE, "Primary result changed" if primary else "Result changed", changes.measures),
        (SAFETY, "Adverse events changed", changes.safety),
        (FLOW, "Participant flow changed", changes.flow),
        (BASELINE, "Baseline changed", changes.baseline),
        (UPDATED, "Posted results updated", changes.texts),
    )
    events = []
    for kind, begin, found in parts:
        news = [it for it in found if it.severity != Severity.ADMIN]
        if news:
            own = [flag for flag in flags if flag.event == kind]
            severity = worst([news[0].severity, *(flag.severity for flag in own)])
            events.append(_event(kind, severity, begin, news, list(dict.fromkeys(flag.aside for flag in own))))
    quiet = [it for it in changes.all if it.severity == Severity.ADMIN]
    if quiet:
        events.append(_event(ADMIN, Severity.ADMIN, "Posted results", quiet))
    # What came or went with its registered outcome is told by the events of outcomes.
    if not events and not changes.told and summary:
        events.append(
            make_event(ADMIN, Severity.ADMIN, "Posted results written in another way, with the same values", summary)
        )
    return events


def _event(kind: str, severity: Severity, begin: str, found: Sequence[Difference], asides: Sequence[str] = ()) -> Event:
    """Return one event. The first difference is the most important one, and the sentence says it."""
    rest = f"; {len(found) - 1:,} more" if len(found) > 1 else ""
    rest += f" ({'; '.join(asides[:_MOST_ASIDES])})" if asides else ""
    said = _said(found[0], LONGEST - len(begin) - len(": ") - len(rest))
    shown = [it.change for it in found[:MOST_FIELDS]]
    if len(found) > MOST_FIELDS:
        shown.append(FieldChange((ROOT,), None, None, f"{len(found) - MOST_FIELDS:,} more changed values"))
    return make_event(kind, severity, f"{begin}: {said}{rest}", shown)


def _said(it: Difference, room: int) -> str:
    """Return one difference in at most `room` characters. The values are never cut away, only the names."""
    before, after = it.change.before, it.change.after
    if it.what in (What.CAME, What.WENT):
        verb = "added" if it.what is What.CAME else "removed"
        if it.change.path[-1] == "status":
            verb = "posted" if it.what is What.CAME else "no longer posted"
        end = f" {verb}"
    elif it.what is What.RENAMED:
        old, new = both(before, after, _VALUE)
        end = f': "{old}" is now "{new}"'
    elif isinstance(before, (dict, list)) or isinstance(after, (dict, list)):
        end = " edited" if before is not None and after is not None else " added" if before is None else " removed"
    elif it.what is What.TEXT and not all(_is_short(value) for value in (before, after)):
        end = " reworded" if before and after else " added" if after else " removed"
    else:
        old, new = both(_text(it.change.field, before), _text(it.change.field, after), _VALUE)
        units = f" {it.units}" if it.units and after is not None and len(it.units) <= _SHORT_UNITS else ""
        end = f": {old} -> {new}{units}"
    left = max(room - len(end), _LEAST)
    return shortened(joined(it.names, left), left) + end


def _is_short(text: str | None) -> bool:
    """Return whether a text has room in the sentence. The name of a method, a day or a time frame has, mostly."""
    return text is None or len(one_line(text)) <= _VALUE


def _text(field: str, value: object) -> str:
    return "none" if value is None else value_words(field, value)
