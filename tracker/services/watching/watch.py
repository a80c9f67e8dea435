"""Watch trials: fetch their past, poll them, and follow what they lead to. Also stop watching them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.reads.trials.known import leads_to
from storage.versions import merges
from storage.watching import cohorts, watches
from tracker.api.trials import Trial
from tracker.backfill.backfill import Backfill, PastReport
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.errors import UnknownTrial
from tracker.polling.poll_all import poll_all
from tracker.polling.run.report import FailureKind, PollReport, together
from tracker.registries.ids import registry_of
from tracker.services.listing.trial_list import trial_rows
from tracker.services.past import PastPlan, fetch_past, fetch_rest
from tracker.services.similar.watch_cohorts import FirstPoll, fill, first_poll
from tracker.services.watching.linked_trials import watchable
from tracker.similar.cohorts.cohort_definition import like
from tracker.similar.cohorts.cohort_update import Kept

__all__ = ["LinkedTrials", "WatchRequest", "Watched", "unwatched_of", "watch"]


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """Which trials to watch."""

    trials: Sequence[str]
    tags: Sequence[str] = ()
    #: Also watch this many trials most like each.
    similar: int | None = None
    #: Also watch their numbers in other registers.
    linked: bool = False
    #: Also fetch their past.
    plan: PastPlan | None = None


@dataclass(frozen=True, slots=True)
class LinkedTrials:
    """The other numbers of watched trials."""

    trials: Sequence[str]
    #: Numbers that their register does not know. They are not watched.
    unknown: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """The result of a request to watch."""

    trials: Sequence[str]
    #: Trials that the registry does not know. They are not watched.
    unknown: Sequence[str]
    report: PollReport
    rows: Sequence[Trial]
    #: Numbers that had been merged into another trial, with that trial.
    undone: Mapping[str, str]
    #: Obsolete numbers, with the trial the registry gives for each.
    followed: Mapping[str, str]
    past: PastReport | None
    linked: LinkedTrials | None
    kept: Sequence[Kept]
    #: The first poll of trials that cohorts brought.
    similar_poll: FirstPoll | None


def watch(context: Context, request: WatchRequest, progress: Progress) -> Watched:
    """Watch trials from now on, and poll them for the first time.

    Raise UnknownTrial if the registry knows none of them. Nothing is watched then.
    """
    names = list(request.trials)
    undone = _begin(context, names, request.tags)
    past, first = _fetch(context, names, request.plan, None, progress)
    followed = _follow(context, names, request.tags)
    reports = [first]
    if others := [trial for trial in dict.fromkeys(followed.values()) if trial not in names]:
        past, second = _fetch(context, others, request.plan, past, progress)
        reports.append(second)
    report = together(reports)
    if past is not None:
        fetch_rest(past, [trial for trial in (*names, *others) if trial not in followed])
    with context.database.write() as session:
        unknown = _drop_unknown(session, names, report, context.clock.now())
    _refuse_all_unknown(names, unknown)
    shown = {*names, *others} - set(unknown)
    linked = _watch_linked(context, sorted(shown), request.tags) if request.linked else None
    if linked is not None:
        shown |= set(linked.trials) - set(linked.unknown)
    seeds = sorted(shown) if request.similar else []
    kept = fill(context, [like(seed, request.similar or 0, tuple(request.tags)) for seed in seeds], progress)
    similar_poll = first_poll(context, (trial for it in kept for trial in it.trials), request.plan, progress)
    with context.database.read() as session:
        rows = trial_rows(session, shown.union(*(it.trials for it in kept)))
    return Watched(
        trials=names,
        unknown=unknown,
        report=report,
        rows=rows,
        undone=undone,
        followed=followed,
        past=past.report if past is not None else None,
        linked=linked,
        kept=kept,
        similar_poll=similar_poll,
    )


def unwatched_of(session: Session, wanted: Sequence[str]) -> list[str]:
    """Return those of these trials that are not watched."""
    watched = watches.watched_of(session, wanted)
    return [trial for trial in wanted if trial not in watched]


def _refuse_all_unknown(names: Sequence[str], unknown: Sequence[str]) -> None:
    if unknown and len(unknown) == len(names):
        ids = ", ".join(unknown)
        raise UnknownTrial(f"The registry does not know {ids}; check the number. Nothing is watched", subject=ids)


def _begin(context: Context, wanted: Sequence[str], tags: Sequence[str]) -> dict[str, str]:
    """Watch these. Return the numbers that were merged until now, with the other trial of each.

    A person who names a number wants that number, so a merge that was believed is undone.
    """
    now, undone = context.clock.now(), {}
    with context.database.write() as session:
        for trial in wanted:
            if (other := merges.undo(session, trial, registry_of(trial), now)) is not None:
                undone[trial] = other
        watches.watch_all(session, {trial: registry_of(trial) for trial in wanted}, now, tags)
        cohorts.keep_watched(session, wanted)
    return undone


def _fetch(
    context: Context, names: Sequence[str], plan: PastPlan | None, past: Backfill | None, progress: Progress
) -> tuple[Backfill | None, PollReport]:
    """Fetch the past of these (if there is a `plan`, adding to `past`), and poll them."""
    if past is not None:
        past.before_first_poll(names)
    elif plan is not None:
        past = fetch_past(context, names, plan, progress)
    return past, poll_all(context, names, progress=progress)


def _follow(context: Context, names: Sequence[str], tags: Sequence[str]) -> dict[str, str]:
    """Also watch the trials that the registry gives for obsolete numbers. Return number -> trial.

    A person asked for the number, so one answer is enough to add a watch. It is not enough to remove one.
    """
    with context.database.write() as session:
        found = {old: new for old in names if (new := leads_to(SessionReader(session), old)) is not None}
        watches.watch_all(session, {new: registry_of(new) for new in found.values()}, context.clock.now(), tags)
        cohorts.keep_watched(session, found.values())
    return found


def _watch_linked(context: Context, names: Sequence[str], tags: Sequence[str]) -> LinkedTrials:
    """Watch the other numbers of these trials, and poll them."""
    with context.database.write() as session:
        others = watchable(SessionReader(session), names)
        watches.watch_all(session, {trial: registry_of(trial) for trial in others}, context.clock.now(), tags)
        cohorts.keep_watched(session, others)
    if not others:
        return LinkedTrials(())
    report = poll_all(context, others)
    with context.database.write() as session:
        return LinkedTrials(others, _drop_unknown(session, others, report, context.clock.now()))


def _drop_unknown(session: Session, names: Sequence[str], report: PollReport, now: datetime) -> list[str]:
    """Stop watching ids the registry does not know. Otherwise every poll would ask about a typing error."""
    unknown = {item.trial for item in report.failed if item.kind is FailureKind.UNKNOWN_TRIAL}
    dropped = [trial for trial in names if trial in unknown]
    for trial in dropped:
        watches.unwatch(session, trial, now)
    return dropped
