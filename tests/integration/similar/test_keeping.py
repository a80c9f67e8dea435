"""A cohort through the days: filled in silence, then news of who enters and who leaves, and no news of an outage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from storage.outbox import queries
from storage.tables.models import CohortRow
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import cohorts, watches
from tests.integration.poll.conftest import harness, make_world
from tests.integration.similar.conftest import COUSIN, GERMAN, SEED, STRANGER, STUDIES, TWIN
from tests.support.daemon.beating_daemon import BeatingDaemon, beating_daemon
from tests.support.harness import Harness, another_process
from tests.support.records.similar_factories import nct, study
from tests.support.registry.embedded_registry import RegistryServer, Reply, Request
from tracker.alerts.config import AlertConfig
from tracker.alerts.rules.rules import AlertRule
from tracker.daemon.daemon import Stopping
from tracker.registries.ctgov import Ctgov
from tracker.registries.ctgov.query_language import parse
from tracker.similar.cohorts.cohort_definition import Definition, like, saved_query
from tracker.similar.cohorts.cohort_search import Searched
from tracker.similar.cohorts.cohort_update import Kept, define, keep, settle
from tracker.similar.ranking.sections import RANKING

__all__ = ["harness", "make_world"]

LIVER = saved_query(Ctgov(), parse(["cond=hepatocellular carcinoma"]), 100, ("hcc",))
LIKE = like(SEED, 2)


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """A registry of five trials, three of them about liver cancer."""
    with RegistryServer([posted_on(it, "2026-01-05") for it in STUDIES]) as server:
        yield server


def posted_on(record: dict[str, Any], day: str) -> dict[str, Any]:
    """A copy, first posted on that day."""
    sections = {name: dict(module) for name, module in record["protocolSection"].items()}
    sections["statusModule"]["studyFirstPostDateStruct"] = {"date": day, "type": "ACTUAL"}
    derived = {"miscInfoModule": {"versionHolder": "2026-08-14"}}
    return {"protocolSection": sections, "hasResults": False, "derivedSection": derived}


def publish(harness: Harness, number: int, title: str, condition: str = "Hepatocellular Carcinoma") -> str:
    """A new trial is registered."""
    day = harness.clock.now().date().isoformat()
    harness.registry.studies[nct(number)] = posted_on(study(number, title, [condition]), day)
    return nct(number)


def made(harness: Harness, cohort: Definition) -> Kept:
    """A cohort that has been filled."""
    define(harness.context, cohort)
    return keep(harness.context, cohort.name)


def again(harness: Harness, cohort: Definition, days: int = 3) -> Kept:
    """The registry publishes, and the cohort is searched for anew."""
    harness.day(days)
    return keep(harness.context, cohort.name)


def row(harness: Harness, cohort: Definition) -> CohortRow:
    with harness.context.database.read() as session:
        found = cohorts.find(session, cohort.name)
    assert found is not None
    return found


def tags(harness: Harness, trial: str) -> list[str]:
    with harness.context.database.read() as session:
        return watches.tags_of(session, [trial])[trial]


def news(harness: Harness) -> list[tuple[str, str]]:
    return [(event.kind, event.trial) for event in harness.news() if event.kind.startswith("cohort.")]


@pytest.mark.parametrize(("cohort", "trials"), [(LIVER, (SEED, TWIN, GERMAN)), (LIKE, (TWIN, COUSIN))])
def test_the_first_fill_watches_in_silence(harness: Harness, cohort: Definition, trials: tuple[str, ...]) -> None:
    kept = made(harness, cohort)
    assert (kept.trials, kept.first, kept.error, kept.left) == (trials, True, None, ())
    assert harness.watched() == list(trials)
    assert all(tags(harness, trial) == sorted([cohort.name, *cohort.tags]) for trial in trials)
    assert harness.news() == []


def test_a_trial_that_enters_is_watched_tagged_and_told_once(harness: Harness) -> None:
    made(harness, LIVER)
    new = publish(harness, 8, "Resection or ablation")
    kept = again(harness, LIVER)
    assert (kept.entered, kept.first) == ((new,), False)
    [event] = harness.news()
    assert (event.kind, event.trial, event.severity, event.subject) == ("cohort.entered", new, "minor", LIVER.name)
    assert event.summary == "Now among the trials found by cond=hepatocellular carcinoma"
    assert not event.backfilled
    assert new in harness.watched() and tags(harness, new) == ["hcc", LIVER.name]
    assert again(harness, LIVER).entered == () and news(harness) == []
    assert harness.poll().outcome == "complete"
    assert harness.kinds() == ["trial.first_seen"] * 4


def test_data_misdated_once_hide_nobody_who_enters_or_leaves_later(harness: Harness) -> None:
    define(harness.context, LIVER)
    harness.registry.data_timestamp = "2206-08-14T09:00:05"
    assert keep(harness.context, LIVER.name).first
    new = publish(harness, 8, "Resection or ablation")
    harness.day()
    assert keep(harness.context, LIVER.name, skip_if_known=True).entered == (new,)
    assert keep(harness.context, LIVER.name, skip_if_known=True).entered == ()
    del harness.registry.studies[new]
    left = []
    for _ in range(2):
        harness.day()
        left += keep(harness.context, LIVER.name, skip_if_known=True).left
    assert left == [new]


def test_an_entry_is_the_same_event_in_every_store_and_another_one_the_next_time(harness: Harness) -> None:
    made(harness, LIVER)
    new = publish(harness, 8, "Resection or ablation")
    again(harness, LIVER)
    gone = harness.registry.studies.pop(new)
    assert [again(harness, LIVER).left for _ in range(2)] == [(), (new,)]
    harness.registry.studies[new] = gone
    assert again(harness, LIVER).entered == (new,)
    told = harness.news()
    assert [event.kind for event in told] == ["cohort.entered", "cohort.left", "cohort.entered"]
    assert len({event.id for event in told}) == 3


def test_one_that_leaves_stays_watched_with_its_tags(harness: Harness) -> None:
    made(harness, LIVER)
    del harness.registry.studies[GERMAN]
    assert again(harness, LIVER).left == ()
    assert again(harness, LIVER).left == (GERMAN,)
    assert news(harness) == [("cohort.left", GERMAN)]
    assert GERMAN in harness.watched() and tags(harness, GERMAN) == ["hcc", LIVER.name]


def test_the_same_data_searched_twice_count_once(harness: Harness) -> None:
    made(harness, LIVER)
    del harness.registry.studies[GERMAN]
    assert again(harness, LIVER).left == ()
    for _ in range(3):
        assert keep(harness.context, LIVER.name).left == ()
    assert again(harness, LIVER).left == (GERMAN,)


def test_the_cap_keeps_the_newest_is_said_and_sends_nobody_away(harness: Harness) -> None:
    capped = saved_query(Ctgov(), parse(["cond=hepatocellular carcinoma"]), 3)
    made(harness, capped)
    assert row(harness, capped).remark == ""
    new = publish(harness, 8, "Resection or ablation")
    for _ in range(4):
        kept = again(harness, capped)
        assert kept.left == () and kept.remarks == ("it finds 4, and the 3 registered last were read",)
    assert kept.trials == (SEED, TWIN, GERMAN, new)
    assert news(harness) == [("cohort.entered", new)]
    assert row(harness, capped).remark == kept.remarks[0]


def test_a_search_that_breaks_off_lets_in_what_it_found_and_sends_nobody_away(harness: Harness) -> None:
    made(harness, LIVER)
    del harness.registry.studies[GERMAN]
    publish(harness, 8, "Resection or ablation")

    def breaks(request: Request) -> Reply | None:
        return Reply(500) if "sort" in request.query else None

    harness.registry.faults = breaks
    for failures in (1, 2, 3):
        kept = again(harness, LIVER)
        assert kept.error is not None and (kept.entered, kept.left) == ((), ())
        assert row(harness, LIVER).failures == failures
        warned = harness.health().warnings
        assert any(f"searches for {LIVER.name} failed" in it for it in warned) == (failures == 3)
    harness.registry.faults = []
    assert again(harness, LIVER).left == ()
    assert row(harness, LIVER).failures == 0


def test_a_similar_set_is_not_made_of_what_is_left_when_the_registry_fails(harness: Harness) -> None:
    harness.settled(STRANGER, GERMAN, COUSIN)
    define(harness.context, LIKE)
    harness.registry.faults = lambda request: Reply(500) if "query.cond" in request.query else None
    kept = keep(harness.context, LIKE.name)
    assert kept.error is not None and kept.trials == ()
    harness.registry.faults = lambda request: Reply(400, b"no") if "sort" in request.query else None
    kept = again(harness, LIKE)
    assert kept.trials == () and row(harness, LIKE).filled_at is None
    harness.registry.faults = []
    assert again(harness, LIKE).trials == (TWIN, COUSIN)
    assert news(harness) == []


@pytest.mark.fault("B02")
def test_a_registry_that_finds_nothing_any_more_is_not_believed(harness: Harness) -> None:
    for number in range(10, 20):
        publish(harness, number, f"Liver study {number}")
    trials = made(harness, LIVER).trials
    kept_aside = dict(harness.registry.studies)
    harness.registry.studies.clear()
    for _ in range(4):
        kept = again(harness, LIVER)
        assert (kept.left, kept.trials) == ((), trials)
        assert kept.remarks == ("13 of its 13 trials are missing at once, which is not believed",)
    harness.registry.studies.update(kept_aside)
    assert again(harness, LIVER).remarks == () and news(harness) == []


def test_the_first_fill_that_broke_off_is_filled_up_in_silence(harness: Harness) -> None:
    define(harness.context, LIVER)
    harness.registry.faults = [None, None, Reply(500), Reply(500), Reply(500)]
    assert keep(harness.context, LIVER.name).error is not None
    assert again(harness, LIVER).trials == (SEED, TWIN, GERMAN)
    assert harness.news() == []


def test_a_larger_set_is_the_wish_of_a_person_and_no_news(harness: Harness) -> None:
    made(harness, like(SEED, 1))
    assert made(harness, like(SEED, 2)).entered == (COUSIN,)
    assert harness.news() == []


def chosen_by_an_older_ranking(harness: Harness) -> None:
    """As if the ranking of then had put the German trial and the cousin nearest."""
    with harness.context.database.write() as session:
        first = {"entered_at": harness.clock.now(), "missing": 0, "brought": True}
        watches.watch(session, GERMAN, "ctgov", harness.clock.now(), [LIKE.name])
        cohorts.set_members(session, LIKE.name, [{"trial": trial, **first} for trial in (GERMAN, COUSIN)])
        cohorts.note(session, LIKE.name, ranking=RANKING - 1)


def test_a_changed_ranking_chooses_again_in_silence(harness: Harness) -> None:
    made(harness, LIKE)
    chosen_by_an_older_ranking(harness)
    kept = again(harness, LIKE)
    assert (kept.trials, kept.entered, kept.left) == ((TWIN, COUSIN), (TWIN,), (GERMAN,))
    assert news(harness) == [] and row(harness, LIKE).ranking == RANKING
    assert GERMAN in harness.watched()
    del harness.registry.studies[TWIN]
    for _ in range(2):
        kept = again(harness, LIKE)
    assert ("cohort.left", TWIN) in news(harness)


def test_a_search_that_is_always_cut_ends_an_older_ranking_too(harness: Harness) -> None:
    """For a common disease no search is ever complete."""
    made(harness, LIKE)
    chosen_by_an_older_ranking(harness)
    cut = Searched((TWIN, COUSIN, STRANGER), remarks=("it found more than 500; the rest was not read",))
    kept = settle(harness.context, LIKE.name, cut)
    assert kept.trials == (TWIN, COUSIN) and row(harness, LIKE).ranking == RANKING
    assert news(harness) == []


def test_a_registry_that_finds_nothing_does_not_choose_again(harness: Harness) -> None:
    made(harness, LIKE)
    chosen_by_an_older_ranking(harness)
    assert settle(harness.context, LIKE.name, Searched(())).trials == (COUSIN, GERMAN)
    assert row(harness, LIKE).ranking == RANKING - 1


def test_a_search_that_breaks_off_does_not_end_an_older_ranking(harness: Harness) -> None:
    made(harness, LIKE)
    chosen_by_an_older_ranking(harness)
    harness.registry.faults = lambda request: Reply(500) if "query.cond" in request.query else None
    assert again(harness, LIKE).left == () and row(harness, LIKE).ranking == RANKING - 1
    harness.registry.faults = []
    assert again(harness, LIKE).trials == (TWIN, COUSIN)
    assert news(harness) == []


def test_a_person_who_unwatched_a_trial_is_not_overruled_by_a_changed_ranking(harness: Harness) -> None:
    made(harness, LIKE)
    chosen_by_an_older_ranking(harness)
    with harness.context.database.write() as session:
        watches.unwatch(session, COUSIN, harness.clock.now())
    assert again(harness, LIKE).trials == (TWIN, COUSIN)
    assert COUSIN not in harness.watched()


def test_a_rejected_trial_leaves_its_place_to_the_next(harness: Harness) -> None:
    made(harness, LIKE)
    with harness.context.database.write() as session:
        cohorts.reject(session, LIKE.name, [TWIN], harness.clock.now())
    kept = again(harness, LIKE)
    assert kept.trials == (COUSIN, GERMAN) and kept.entered == (GERMAN,)
    assert TWIN in harness.watched() and tags(harness, TWIN) == []
    assert news(harness) == [("cohort.entered", GERMAN)]


def test_a_trial_that_somebody_unwatched_is_not_watched_again_while_it_is_in(harness: Harness) -> None:
    made(harness, LIVER)
    with harness.context.database.write() as session:
        watches.unwatch(session, GERMAN, harness.clock.now())
    assert again(harness, LIVER).trials == (SEED, TWIN, GERMAN)
    assert GERMAN not in harness.watched()


def test_a_merged_trial_is_its_new_one(harness: Harness) -> None:
    made(harness, LIVER)
    harness.poll()
    harness.news()
    merged = harness.registry.studies.pop(GERMAN)
    merged["protocolSection"]["identificationModule"] |= {"nctId": nct(9), "nctIdAliases": [GERMAN]}
    harness.registry.studies[nct(9)] = merged
    for _ in range(2):  # a merger is believed on a second data set
        harness.day(3)
        harness.poll()
    kept = keep(harness.context, LIVER.name)
    assert (kept.trials, kept.entered, kept.left) == ((SEED, TWIN, nct(9)), (), ())


def test_two_processes_at_once_tell_it_once(harness: Harness) -> None:
    made(harness, LIVER)
    publish(harness, 8, "Resection or ablation")
    harness.day(3)
    with another_process(harness) as other:
        assert sorted(len(keep(it.context, LIVER.name).entered) for it in (harness, other)) == [0, 1]
    assert news(harness) == [("cohort.entered", nct(8))]


def test_one_that_is_stopped_is_not_searched_for(harness: Harness) -> None:
    made(harness, LIVER)
    with harness.context.database.write() as session:
        cohorts.stop(session, LIVER.name, harness.clock.now())
    asked = len(harness.registry.requests)
    assert again(harness, LIVER) == Kept(LIVER.name)
    assert len(harness.registry.requests) == asked


# -- by the daemon


def alive_with(harness: Harness, *wanted: Definition) -> BeatingDaemon:
    for cohort in wanted:
        define(harness.context, cohort)
    return beating_daemon(harness)


def beat(alive: BeatingDaemon) -> None:
    alive.daemon.beat("cohorts", alive.daemon.search)


def test_the_daemon_searches_one_at_a_beat_and_then_when_it_is_due(harness: Harness) -> None:
    alive = alive_with(harness, LIVER, LIKE)
    beat(alive)
    assert len(alive.said("cohort")) == 1
    beat(alive)
    beat(alive)
    assert {line["cohort"] for line in alive.said("cohort")} == {LIVER.name, LIKE.name}
    calendar, now = Ctgov.calendar, harness.clock.now()
    assert row(harness, LIVER).next_search_at == calendar.next_publication(now)
    assert row(harness, LIKE).next_search_at == calendar.next_publication(now + timedelta(days=6))


def test_what_enters_is_looked_at_by_the_next_look(harness: Harness) -> None:
    alive = alive_with(harness, LIVER)
    beat(alive)
    alive.beat()
    new = publish(harness, 8, "Resection or ablation")
    harness.day(3)
    beat(alive)
    alive.beat()
    assert [event.trial for event in harness.news() if event.kind == "trial.first_seen"] == [SEED, TWIN, GERMAN, new]


def test_data_that_are_known_are_not_searched_again(harness: Harness) -> None:
    alive = alive_with(harness, LIVER)
    beat(alive)
    harness.clock.advance(timedelta(days=3))  # the registry has not published
    asked = len(harness.registry.requests)
    beat(alive)
    assert len(harness.registry.requests) == asked + 1
    assert row(harness, LIVER).next_search_at == harness.clock.now() + timedelta(hours=1)


def test_a_registry_that_wants_to_be_left_alone_is(harness: Harness) -> None:
    alive = alive_with(harness, LIVER)
    harness.registry.faults = [Reply(429, headers={"Retry-After": "3600"})]
    beat(alive)
    asked = len(harness.registry.requests)
    harness.clock.advance(timedelta(minutes=45))
    beat(alive)
    assert len(harness.registry.requests) == asked
    harness.clock.advance(timedelta(minutes=45))
    beat(alive)
    assert row(harness, LIVER).filled_at is not None


def test_one_that_fails_keeps_no_other_waiting(harness: Harness) -> None:
    alive = alive_with(harness, like(nct(77), 5), LIVER)
    for _ in range(3):
        beat(alive)
    assert row(harness, LIVER).filled_at is not None
    failed = row(harness, like(nct(77), 5))
    assert failed.failures == 1 and "does not know" in failed.error
    assert failed.next_search_at == harness.clock.now() + timedelta(minutes=30)


def test_what_was_cut_off_is_searched_again_after_half_an_hour(harness: Harness) -> None:
    alive = alive_with(harness, LIVER)
    alive.daemon.stopping.set()
    with pytest.raises(Stopping):
        alive.daemon.search()
    assert row(harness, LIVER).filled_at is None and harness.watched() == []
    alive = beating_daemon(harness)
    beat(alive)
    assert row(harness, LIVER).filled_at is None
    harness.clock.advance(timedelta(minutes=31))
    beat(alive)
    assert row(harness, LIVER).filled_at is not None


def test_a_clock_set_back_does_not_put_a_search_off_for_ever(harness: Harness) -> None:
    alive = alive_with(harness, LIVER)
    with harness.context.database.write() as session:
        cohorts.note(session, LIVER.name, next_search_at=harness.clock.now() + timedelta(days=400))
    beat(alive)
    assert row(harness, LIVER).filled_at is not None


def posted(harness: Harness) -> list[tuple[str, str, str]]:
    """The messages that wait: kind, trial and rules."""
    with harness.context.database.read() as session:
        return [(it.kind, it.trial, it.rules) for it in queries.listing(session) if it.state == "pending"]


def with_rules(harness: Harness, *rules: AlertRule) -> Harness:
    return replace(harness, context=replace(harness.context, alerts=AlertConfig(rules=rules)))


def test_who_wants_to_know_is_told_through_the_outbox_in_the_same_transaction(harness: Harness) -> None:
    hears = AlertRule("all", ("cohort.*",), ("team",))
    hears_tag = AlertRule("set", ("cohort.entered",), ("me",), tags=frozenset({LIVER.name}))
    deaf = AlertRule("other", ("cohort.*",), ("else",), tags=frozenset({"other"}))
    harness = with_rules(harness, hears, hears_tag, deaf)
    made(harness, LIVER)
    assert posted(harness) == []
    new = publish(harness, 8, "Resection or ablation")
    again(harness, LIVER)
    assert sorted(posted(harness)) == [("cohort.entered", new, '["all"]'), ("cohort.entered", new, '["set"]')]


def test_many_that_enter_at_once_are_one_message(harness: Harness) -> None:
    harness = with_rules(harness, AlertRule("all", ("cohort.*",), ("team",)))
    made(harness, LIVER)
    for number in range(10, 22):
        publish(harness, number, f"Liver study {number}")
    assert len(again(harness, LIVER).entered) == 12
    assert posted(harness) == [("group", "", '["all"]')]


@pytest.mark.fault("R-A4")
def test_a_refused_query_says_so_once_and_waits_a_week(harness: Harness) -> None:
    made(harness, LIVER)
    members = row(harness, LIVER)
    harness.registry.faults = lambda it: Reply(400, b"Too complicated query") if "query.cond" in it.query else None
    for _ in range(2):
        kept = again(harness, LIVER)
        assert kept.is_refused
        found = row(harness, LIVER)
        assert found.refused and "Too complicated query" in found.error
        assert found.next_search_at == harness.clock.now() + timedelta(days=7)
    with harness.context.database.read() as session:
        told = history.changes(session, ChangeFilter(kinds=("ops.query_refused",)))
    assert [event.subject for event, _ in told] == [LIVER.name]
    assert f"trialwatch unwatch --cohort {LIVER.name}" in told[0][0].summary
    harness.registry.faults = []
    assert again(harness, LIVER).error is None
    assert not row(harness, LIVER).refused
    assert members.filled_at == row(harness, LIVER).filled_at


@pytest.mark.fault("R-A2")
def test_a_firewall_is_no_refused_query(harness: Harness) -> None:
    made(harness, LIVER)
    harness.registry.faults = lambda it: Reply(403) if "query.cond" in it.query else None
    assert not again(harness, LIVER).is_refused
    assert not row(harness, LIVER).refused
