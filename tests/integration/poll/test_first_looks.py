"""The first document of a trial is decided on when it comes, and committed only with a run that is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from storage.polling import runs
from storage.tables.models import StagedDocumentRow
from tests.support.harness import IDS, ONE, TWO, Harness, another_process, record
from tracker.backfill.import_files import import_files
from tracker.polling import commit
from tracker.polling.first_look import staged_decision


def test_nothing_is_read_from_the_store_again(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a document was loaded to decide on it")

    monkeypatch.setattr(commit, "load_many", refused)
    harness.watch(*IDS)
    report = harness.poll()
    assert (report.outcome, report.new) == ("complete", len(IDS))
    assert harness.kinds() == ["trial.first_seen"] * len(IDS)


def test_an_earlier_version_that_comes_in_between_is_compared_with(harness: Harness, tmp_path: Path) -> None:
    saved = tmp_path / f"{ONE}.json"
    saved.write_bytes(orjson.dumps(harness.registry.studies[ONE]))
    harness.status(ONE)["overallStatus"] = "COMPLETED"
    harness.watch(ONE, TWO)
    with another_process(harness) as other:
        imported: list[int] = []

        def between(step: str, _done: int, _total: int) -> None:
            if step == "Reading the registry":
                imported.append(import_files(other.context, [saved]).stored)

        assert harness.poll(progress=between).new == 2
    assert imported == [1]
    assert [it.status for it in harness.versions(ONE)] == ["RECRUITING", "COMPLETED"]
    told = harness.news()
    assert {it.kind: it.backfilled for it in told if it.trial == ONE}["status.changed"]
    # Whether or not it was decided on before, a poll tells its trials in their order.
    assert [it.trial for it in told] == sorted(it.trial for it in told)
    assert told[-1].trial == TWO
    assert harness.faults() == []


def _hold(harness: Harness) -> int:
    harness.settled(*IDS[:5])
    for trial in IDS[:4]:
        del harness.registry.studies[trial]
    harness.watch(IDS[5])
    harness.day()
    held = harness.poll()
    assert held.outcome == "held"
    return held.run


def test_a_held_run_shows_nothing_of_a_new_trial(harness: Harness) -> None:
    _hold(harness)
    assert (harness.kinds(), harness.versions(IDS[5])) == (["ops.held"], [])


def test_a_version_names_the_run_that_accepted_it(harness: Harness) -> None:
    held = _hold(harness)
    report = harness.poll(accept=held)
    assert [it.run for it in harness.versions(IDS[5])] == [report.run]
    assert report.run != held


def test_a_decision_holds_only_while_nothing_else_is_known_of_the_trial(harness: Harness) -> None:
    held = _hold(harness)
    with harness.context.database.read() as session:
        staged = {row.trial: row.decision for row in runs.staged(session, held)}[IDS[5]]
    blank = harness.head(IDS[5])
    assert staged_decision(staged, blank) is not None
    with_version = blank._replace(current_version=1, versions=1)
    was_read = blank._replace(data_timestamp="2026-08-14T09:00:05")
    was_refused = blank._replace(refused_data_timestamp="2026-08-14T09:00:05")
    assert [staged_decision(staged, head) for head in (with_version, was_read, was_refused)] == [None] * 3


def _missing_status(harness: Harness) -> None:
    del harness.status(ONE)["overallStatus"]


def _wrong_type(harness: Harness) -> None:
    harness.module(ONE, "identificationModule")["nctIdAliases"] = "none"


@pytest.mark.parametrize("spoil", [_missing_status, _wrong_type])
def test_a_first_document_that_is_refused_keeps_its_bytes(harness: Harness, spoil: Callable[[Harness], None]) -> None:
    spoil(harness)
    harness.watch(*IDS)
    report = harness.poll()
    assert [it.trial for it in report.quarantined] == [ONE]
    assert (report.new, harness.versions(ONE)) == (len(IDS) - 1, [])
    with harness.context.database.read() as session:
        assert session.get(StagedDocumentRow, (report.run, ONE)) is None
    kept = orjson.loads(runs.quarantined(harness.quarantine()[0]))
    assert kept["protocolSection"]["identificationModule"]["nctId"] == ONE


def test_a_trial_that_another_record_leads_to_is_first_seen_too(harness: Harness) -> None:
    """Its record comes although it was not asked for, and is kept when the merge is believed."""
    harness.settled(ONE)
    harness.registry.studies[TWO] = record(TWO)
    harness.module(TWO, "identificationModule")["nctIdAliases"] = [ONE]
    del harness.registry.studies[ONE]
    for _ in range(2):
        harness.day()
        harness.poll()
    assert [it.status for it in harness.versions(TWO)] == ["RECRUITING"]
    assert "trial.merged" in harness.kinds()


def test_what_is_committed_is_staged_no_more(harness: Harness) -> None:
    """Its room is used again at once."""
    names = [f"NCT{number:08d}" for number in range(1, 211)]
    harness.registry.studies = {trial: record(trial) for trial in names}
    harness.watch(*names)
    left: list[int] = []

    def count(step: str, _done: int, _total: int) -> None:
        if step == "Comparing":
            with harness.context.database.read() as session:
                left.append(runs.staged_count(session, harness.last_run().id or 0))

    assert harness.poll(progress=count).new == len(names)
    assert left == [110, 10, 0]
