"""Standings over a real store: what is kept equals what is made anew, whatever happened in between."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import text

from storage.versions import results_cache
from tests.poll.world import IDS, ONE, TWO, World, with_results, with_rounds
from tracker.registries.ctgov.normalize import NORMALIZER
from tracker.results.duties import RULES
from tracker.results.scorecard import ResultsStatus, days_late
from tracker.services.portfolio import lines_of, posted_since, unposted
from tracker.services.results import results_of
from tracker.services.results_status import MADE_BY, standings_of

PENDING, RETURNED = {"releaseDate": "2026-08-16"}, {"releaseDate": "2026-08-16", "resetDate": "2026-08-20"}


def asked(world: World, *names: str) -> dict[str, ResultsStatus]:
    return standings_of(world.context.database, names or IDS, world.clock.now().date())


def anew(world: World) -> dict[str, ResultsStatus]:
    """With all that was kept thrown away."""
    with world.context.database.write() as session:
        session.connection().execute(text("DELETE FROM standing"))
    return asked(world)


def kept(world: World) -> set[str]:
    with world.context.database.read() as session:
        return set(results_cache.kept(session, IDS, MADE_BY))


def live(world: World, rng: random.Random) -> None:
    """A day in which anything may happen to any trial."""
    today = world.clock.now().date().isoformat()
    for trial in rng.sample(IDS, 3):
        study, status = world.registry.studies[trial], world.status(trial)
        match rng.randrange(5):
            case 0:
                status["primaryCompletionDateStruct"] = {"date": f"202{rng.randrange(4, 7)}-0{rng.randrange(1, 9)}"}
            case 1:
                with_rounds(study, *rng.choice([[], [PENDING], [RETURNED]]))
            case 2:
                status["overallStatus"] = rng.choice(["COMPLETED", "TERMINATED", "RECRUITING"])
            case 3:
                sponsor = world.module(trial, "sponsorCollaboratorsModule")["leadSponsor"]
                sponsor["name"] = rng.choice(["One", "Two"])
            case _:
                with_results(study)
                status |= {"resultsFirstSubmitDate": today, "resultsFirstPostDateStruct": {"date": today}}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_equals_what_is_made_anew(world: World, seed: int) -> None:
    rng = random.Random(seed)
    world.settled()
    for _ in range(8):
        world.day(rng.randrange(1, 40))
        live(world, rng)
        world.poll()
        asked(world, *rng.sample(IDS, 2))
    found = asked(world)
    assert found == anew(world) and found.keys() == set(IDS)
    for trial in IDS:
        with world.context.database.read() as session:
            told = results_of(session, trial, world.clock.now().date())
        late = [duty["days_late"] for duty in told["duties"] if duty["days_late"]]
        assert (found[trial].state, days_late(found[trial], world.clock.now().date())) == (
            told["state"],
            max(late, default=None),
        )


def test_only_what_moved_is_made_anew(world: World) -> None:
    world.settled()
    assert kept(world) == set()
    asked(world)
    assert kept(world) == set(IDS)
    world.day()
    with_rounds(world.registry.studies[ONE], PENDING)
    world.poll()
    assert kept(world) == set(IDS) - {ONE}
    assert asked(world)[ONE].state == "submitted" and kept(world) == set(IDS)


def test_a_standing_names_the_rules_and_the_reader_it_was_made_by(world: World) -> None:
    """A rule read anew has another version; then nothing that is kept counts."""
    for rule in RULES.values():
        assert f"{rule.name}@{rule.version}" in MADE_BY
    assert str(NORMALIZER) in MADE_BY.split(";")
    world.settled()
    asked(world)
    with world.context.database.read() as session:
        assert results_cache.kept(session, IDS, MADE_BY.replace("2017-05-18/2", "2017-05-18/3")) == {}


def test_a_trial_without_a_version_has_no_standing_and_an_empty_line(world: World) -> None:
    world.watch(ONE)
    assert asked(world) == {}
    [line] = lines_of(world.context.database, [ONE], world.clock.now().date()).values()
    assert set(line.document().values()) == {None}
    assert unposted(world.context.database, [ONE], world.clock.now().date()) == []


def test_a_completed_trial_leaves_the_unposted_on_the_day_it_posts(world: World) -> None:
    for trial in (ONE, TWO):
        world.status(trial)["overallStatus"] = "COMPLETED"
    world.settled()
    database, today = world.context.database, world.clock.now().date()
    assert unposted(database, IDS, today) == [ONE, TWO]
    world.day()
    with_results(world.registry.studies[ONE])
    world.poll()
    assert unposted(database, IDS, today) == [TWO]
    bounds: dict[str, Any] = {"since_day": "2026-08-15", "since_instant": None}
    assert posted_since(database, IDS, today, bounds) == [ONE], "though the record gives no day"
    bounds["since_day"] = "2026-08-16"
    assert posted_since(database, IDS, today, bounds) == []
