"""Two records of one trial -> what happened, in the field's words. Pure.

One event per kind and step; every changed field belongs to exactly one event (the results family shares its state and
rounds). `explain` groups the changed fields by the kind their row in `fields.py` names and hands each group to the one
function that knows that kind; a kind without a function of its own is told by its labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from tracker.changes.diff import FieldChange, compare
from tracker.changes.fields import ADMIN, field_of, worst
from tracker.changes.results_events import results_events
from tracker.changes.told import Event, told
from tracker.changes.words import count_of, days_between, listed, shortened, status_words
from tracker.records.dates import RegistryDate
from tracker.records.trial import TrialRecord

__all__ = ["Event", "explain", "first_seen", "trial_event"]

Changes = Sequence[FieldChange]
Builder = Callable[[Changes, TrialRecord, TrialRecord], list[Event]]

STOPPED = frozenset({"TERMINATED", "SUSPENDED", "WITHDRAWN"})
MAJOR_SHARE = 0.20
"""A target changed by this share of itself is major."""
MAJOR_SLIP_DAYS = 90
"""A date moved by this many days, either way, is major."""


def explain(before: TrialRecord, after: TrialRecord) -> tuple[Event, ...]:
    """What happened from `before` to `after`, in a fixed order; empty when nothing we compare differs."""
    groups: dict[str, list[FieldChange]] = defaultdict(list)
    for change in compare(before.document(), after.document()):
        groups[field_of(change.path).kind or ADMIN].append(change)
    events: list[Event] = []
    for kind in sorted(groups, key=_place):
        build = _BUILDERS.get(kind)
        if build is None:
            events.append(_by_labels(kind, groups[kind], before, after))
        else:
            events.extend(build(groups[kind], before, after))
    return _one_each(events)


def first_seen(record: TrialRecord) -> Event:
    """The first look at a trial: the only event it raises."""
    title = record.title.brief or "no title"
    return trial_event("trial.first_seen", "minor", f"First seen: {shortened(title)} ({status_words(record.status)})")


def trial_event(kind: str, severity: str, summary: str, changes: Changes = ()) -> Event:
    """An event about the trial as a whole, told by whoever noticed it."""
    return told(kind, severity, summary, changes)


def _one_each(events: Sequence[Event]) -> tuple[Event, ...]:
    """One event per kind: a kind met twice (site.added from two groups, admin.changed) keeps all its fields."""
    merged: dict[str, Event] = {}
    for event in events:
        twin = merged.get(event.kind)
        if twin is None:
            merged[event.kind] = event
        else:
            severity = worst([twin.severity, event.severity])
            summary = f"{twin.summary}; {event.summary}" if twin.summary != event.summary else twin.summary
            merged[event.kind] = msgspec.structs.replace(
                twin, severity=severity, summary=summary, fields=twin.fields + event.fields
            )
    return tuple(merged.values())


def _status(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    reason = f": {shortened(after.why_stopped)}" if after.why_stopped else ""
    if before.status == after.status:
        names = listed([field_of(change.path).label.lower() for change in changes])
        return [
            told("status.changed", "minor", f"{status_words(after.status)} as before; {names} changed{reason}", changes)
        ]
    if after.status in STOPPED:
        severity = "critical"
    else:
        severity = "minor" if "UNKNOWN" in (before.status, after.status) else "major"
    summary = f"Status changed from {status_words(before.status)} to {status_words(after.status)}"
    if after.status == "UNKNOWN":
        summary += " (set by the registry: the record was not verified in time)"
    return [told("status.changed", severity, summary + (reason if after.status in STOPPED else ""), changes)]


def _enrollment(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    old, new = before.enrollment, after.enrollment
    if new.type == "ACTUAL":
        if old.type == "ACTUAL":
            summary = f"Actual enrollment corrected from {_number(old.count)} to {_number(new.count)}"
        else:
            summary = f"Actual enrollment reported: {_number(new.count)} (target was {_number(old.count)})"
        return [told("enrollment.actual_reported", "minor", summary, changes)]
    kind = "enrollment.target_changed"
    if old.count is None or new.count is None or old.count == new.count:
        return [
            told(kind, "minor", f"Enrollment target: {_number(old.count)} before, {_number(new.count)} now", changes)
        ]
    share = abs(new.count - old.count) / old.count if old.count else 1.0
    percent = f" ({(new.count - old.count) / old.count:+.0%})" if old.count else ""
    verb = "cut" if new.count < old.count else "raised"
    severity = "major" if share >= MAJOR_SHARE else "minor"
    return [
        told(
            kind,
            severity,
            f"Enrollment target {verb} from {_number(old.count)} to {_number(new.count)}{percent}",
            changes,
        )
    ]


def _number(count: int | None) -> str:
    return "none" if count is None else f"{count:,}"


def _date(name: str) -> Builder:
    """The builder for one of the trial's own dates."""

    def build(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
        old: RegistryDate | None = getattr(before.dates, name)
        new: RegistryDate | None = getattr(after.dates, name)
        severity, summary = _moved(name.replace("_", " ").capitalize(), old, new)
        return [told(f"date.{name}_changed", severity, summary, changes)]

    return build


def _moved(label: str, old: RegistryDate | None, new: RegistryDate | None) -> tuple[str, str]:
    if old is None or new is None:
        return "minor", f"{label} set to {new.date}" if new else f"{label} removed (was {old.date if old else 'none'})"
    actual = " (actual)" if new.type == "ACTUAL" and old.type != "ACTUAL" else ""
    if old.date == new.date:
        was = f", was {old.type.lower()}" if old.type and not actual else ""
        return "minor", f"{label} {'confirmed' if actual else 'kept'}: {new.date}{actual or f' ({_type(new)}{was})'}"
    if _only_precision(old, new):
        severity = "minor" if actual else "admin"
        return severity, f"{label} given {_how_precise(old, new)}: {new.date}{actual} (was {old.date})"
    slip = days_between(old, new)
    if slip is None:
        return "minor", f"{label} changed from {old.date} to {new.date}{actual}"
    severity = "major" if abs(slip) >= MAJOR_SLIP_DAYS else "minor"
    if slip < 0:
        return severity, f"{label} moved {count_of(-slip, 'day')} earlier to {new.date}{actual}"
    return severity, f"{label} slipped {count_of(slip, 'day')} to {new.date}{actual}"


def _type(value: RegistryDate) -> str:
    return (value.type or "type no longer given").lower()


def _only_precision(old: RegistryDate, new: RegistryDate) -> bool:
    """Whether one date lies within what the other can mean, and only says it more, or less, precisely."""
    if old.precision == new.precision or "odd" in (old.precision, new.precision):
        return False
    fine, coarse = (new, old) if _RANK[new.precision] > _RANK[old.precision] else (old, new)
    day, start, end = fine.first, coarse.first, coarse.last
    return day is not None and start is not None and end is not None and start <= day <= end


_RANK = {"year": 0, "month": 1, "day": 2}


def _how_precise(old: RegistryDate, new: RegistryDate) -> str:
    return "more precisely" if _RANK[new.precision] > _RANK[old.precision] else "less precisely"


def _outcomes(kind: str, word: str) -> Builder:
    def build(changes: Changes, _before: TrialRecord, _after: TrialRecord) -> list[Event]:
        added = [change.after["measure"] for change in changes if len(change.path) == 3 and change.before is None]
        removed = [change.before["measure"] for change in changes if len(change.path) == 3 and change.after is None]
        edited = {change.path[:3] for change in changes if len(change.path) > 3}
        parts = [f"added: {listed(added)}"] if added else []
        parts += [f"removed: {listed(removed)}"] if removed else []
        parts += [f"{count_of(len(edited), 'measure')} reworded or timed anew"] if edited else []
        return [told(kind, field_of(changes[0].path).severity, f"{word} outcomes {'; '.join(parts)}", changes)]

    return build


def _phase(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    def words(record: TrialRecord) -> str:
        return "/".join(record.phases) or "none"

    return [told("phase.changed", "major", f"Phase changed from {words(before)} to {words(after)}", changes)]


def _sponsor(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    if before.sponsor.lead != after.sponsor.lead:
        summary = f"Lead sponsor changed from {before.sponsor.lead} to {after.sponsor.lead}"
        return [told("sponsor.changed", "major", summary, changes)]
    old, new = before.sponsor.collaborators, after.sponsor.collaborators
    came = [new[key].name for key in new.keys() - old.keys()]
    went = [old[key].name for key in old.keys() - new.keys()]
    parts = [f"joined: {listed(sorted(came))}"] if came else []
    parts += [f"left: {listed(sorted(went))}"] if went else []
    return [told("sponsor.changed", "minor", f"Collaborators {'; '.join(parts) or 'edited'}", changes)]


def _sites(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    added = [change for change in changes if change.before is None]
    removed = [change for change in changes if change.after is None]
    events = []
    if added:
        places = sorted({after.sites[change.path[1]].country or "unknown country" for change in added})
        events.append(told("site.added", "minor", f"{count_of(len(added), 'site')} added in {listed(places)}", added))
    if removed:
        places = sorted({before.sites[change.path[1]].country or "unknown country" for change in removed})
        events.append(
            told("site.removed", "minor", f"{count_of(len(removed), 'site')} removed in {listed(places)}", removed)
        )
    return events


def _site_status(changes: Changes, _before: TrialRecord, _after: TrialRecord) -> list[Event]:
    turns: dict[tuple[str, str], int] = defaultdict(int)
    for change in changes:
        turns[status_words(change.before), status_words(change.after)] += 1
    parts = [f"{count_of(number, 'site')} from {old} to {new}" for (old, new), number in sorted(turns.items())]
    return [told("site.status_changed", "minor", "; ".join(parts), changes)]


def _things(kind: str, name: str) -> Builder:
    """Documents and references: news when added, housekeeping when taken away."""

    def build(changes: Changes, _before: TrialRecord, _after: TrialRecord) -> list[Event]:
        added = [change for change in changes if change.before is None]
        removed = [change for change in changes if change.after is None]
        events = []
        if added:
            titles = [change.after.get("label") or change.after.get("citation") or "" for change in added]
            events.append(told(kind, "minor", f"{count_of(len(added), name)} added: {listed(titles)}", added))
        if removed:
            events.append(told(ADMIN, "admin", f"{count_of(len(removed), name)} removed", removed))
        return events

    return build


def _by_labels(kind: str, changes: Changes, _before: TrialRecord, _after: TrialRecord) -> Event:
    labels = sorted({field_of(change.path).label for change in changes})
    severity = worst([field_of(change.path).severity for change in changes])
    return told(kind, severity, f"Changed: {listed(labels, most=4)}", changes)


_BUILDERS: dict[str, Builder] = {
    "status.changed": _status,
    "enrollment": _enrollment,
    "date.start_changed": _date("start"),
    "date.primary_completion_changed": _date("primary_completion"),
    "date.completion_changed": _date("completion"),
    "results.delay_certified": results_events,
    "results": results_events,
    "outcome.primary_changed": _outcomes("outcome.primary_changed", "Primary"),
    "outcome.secondary_changed": _outcomes("outcome.secondary_changed", "Secondary"),
    "phase.changed": _phase,
    "sponsor.changed": _sponsor,
    "site": _sites,
    "site.status_changed": _site_status,
    "document": _things("document.added", "document"),
    "reference": _things("reference.added", "reference"),
}
_FAMILIES = ("status", "enrollment", "date", "results", "outcome", "phase", "sponsor", "eligibility", "arms", "design")
_LATER = ("conditions", "title", "site", "document", "reference", "admin")


def _place(kind: str) -> tuple[int, str]:
    """The order events are told in: what a reader asks first comes first."""
    family = kind.partition(".")[0]
    order = (*_FAMILIES, *_LATER)
    return (order.index(family) if family in order else len(order), kind)
