"""What a person accepts with a held run: also what it did not find, and what only the next poll can write."""

from __future__ import annotations

import pytest

from storage.polling import runs
from tests.support.harness import IDS, ONE, TWO, Harness
from tests.support.registry.embedded_registry import Reply
from tracker.errors import UsageError
from tracker.polling.outage import Outage

GONE, LEFT = IDS[:4], IDS[4:]


def lose(harness: Harness) -> None:
    """Four of six records are gone for good."""
    for trial in GONE:
        del harness.registry.studies[trial]
    harness.day()


def test_missing_records_are_told_when_a_person_accepts_them_and_hold_no_later_run(harness: Harness) -> None:
    harness.settled()
    lose(harness)
    harness.status(LEFT[0])["overallStatus"] = "COMPLETED"
    held = harness.poll()
    assert (held.outcome, harness.kinds()) == ("held", ["ops.held"])
    asked = len(harness.registry.requests)
    report = harness.poll(accept=held.run)
    assert (report.outcome, report.checked, len(harness.registry.requests)) == ("complete", 5, asked)
    told = [(it.kind, it.trial) for it in harness.news()]
    assert sorted(told) == sorted([*(("trial.gone", trial) for trial in GONE), ("status.changed", LEFT[0])])
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", [])


def test_a_run_that_only_missed_records_can_be_accepted_once(harness: Harness) -> None:
    harness.settled()
    lose(harness)
    held = harness.poll()
    harness.poll(accept=held.run)
    harness.news()
    with pytest.raises(UsageError, match=f"Run {held.run} "):
        harness.poll(accept=held.run)
    assert harness.kinds() == []


def test_a_trial_that_newer_data_had_is_not_gone_by_accepting_an_older_run(harness: Harness) -> None:
    harness.settled()
    kept = dict(harness.registry.studies)
    lose(harness)
    held = harness.poll()
    harness.registry.studies = kept
    harness.day()
    assert harness.poll().outcome == "complete"
    harness.news()
    harness.poll(accept=held.run)
    assert (harness.kinds(), harness.head(ONE).gone_since) == ([], None)


def test_accepted_merges_are_believed_by_the_next_poll(harness: Harness) -> None:
    """Also on the same data: a person has looked."""
    harness.settled()
    harness.module(ONE, "identificationModule")["nctIdAliases"] = IDS[1:]
    harness.day()
    held = harness.poll()
    assert held.outcome == "held"
    assert harness.poll(accept=held.run).outcome == "complete"
    harness.day()
    assert harness.poll().outcome == "complete"


def test_what_vanished_everywhere_is_no_news_of_single_trials_when_a_person_accepts_it(harness: Harness) -> None:
    """As when newer data confirm it."""
    harness.settled()
    for trial in harness.registry.studies:
        del harness.module(trial, "designModule")["phases"]
    harness.day()
    held = harness.poll()
    harness.news()
    assert harness.poll(accept=held.run).changed == 6
    assert {it.kind for it in harness.news()} == {"admin.changed"}


def test_a_held_run_tells_of_no_trial_that_is_back(harness: Harness) -> None:
    harness.settled()
    kept = harness.registry.studies.pop(ONE)
    for _ in range(2):
        harness.day()
        harness.poll()
    assert harness.kinds() == ["trial.gone"]
    harness.registry.studies[ONE] = kept
    for trial in IDS[1:]:
        del harness.module(trial, "designModule")["phases"]
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("held", ["ops.held"])
    assert harness.head(ONE).gone_since is not None
    harness.day()
    harness.poll()
    assert "trial.back" in harness.kinds()


def test_an_outage_behind_an_answering_version_page_is_told_once(harness: Harness) -> None:
    harness.settled()
    harness.registry.faults = lambda request: None if request.path.endswith("/version") else Reply(403)
    told = []
    for _ in range(4):
        harness.day()
        assert harness.poll().outcome == "failed"
        told.append(harness.kinds())
    assert told == [[], ["ops.unreachable"], [], []]
    harness.registry.faults = []
    harness.status(TWO)["overallStatus"] = "COMPLETED"
    harness.day()
    assert (harness.poll().outcome, harness.kinds()) == ("complete", ["status.changed"])


def test_ids_that_do_not_exist_are_no_outage(harness: Harness) -> None:
    strangers = [f"NCT0900000{number}" for number in range(4)]
    harness.watch(*strangers)
    assert [harness.poll(trial).outcome for trial in strangers] == ["failed"] * 4
    assert harness.kinds() == []


def test_two_registries_that_cannot_be_reached_are_told_once_each(harness: Harness) -> None:
    for _ in range(3):
        for name in ("ctgov", "euctr"):
            with harness.context.database.write() as session:
                run = runs.start(session, name, None, harness.clock.now())
                Outage(run, name, f"{name} is silent", told_to_wait=False).tell(
                    session, harness.context.event_writer, harness.clock.now()
                )
                runs.finish(session, run, harness.clock.now(), "failed")
    assert [it.summary.rpartition(": ")[2] for it in harness.news()] == ["ctgov is silent", "euctr is silent"]
