"""Standings over a real store: what is kept equals what is made again, whatever happened in between."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from storage.reads.in_session import SessionReader
from storage.reads.trials import standings
from storage.versions import snapshots
from tests.support.harness import IDS, ONE, TWO, Harness, with_results, with_rounds
from tracker.api.results import TrialResults
from tracker.registries.ctgov.normalize import NORMALIZER
from tracker.results.duties import RULES
from tracker.results.scorecard import ResultsStatus, days_late
from tracker.services.known_by_door import opened_anyway
from tracker.services.results.kept.kept_statuses import statuses_of
from tracker.services.results.made_by import MADE_BY
from tracker.services.results.portfolio import lines_of
from tracker.services.results.report_parts import posted_since, unposted
from tracker.services.results.results import results_of

PENDING, RETURNED = {"releaseDate": "2026-08-16"}, {"releaseDate": "2026-08-16", "resetDate": "2026-08-20"}


def asked(harness: Harness, *names: str) -> dict[str, ResultsStatus]:
    return statuses_of(*opened_anyway(harness.context.database), names or IDS)


def rebuilt(harness: Harness) -> dict[str, ResultsStatus]:
    """With all that was kept thrown away."""
    with harness.context.database.write() as session:
        session.connection().execute(text("DELETE FROM standing"))
    return asked(harness)


def kept(harness: Harness) -> set[str]:
    with harness.context.database.read() as session:
        return set(standings.kept(SessionReader(session), IDS, MADE_BY))


def live(harness: Harness, rng: random.Random) -> None:
    """A day in which anything may happen to any trial."""
    today = harness.clock.now().date().isoformat()
    for trial in rng.sample(IDS, 3):
        study, status = harness.registry.studies[trial], harness.status(trial)
        match rng.randrange(5):
            case 0:
                status["primaryCompletionDateStruct"] = {"date": f"202{rng.randrange(4, 7)}-0{rng.randrange(1, 9)}"}
            case 1:
                with_rounds(study, *rng.choice([[], [PENDING], [RETURNED]]))
            case 2:
                status["overallStatus"] = rng.choice(["COMPLETED", "TERMINATED", "RECRUITING"])
            case 3:
                sponsor = harness.module(trial, "sponsorCollaboratorsModule")["leadSponsor"]
                sponsor["name"] = rng.choice(["One", "Two"])
            case _:
                with_results(study)
                status |= {"resultsFirstSubmitDate": today, "resultsFirstPostDateStruct": {"date": today}}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_equals_what_is_made_anew(harness: Harness, seed: int) -> None:
    rng = random.Random(seed)
    harness.settled()
    for _ in range(8):
        harness.day(rng.randrange(1, 40))
        live(harness, rng)
        harness.poll()
        asked(harness, *rng.sample(IDS, 2))
    found = asked(harness)
    assert found == rebuilt(harness) and found.keys() == set(IDS)
    for trial in IDS:
        with harness.context.database.read() as session:
            told = results_of(session, trial, harness.clock.now().date())
        late = [duty.days_late for duty in told.duties if duty.days_late]
        assert (found[trial].state, days_late(found[trial], harness.clock.now().date())) == (
            told.state,
            max(late, default=None),
        )


def test_days_that_an_import_moves_are_made_anew(harness: Harness) -> None:
    """A version that was seen earlier than known moves its day, and adds no version and no event."""
    harness.settled()
    asked(harness)
    with harness.context.database.write() as session:
        snapshots.make_current(session, ONE)
    assert kept(harness) == set(IDS) - {ONE}
    assert asked(harness) == rebuilt(harness)


@pytest.mark.parametrize("odd", ["soon", "2026-02-30", "\u200bsoon", "2026/08/15"])
def test_a_text_that_is_no_day_is_an_unknown_day(harness: Harness, odd: str) -> None:
    """The contract says that a step of the cycle has a day or null, and a program that reads it trusts that."""
    with_rounds(harness.registry.studies[ONE], {"releaseDate": "2026-08-01", "resetDate": odd})
    harness.settled(ONE)
    with harness.context.database.read() as session:
        told = results_of(session, ONE, harness.clock.now().date())
    assert [(step.event, step.date) for step in told.cycle] == [("submitted", "2026-08-01"), ("returned", None)]
    assert msgspec.json.decode(msgspec.json.encode(told), type=TrialResults) == told


def test_only_what_moved_is_made_anew(harness: Harness) -> None:
    harness.settled()
    assert kept(harness) == set()
    asked(harness)
    assert kept(harness) == set(IDS)
    harness.day()
    with_rounds(harness.registry.studies[ONE], PENDING)
    harness.poll()
    assert kept(harness) == set(IDS) - {ONE}
    assert asked(harness)[ONE].state == "submitted" and kept(harness) == set(IDS)


def test_a_standing_names_the_rules_and_the_reader_it_was_made_by(harness: Harness) -> None:
    """A rule read anew has another version; then nothing that is kept counts."""
    for rule in RULES.values():
        assert f"{rule.name}@{rule.version}" in MADE_BY
    assert str(NORMALIZER) in MADE_BY.split(";")
    harness.settled()
    asked(harness)
    with harness.context.database.read() as session:
        assert standings.kept(SessionReader(session), IDS, MADE_BY.replace("2017-05-18/2", "2017-05-18/3")) == {}


def test_a_trial_without_a_version_has_no_standing_and_an_empty_line(harness: Harness) -> None:
    harness.watch(ONE)
    assert asked(harness) == {}
    [line] = lines_of(harness.context.database, [ONE], harness.clock.now().date()).values()
    assert set(line.document().values()) == {None}
    assert unposted(*opened_anyway(harness.context.database), [ONE]) == []


def test_a_completed_trial_leaves_the_unposted_on_the_day_it_posts(harness: Harness) -> None:
    for trial in (ONE, TWO):
        harness.status(trial)["overallStatus"] = "COMPLETED"
    harness.settled()
    database = harness.context.database
    assert unposted(*opened_anyway(database), IDS) == [ONE, TWO]
    harness.day()
    with_results(harness.registry.studies[ONE])
    harness.poll()
    assert unposted(*opened_anyway(database), IDS) == [TWO]
    bounds: dict[str, Any] = {"since_day": "2026-08-15", "since_instant": None}
    assert posted_since(*opened_anyway(database), IDS, bounds) == [ONE], "though the record gives no day"
    bounds["since_day"] = "2026-08-16"
    assert posted_since(*opened_anyway(database), IDS, bounds) == []
