"""The texts that read kept results statuses, on both databases, through a door or in a session."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, col, select

from storage.engine.database import Database
from storage.reads.trials.known import HAVING_VERSION
from storage.reads.trials.standings import DateChange, date_changes, kept, read_so_far
from storage.tables.models import TrialRow, WatchRow
from storage.versions import results_cache
from storage.versions.results_cache import Made
from storage.versions.snapshots import NewField
from storage.watching import watches
from tests.integration.storage.test_health_reads import WAYS
from tests.support.store.store_factories import NOW, TRIAL, add_event, add_version

OTHER, UNREAD, LOOSE = "NCT00000002", "NCT00000003", "NCT00000004"
COMPLETION = {"date.completion_changed": "dates.completion"}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> Any:
    return WAYS[request.param]


def four(session: Session) -> None:
    """Two watched trials with a version, one without, and one that is no longer watched."""
    for trial in (OTHER, TRIAL, LOOSE):
        add_version(session, f"A{trial}", head=None, trial=trial)
    watches.watch_all(session, dict.fromkeys((UNREAD, OTHER, TRIAL, LOOSE), "ctgov"), NOW)
    watches.unwatch(session, LOOSE, NOW)
    watches.add_tag(session, [OTHER, LOOSE, UNREAD], "liver %s")


def test_a_status_counts_for_its_versions_and_its_rules(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
        add_version(session, "B", head=1, effective="2026-02-01", trial=OTHER)
        made = [Made(TRIAL, 1, 1, '{"a":1}'), Made(OTHER, 1, 1, "{}"), Made(LOOSE, 1, 1, '{"b":"ü"}')]
        results_cache.keep(session, made, "rules/1")
    with way(database) as reader:
        all_of = [TRIAL, OTHER, UNREAD, LOOSE]
        assert kept(reader, all_of, "rules/1") == {TRIAL: '{"a":1}', LOOSE: '{"b":"ü"}'}
        assert kept(reader, [TRIAL], "rules/2") == kept(reader, [], "rules/1") == {}
        assert kept(reader, [f"NCT{number:08}" for number in range(1200)], "rules/1").keys() == {TRIAL, LOOSE}
    for numbers in ((2, 1), (1, 2)):
        with database.write() as session:
            results_cache.keep(session, [Made(OTHER, *numbers, "{}")], "rules/1")
        with way(database) as reader:
            assert OTHER not in kept(reader, all_of, "rules/1"), "it was made of other versions"


def test_which_trials_have_a_version(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
    with way(database) as reader, database.read() as session:
        told = session.exec(select(TrialRow.trial).where(col(TrialRow.current_version).is_not(None)))
        found = {row.trial for row in reader.rows(HAVING_VERSION, trials=[TRIAL, OTHER, UNREAD, LOOSE, "X"])}
        assert found == set(told) == {TRIAL, OTHER, LOOSE}


def test_what_is_watched_and_was_read(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
    with way(database) as reader, database.read() as session:

        def ids(tag: str | None) -> list[str]:
            query, named = read_so_far(tag)
            return [row.trial for row in reader.rows(query, **named)]

        watched = sorted(session.exec(select(WatchRow.trial).where(col(WatchRow.active))))
        assert watched == [TRIAL, OTHER, UNREAD] and ids(None) == [TRIAL, OTHER]
        assert ids("liver %s") == [OTHER] and ids("none") == []


def test_the_changes_of_a_date_of_some_trials(database: Database, way: Any) -> None:
    def change(before: str | None, after: str | None) -> tuple[NewField, ...]:
        return (NewField("dates.completion", "", before, after), NewField("dates.completion.type", "", "A", "B"))

    kind = "date.completion_changed"
    with database.write() as session:
        four(session)
        add_event(session, head=1, kind=kind, effective="2026-02-01", fields=change("2026-12", None), trial=OTHER)
        add_event(session, head=1, kind=kind, effective="2026-03-01", fields=change("2027-01", "2027-02"))
        add_event(session, head=1, kind=kind, effective="2026-01-01", fields=change("2026-11", "2027-01"))
        add_event(session, head=1, kind="other", effective="2026-02-01", fields=change("2", "3"))
    mine = [
        DateChange(TRIAL, "dates.completion", "2026-11", "2027-01"),
        DateChange(TRIAL, "dates.completion", "2027-01", "2027-02"),
    ]
    others = [DateChange(OTHER, "dates.completion", "2026-12", None)]
    with way(database) as reader:
        assert date_changes(reader, COMPLETION) == [*mine, *others]
        assert date_changes(reader, COMPLETION, [OTHER]) == others
        assert date_changes(reader, COMPLETION, []) == []
