"""Days that are missing or wrong in what is imported or fetched: no version takes a place it cannot have."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import as_of
from tests.integration.backfill.test_backfill import given, watched
from tests.support.backfilled_lives import day, life
from tests.support.harness import ONE, Harness, record
from tracker.backfill.import_files import import_files


def saved(folder: Path, seen: str, status: str) -> Path:
    document: dict[str, Any] = record(ONE)
    document["protocolSection"]["statusModule"]["overallStatus"] = status
    document["derivedSection"] = {"miscInfoModule": {"versionHolder": seen}}
    path = folder / f"{seen}.json"
    path.write_text(json.dumps(document))
    return path


def undated(folder: Path, status: str = "RECRUITING") -> Path:
    """A record as a question with `fields=` leaves it."""
    document: dict[str, Any] = record(ONE)
    document["protocolSection"]["statusModule"] = {"overallStatus": status}
    document.pop("derivedSection", None)
    path = folder / f"{status}.json"
    path.write_text(json.dumps(document))
    return path


def test_a_record_without_days_is_stored_once(harness: Harness, tmp_path: Path) -> None:
    undated(tmp_path)
    reports = []
    for _ in range(3):
        reports.append(import_files(harness.context, [tmp_path]))
        harness.day()
    assert [(it.stored, it.already) for it in reports] == [(1, 0), (0, 1), (0, 1)]
    assert len(harness.versions(ONE)) == 1


def test_a_record_without_days_says_nothing_of_1990(harness: Harness, tmp_path: Path) -> None:
    undated(tmp_path)
    import_files(harness.context, [tmp_path])
    with harness.context.database.read() as session:
        assert as_of(SessionReader(session), ONE, "1990-01-01") is None
    [row] = harness.versions(ONE)
    [seen] = harness.news()
    assert row.effective == seen.effective == (harness.clock.now() - timedelta(days=4)).date().isoformat()


def test_what_is_polled_comes_after_a_record_without_days(harness: Harness, tmp_path: Path) -> None:
    """On a Tuesday morning after a holiday, the registry's data are those of Friday."""
    harness.clock.advance(timedelta(days=4))
    undated(tmp_path)
    import_files(harness.context, [tmp_path])
    harness.registry.studies[ONE] = record(ONE)
    harness.watch(ONE)
    assert harness.poll().outcome == "complete"
    assert [row.source for row in harness.versions(ONE)] == ["import", "poll"]


def test_a_record_without_days_has_no_place_beside_other_versions(harness: Harness, tmp_path: Path) -> None:
    harness.settled(ONE)
    harness.clock.advance(timedelta(days=1))
    path = undated(tmp_path, "COMPLETED")
    report = import_files(harness.context, [path])
    [(where, why)] = report.rejected
    assert where == str(path) and "its day" in why and ONE in why
    harness.news()
    harness.day()
    harness.poll()
    assert harness.news() == [] and [row.source for row in harness.versions(ONE)] == ["poll"]


def test_of_two_records_without_days_one_is_stored(harness: Harness, tmp_path: Path) -> None:
    undated(tmp_path), undated(tmp_path, "COMPLETED")
    report = import_files(harness.context, [tmp_path])
    assert (report.stored, len(report.rejected)) == (1, 1)


@pytest.mark.parametrize("posted", ["2999-12-31", "1924-01-14"])
def test_a_post_date_that_is_a_typing_error_moves_no_version(harness: Harness, posted: str) -> None:
    states = life(80, 90, 120, 60)
    given(harness, states)
    odd = harness.registry.histories[ONE][1]["protocolSection"]["statusModule"]
    odd["lastUpdatePostDateStruct"] = {"date": posted, "type": "ESTIMATED"}
    watched(harness)
    rows = harness.versions(ONE)
    assert [(row.effective, row.effective_basis) for row in rows] == [
        (day(2), "posted"),
        (day(10), "submitted"),
        (day(22), "posted"),
        (day(32), "posted"),
    ]
    with harness.context.database.read() as session:
        said = [as_of(SessionReader(session), ONE, day(it.posted)) for it in states]
    assert [row.enrollment_count if row else None for row in said] == [80, 90, 120, 60]


def test_a_record_of_a_day_to_come_is_rejected_and_polls_go_on(harness: Harness, tmp_path: Path) -> None:
    harness.settled(ONE)
    path = saved(tmp_path, "2999-01-01", "COMPLETED")
    report = import_files(harness.context, [path])
    today = harness.clock.now().date().isoformat()
    [(where, why)] = report.rejected
    assert where == str(path) and "2999-01-01" in why and today in why
    assert (report.records, report.stored, report.trials) == (0, 0, set())
    harness.news()
    harness.day()
    assert harness.poll().outcome == "complete"
    assert harness.kinds() == [] and [row.source for row in harness.versions(ONE)] == ["poll"]


@pytest.mark.parametrize(("ahead", "rejected"), [(0, 0), (1, 0), (2, 1)])
def test_a_record_may_be_a_day_ahead_of_the_clock(harness: Harness, tmp_path: Path, ahead: int, rejected: int) -> None:
    seen = (harness.clock.now() + timedelta(days=ahead)).date().isoformat()
    report = import_files(harness.context, [saved(tmp_path, seen, "COMPLETED")])
    assert (len(report.rejected), report.stored) == (rejected, 1 - rejected)
