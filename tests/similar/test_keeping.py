"""A cohort through the days: filled in silence, then news of who enters and who leaves, and no news of an outage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schedules.calendars import CALENDARS
from storage.outbox import queries
from storage.tables.models import CohortRow
from storage.versions import history
from storage.versions.history import ChangeFilter
from storage.watching import cohorts, watches
from tests.daemon.living import Living, living
from tests.fault_server import RegistryServer, Reply, Request
from tests.poll.conftest import make_world, world
from tests.poll.world import World, another_house
from tests.similar.conftest import COUSIN, GERMAN, SEED, STRANGER, STUDIES, TWIN
from tests.similar.make import nct, study
from tracker.alerts.config import AlertConfig
from tracker.alerts.rules.rules import AlertRule
from tracker.daemon.daemon import Stopping
from tracker.registries.ctgov.query_language import parse
from tracker.services.diagnostics.health import health
from tracker.similar.cohort_definition import Definition, like, saved_query
from tracker.similar.cohort_update import Kept, define, keep

__all__ = ["make_world", "world"]

LIVER = saved_query(parse(["cond=hepatocellular carcinoma"]), 100, ("hcc",))
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


def publish(world: World, number: int, title: str, condition: str = "Hepatocellular Carcinoma") -> str:
    """A new trial is registered."""
    day = world.clock.now().date().isoformat()
    world.registry.studies[nct(number)] = posted_on(study(number, title, [condition]), day)
    return nct(number)


def made(world: World, cohort: Definition) -> Kept:
    """A cohort that has been filled."""
    define(world.context, cohort)
    return keep(world.context, cohort.name)


def again(world: World, cohort: Definition, days: int = 3) -> Kept:
    """The registry publishes, and the cohort is searched for anew."""
    world.day(days)
    return keep(world.context, cohort.name)


def row(world: World, cohort: Definition) -> CohortRow:
    with world.context.database.read() as session:
        found = cohorts.find(session, cohort.name)
    assert found is not None
    return found


def tags(world: World, trial: str) -> list[str]:
    with world.context.database.read() as session:
        return watches.tags_of(session, [trial])[trial]


def news(world: World) -> list[tuple[str, str]]:
    return [(event.kind, event.trial) for event in world.news() if event.kind.startswith("cohort.")]


@pytest.mark.parametrize(("cohort", "trials"), [(LIVER, (SEED, TWIN, GERMAN)), (LIKE, (TWIN, COUSIN))])
def test_the_first_fill_watches_in_silence(world: World, cohort: Definition, trials: tuple[str, ...]) -> None:
    kept = made(world, cohort)
    assert (kept.trials, kept.first, kept.error, kept.left) == (trials, True, None, ())
    assert world.watched() == list(trials)
    assert all(tags(world, trial) == sorted([cohort.name, *cohort.tags]) for trial in trials)
    assert world.news() == []


def test_a_trial_that_enters_is_watched_tagged_and_told_once(world: World) -> None:
    made(world, LIVER)
    new = publish(world, 8, "Resection or ablation")
    kept = again(world, LIVER)
    assert (kept.entered, kept.first) == ((new,), False)
    [event] = world.news()
    assert (event.kind, event.trial, event.severity, event.subject) == ("cohort.entered", new, "minor", LIVER.name)
    assert event.summary == "Now among the trials found by cond=hepatocellular carcinoma"
    assert not event.backfilled
    assert new in world.watched() and tags(world, new) == ["hcc", LIVER.name]
    assert again(world, LIVER).entered == () and news(world) == []
    assert world.poll().outcome == "complete"
    assert world.kinds() == ["trial.first_seen"] * 4


def test_data_misdated_once_hide_nobody_who_enters_or_leaves_later(world: World) -> None:
    define(world.context, LIVER)
    world.registry.data_timestamp = "2206-08-14T09:00:05"
    assert keep(world.context, LIVER.name).first
    new = publish(world, 8, "Resection or ablation")
    world.day()
    assert keep(world.context, LIVER.name, skip_if_known=True).entered == (new,)
    assert keep(world.context, LIVER.name, skip_if_known=True).entered == ()
    del world.registry.studies[new]
    left = []
    for _ in range(2):
        world.day()
        left += keep(world.context, LIVER.name, skip_if_known=True).left
    assert left == [new]


def test_an_entry_is_the_same_event_in_every_store_and_another_one_the_next_time(world: World) -> None:
    made(world, LIVER)
    new = publish(world, 8, "Resection or ablation")
    again(world, LIVER)
    gone = world.registry.studies.pop(new)
    assert [again(world, LIVER).left for _ in range(2)] == [(), (new,)]
    world.registry.studies[new] = gone
    assert again(world, LIVER).entered == (new,)
    told = world.news()
    assert [event.kind for event in told] == ["cohort.entered", "cohort.left", "cohort.entered"]
    assert len({event.id for event in told}) == 3


def test_one_that_leaves_stays_watched_with_its_tags(world: World) -> None:
    made(world, LIVER)
    del world.registry.studies[GERMAN]
    assert again(world, LIVER).left == ()
    assert again(world, LIVER).left == (GERMAN,)
    assert news(world) == [("cohort.left", GERMAN)]
    assert GERMAN in world.watched() and tags(world, GERMAN) == ["hcc", LIVER.name]


def test_the_same_data_searched_twice_count_once(world: World) -> None:
    made(world, LIVER)
    del world.registry.studies[GERMAN]
    assert again(world, LIVER).left == ()
    for _ in range(3):
        assert keep(world.context, LIVER.name).left == ()
    assert again(world, LIVER).left == (GERMAN,)


def test_the_cap_keeps_the_newest_is_said_and_sends_nobody_away(world: World) -> None:
    capped = saved_query(parse(["cond=hepatocellular carcinoma"]), 3)
    made(world, capped)
    assert row(world, capped).remark == ""
    new = publish(world, 8, "Resection or ablation")
    for _ in range(4):
        kept = again(world, capped)
        assert kept.left == () and kept.remarks == ("it finds 4, and the 3 registered last were read",)
    assert kept.trials == (SEED, TWIN, GERMAN, new)
    assert news(world) == [("cohort.entered", new)]
    assert row(world, capped).remark == kept.remarks[0]


def test_a_search_that_breaks_off_lets_in_what_it_found_and_sends_nobody_away(world: World) -> None:
    made(world, LIVER)
    del world.registry.studies[GERMAN]
    publish(world, 8, "Resection or ablation")

    def breaks(request: Request) -> Reply | None:
        return Reply(500) if "sort" in request.query else None

    world.registry.faults = breaks
    for failures in (1, 2, 3):
        kept = again(world, LIVER)
        assert kept.error is not None and (kept.entered, kept.left) == ((), ())
        assert row(world, LIVER).failures == failures
        warned = health(world.context.database, world.clock.now())["warnings"]
        assert any(f"searches for {LIVER.name} failed" in it for it in warned) == (failures == 3)
    world.registry.faults = []
    assert again(world, LIVER).left == ()
    assert row(world, LIVER).failures == 0


def test_a_similar_set_is_not_made_of_what_is_left_when_the_registry_fails(world: World) -> None:
    world.settled(STRANGER, GERMAN, COUSIN)
    define(world.context, LIKE)
    world.registry.faults = lambda request: Reply(500) if "query.cond" in request.query else None
    kept = keep(world.context, LIKE.name)
    assert kept.error is not None and kept.trials == ()
    world.registry.faults = lambda request: Reply(400, b"no") if "sort" in request.query else None
    kept = again(world, LIKE)
    assert kept.trials == () and row(world, LIKE).filled_at is None
    world.registry.faults = []
    assert again(world, LIKE).trials == (TWIN, COUSIN)
    assert news(world) == []


def test_b02_a_registry_that_finds_nothing_any_more_is_not_believed(world: World) -> None:
    for number in range(10, 20):
        publish(world, number, f"Liver study {number}")
    trials = made(world, LIVER).trials
    kept_aside = dict(world.registry.studies)
    world.registry.studies.clear()
    for _ in range(4):
        kept = again(world, LIVER)
        assert (kept.left, kept.trials) == ((), trials)
        assert kept.remarks == ("13 of its 13 trials are missing at once, which is not believed",)
    world.registry.studies.update(kept_aside)
    assert again(world, LIVER).remarks == () and news(world) == []


def test_the_first_fill_that_broke_off_is_filled_up_in_silence(world: World) -> None:
    define(world.context, LIVER)
    world.registry.faults = [None, None, Reply(500), Reply(500), Reply(500)]
    assert keep(world.context, LIVER.name).error is not None
    assert again(world, LIVER).trials == (SEED, TWIN, GERMAN)
    assert world.news() == []


def test_a_larger_set_is_the_wish_of_a_person_and_no_news(world: World) -> None:
    made(world, like(SEED, 1))
    assert made(world, like(SEED, 2)).entered == (COUSIN,)
    assert world.news() == []


def test_a_rejected_trial_leaves_its_place_to_the_next(world: World) -> None:
    made(world, LIKE)
    with world.context.database.write() as session:
        cohorts.reject(session, LIKE.name, [TWIN], world.clock.now())
    kept = again(world, LIKE)
    assert kept.trials == (COUSIN, GERMAN) and kept.entered == (GERMAN,)
    assert TWIN in world.watched() and tags(world, TWIN) == []
    assert news(world) == [("cohort.entered", GERMAN)]


def test_a_trial_that_somebody_unwatched_is_not_watched_again_while_it_is_in(world: World) -> None:
    made(world, LIVER)
    with world.context.database.write() as session:
        watches.unwatch(session, GERMAN, world.clock.now())
    assert again(world, LIVER).trials == (SEED, TWIN, GERMAN)
    assert GERMAN not in world.watched()


def test_a_merged_trial_is_its_new_one(world: World) -> None:
    made(world, LIVER)
    world.poll()
    world.news()
    merged = world.registry.studies.pop(GERMAN)
    merged["protocolSection"]["identificationModule"] |= {"nctId": nct(9), "nctIdAliases": [GERMAN]}
    world.registry.studies[nct(9)] = merged
    for _ in range(2):  # a merger is believed on a second data set
        world.day(3)
        world.poll()
    kept = keep(world.context, LIVER.name)
    assert (kept.trials, kept.entered, kept.left) == ((SEED, TWIN, nct(9)), (), ())


def test_two_processes_at_once_tell_it_once(world: World) -> None:
    made(world, LIVER)
    publish(world, 8, "Resection or ablation")
    world.day(3)
    with another_house(world) as other:
        assert sorted(len(keep(it.context, LIVER.name).entered) for it in (world, other)) == [0, 1]
    assert news(world) == [("cohort.entered", nct(8))]


def test_one_that_is_stopped_is_not_searched_for(world: World) -> None:
    made(world, LIVER)
    with world.context.database.write() as session:
        cohorts.stop(session, LIVER.name, world.clock.now())
    asked = len(world.registry.requests)
    assert again(world, LIVER) == Kept(LIVER.name)
    assert len(world.registry.requests) == asked


# -- by the daemon


def alive_with(world: World, *wanted: Definition) -> Living:
    for cohort in wanted:
        define(world.context, cohort)
    return living(world)


def beat(alive: Living) -> None:
    alive.daemon.beat("cohorts", alive.daemon.search)


def test_the_daemon_searches_one_at_a_beat_and_then_when_it_is_due(world: World) -> None:
    alive = alive_with(world, LIVER, LIKE)
    beat(alive)
    assert len(alive.said("cohort")) == 1
    beat(alive)
    beat(alive)
    assert {line["cohort"] for line in alive.said("cohort")} == {LIVER.name, LIKE.name}
    calendar, now = CALENDARS["ctgov"], world.clock.now()
    assert row(world, LIVER).next_search_at == calendar.next_publication(now)
    assert row(world, LIKE).next_search_at == calendar.next_publication(now + timedelta(days=6))


def test_what_enters_is_looked_at_by_the_next_look(world: World) -> None:
    alive = alive_with(world, LIVER)
    beat(alive)
    alive.beat()
    new = publish(world, 8, "Resection or ablation")
    world.day(3)
    beat(alive)
    alive.beat()
    assert [event.trial for event in world.news() if event.kind == "trial.first_seen"] == [SEED, TWIN, GERMAN, new]


def test_data_that_are_known_are_not_searched_again(world: World) -> None:
    alive = alive_with(world, LIVER)
    beat(alive)
    world.clock.advance(timedelta(days=3))  # the registry has not published
    asked = len(world.registry.requests)
    beat(alive)
    assert len(world.registry.requests) == asked + 1
    assert row(world, LIVER).next_search_at == world.clock.now() + timedelta(hours=1)


def test_a_registry_that_wants_to_be_left_alone_is(world: World) -> None:
    alive = alive_with(world, LIVER)
    world.registry.faults = [Reply(429, headers={"Retry-After": "3600"})]
    beat(alive)
    asked = len(world.registry.requests)
    world.clock.advance(timedelta(minutes=45))
    beat(alive)
    assert len(world.registry.requests) == asked
    world.clock.advance(timedelta(minutes=45))
    beat(alive)
    assert row(world, LIVER).filled_at is not None


def test_one_that_fails_keeps_no_other_waiting(world: World) -> None:
    alive = alive_with(world, like(nct(77), 5), LIVER)
    for _ in range(3):
        beat(alive)
    assert row(world, LIVER).filled_at is not None
    failed = row(world, like(nct(77), 5))
    assert failed.failures == 1 and "does not know" in failed.error
    assert failed.next_search_at == world.clock.now() + timedelta(minutes=30)


def test_what_was_cut_off_is_searched_again_after_half_an_hour(world: World) -> None:
    alive = alive_with(world, LIVER)
    alive.daemon.stopping.set()
    with pytest.raises(Stopping):
        alive.daemon.search()
    assert row(world, LIVER).filled_at is None and world.watched() == []
    alive = living(world)
    beat(alive)
    assert row(world, LIVER).filled_at is None
    world.clock.advance(timedelta(minutes=31))
    beat(alive)
    assert row(world, LIVER).filled_at is not None


def test_a_clock_set_back_does_not_put_a_search_off_for_ever(world: World) -> None:
    alive = alive_with(world, LIVER)
    with world.context.database.write() as session:
        cohorts.note(session, LIVER.name, next_search_at=world.clock.now() + timedelta(days=400))
    beat(alive)
    assert row(world, LIVER).filled_at is not None


def posted(world: World) -> list[tuple[str, str, str]]:
    """The messages that wait: kind, trial and rules."""
    with world.context.database.read() as session:
        return [(it.kind, it.trial, it.rules) for it in queries.listing(session) if it.state == "pending"]


def with_rules(world: World, *rules: AlertRule) -> World:
    return replace(world, context=replace(world.context, alerts=AlertConfig(rules=rules)))


def test_who_wants_to_know_is_told_through_the_outbox_in_the_same_transaction(world: World) -> None:
    hears = AlertRule("all", ("cohort.*",), ("team",))
    hears_tag = AlertRule("set", ("cohort.entered",), ("me",), tags=frozenset({LIVER.name}))
    deaf = AlertRule("other", ("cohort.*",), ("else",), tags=frozenset({"other"}))
    world = with_rules(world, hears, hears_tag, deaf)
    made(world, LIVER)
    assert posted(world) == []
    new = publish(world, 8, "Resection or ablation")
    again(world, LIVER)
    assert sorted(posted(world)) == [("cohort.entered", new, '["all"]'), ("cohort.entered", new, '["set"]')]


def test_many_that_enter_at_once_are_one_message(world: World) -> None:
    world = with_rules(world, AlertRule("all", ("cohort.*",), ("team",)))
    made(world, LIVER)
    for number in range(10, 22):
        publish(world, number, f"Liver study {number}")
    assert len(again(world, LIVER).entered) == 12
    assert posted(world) == [("group", "", '["all"]')]


@pytest.mark.fault("R-A4")
def test_a_refused_query_says_so_once_and_waits_a_week(world: World) -> None:
    made(world, LIVER)
    members = row(world, LIVER)
    world.registry.faults = lambda it: Reply(400, b"Too complicated query") if "query.cond" in it.query else None
    for _ in range(2):
        kept = again(world, LIVER)
        assert kept.is_refused
        found = row(world, LIVER)
        assert found.refused and "Too complicated query" in found.error
        assert found.next_search_at == world.clock.now() + timedelta(days=7)
    with world.context.database.read() as session:
        told = history.changes(session, ChangeFilter(kinds=("ops.query_refused",)))
    assert [event.subject for event, _ in told] == [LIVER.name]
    assert f"trialwatch unwatch --cohort {LIVER.name}" in told[0][0].summary
    world.registry.faults = []
    assert again(world, LIVER).error is None
    assert not row(world, LIVER).refused
    assert members.filled_at == row(world, LIVER).filled_at


@pytest.mark.fault("R-A2")
def test_a_firewall_is_no_refused_query(world: World) -> None:
    made(world, LIVER)
    world.registry.faults = lambda it: Reply(403) if "query.cond" in it.query else None
    assert not again(world, LIVER).is_refused
    assert not row(world, LIVER).refused
