"""Turn the differences of two records into events with readable summaries. Pure.

There is one event per kind and step, and every changed field belongs to exactly one event. (Events of results share
their state and rounds.) `explain` groups changed fields by the kind of their row in `fields.py`. Each group goes to the
one function for its kind. A kind without a function lists the labels of its fields.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from storage.values.severity import Severity, rank, worst
from tracker.changes.diff import compare
from tracker.changes.event import LONGEST, Event, make_event
from tracker.changes.events.country_events import countries
from tracker.changes.events.date_events import moved
from tracker.changes.events.notice_events import expanded_access, fda_notices
from tracker.changes.events.outcome_events import outcomes
from tracker.changes.events.paper_events import documents, references, retracted
from tracker.changes.events.results_events import results_events
from tracker.changes.events.withheld import STOPPED, turn, turned
from tracker.changes.field_change import FieldChange, is_keyed
from tracker.changes.fields import ADMIN, KEY, field_of
from tracker.changes.gravity import MAJOR_SHARE, in_order
from tracker.changes.matching.match_items import is_identified
from tracker.changes.matching.relabelled import housekeeping, renamings
from tracker.changes.red_flag import RedFlag
from tracker.changes.reported.compare import ReportedChanges
from tracker.changes.reported.reported_events import reported_events
from tracker.changes.wording.words import (
    NO_STATUS,
    both,
    count_of,
    listed,
    phase_words,
    shortened,
    stands_in,
    status_words,
    whole_percent,
)
from tracker.records.dates import RegistryDate
from tracker.records.text import plain_words
from tracker.records.trial import Enrollment, TrialRecord
from tracker.results.cycle import CycleTurn

__all__ = ["SUMMARY", "Event", "downgrade", "explain", "first_seen", "trial_event", "unreadable_since"]

Changes = Sequence[FieldChange]
Builder = Callable[[Changes, TrialRecord, TrialRecord], list[Event]]

SUMMARY = ("results", "summary")
"""Where a record has the summary of its results."""
_REPORTED = "results.reported"
"""The group of what differs in the posted results. It makes events of several kinds."""


def explain(
    before: TrialRecord,
    after: TrialRecord,
    cycle: CycleTurn | None = None,
    reported: tuple[ReportedChanges, Sequence[RedFlag]] | None = None,
) -> tuple[Event, ...]:
    """Return the events from `before` to `after`, in a fixed order. Empty if nothing compared differs.

    `cycle` is the turn of the results cycle, with the steps reported over all versions up to `before`. If None, use the
    steps of `before` alone. `reported` is what differs in the posted results, with its red flags. If None, only say
    which parts differ.
    """
    groups: dict[str, list[FieldChange]] = defaultdict(list)
    changes = compare(before.document(), after.document())
    if reported is not None:
        changes, groups[_REPORTED] = _without_summary(changes)
    renamed = renamings(changes)
    for change in changes:
        groups[renamed.kind(change)].append(change)
    events: list[Event] = []
    # A withheld record shows nearly no fields, so publishing it is one event, not an edit of every field.
    if turned(before, after):
        came = [change for kind in list(groups) if not kind.startswith("results") for change in groups.pop(kind)]
        events.append(turn(came, before, after))
    for kind in sorted(groups, key=_place):
        build = _BUILDERS.get(kind)
        if kind == _REPORTED:
            events.extend(reported_events(*reported, groups[kind]) if reported else ())
        elif "." in kind and _only_spelling(groups[kind]):
            events.append(_spelled(kind, groups[kind]))
        elif kind == "results":
            events.extend(results_events(groups[kind], before, after, cycle))
        elif build is None:
            events.append(_by_labels(kind, groups[kind], before, after))
        else:
            events.extend(build(groups[kind], before, after))
    return _one_each(events)


def _without_summary(changes: Changes) -> tuple[list[FieldChange], list[FieldChange]]:
    """Part the changes: all others, and those in the summary of the results, which follows from the whole."""
    summary = [change for change in changes if change.path[:2] == SUMMARY]
    return [change for change in changes if change.path[:2] != SUMMARY], summary


def _only_spelling(changes: Changes) -> bool:
    """Return whether all texts say the same as before, in other letters or punctuation. A new key changes nothing.

    A text that moved from one field to another says something else: a minimum age is no maximum age.
    """
    whole = [change for change in changes if change.before is None or change.after is None]
    if not all(is_keyed(change.path[:-1]) for change in whole):
        return False
    # Compare what left and came per map, so that an item may have another key but not another map.
    gone = Counter((change.path[:-1], _plain(change.before)) for change in whole if change.after is None)
    come = Counter((change.path[:-1], _plain(change.after)) for change in whole if change.before is None)
    named = (change for change in changes if change.path[-1] != KEY or not is_identified(change.path[:-2]))
    edited = (change for change in named if change.before is not None and change.after is not None)
    return gone == come and all(_plain(change.before) == _plain(change.after) for change in edited)


def _plain(value: Any) -> Any:
    """Return a JSON value with plain words for texts and lists without order. Equal ones differ at most in spelling."""
    if isinstance(value, str):
        return tuple(plain_words(value))
    if isinstance(value, dict):
        return tuple((name, _plain(item)) for name, item in sorted(value.items()))
    # Sort by repr, but keep the values: the repr of a repr doubles in size with every level of nesting.
    return tuple(sorted(map(_plain, value), key=repr)) if isinstance(value, list) else value


def _spelled(kind: str, changes: Changes) -> Event:
    labels = listed(sorted({field_of(change.path).label for change in changes}), most=4)
    return make_event(kind, Severity.ADMIN, f"Only spelled differently: {labels}", changes)


def first_seen(record: TrialRecord) -> Event:
    """Return the event of the first poll of a trial, the only event of that poll."""
    title = record.title.brief or "no title"
    return trial_event(
        "trial.first_seen", Severity.MINOR, f"First seen: {shortened(title)} ({status_words(record.status)})"
    )


def trial_event(kind: str, severity: Severity, summary: str, changes: Changes = ()) -> Event:
    """Return an event about the trial as a whole."""
    return make_event(kind, severity, summary, changes)


def unreadable_since(version: int | None) -> Event:
    """Return the event that stands for all changes since a version that this program can no longer read."""
    return trial_event(
        ADMIN, Severity.ADMIN, f"Version {version} cannot be read any more, so what changed since cannot be told"
    )


def downgrade(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events of a record that lost fields as all records did. Events of lost fields only become admin."""
    quiet = [
        _as_housekeeping(event)
        if event.fields and all(field.after is None for field in event.fields) and event.kind != ADMIN
        else event
        for event in events
    ]
    return _one_each(quiet)


def _as_housekeeping(event: Event) -> Event:
    """Return the event as housekeeping, with the same fields."""
    labels = listed(sorted({field.label for field in event.fields}))
    return msgspec.structs.replace(
        event, kind=ADMIN, severity=Severity.ADMIN, summary=f"No longer given by the registry: {labels}"
    )


def _one_each(events: Sequence[Event]) -> tuple[Event, ...]:
    """Merge events of the same kind (site.added from two groups, admin.changed). All fields are kept."""
    merged: dict[str, Event] = {}
    for event in events:
        twin = merged.get(event.kind)
        if twin is None:
            merged[event.kind] = event
        else:
            severity = worst([twin.severity, event.severity])
            graver = [event, twin] if severity != twin.severity else [twin, event]
            summary = shortened("; ".join(dict.fromkeys(it.summary for it in graver)), LONGEST)
            merged[event.kind] = msgspec.structs.replace(
                twin, severity=severity, summary=summary, fields=twin.fields + event.fields
            )
    return tuple(merged.values())


def _status(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    if before.status == after.status:
        return [make_event("status.changed", Severity.MINOR, _same_status(changes, after), changes)]
    if after.status in STOPPED:
        severity = Severity.CRITICAL
    else:
        severity = Severity.MINOR if "UNKNOWN" in (before.status, after.status) else Severity.MAJOR
    summary = f"Status changed from {status_words(before.status)} to {status_words(after.status)}"
    if after.status == "UNKNOWN":
        summary += " (set by the registry: the record was not verified in time)"
    if after.status in STOPPED and after.why_stopped:
        summary += f": {shortened(after.why_stopped)}"
    return [make_event("status.changed", severity, summary, changes)]


def _same_status(changes: Changes, after: TrialRecord) -> str:
    reason = f"reason now: {shortened(after.why_stopped)}" if after.why_stopped else "reason no longer given"
    last = f"last known status now {status_words(after.last_known_status)}"
    fields = {change.path[0] for change in changes}
    sentences = {name: text for name, text in (("why_stopped", reason), ("last_known_status", last)) if name in fields}
    return "; ".join([f"Status still {status_words(after.status)}", *in_order("status.changed", sentences)])


def _enrollment(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    old, new = before.enrollment, after.enrollment
    if new.type == "ACTUAL":
        if old.type == "ACTUAL":
            summary = f"Actual enrollment corrected from {_number(old.count)} to {_number(new.count)}"
        else:
            summary = f"Actual enrollment reported: {_number(new.count)} (target was {_number(old.count)})"
        return [make_event("enrollment.actual_reported", Severity.MINOR, summary, changes)]
    severity, summary = _target(old, new)
    return [make_event("enrollment.target_changed", severity, summary, changes)]


def _target(old: Enrollment, new: Enrollment) -> tuple[Severity, str]:
    """Return severity and summary of a change of the target. A withdrawn actual count becomes a target again."""
    was = f"{_number(old.count)} counted" if old.type == "ACTUAL" else _number(old.count)
    if old.count == new.count:
        return Severity.MINOR, f"Enrollment kept at {_number(new.count)}, now {_type(new.type)} (was {_type(old.type)})"
    if new.count is None:
        return Severity.MINOR, f"Enrollment target removed (was {was})"
    if old.count is None or old.type == "ACTUAL" or stands_in(old.count, new.count):
        return Severity.MINOR, f"Enrollment target set to {_number(new.count)} (was {was})"
    share = (new.count - old.count) / old.count if old.count else 1.0
    percent = f" ({said})" if old.count and (said := whole_percent(share, "+")) else ""
    verb = "cut" if new.count < old.count else "raised"
    severity = Severity.MAJOR if abs(share) >= MAJOR_SHARE else Severity.MINOR
    return severity, f"Enrollment target {verb} from {was} to {_number(new.count)}{percent}"


def _number(count: int | None) -> str:
    return "none" if count is None else f"{count:,}"


def _type(code: str | None) -> str:
    return shortened(code, 30).lower() if code else "without type"


def _date(name: str) -> Builder:
    """Return the builder for one of the trial's own dates."""

    def build(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
        old: RegistryDate | None = getattr(before.dates, name)
        new: RegistryDate | None = getattr(after.dates, name)
        severity, summary = moved(name.replace("_", " ").capitalize(), old, new)
        return [make_event(f"date.{name}_changed", severity, summary, changes)]

    return build


def _phase(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    summary = f"Phase changed from {phase_words(before.phases)} to {phase_words(after.phases)}"
    return [make_event("phase.changed", Severity.MAJOR, summary, changes)]


def _sponsor(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    sentences = {}
    if before.sponsor.lead != after.sponsor.lead:
        old, new = both(before.sponsor.lead or "none", after.sponsor.lead or "none", 60)
        sentences["lead"] = f"Lead sponsor changed from {old} to {new}"
    whole = [change for change in changes if change.path[1] == "collaborators" and len(change.path) == 3]
    came = [change.after["name"] for change in whole if change.before is None]
    went = [change.before["name"] for change in whole if change.after is None]
    thing = "Collaborator" if len(came) + len(went) == 1 else "Collaborators"
    room = 50 if came and went else 120
    if went:
        sentences["left"] = f"{'' if came else f'{thing} '}left: {listed(sorted(went), among=came, whole=room)}"
    if came:
        sentences["joined"] = f"{thing} joined: {listed(sorted(came), among=went, whole=room)}"
    summary = "; ".join(in_order("sponsor.changed", sentences)) or f"{thing} edited"
    return [make_event("sponsor.changed", Severity.MAJOR if "lead" in sentences else Severity.MINOR, summary, changes)]


def _sites(changes: Changes, before: TrialRecord, after: TrialRecord) -> list[Event]:
    added = [change for change in changes if change.before is None]
    removed = [change for change in changes if change.after is None]
    events = []
    if added:
        places = sorted({after.sites[change.path[1]].country or "unknown country" for change in added})
        events.append(
            make_event("site.added", Severity.MINOR, f"{count_of(len(added), 'site')} added in {listed(places)}", added)
        )
    if removed:
        places = sorted({before.sites[change.path[1]].country or "unknown country" for change in removed})
        events.append(
            make_event(
                "site.removed", Severity.MINOR, f"{count_of(len(removed), 'site')} removed in {listed(places)}", removed
            )
        )
    return events


def _site_status(changes: Changes, _before: TrialRecord, _after: TrialRecord) -> list[Event]:
    turns = Counter((status_words(change.before), status_words(change.after)) for change in changes)
    parts = [_turn(count_of(number, "site"), old, new) for (old, new), number in sorted(turns.items())]
    if len(parts) > 3:
        # A large trial usually has two or three kinds of turn. More of them are only counted.
        parts = [f"{count_of(len(changes), 'site')} changed status in {len(parts)} ways"]
    return [make_event("site.status_changed", Severity.MINOR, "; ".join(parts), changes)]


def _turn(sites: str, old: str, new: str) -> str:
    """Return one turn in words. The registry gives sites a status only while a trial recruits."""
    if old == NO_STATUS:
        return f"{sites} now {new} (no status before)"
    return f"{sites} no longer with a status (was {old})" if new == NO_STATUS else f"{sites} from {old} to {new}"


def _by_labels(kind: str, changes: Changes, _before: TrialRecord, _after: TrialRecord) -> Event:
    """Return an event with the labels of the changed fields, most severe first."""
    rows = {field_of(change.path).label: field_of(change.path).severity for change in changes}
    labels = sorted(rows, key=lambda label: (rank(rows[label]), label))
    return make_event(kind, worst(rows.values()), f"Changed: {listed(labels, most=4)}", changes)


_BUILDERS: dict[str, Builder] = {
    ADMIN: housekeeping,
    "status.changed": _status,
    "enrollment": _enrollment,
    "date.start_changed": _date("start"),
    "date.primary_completion_changed": _date("primary_completion"),
    "date.completion_changed": _date("completion"),
    "results.delay_certified": results_events,
    "outcome.primary_changed": outcomes,
    "outcome.secondary_changed": outcomes,
    "phase.changed": _phase,
    "sponsor.changed": _sponsor,
    "country.changed": countries,
    "site": _sites,
    "site.status_changed": _site_status,
    "document": documents,
    "reference": references,
    "reference.retracted": retracted,
    "fda.notice": fda_notices,
    "expanded_access.changed": expanded_access,
}
_FAMILIES = (
    *("status", "enrollment", "date", "results", "fda", "outcome", "phase", "sponsor", "eligibility", "arms", "design"),
)
_LATER = ("expanded_access", "conditions", "title", "country", "site", "document", "reference", "admin")


def _place(kind: str) -> tuple[int, str]:
    """Return the sort key of a kind: what a reader asks first comes first."""
    family = kind.partition(".")[0]
    order = (*_FAMILIES, *_LATER)
    return (order.index(family) if family in order else len(order), kind)
