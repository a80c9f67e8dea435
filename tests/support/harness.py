"""A complete setup in one process: a registry on loopback, a store, a clock moved by hand, a context to poll from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from schedules.clock import ManualClock
from storage.integrity.verify import verify
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.tables.models import EventRow, FieldChangeRow, QuarantineRow, RunRow, SnapshotRow
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from storage.versions.trials import Head
from storage.watching import watches
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request, Study, study
from tracker.api.poll import Status
from tracker.app import open_context
from tracker.config.read_settings import load_settings
from tracker.config.settings import Settings
from tracker.context.context import Context
from tracker.http.polite_client import Limits
from tracker.polling.poll import poll
from tracker.polling.run.report import PollReport
from tracker.services.diagnostics.health import health

QUICK = Limits(connect=5, read=5, total=10, pauses=(0.01, 0.02))
START = datetime(2026, 8, 14, 15, tzinfo=UTC)
IDS = [f"NCT{number:08d}" for number in range(1, 7)]
ONE, TWO, THREE = IDS[:3]


def record(trial: str) -> Study:
    """Return a small record with everything that a real one always has."""
    found = study(trial)
    found["protocolSection"] |= {
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A University", "class": "OTHER"}},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
    }
    return found


def settings_for(database_url: str, registry: RegistryServer) -> Settings:
    """Return settings as an operator would give them. The home is beside an SQLite store, and nowhere for others."""
    _, sqlite, path = database_url.partition("sqlite:///")
    return load_settings(
        {
            "TRIALWATCH_HOME": str(Path(path).parent / "home") if sqlite else "/nonexistent",
            "TRIALWATCH_DATABASE_URL": database_url,
            "TRIALWATCH_CTGOV_URL": registry.url,
            "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
        }
    )


@dataclass
class Harness:
    """`registry` may be changed between polls. `news` returns what the store has reported since the last call."""

    settings: Settings
    registry: RegistryServer
    clock: ManualClock
    context: Context
    heard: int = 0

    def watch(self, *names: str) -> None:
        with self.context.database.write() as session:
            for trial in names:
                watches.watch(session, trial, "ctgov", self.clock.now())

    def poll(self, *chosen: str, **options: Any) -> PollReport:
        return poll(self.context, chosen or None, **options)

    def settled(self, *names: str) -> None:
        """Watch these (default: everything the registry has) and poll for the first time. Drop the news of that."""
        self.watch(*(names or self.registry.studies))
        assert self.poll().outcome == "complete"
        self.news()

    def day(self, days: int = 1) -> None:
        """Publish the registry's next data set, in which every record has a new date."""
        self.clock.advance(timedelta(days=days))
        today = self.clock.now().date().isoformat()
        self.registry.data_timestamp = f"{today}T09:00:05"
        for known in self.registry.studies.values():
            known.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})["versionHolder"] = today

    def module(self, trial: str, name: str) -> dict[str, Any]:
        """Return one module of a record as the registry has it, to be changed in place."""
        found: dict[str, Any] = self.registry.studies[trial]["protocolSection"].setdefault(name, {})
        return found

    def status(self, trial: str) -> dict[str, Any]:
        return self.module(trial, "statusModule")

    def news(self) -> list[EventRow]:
        """Return the events since the last call, in order."""
        return [event for event, _ in self.told()]

    def told(self) -> list[tuple[EventRow, list[FieldChangeRow]]]:
        """Return the same as `news`, with the fields."""
        with self.context.database.read() as session:
            found = history.changes(session, ChangeFilter(after_seq=self.heard))
        self.heard = found[-1][0].seq if found else self.heard
        return found

    def kinds(self) -> list[str]:
        return [event.kind for event in self.news()]

    def versions(self, trial: str) -> list[SnapshotRow]:
        with self.context.database.read() as session:
            return history.timeline(session, trial)

    def head(self, trial: str) -> Head:
        with self.context.database.read() as session:
            return trials.heads(session, [trial])[trial]

    def planned(self, trial: str) -> tuple[datetime | None, str]:
        """Return when the trial is to be checked next, and why then."""
        with self.context.database.read() as session:
            [row] = trials.listing(session, [trial])
            return row.next_check_at, row.next_check_reason

    def watched(self) -> list[str]:
        with self.context.database.read() as session:
            return watches.watched(session)

    def quarantine(self) -> list[QuarantineRow]:
        with self.context.database.read() as session:
            return runs.active_quarantines(session)

    def last_run(self) -> RunRow:
        with self.context.database.read() as session:
            found = runs.last(session)
        assert found is not None
        return found

    def health(self) -> Status:
        """Return what `status` says of the store, without what the configuration says."""
        database = self.context.database
        with database.read() as session:
            return health(SessionReader(session), database.path, self.clock.now())

    def faults(self) -> list[str]:
        """Return what the integrity check finds."""
        with self.context.database.read() as session:
            return [f"{fault.table} {fault.row}: {fault.reason}" for fault in verify(session)]


@contextmanager
def another_process(harness: Harness, limits: Limits = QUICK) -> Iterator[Harness]:
    """Yield a second context, like another process, on the same store and registry."""
    with open_context(harness.settings, harness.clock, limits) as context:
        yield Harness(harness.settings, harness.registry, harness.clock, context, harness.heard)


def is_list(request: Request) -> bool:
    return request.path == "/api/v2/studies"


def on_lists(spoil: Callable[[Request], Reply | None]) -> Callable[[Request], Reply | None]:
    """Limit a fault to requests for lists."""
    return lambda request: spoil(request) if is_list(request) else None


def paged(registry: RegistryServer, request: Request, size: int) -> Reply:
    """Return the list as the registry would give it in pages of `size`."""
    return registry.answer(replace(request, query={**request.query, "pageSize": str(size)}))


def json_text(body: str | bytes) -> Reply:
    """Return exactly these bytes, declared as JSON."""
    return Reply(200, body.encode() if isinstance(body, str) else body, "application/json")


def with_results(found: Study, *, participants: int = 40) -> None:
    """Post results for a record."""
    milestone = {"type": "STARTED", "achievements": [{"groupId": "FG000", "numSubjects": str(participants)}]}
    found["hasResults"] = True
    found["resultsSection"] = {
        "participantFlowModule": {"periods": [{"title": "Overall Study", "milestones": [milestone]}]},
        "outcomeMeasuresModule": {"outcomeMeasures": [{"type": "PRIMARY", "title": "Change in pain"}]},
    }


def with_rounds(found: Study, *rounds: dict[str, Any]) -> None:
    """Set the submission rounds of pending results. Without rounds, the whole tracking is removed."""
    misc = found["derivedSection"]["miscInfoModule"]
    misc.pop("submissionTracking", None)
    if rounds:
        misc["submissionTracking"] = {"submissionInfos": list(rounds)}
