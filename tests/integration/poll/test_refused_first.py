"""A record that was refused is no record that was polled: what comes next is still the first look."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from tests.support.backfilled_lives import life, submissions
from tests.support.harness import ONE, Harness, with_rounds
from tracker.backfill.backfill import Backfill
from tracker.backfill.import_files import import_files
from tracker.polling.commit import Commit


def unreadable(harness: Harness, trial: str = ONE) -> str:
    """The registry breaks a record. Returns the right status."""
    return str(harness.status(trial).pop("overallStatus"))


@pytest.mark.parametrize("backfilled", [False, True], ids=["without a past", "with a past"])
def test_the_first_look_after_a_refused_one_is_no_news(harness: Harness, backfilled: bool) -> None:
    states = life(80, 80, 120, 60)
    document = states[-1].document(0)
    document["documentSection"] = {"largeDocumentModule": {"largeDocs": [{"filename": "a.pdf", "hasSap": True}]}}
    with_rounds(document, {"releaseDate": "2026-08-01"})
    harness.registry.studies = {ONE: document}
    harness.registry.histories = {ONE: submissions(states)}
    harness.day()
    harness.watch(ONE)
    if backfilled:
        Backfill(harness.context).before_first_poll([ONE])
    status = unreadable(harness)
    assert harness.poll().quarantined[0].trial == ONE
    harness.news()
    harness.status(ONE)["overallStatus"] = status
    harness.day()
    report = harness.poll()
    assert (report.new, report.changed) == (1, 0)
    news = harness.news()
    assert [it.kind for it in news if not it.backfilled] == ([] if backfilled else ["trial.first_seen"])
    assert harness.head(ONE).reads == (harness.registry.data_timestamp,)


def test_a_refused_record_waits_for_newer_data(harness: Harness) -> None:
    harness.watch(ONE)
    unreadable(harness)
    harness.poll()
    asked = len(harness.registry.requests)
    assert harness.poll().outcome == "unchanged"
    assert len(harness.registry.requests) == asked + 1, "only the version"
    harness.clock.advance(timedelta(days=8))
    assert harness.poll().checked == 1, "once a week, whatever the data say"


def test_an_import_between_decision_and_commit_is_not_taken_for_what_was_polled(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The poll has decided that only noise differs, and the version it compared with is no longer the current one."""
    harness.settled(ONE)
    harness.registry.studies[ONE]["derivedSection"]["miscInfoModule"]["modelPredictions"] = {"noise": 1}
    harness.day()
    folder = tmp_path_factory.mktemp("downloads")
    other = orjson.loads(orjson.dumps(harness.registry.studies[ONE]))
    other["protocolSection"]["statusModule"]["overallStatus"] = "TERMINATED"
    (folder / f"{ONE}.json").write_bytes(orjson.dumps(other))
    decide, done = Commit._decide, []

    def decide_and_import(self: Commit, session: object, run: int, rows: object) -> object:
        decided = decide(self, session, run, rows)  # type: ignore[arg-type]
        if not done:
            done.append(import_files(harness.context, [folder]).stored)
        return decided

    monkeypatch.setattr(Commit, "_decide", decide_and_import)
    harness.poll()
    assert done == [1]
    harness.day()
    harness.poll()
    assert harness.versions(ONE)[-1].status == "RECRUITING"
