"""The way of the results: submitted, sent back, posted, the days in between, the due day, today. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from tracker.api.results import StateSpan, TrialResults
from tracker.changes.wording.words import count_of
from tracker.records.dates import RegistryDate, earliest
from tracker.web.plots.due_day import DueDay, fact_date, first_due
from tracker.web.plots.parts.drawing import Plot, PlotTable, empty
from tracker.web.plots.parts.words import day_words, listing
from tracker.web.plots.results_ways import Stop, Way, upright, walked

__all__ = ["results_timeline"]

_NAMES = {"submitted": "Submitted", "returned": "Sent back", "cancelled": "Withdrawn", "posted": "Posted"}
_WHERE = {
    "submitted": "at the registry",
    "returned": "at the sponsor",
    "cancelled": "withdrawn",
    "posted": "public",
    "none": "not listed",
}


class _End(NamedTuple):
    """The end of the trial from which the terms are counted."""

    name: str
    date: RegistryDate


def results_timeline(found: TrialResults, today: dt.date, *, plot_id: str = "results") -> Plot:
    """Return the steps of the results with the days between them, and the first due day as a flag."""
    due, end = first_due(found.duties), _end(found)
    steps = _steps(found.states)
    if not steps and due is None:
        return empty(plot_id, f"{_nothing(found.state)}, and no due day can be told.")
    way = Way(_stops(steps, end, today), due, today, late_to=_late_to(due, today))
    return Plot(
        id=plot_id,
        title=_title(found, due, today),
        description=f"{listing(_sentences(steps, end, due, today), 12)}.",
        wide=walked(way),
        narrow=upright(way),
        table=_table(steps, end, due, today),
        note=_note(found, due),
    )


def _end(found: TrialResults) -> _End | None:
    """Return the date that the terms are counted from: the primary completion, else the completion."""
    for name, words in (("primary_completion", "Primary completion"), ("completion", "Completion")):
        for duty in found.duties:
            date = fact_date(duty, name)
            if date and date.last:
                return _End(words, date)
    return None


class _Step(NamedTuple):
    state: str
    name: str
    #: As the registry gives it; None if not known.
    said: str | None
    day: dt.date | None
    days: int | None


def _steps(states: Sequence[StateSpan]) -> list[_Step]:
    """Return the states with their names: a second submission is "again", and what is gone was listed or posted."""
    found: list[_Step] = []
    for span in states:
        before = [step.state for step in found]
        name = _NAMES.get(span.state, "Removed" if "posted" in before else "No longer listed")
        if before.count(span.state) and span.state in _NAMES:
            name = f"{name} again"
        found.append(_Step(span.state, name, span.from_, earliest(span.from_) if span.from_ else None, span.days))
    return found


def _stops(steps: Sequence[_Step], end: _End | None, today: dt.date) -> tuple[Stop, ...]:
    stops = []
    if end is not None and end.date.last:
        fact = end.date.type == "ACTUAL"
        words = end.name if fact else f"{end.name}, planned"
        ahead = end.date.last > today or (steps and steps[0].day is not None and steps[0].day < end.date.last)
        # Results that came before the end, or an end that is still to come: the way does not begin there.
        if not ahead:
            stops.append(Stop("end", words, day_words(end.date.date), end.date.last, None, "", planned=not fact))
    stops += [
        Stop(step.state, step.name, day_words(step.said), step.day, step.days, _WHERE.get(step.state, ""))
        for step in steps
    ]
    if not steps or steps[-1].state != "posted":
        stops.append(Stop("today", "Today", day_words(today), today, None, ""))
    return tuple(stops)


def _late_to(due: DueDay | None, today: dt.date) -> dt.date | None:
    """Return the day up to which results were late by law, None if they were not."""
    if due is None or not due.law or due.days_late is None:
        return None
    return due.end(today)


def _nothing(state: str | None) -> str:
    return "No version tells whether results were submitted" if state is None else "No results were submitted"


def _title(found: TrialResults, due: DueDay | None, today: dt.date) -> str:
    steps = _steps(found.states)
    if not steps:
        past = (today - due.due).days if due else 0
        asked = "due" if due and due.applies else "asked for" if due and due.asked_by else "due, if a rule applies,"
        when = f"{asked} on {day_words(due.due, whole=True)}" if due else ""
        ago = f", {count_of(past, 'day')} ago" if past > 0 else ""
        return f"{_nothing(found.state)}; {when}{ago}"
    last = steps[-1]
    day = f"on {day_words(last.said, whole=True)}" if last.said else "on a day that is not known"
    since = f", {count_of(last.days, 'day')} ago" if last.days is not None else ""
    if last.state == "posted":
        first = next((step.day for step in steps if step.state == "submitted"), None)
        took = (last.day - first).days if last.day and first else None
        return f"Posted {day}" + (f", {count_of(took, 'day')} after the first submission" if took is not None else "")
    words = {
        "submitted": f"{last.name} {day}, not posted yet",
        "returned": f"Sent back to the sponsor {day}{since}",
        "cancelled": f"Withdrawn by the sponsor {day}{since}",
    }
    return words.get(last.state, f"{last.name} {day}" if last.said else f"{last.name}, {day.removeprefix('on ')}")


def _sentences(steps: Sequence[_Step], end: _End | None, due: DueDay | None, today: dt.date) -> list[str]:
    found = [f"{name} {day}" for name, day, _ in _rows(steps, end, due, today)]
    return [found[0], *(f"{words[:1].lower()}{words[1:]}" for words in found[1:])]


def _rows(steps: Sequence[_Step], end: _End | None, due: DueDay | None, today: dt.date) -> list[tuple[str, str, str]]:
    """Return the rows of the table in the order of their days: what, when, and how long after the step before."""
    rows: list[tuple[dt.date | None, tuple[str, str, str]]] = []
    before = end.date.last if end else None
    if end is not None:
        planned = "" if end.date.type == "ACTUAL" else ", planned"
        rows.append((before, (f"{end.name}{planned}", day_words(end.date.date), "")))
    for step in steps:
        after = f"{count_of((step.day - before).days, 'day')}" if step.day and before and step.day >= before else ""
        rows.append((step.day, (step.name, day_words(step.said), after)))
        before = step.day
    if due is not None:
        place = next((at for at, (day, _) in enumerate(rows) if day and day > due.due), len(rows))
        rows.insert(place, (due.due, (_due_name(due), day_words(due.due), "")))
    if not steps or steps[-1].state != "posted":
        after = count_of((today - before).days, "day") if steps and before and today >= before else ""
        rows.append((today, ("Today", day_words(today), after)))
    return [cells for _, cells in rows]


def _due_name(due: DueDay) -> str:
    who = f"{due.words}, counted from a planned date" if due.planned else due.words
    if due.applies:
        return f"Due ({who})"
    return f"Asked for by {due.asked_by} ({who})" if due.asked_by else f"Due if it applies ({who})"


def _table(steps: Sequence[_Step], end: _End | None, due: DueDay | None, today: dt.date) -> PlotTable:
    rows = tuple(_rows(steps, end, due, today))
    return PlotTable(("Step", "Day", "From the step before"), rows, "Steps of the results")


def _note(found: TrialResults, due: DueDay | None) -> str:
    said = []
    if due is None:
        said.append("No due day can be told.")
    elif due.planned:
        said.append("The due day is counted from a planned date.")
    if any(step.said is None for step in _steps(found.states)):
        said.append("A dotted line is time of unknown length.")
    return " ".join(said)
