"""A portfolio of trials, line by line: due days, days late, slips, last changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlmodel import Session

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.versions import results_cache, trials
from storage.versions.trials import Listed
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.records.one_line import one_line
from tracker.results.scorecard import (
    ResultsStatus,
    days_late,
    days_late_by,
    days_overdue,
    first_due,
    is_unposted,
    rules_of_first_due,
)
from tracker.services.known_by_door import opened_anyway
from tracker.services.results.date_slips import slips
from tracker.services.results.kept.kept_statuses import statuses_of
from tracker.services.results.report_parts import posted_in

__all__ = [
    "PortfolioLine",
    "column_name",
    "export_rows",
    "lines_of",
]

Row = dict[str, Any]
"""One trial as a row of an export: column -> value."""

LeftOut = list[RecordError] | None
"""Gets an error for each trial with a version that cannot be read. Such a trial is in no answer."""


class PortfolioLine(msgspec.Struct, frozen=True):
    """What a trial is sorted and exported by. Days are ISO texts. None means that there is none."""

    sponsor: str | None
    #: The first due day of a rule that certainly applies.
    due: str | None
    #: Days for which results have been missing.
    overdue: int | None
    #: The same, or days by which results came late.
    late: int | None
    posted: str | None
    #: Days by which primary completion moved over all versions, or completion if the trial gives no other date.
    slip: int | None
    #: When its last change took effect, housekeeping aside.
    changed: str | None

    def document(self) -> Row:
        built: Row = msgspec.to_builtins(self)
        return built


def lines_of(
    database: Database,
    wanted: Sequence[str],
    today: dt.date,
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> dict[str, PortfolioLine]:
    """Return the line of each of `wanted`. The line is empty for a trial without a version or in `left_out`."""
    known = statuses_of(*opened_anyway(database), wanted, progress, left_out)
    with database.read() as session:
        return _lines(session, known, wanted, today)


def _lines(
    session: Session, known: Mapping[str, ResultsStatus], wanted: Iterable[str], today: dt.date
) -> dict[str, PortfolioLine]:
    slipped, changed = slips(SessionReader(session), known), results_cache.last_changes(session)
    nothing = ResultsStatus(status="", state=None, sponsor=None, posted=None, dated_by=None, duties=())
    return {trial: _line(known.get(trial, nothing), slipped.get(trial), changed.get(trial), today) for trial in wanted}


def _line(results: ResultsStatus, slip: int | None, changed: str | None, today: dt.date) -> PortfolioLine:
    due = first_due(results)
    return PortfolioLine(
        sponsor=results.sponsor,
        due=due.isoformat() if due else None,
        overdue=days_overdue(results, today),
        late=days_late(results, today),
        posted=results.posted,
        slip=slip,
        changed=changed,
    )


def export_rows(
    database: Database,
    today: dt.date,
    bounds: Mapping[str, Any],
    only: Collection[str] | None = None,
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> list[Row]:
    """Return a row for each trial (of `only`) that has a version, watched or not.

    With a bound, only trials whose results were posted since then (see `posted_since`).
    """
    with database.read() as session:
        rows = [it for it in trials.rows(session, watched_only=False) if it.trial.versions]
    found = {it.trial.trial: it for it in rows if only is None or it.trial.trial in only}
    known = statuses_of(*opened_anyway(database), sorted(found), progress, left_out)
    with database.read() as session:
        lines = _lines(session, known, sorted(known), today)
        wanted = posted_in(SessionReader(session), known, bounds) if any(bounds.values()) else known.keys()
    return [_row(found[trial], known[trial], line, today) for trial, line in lines.items() if trial in wanted]


def _row(listed: Listed, results: ResultsStatus, line: PortfolioLine, today: dt.date) -> Row:
    trial = listed.trial
    return {
        "trial": trial.trial,
        "title": one_line(trial.title),
        "status": results.status,
        "enrollment_count": trial.enrollment_count,
        "enrollment_type": trial.enrollment_type or None,
        "results": results.state,
        "unposted": is_unposted(results),
        **line.document(),
        "watched": listed.active,
        "tags": list(listed.tags),
        "due_rule": ", ".join(rules_of_first_due(results)) or None,
        **_duties(results, today),
    }


def column_name(rule: str) -> str:
    """Return how the columns about a rule begin: its name, as a database takes it."""
    return rule.replace("-", "_")


def _duties(results: ResultsStatus, today: dt.date) -> Row:
    """Return the columns about each rule."""
    row: Row = {}
    for duty in results.duties:
        name = column_name(duty.rule)
        row[f"{name}_applies"] = duty.applies
        row[f"{name}_due"] = duty.due.isoformat() if duty.due else None
        row[f"{name}_days_late"] = days_late_by(duty, today)
    return row
