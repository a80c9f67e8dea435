"""Days that are missing or wrong in what is imported or fetched: no version takes a place it cannot have."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import as_of
from tests.support.harness import ONE, Harness, record
from tracker.backfill.import_files import import_files


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
