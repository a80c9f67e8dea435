"""What a person accepts with a held run: also what it did not find, and what only the next poll can write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import orjson
import pytest

from storage.polling import runs
from storage.versions import merges
from tests.support.harness import IDS, ONE, TWO, Harness, record
from tests.support.registry.embedded_registry import Reply
from tracker.backfill.import_files import import_files
from tracker.errors import UsageError
from tracker.polling.fetch import Fetch
from tracker.polling.outage import Outage
from tracker.polling.poll_all import poll_all

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


def test_a_trial_read_since_on_the_same_data_is_not_gone_by_accepting(harness: Harness) -> None:
    harness.settled()
    kept = dict(harness.registry.studies)
    lose(harness)
    held = harness.poll()
    harness.registry.studies = kept
    harness.clock.advance(timedelta(hours=2))
    assert harness.poll().outcome == "complete"
    harness.news()
    harness.poll(accept=held.run)
    assert (harness.kinds(), harness.head(ONE).gone_since) == ([], None)


def test_a_number_that_was_merged_since_is_not_told_to_be_gone(harness: Harness) -> None:
    harness.settled()
    lose(harness)
    held = harness.poll()
    with harness.context.database.write() as session:
        merges.settle(session, TWO, LEFT[0], harness.clock.now())
    harness.news()
    harness.poll(accept=held.run)
    assert [it.trial for it in harness.news()] == [trial for trial in GONE if trial != TWO]


def test_accepted_merges_wait_for_a_poll_of_all_trials(harness: Harness) -> None:
    harness.settled()
    harness.module(ONE, "identificationModule")["nctIdAliases"] = IDS[1:]
    harness.day()
    held = harness.poll()
    harness.poll(accept=held.run)
    harness.day()
    assert harness.poll(TWO).outcome == "complete"
    assert harness.poll().outcome == "complete"
    with harness.context.database.read() as session:
        found = runs.last(session)
    assert found is not None and "accepted_paths" not in found.detail, "used once"


def test_a_run_of_a_registry_that_is_not_read_here_is_refused_by_name(harness: Harness) -> None:
    harness.settled()
    lose(harness)
    held = harness.poll()
    with harness.context.database.write() as session:
        row = runs.get(session, held.run)
        assert row is not None
        row.registry_name = "elsewhere"
    with pytest.raises(UsageError, match="elsewhere, a registry that is not read here"):
        poll_all(harness.context, accept=held.run)


def test_a_person_may_accept_hundreds_and_they_are_not_kept_twice(harness: Harness) -> None:
    names = [f"NCT0400{number:04}" for number in range(250)]
    harness.registry.studies = {name: record(name) for name in [*names, ONE]}
    harness.settled()
    harness.registry.studies = {ONE: harness.registry.studies[ONE]}
    harness.day()
    held = harness.poll()
    assert held.outcome == "held"
    harness.news()
    harness.poll(accept=held.run)
    assert harness.kinds() == ["trial.gone"] * 250
    with harness.context.database.read() as session:
        row = runs.get(session, held.run)
    assert row is not None and len(row.detail) < 1000


def test_a_trial_that_is_back_is_told_though_an_import_came_in_between(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    harness.settled()
    kept = harness.registry.studies.pop(ONE)
    for _ in range(2):
        harness.day()
        harness.poll()
    harness.news()
    harness.clock.advance(timedelta(days=1))
    today = harness.clock.now().date().isoformat()
    harness.registry.studies[ONE], harness.registry.data_timestamp = kept, f"{today}T09:00:05"
    other = orjson.loads(orjson.dumps(kept))
    other["protocolSection"]["statusModule"]["overallStatus"] = "TERMINATED"
    other["derivedSection"]["miscInfoModule"]["versionHolder"] = today
    folder = tmp_path_factory.mktemp("downloads")
    (folder / f"{ONE}.json").write_bytes(orjson.dumps(other))
    fetch = Fetch.all

    def fetch_and_import(self: Fetch, due: Sequence[str]) -> None:
        fetch(self, due)
        assert import_files(harness.context, [folder]).stored == 1

    monkeypatch.setattr(Fetch, "all", fetch_and_import)
    harness.poll()
    assert "trial.back" in harness.kinds()


def test_imported_trials_are_guarded_from_their_first_poll_on(
    harness: Harness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("downloads")
    harness.day()
    for trial, found in harness.registry.studies.items():
        (folder / f"{trial}.json").write_bytes(orjson.dumps(found))
    harness.watch(*IDS)
    assert import_files(harness.context, [folder]).stored == 6
    harness.day()
    assert harness.poll().unchanged == 6
    for trial in IDS:
        del harness.module(trial, "designModule")["phases"]
    harness.day()
    assert harness.poll().outcome == "held"


def test_a_record_the_registry_cannot_give_is_no_outage(harness: Harness) -> None:
    """It is asked for again by itself, and each of these runs fails."""
    harness.settled()
    harness.registry.studies.pop(ONE)
    harness.registry.faults = lambda request: Reply(500) if request.path.endswith(ONE) else None
    for _ in range(3):
        harness.day()
        assert harness.poll().outcome == "partial"
        assert [harness.poll(ONE).outcome for _ in range(3)] == ["failed"] * 3
    assert harness.kinds() == []


def test_an_acceptance_that_is_killed_at_its_end_can_be_made_again(harness: Harness) -> None:
    harness.settled(*IDS[:5])
    for trial in IDS[:5]:
        harness.status(trial)["overallStatus"] = "COMPLETED"
        del harness.registry.studies[trial]["protocolSection"]["sponsorCollaboratorsModule"]
    harness.day()
    held = harness.poll()
    assert held.outcome == "held"

    def broken(step: str, done: int, total: int) -> None:
        if step == "Comparing" and done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harness.poll(accept=held.run, progress=broken)
    told = harness.kinds()
    assert told.count("status.changed") == 5
    assert harness.poll(accept=held.run).outcome == "complete"
    assert harness.kinds() == []
