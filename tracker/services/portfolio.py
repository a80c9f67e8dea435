"""A portfolio of trials by what matters: whose results are missing, whose dates slipped, what was posted since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlmodel import Session

from storage.engine.database import Database
from storage.versions import history, results_cache, trials
from storage.versions.history import ChangeFilter
from storage.versions.trials import Listed
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.records.text import one_line
from tracker.results.scorecard import (
    ResultsStatus,
    SponsorCard,
    card_of,
    cards,
    days_late,
    days_overdue,
    first_due,
    is_unposted,
)
from tracker.services.results_status import slips, standings_of

__all__ = ["ALL_SPONSORS", "PortfolioLine", "export_rows", "lines_of", "posted_since", "scorecard", "unposted"]

LeftOut = list[RecordError] | None
"""Gets an error for each trial with a version that cannot be read; such a trial is in no answer."""
ALL_SPONSORS = "(all sponsors)"


class PortfolioLine(msgspec.Struct, frozen=True):
    """What one trial is sorted and exported by. Days are ISO texts; None for what there is none of.

    `due`: the first due day of a rule that surely applies. `overdue`: days by which results are missing now; `late`:
    the same, or days by which they came late. `slip`: days its primary completion went over all versions (its
    completion, where it gives no other). `changed`: when its last change that was no housekeeping took effect.
    """

    sponsor: str | None
    due: str | None
    overdue: int | None
    late: int | None
    posted: str | None
    slip: int | None
    changed: str | None

    def document(self) -> dict[str, Any]:
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def lines_of(
    database: Database,
    wanted: Sequence[str],
    today: dt.date,
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> dict[str, PortfolioLine]:
    """The line of each of `wanted`; of one without a version, or in `left_out`, it says nothing."""
    known = standings_of(database, wanted, today, progress, left_out)
    with database.read() as session:
        return _lines(session, known, wanted, today)


def _lines(
    session: Session, known: Mapping[str, ResultsStatus], wanted: Iterable[str], today: dt.date
) -> dict[str, PortfolioLine]:
    slipped, changed = slips(session, known), results_cache.last_changes(session)
    nothing = ResultsStatus(status="", state=None, sponsor=None, posted=None, dated_by=None, duties=())
    return {trial: _line(known.get(trial, nothing), slipped.get(trial), changed.get(trial), today) for trial in wanted}


def _line(standing: ResultsStatus, slip: int | None, changed: str | None, today: dt.date) -> PortfolioLine:
    due = first_due(standing)
    return PortfolioLine(
        sponsor=standing.sponsor,
        due=due.isoformat() if due else None,
        overdue=days_overdue(standing, today),
        late=days_late(standing, today),
        posted=standing.posted,
        slip=slip,
        changed=changed,
    )


def scorecard(
    database: Database,
    wanted: Sequence[str],
    today: dt.date,
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> tuple[list[SponsorCard], SponsorCard]:
    """A card for each sponsor of these trials, those with the most late ones first; and the card of all together."""
    known = standings_of(database, wanted, today, progress, left_out)
    with database.read() as session:
        slipped = slips(session, known)
    whole = card_of(ALL_SPONSORS, list(known.values()), list(slipped.values()), today)
    return cards(known, slipped, today), whole


def unposted(
    database: Database,
    wanted: Sequence[str],
    today: dt.date,
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> list[str]:
    """Those of `wanted` that have ended and whose results are not posted."""
    known = standings_of(database, wanted, today, progress, left_out)
    return [trial for trial in wanted if trial in known and is_unposted(known[trial])]


def posted_since(
    database: Database,
    wanted: Sequence[str],
    today: dt.date,
    bounds: Mapping[str, Any],
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> list[str]:
    """Those of `wanted` whose results have been posted since then, or were only seen to be since then.

    `bounds`: `since_day` or `since_instant`, as `ChangeFilter` has them. What was posted before but seen later was in
    no search before; so it is there, too.
    """
    known = standings_of(database, wanted, today, progress, left_out)
    with database.read() as session:
        posted = _posted_since(session, known, bounds)
    return [trial for trial in wanted if trial in posted]


def _posted_since(session: Session, known: Mapping[str, ResultsStatus], bounds: Mapping[str, Any]) -> set[str]:
    told = {row.trial for row, _ in history.changes(session, ChangeFilter(kinds=("results.posted",), **bounds))}
    since = bounds["since_day"] or bounds["since_instant"].date().isoformat()
    posted = {trial: standing for trial, standing in known.items() if standing.state == "posted"}
    return {trial for trial, standing in posted.items() if trial in told or (standing.posted or "") >= since}


def export_rows(
    database: Database,
    today: dt.date,
    bounds: Mapping[str, Any],
    progress: Progress = silent,
    left_out: LeftOut = None,
) -> list[dict[str, Any]]:
    """A row for each trial that has a version, watched or not; with a bound, of those alone whose results were posted
    since then (see `posted_since`)."""
    with database.read() as session:
        found = {it.trial.trial: it for it in trials.rows(session, watched_only=False) if it.trial.versions}
    known = standings_of(database, sorted(found), today, progress, left_out)
    with database.read() as session:
        lines = _lines(session, known, sorted(known), today)
        wanted = _posted_since(session, known, bounds) if any(bounds.values()) else known.keys()
    return [_row(found[trial], known[trial], line) for trial, line in lines.items() if trial in wanted]


def _row(listed: Listed, standing: ResultsStatus, line: PortfolioLine) -> dict[str, Any]:
    trial = listed.trial
    return {
        "trial": trial.trial,
        "title": one_line(trial.title),
        "status": standing.status,
        "enrollment_count": trial.enrollment_count,
        "enrollment_type": trial.enrollment_type or None,
        "results": standing.state,
        "unposted": is_unposted(standing),
        **line.document(),
        "watched": listed.active,
        "tags": list(listed.tags),
    }
