"""Events of a trial's results, the ones that matter most to readers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from storage.values.severity import Severity
from storage.values.states import ResultsState
from tracker.changes.event import LONGEST, Event, make_event
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import ADMIN, field_of
from tracker.changes.gravity import in_order
from tracker.changes.wording.safety import serious_words
from tracker.changes.wording.words import count_of, listed
from tracker.records.trial import Results, TrialRecord
from tracker.results.cycle import CycleStep, CycleTurn, corrected_days, turn_of
from tracker.results.merge_cycles import corrected, merged

__all__ = ["posted_sentences", "results_events"]

Changes = Sequence[FieldChange]
_SAID = {
    ResultsState.SUBMITTED: "Results submitted to the registry for quality control",
    ResultsState.RETURNED: "Results returned to the sponsor by quality control",
    ResultsState.CANCELLED: "Submission of results cancelled by the sponsor",
}
_DAYS = {
    ResultsState.SUBMITTED: "Day the results were submitted",
    ResultsState.RETURNED: "Day the results were returned",
    ResultsState.CANCELLED: "Day the submission was cancelled",
    ResultsState.POSTED: "Day the results were posted",
}


def results_events(
    changes: Changes, before: TrialRecord, after: TrialRecord, cycle: CycleTurn | None = None
) -> list[Event]:
    """Return the events of the results family. Certificates of delay come as a group of their own.

    `cycle` has the steps reported so far, over all versions. If None, use the steps of `before`.
    """
    if changes[0].path[1] == "delay":
        return [_delay(changes, before.results, after.results)]
    old, new = before.results, after.results
    if new.state == ResultsState.POSTED and old.state != ResultsState.POSTED:
        summary = next(text for text in posted_sentences(new) if len(text) <= LONGEST)
        return [make_event("results.posted", Severity.CRITICAL, summary, changes)]
    if old.state == ResultsState.POSTED and new.state != ResultsState.POSTED:
        summary = f"Posted results were removed from the registry (state now: {new.state})"
        return [make_event("results.removed", Severity.CRITICAL, summary, changes)]
    if new.state == ResultsState.POSTED:
        return [_updated(changes, old, new, cycle or turn_of(old, new))]
    return _pending(changes, old, new, cycle or turn_of(old, new))


def _delay(changes: Changes, old: Results, new: Results) -> Event:
    if old.delay is None and new.delay is not None:
        when = f" on {new.delay.first_submitted}" if new.delay.first_submitted else ""
        return make_event("results.delay_certified", Severity.MAJOR, f"Delay of results certified{when}", changes)
    if new.delay is None:
        return make_event("results.delay_certified", Severity.MAJOR, "Certificate of delay withdrawn", changes)
    return make_event(ADMIN, Severity.ADMIN, "Certificate of delay edited", changes)


def posted_sentences(new: Results, *, waiting: int = 0) -> list[str]:
    """Return what is said of posted results, the fullest first, then with ever fewer of its parts.

    A part is left out whole where there is no room: "no serious adverse events" cut after "no" says nothing. The
    serious events are the last to go, unless they have no room by themselves. `waiting`: so many of the primary and
    secondary measures are listed without values.
    """
    if new.summary is None:
        return ["Results posted"]
    summary = new.summary
    measures = f"{summary.primary_measures} primary and {count_of(summary.secondary_measures, 'secondary measure')}"
    if waiting:
        measures += f" ({waiting:,} not posted yet)"
    people = count_of(summary.participants, "participant") if summary.participants is not None else ""
    serious = serious_words(summary.event_groups)
    choices = ((measures, people, serious), (measures, serious), (serious,), (measures, people), (measures,))
    said = [", ".join(part for part in parts if part) for parts in choices]
    return [f"Results posted: {text}" for text in said if text] + ["Results posted"]


def _updated(changes: Changes, old: Results, new: Results, cycle: CycleTurn) -> Event:
    """Return the event of a change to posted results. If only the type of the posting date changed, it is
    housekeeping.
    """
    if all(change.path[-1] == "type" for change in changes):
        confirmed = all(change.after == "ACTUAL" for change in changes)
        said = "Posting date confirmed" if confirmed else "Posting date no longer confirmed"
        return make_event(ADMIN, Severity.ADMIN, said, changes)
    if new.summary is None and old.summary is not None:
        return make_event(
            "results.updated", Severity.MINOR, "The record says that it has results, and came without them", changes
        )
    fixed = corrected_days(cycle.before, cycle.after)
    fresh = merged(corrected(cycle.before.steps, fixed), cycle.after.steps).fresh
    told_steps = [step for step in fresh if step.event != ResultsState.POSTED]
    modules = [_part_words(change.path[-1]) for change in changes if change.path[1:3] == ("summary", "modules")]
    sentences = {}
    if told_steps:
        steps = ", ".join(f"{step.event} {step.date or 'on an unknown day'}" for step in told_steps)
        sentences["steps"] = f"Posted results: {steps}"
    days = [*_corrected(fixed), *_checked_on(old, new)]
    if days:
        sentences["days"] = "; ".join(days)
    if old.posted_with_comments and not new.posted_with_comments:
        sentences["quality_control"] = "Quality control of the posted results concluded"
    if modules or not sentences:
        names = modules or list(dict.fromkeys(field_of(change.path).label.lower() for change in changes))
        sentences["parts"] = f"Posted results updated: {listed(names)}"
    return make_event("results.updated", Severity.MINOR, "; ".join(in_order("results.updated", sentences)), changes)


def _part_words(module: str) -> str:
    """Return a module in words: ``adverseEventsModule`` -> ``adverse events``."""
    return re.sub(r"(?=[A-Z])", " ", module.removesuffix("Module")).lower()


def _pending(changes: Changes, old: Results, new: Results, cycle: CycleTurn) -> list[Event]:
    """Return events for new steps of the cycle. A pending round that vanishes without posting counts as cancelled."""
    # Corrected days go into the reported steps first, so that they do not show up as new ones below.
    fixed = corrected_days(cycle.before, cycle.after)
    _, fresh, dated = merged(corrected(cycle.known, fixed), cycle.after.steps)
    sentences = [*_corrected(fixed), *_dated(dated)]
    if fresh and fresh[0].event == ResultsState.CANCELLED and _vanished_before(old, cycle.known):
        ended, *fresh = fresh  # reported on the day when the submission was no longer listed
        sentences.append(f"The submission that was no longer listed was cancelled on {ended.date or 'an unknown day'}")
    back = "" if fresh else _listed_again(old, new)
    if back:
        sentences.insert(0, back)
    # A corrected day raises no second alert: its step was reported before.
    events = [_step(kind, [step for step in fresh if step.event == kind], changes) for kind in _kinds(fresh)]
    if sentences:
        # What was told as an alert and is so no more is an alert too.
        severity = Severity.MAJOR if back else Severity.MINOR
        events.append(make_event("results.updated", severity, "; ".join(sentences), changes))
    if not fresh and new.state == ResultsState.SUBMITTED and old.state != ResultsState.SUBMITTED:
        summary = f"The submission of {new.submissions[-1].submitted or 'an unknown day'} is listed as pending again"
        events.append(make_event("results.submitted", Severity.MAJOR, summary, changes))
    if not events and _pending_vanished(old, new):
        summary = "The pending submission is no longer listed by the registry: cancelled or erased, date unknown"
        events.append(make_event("results.cancelled", Severity.MAJOR, summary, changes))
    if not events:
        lost = [step for step in cycle.before.steps if step not in cycle.after.steps]
        summary = "Record of the submission rounds corrected" if lost else "Dates of the pending results changed"
        events.append(make_event("results.updated", Severity.MINOR, summary, changes))
    return events


def _corrected(fixed: Sequence[tuple[CycleStep, CycleStep]]) -> list[str]:
    return [
        f"{_DAYS[was.event]} corrected from {was.date or 'an unknown day'} to {now.date or 'an unknown day'}"
        for was, now in fixed
    ]


def _checked_on(old: Results, new: Results) -> list[str]:
    """Return a sentence if the day on which quality control was passed is another one. It is no step of the cycle."""
    was, now = old.first_submitted_qc, new.first_submitted_qc
    if not was or not now or was == now:
        return []
    return [f"Day the results passed quality control corrected from {was} to {now}"]


def _dated(dated: Sequence[CycleStep]) -> list[str]:
    days = listed([f"{step.event} on {step.date}" for step in dated])
    return [f"What was told of the results without its day now has it: {days}"] if dated else []


def _vanished_before(old: Results, known: Sequence[CycleStep]) -> bool:
    """Return whether the last reported submission left the record before this version without an end."""
    return (
        bool(known)
        and known[-1].event in (ResultsState.SUBMITTED, ResultsState.RETURNED)
        and old.state != known[-1].event
    )


def _pending_vanished(old: Results, new: Results) -> bool:
    """Return whether a pending submission is gone without an end: the open round, or all returned ones."""
    if old.state == ResultsState.SUBMITTED:
        return new.state != ResultsState.SUBMITTED and _lost_last(old, new)
    return old.state == ResultsState.RETURNED and new.state == ResultsState.NONE


def _lost_last(old: Results, new: Results) -> bool:
    """Return whether the record has fewer rounds of the day of the last one than before."""
    day = old.submissions[-1].submitted
    before, after = (sum(it.submitted == day for it in results.submissions) for results in (old, new))
    return after < before


def _listed_again(old: Results, new: Results) -> str:
    """Return a sentence on an end that was told before, and that the registry did not list in between, or ""."""
    if new.state not in (ResultsState.RETURNED, ResultsState.CANCELLED):
        return ""
    last = new.submissions[-1]
    whose = f"The submission of {last.submitted or 'an unknown day'}"
    if old.state == ResultsState.SUBMITTED and not _lost_last(old, new):
        return f"{whose} is listed as {new.state} again"
    if old.state == ResultsState.NONE and new.state == ResultsState.RETURNED:
        return f"{whose} (returned on {last.returned or 'an unknown day'}) is listed again"
    return ""


def _kinds(fresh: Sequence[CycleStep]) -> list[ResultsState]:
    return list(dict.fromkeys(step.event for step in fresh))


def _step(kind: ResultsState, told_steps: Sequence[CycleStep], changes: Changes) -> Event:
    days = listed([step.date or "an unknown day" for step in told_steps], most=6)
    return make_event(f"results.{kind}", Severity.MAJOR, f"{_SAID[kind]} on {days}", changes)
