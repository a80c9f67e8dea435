"""A version of the past that cannot be read is named and left out; the others find their places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.versions import snapshots
from storage.versions.snapshots import NewStep
from storage.versions.trials import heads
from tests.integration.backfill.test_backfill import given, watched
from tests.integration.poll.test_net import SILLY, stumbling
from tests.support.backfilled_lives import life
from tests.support.harness import IDS, ONE, THREE, TWO, Harness, record
from tests.support.store.store_factories import kept, version
from tracker.backfill.import_files import import_files
from tracker.similar.comparison import Choice
from tracker.similar.find_similar import find_similar

pytestmark = pytest.mark.fault("R-G1")


def _hundred(document: Mapping[str, Any]) -> None:
    if document["protocolSection"]["designModule"]["enrollmentInfo"]["count"] == 100:
        raise ValueError("a fault of our own")


def test_a_version_we_stumble_over_is_named_and_left_out(harness: Harness) -> None:
    given(harness, life(80, 100, 120, 60))
    stumbling(harness, "read_past", _hundred)
    report = watched(harness).report
    assert report.failed[ONE].startswith("version 1 of its history cannot be read: ValueError in reading")
    assert [(row.registry_version, row.source) for row in harness.versions(ONE)] == [
        (0, "backfill"),
        (2, "backfill"),
        (None, "poll"),
    ]


def _unreadable_version(harness: Harness, day: str) -> None:
    """A stored version in a shape that no reader of ours knows."""
    spoilt = record(ONE)
    spoilt["protocolSection"]["statusModule"]["overallStatus"] = 7
    with harness.context.database.write() as session:
        head = heads(session, [ONE])[ONE]
        new = version(kept(session, spoilt), ONE, effective=day, seen_day=day, source="import")
        snapshots.commit(session, [NewStep(new, (), head.current_version)])


def test_an_import_beside_a_version_that_cannot_be_read_goes_on(harness: Harness, tmp_path: Path) -> None:
    harness.settled(*IDS)
    _unreadable_version(harness, "2026-08-20")
    for trial in (ONE, TWO):
        later = json.loads(json.dumps(harness.registry.studies[trial]))
        later["protocolSection"]["statusModule"]["overallStatus"] = "TERMINATED"
        later["derivedSection"]["miscInfoModule"] = {"versionHolder": "2026-09-01"}
        (tmp_path / f"{trial}.json").write_text(json.dumps(later))
    harness.clock.advance(timedelta(days=20))
    report = import_files(harness.context, [tmp_path])
    assert (report.stored, report.rejected) == (2, [])
    told = {event.trial: event.summary for event in harness.news()}
    assert "cannot be read any more" in told[ONE]
    assert "Terminated" in told[TWO]


def test_trials_placed_together_are_placed_without_the_version_we_stumble_over(
    harness: Harness, tmp_path: Path
) -> None:
    """`light_hash` is asked for only when a document finds its place, so each was kept and all are in one group."""
    for trial, count in ((ONE, 60), (TWO, 100), (TWO, 120), (THREE, 60)):
        document = record(trial)
        document["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": count, "type": "ESTIMATED"}
        document["derivedSection"]["miscInfoModule"] = {"versionHolder": f"2026-05-{count // 10:02}"}
        (tmp_path / f"{trial}-{count}.json").write_text(json.dumps(document))
    stumbling(harness, "light_hash", _hundred)
    report = import_files(harness.context, [tmp_path])
    [(source, reason)] = report.rejected
    assert (report.records, report.stored, report.already) == (4, 3, 0)
    assert source.endswith(f"{TWO}-100.json") and "ValueError" in reason
    assert [[row.enrollment_count for row in harness.versions(trial)] for trial in (ONE, TWO, THREE)] == [
        [60],
        [120],
        [60],
    ]


def test_similar_leaves_out_a_record_we_stumble_over(harness: Harness) -> None:
    harness.settled(TWO)
    harness.module(ONE, "identificationModule")["acronym"] = SILLY
    stumbling(harness, "read")
    found = find_similar(harness.context, TWO, Choice(among=[ONE, THREE]))
    assert [it.record.trial for it in found.similar] == [THREE]
    assert any(ONE in notice and "ValueError in reading" in notice for notice in found.notices)
