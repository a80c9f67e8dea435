"""Sets of trials that are kept up to date: list them, stop them, keep trials out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage.watching import cohorts, watches
from tracker.api.similar import Cohort, QueryPart
from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import UsageError
from tracker.recording.instants import instant_out
from tracker.similar.cohorts.cohort_definition import Definition, like
from tracker.similar.cohorts.cohort_rows import definition_of

__all__ = ["StoppedCohorts", "change_rejected", "kept_out", "list_cohorts", "query_of", "stop"]


@dataclass(frozen=True, slots=True)
class StoppedCohorts:
    """The cohorts that were stopped."""

    cohorts: Sequence[Cohort]
    #: The number of trials that are no longer watched because of it.
    unwatched: int


def query_of(cohort: Definition) -> list[QueryPart]:
    return [QueryPart(name=name, text=text) for name, text in cohort.query]


def list_cohorts(session: Session) -> list[Cohort]:
    """Return all cohorts that are searched for."""
    sizes = cohorts.sizes(session)
    found = []
    for row in cohorts.every(session):
        cohort = definition_of(row)
        found.append(
            Cohort(
                cohort=row.name,
                kind=row.kind,
                seed=row.seed or None,
                query=query_of(cohort),
                size=row.size,
                tags=list(cohort.tags),
                trials=sizes.get(row.name, 0),
                rejected=sorted(cohorts.rejected(session, row.name)),
                searched_at=instant_out(row.searched_at),
                next_search_at=instant_out(row.next_search_at),
                remark=row.remark or None,
                error=row.error or None,
            )
        )
    return found


def stop(session: Session, names: Sequence[str], now: datetime, *, with_trials: bool) -> StoppedCohorts:
    """Stop searching for these cohorts. With `with_trials`, also stop watching the trials that only they brought.

    Raise UsageError, and stop nothing, if one of them is not searched for.
    """
    there = {row.cohort: row for row in list_cohorts(session)}
    if missing := [name for name in names if name not in there]:
        missing_names = ", ".join(name[:60] for name in missing)
        hint = did_you_mean(missing[0], there)
        raise UsageError(
            f"There is no cohort {missing_names}.{hint} See: trialwatch list --cohorts", subject=missing_names
        )
    ended = 0
    for name in dict.fromkeys(names):
        cohorts.stop(session, name, now)
        if with_trials:
            ended += sum(watches.unwatch(session, trial, now) for trial in cohorts.brought_alone(session, name))
    return StoppedCohorts([there[name] for name in dict.fromkeys(names)], ended)


def kept_out(session: Session, seed: str) -> list[str]:
    """Return the trials that are kept out of the set like `seed`."""
    return sorted(watches.resolve(session, trial) for trial in cohorts.rejected(session, _name_like(session, seed)))


def _name_like(session: Session, seed: str) -> str:
    """Return the name of the set like `seed`. It keeps its name when the number is merged into another."""
    current = watches.resolve(session, seed)
    named, there = like(current, 0).name, cohorts.like(session, current)
    return named if named in there or not there else there[0]


def change_rejected(
    session: Session, seed: str, keep_out: Sequence[str], let_in: Sequence[str], now: datetime
) -> list[str]:
    """Keep trials out of the set like `seed`, or let them in again. Return all that are now kept out."""
    name = _name_like(session, seed)
    cohorts.reject(session, name, {watches.resolve(session, trial) for trial in keep_out}, now)
    wanted = {watches.resolve(session, trial) for trial in let_in}
    again = {trial for trial in cohorts.rejected(session, name) if watches.resolve(session, trial) in wanted}
    cohorts.reject(session, name, again, now, keep_out=False)
    return kept_out(session, seed)
