"""Poll now, through the running daemon if there is one, otherwise here. Then deliver what is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sqlmodel import Session

from storage.engine.database import Database
from storage.polling import hosts
from storage.reads.health.undelivered import due_now
from storage.reads.in_session import SessionReader
from storage.watching import watches
from tracker.context.context import Context
from tracker.context.progress import Progress
from tracker.delivery.stats import DeliveryStats
from tracker.delivery.worker import DeliveryWorker
from tracker.errors import UnknownTrial
from tracker.polling.held_runs import held_run
from tracker.polling.poll_all import poll_all
from tracker.polling.run.report import PollReport
from tracker.processes.daemon_lock import daemon_holder, is_daemon_running
from tracker.services.polling.poll_by_daemon import ask_the_daemon

__all__ = ["DaemonPart", "PollRequest", "Polled", "acceptable", "check_held", "lift_refusals", "poll_now"]


class DaemonPart(Enum):
    """What a running daemon has to do with a poll."""

    POLLS = auto()
    ENDED_BEFORE_ITS_ANSWER = auto()


@dataclass(frozen=True, slots=True)
class PollRequest:
    """What to poll."""

    #: Only these. None for all.
    trials: Sequence[str] | None = None
    #: The number of a held run to write down.
    accept: int | None = None
    #: Also ask registries that are left alone after a refusal.
    despite_refusals: bool = False


@dataclass(frozen=True, slots=True)
class Polled:
    """The result of a poll."""

    report: PollReport
    #: Requested trials that are not watched.
    missing: Sequence[str]
    #: There was no trial to poll.
    is_idle: bool
    #: None if there was nothing to deliver here.
    delivered: DeliveryStats | None = None
    #: Messages that are due now and still here.
    undelivered: int = 0


def poll_now(
    context: Context,
    request: PollRequest,
    delivery: DeliveryWorker | None,
    progress: Progress,
    on_daemon: Callable[[DaemonPart, str], None],
) -> Polled:
    """Poll the watched trials once. Raise UnknownTrial if no named trial is watched or no such run is held.

    `on_daemon` is called with what the daemon does, and its name.
    """
    with context.database.read() as session:
        named, missing = _watched(session, request.trials)
        if request.accept is not None:
            check_held(session, request.accept)
    if request.despite_refusals:
        lift_refusals(context.database)
    report = None
    if named and request.accept is None:
        report = _by_daemon(context, named if request.trials else None, on_daemon)
    if report is not None:
        return Polled(report, missing, is_idle=False)
    report = poll_all(context, named, accept=request.accept, progress=progress)
    is_idle = not named and request.accept is None
    if delivery is None:
        return Polled(report, missing, is_idle)
    delivered = delivery.deliver()
    with context.database.read() as session:
        left = due_now(SessionReader(session), context.clock.now())
    return Polled(report, missing, is_idle, delivered, left)


def lift_refusals(database: Database) -> None:
    """Allow requests to registries that are left alone after a refusal."""
    with database.write() as session:
        hosts.lift_refusals(session)


def _watched(session: Session, wanted: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Return the trials to poll (of `wanted`, or all), and the wanted ones that are not watched."""
    active = watches.watched(session)
    names = [watches.resolve(session, trial) for trial in wanted] if wanted else active
    missing = [trial for trial in names if trial not in active]
    if missing and len(missing) == len(names):
        all_ = ", ".join(missing)
        raise UnknownTrial(f"{all_} is not watched. Watch it: trialwatch watch {' '.join(missing)}", subject=all_)
    return [trial for trial in names if trial in active], missing


def acceptable(session: Session, wanted: Sequence[int]) -> list[int]:
    """Return those of these runs that are held and can be accepted."""
    return [run for run in wanted if held_run(session, run)]


def check_held(session: Session, run: int) -> None:
    """Raise UnknownTrial if there is nothing to accept in a run."""
    if held_run(session, run) is None:
        raise UnknownTrial(f"Run {run} is not held. See: trialwatch status", subject=str(run))


def _by_daemon(
    context: Context, named: Sequence[str] | None, on_daemon: Callable[[DaemonPart, str], None]
) -> PollReport | None:
    """Return the report of a poll that the running daemon makes for us. None if there is no daemon or it ended."""
    if not is_daemon_running(context.database):
        return None
    holder = daemon_holder(context.database)
    on_daemon(DaemonPart.POLLS, holder)
    report = ask_the_daemon(context.database, context.clock, named)
    if report is None:
        on_daemon(DaemonPart.ENDED_BEFORE_ITS_ANSWER, holder)
    return report
