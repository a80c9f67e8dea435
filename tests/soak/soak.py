"""A month in minutes: the daemon as a process, a driven clock, a registry that misbehaves; and the judgement of it all.

    python -m tests.soak            30 days, 2,000 trials, one answer of ten spoiled; then 60 kills

The clock jumps from one look the store has planned to the next, so that nothing is skipped and nothing waited for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, time, timedelta
from math import ceil
from pathlib import Path

from sqlmodel import Session, col, select

from storage.engine.database import Database
from storage.integrity.verify import verify
from storage.polling import hosts, runs
from storage.reads.health import monitoring
from storage.reads.in_session import SessionReader
from storage.reads.trials.planned_checks import first_check
from storage.tables.models import EventRow, RunRow
from storage.values.states import RunOutcome
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from tests.soak.registry import LYING, SoakRegistry
from tests.soak.story import Story, data_sets
from tests.support.daemon.daemon_process import DaemonProcess, Running, wait_for
from tests.support.program.program import START
from tracker.polling.planning.schedule import HORIZON

OUT_AT = timedelta(hours=14)
"""A data set is there at this hour UTC: ten in New York, in summer …"""
LATE = timedelta(hours=3)
"""… but every fifth one is late."""
LONG = 600.0
"""Real seconds until a soak gives up waiting: 2,000 trials take their time on a busy machine."""
WARMING_MB = 4
A_FEW_CONNECTIONS = 6
"""Handles of the store that are opened when jobs first run at once, and kept."""


@dataclass
class Figures:
    """What a soak comes to. `false`, `missed` and `doubled` are to be empty."""

    days: int
    trials: int
    planted: int
    found: int = 0
    false: list[tuple[str, str]] = field(default_factory=list)
    missed: list[tuple[str, str]] = field(default_factory=list)
    doubled: list[tuple[str, str]] = field(default_factory=list)
    notices: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    requests_without_faults: int = 0
    spoiled: int = 0
    lists_that_lied: int = 0
    most_in_flight: int = 0
    before_retry_after: int = 0
    failing_jobs: list[str] = field(default_factory=list)
    faults_of_the_store: int = 0
    memory_mb: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    largest_log_mb: float = 0.0


def soak(home: Path, *, days: int, trials: int, share: float = 0.1, seed: int = 1) -> Figures:
    """Live through so many days. `home` need not exist."""
    story = Story(trials, data_sets(days, holiday=days > 20), seed)
    figures = Figures(days, trials, story.planted.total())
    with SoakRegistry(story, share=0.0, seed=seed) as registry, DaemonProcess(home, registry) as site:
        registry.now = START
        site.run("import", _names(home, story), "--watch")
        site.run("poll")
        registry.share = share
        with site.opened() as database:
            _live(site, registry, database, figures, START + timedelta(days=days, hours=6))
            _judge(database, story, figures)
        figures.requests = len(registry.requests)
        figures.spoiled = registry.spoiled.total()
        figures.lists_that_lied = sum(registry.spoiled[name] for name in LYING)
        figures.most_in_flight = registry.most_in_flight
        figures.before_retry_after = registry.early
    return figures


def _names(home: Path, story: Story) -> Path:
    found = home.with_suffix(".txt")
    found.write_text("\n".join(story.names))
    return found


def _live(site: DaemonProcess, registry: SoakRegistry, database: Database, figures: Figures, end: datetime) -> None:
    daemon = site.daemon()
    day = START.date()
    while True:
        now = site.now()
        wait_for(lambda: _is_idle(database, now), daemon.log.read_text, LONG)  # noqa: B023  (called at once)
        if now.date() != day:
            day = now.date()
            _measure(daemon, database, figures)
        then = _next(database, now)
        if then > end:
            break
        registry.number = _out(registry.story, then)
        registry.now = then
        site.move_to(then)
    assert daemon.process.poll() is None


def _out(story: Story, now: datetime) -> int:
    """The number of the data set that is out by then."""
    out = [
        number
        for number, day in enumerate(story.sets)
        if datetime.combine(day, time(tzinfo=UTC)) + OUT_AT + (LATE if number % 5 == 4 else timedelta()) <= now
    ]
    return out[-1] if out else 0


def _is_idle(database: Database, now: datetime) -> bool:
    with database.read() as session:
        last = runs.last(session)
        if last is None or last.outcome == RunOutcome.RUNNING:
            return False
        return _paused(session, now) is not None or not trials.due(session, now, now + HORIZON)


def _paused(session: Session, now: datetime) -> datetime | None:
    return max((until for row in hosts.every(session) if (until := hosts.pause_of(row, now))), default=None)


def _next(database: Database, now: datetime) -> datetime:
    """When the daemon has something to do again."""
    with database.read() as session:
        look, pause = first_check(SessionReader(session)), _paused(session, now)
    assert look is not None
    return max(filter(None, (look, pause)))


def _measure(daemon: Running, database: Database, figures: Figures) -> None:
    process = Path(f"/proc/{daemon.process.pid}")
    resident = process.joinpath("status").read_text().partition("VmRSS:")[2].split()[0]
    figures.memory_mb.append(round(int(resident) / 1024, 1))
    figures.handles.append(len(list(process.joinpath("fd").iterdir())))
    figures.largest_log_mb = max(figures.largest_log_mb, round(database.log_bytes / 2**20, 1))


def _judge(database: Database, story: Story, figures: Figures) -> None:
    told: Counter[tuple[str, str]] = Counter()
    notices: Counter[str] = Counter()
    with database.read() as session:
        for event, _ in history.changes(session, ChangeFilter()):
            if not event.trial:
                notices[event.kind] += 1
            elif event.kind != "trial.first_seen" and not _goes_along(event, story):
                told[event.trial, event.kind] += 1
        polls = session.exec(select(RunRow).where(col(RunRow.outcome) != RunOutcome.RUNNING)).all()
        figures.failing_jobs = [it.job for it in SessionReader(session).rows(monitoring.JOBS) if it.failing_since]
        figures.faults_of_the_store = len(list(verify(session)))
    figures.false = sorted(told.keys() - story.planted.keys())
    figures.missed = sorted(story.planted.keys() - told.keys())
    figures.doubled = sorted(key for key, count in told.items() if count > story.planted[key] > 0)
    figures.found = sum((told & story.planted).values())
    figures.notices = dict(sorted(notices.items()))
    figures.outcomes = dict(Counter(poll.outcome for poll in polls))
    figures.requests_without_faults = sum(_without_faults(poll, story) for poll in polls)


def _without_faults(poll: RunRow, story: Story) -> int:
    """One request a look, one for each 200 records that were to be read, one for each that is not there."""
    if not poll.checked or not poll.data_timestamp:
        return 1
    return 1 + ceil(poll.checked / 200) + min(poll.checked, story.absent(poll.data_timestamp[:10]))


def _goes_along(event: EventRow, story: Story) -> bool:
    """Whether it only says that the record's own dates moved, as they do with what was planted."""
    return event.kind == "admin.changed" and event.trial in story.changes


def complaints(figures: Figures) -> list[str]:
    """What a soak must not come to."""
    half = len(figures.memory_mb) // 2
    rules = {
        "false events": not figures.false,
        "missed changes": not figures.missed,
        "doubled changes": not figures.doubled,
        "a job fails": not figures.failing_jobs,
        "the store is not whole": not figures.faults_of_the_store,
        "too many requests": figures.requests <= 2 * figures.requests_without_faults + 20 * figures.lists_that_lied,
        "two requests at once": figures.most_in_flight <= 1,
        "asked before it was allowed": not figures.before_retry_after,
        # Once it is warm: statements compiled, connections open.
        "memory grows": figures.memory_mb[-1] <= 1.05 * figures.memory_mb[half] + WARMING_MB,
        "handles grow": figures.handles[-1] <= figures.handles[0] + A_FEW_CONNECTIONS,
        "the log grows": figures.largest_log_mb <= 64,
    }
    return [name for name, holds in rules.items() if not holds]


def told(figures: Figures) -> str:
    """The figures, a line each."""
    shown = asdict(figures)
    for name in ("memory_mb", "handles"):
        shown[name] = f"{shown[name][::5]} every fifth time, {shown[name][-1]} at last"
    return "\n".join(f"{name.replace('_', ' '):<26}{value}" for name, value in shown.items())
