"""The texts that tell which trials and which versions are meant, on both databases, through a door or in a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from storage.engine.bulk import insert_rows
from storage.engine.database import Database
from storage.reads.trials.known import STORED_OF, WATCHED_OF, ids_of, leads_to, linked, resolve
from storage.reads.trials.versions import REGISTRY, SIGHTED, as_of, of_trial
from storage.tables.models import MergeClaimRow, RegisterLinkRow, SightingRow, SnapshotRow, TrialRow, WatchRow
from storage.versions import history
from storage.watching import register_links, watches
from tests.integration.storage.test_health_reads import WAYS
from tests.support.store.store_factories import NOW, TRIAL, add_version

OTHER, PAGED, UNREAD = "NCT00000002", "NCT00000003", "NCT00000004"
ALL = [TRIAL, OTHER, PAGED, UNREAD, "X", "\ud800"]


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> Any:
    return WAYS[request.param]


def four(session: Session) -> None:
    """One read and watched, one read and no longer watched, one with a page alone, one that was never read."""
    for number, day in enumerate(("2026-01-01", "2026-02-01", "2026-03-01")):
        add_version(session, f"A{number}", head=number or None, effective=day)
    add_version(session, "B", head=None, trial=OTHER)
    add_version(session, "old page", head=None, trial=PAGED, effective="2025-02-01", source="page", seen_day=None)
    add_version(session, "page", head=None, trial=PAGED, effective="2025-01-01", source="page", seen_day=None)
    watches.watch_all(session, {TRIAL: "ctgov", OTHER: "ctgov", UNREAD: "euctr"}, NOW)
    watches.unwatch(session, OTHER, NOW)


def test_which_are_stored_and_which_are_watched(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
    with way(database) as reader, database.read() as session:
        stored = set(session.exec(select(TrialRow.trial).where(TrialRow.versions > 0)))
        assert ids_of(reader, STORED_OF, ALL) == stored == {TRIAL, OTHER, PAGED}
        watched = set(session.exec(select(WatchRow.trial).where(col(WatchRow.active))))
        assert ids_of(reader, WATCHED_OF, ALL) == watched == {TRIAL, UNREAD}
        assert ids_of(reader, STORED_OF, [OTHER]) == {OTHER} and ids_of(reader, WATCHED_OF, [OTHER]) == set()
        told = {row.trial: row.registry_name for row in session.exec(select(TrialRow))}
        assert {it: reader.one(REGISTRY, trial=it).registry_name for it in told} == told
        assert reader.rows(REGISTRY, trial="X") == []


def test_an_obsolete_id_leads_to_the_end_also_of_a_circle(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
        for alias, trial in (("A", "B"), ("B", TRIAL), ("C", "D"), ("D", "C")):
            watches.add_alias(session, alias, trial, NOW)
    with way(database) as reader:
        assert [resolve(reader, it) for it in ("A", "B", TRIAL, "C", "\ud800")] == [TRIAL, TRIAL, TRIAL, "D", "\ud800"]


def test_a_number_leads_to_what_the_registry_gave_last(database: Database, way: Any) -> None:
    def claim(alias: str, trial: str, last: str, **values: Any) -> dict[str, Any]:
        blank = {"first_stamp": None, "leads": True, "noted_at": NOW, "refused_at": None}
        return {"alias": alias, "trial": trial, "last_stamp": last, **blank, **values}

    rows = [
        claim("A", "one", "2026-01-01"),
        claim("A", "two", "2026-01-03"),
        claim("A", "first of two", "2026-01-03"),
        claim("A", "refused", "2026-01-04", refused_at=NOW),
        claim("A", "by the record alone", "2026-01-05", leads=False),
        claim("B", "refused", "2026-01-04", refused_at=NOW),
    ]
    with database.write() as session:
        insert_rows(session, MergeClaimRow, rows)
    with way(database) as reader:
        assert [leads_to(reader, it) for it in ("A", "B", "C")] == ["first of two", None, None]


def test_numbers_that_records_name_are_found_from_either_side(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
        register_links.set_links(session, {TRIAL: ["EU1", "JP1"], OTHER: [TRIAL], UNREAD: ["EU1"]})
    with way(database) as reader, database.read() as session:
        pairs = {(row.trial, row.other) for row in session.exec(select(RegisterLinkRow))}
        assert pairs == {(TRIAL, "EU1"), (TRIAL, "JP1"), (OTHER, TRIAL), (UNREAD, "EU1")}
        assert linked(reader, [TRIAL, "EU1", "none"]) == {
            TRIAL: {"EU1", "JP1", OTHER},
            "EU1": {TRIAL, UNREAD},
            "none": set(),
        }


def test_the_versions_of_a_trial_and_the_pages_beside(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
    with way(database) as reader, database.read() as session:
        for trial in (TRIAL, OTHER, PAGED, UNREAD):
            found = of_trial(reader, trial)
            told = history.timeline(session, trial), history.pages(session, trial)
            for rows, of_models in zip(found, told, strict=True):
                assert [it._asdict() for it in rows] == [
                    {name: getattr(row, name) for name in it._fields} for it, row in zip(rows, of_models, strict=True)
                ]
        assert [it.version for it in of_trial(reader, PAGED).pages] == [2, 1]
        assert len(of_trial(reader, TRIAL).timeline) == len(list(session.exec(select(SnapshotRow)))) - 3


def test_a_version_that_was_seen_again_counts_on_the_days_it_was_seen(database: Database, way: Any) -> None:
    with database.write() as session:
        four(session)
        for version, first, last in ((1, "2026-02-10", "2026-02-20"), (3, "2026-02-12", "2026-02-15")):
            session.add(SightingRow(trial=TRIAL, version=version, first_day=first, last_day=last))
        session.add(SightingRow(trial=OTHER, version=1, first_day="2026-02-11", last_day="2026-02-19"))
    with way(database) as reader:
        days = {"02-10": 1, "02-11": 1, "02-12": 3, "02-15": 3, "02-16": 1, "02-20": 1, "02-21": None, "02-09": None}
        for day, version in days.items():
            row = reader.first(SIGHTED, trial=TRIAL, day=f"2026-{day}", since="2026-02-01")
            assert (row.version if row else None) == version, day
        assert reader.first(SIGHTED, trial=TRIAL, day="2026-02-11", since="2026-02-10") is None
        later = [as_of(reader, TRIAL, day) for day in ("2026-02-16", "2026-02-21", "2025-12-31")]
        assert [it.version if it else None for it in later] == [1, 2, None]
        known = [as_of(reader, TRIAL, "2026-03-01", "known", NOW + timedelta(seconds=it)) for it in (-1, 0)]
        assert [it.version if it else None for it in known] == [None, 3]
