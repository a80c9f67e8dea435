"""An id the registry does not know: named once, asked for after a day, then weekly, until the registry knows it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.daemon.beating_daemon import BeatingDaemon, beating_daemon
from tests.support.harness import ONE, START, TWO, Harness, is_list, record
from tests.support.registry.embedded_registry import Reply
from tracker.polling.run.report import FailureKind

pytestmark = pytest.mark.fault("R-D2")

STRANGERS = [f"NCT0900{number:04d}" for number in range(20)]
STRANGER = STRANGERS[0]


def asked_alone(harness: Harness, trial: str = STRANGER) -> int:
    return harness.registry.paths().count(f"/api/v2/studies/{trial}")


def next_day(harness: Harness) -> None:
    """A day passes, and the registry has new data: each day, so that nothing but the rule keeps us from asking."""
    harness.day()
    harness.registry.requests.clear()


def watching_strangers(harness: Harness, *names: str) -> BeatingDaemon:
    harness.settled()
    harness.watch(*(names or STRANGERS))
    return beating_daemon(harness)


def test_twenty_unknown_ids_cost_little_in_a_day(harness: Harness) -> None:
    alive = watching_strangers(harness)
    alive.until(START + timedelta(hours=23))
    assert {asked_alone(harness, trial) for trial in STRANGERS} == {1}
    assert len(harness.registry.requests) <= 20 + 10


def test_an_unknown_id_is_asked_for_weekly_at_last(harness: Harness) -> None:
    alive = watching_strangers(harness)
    for day in range(1, 36):
        alive.until(START + timedelta(days=day))
        harness.registry.data_timestamp = f"{(START + timedelta(days=day)).date()}T09:00:05"
    assert 5 <= asked_alone(harness) <= 7


def test_an_unknown_id_is_a_failure_only_once(harness: Harness) -> None:
    harness.settled()
    harness.watch(STRANGER)
    first = harness.poll()
    assert (first.outcome, [item.trial for item in first.failed]) == ("partial", [STRANGER])
    assert [item.kind for item in first.failed] == [FailureKind.UNKNOWN_TRIAL]
    for days in (1, 7, 7):
        harness.day(days)
        again = harness.poll()
        assert (again.outcome, again.failed) == ("complete", ())
    assert asked_alone(harness) == 4


def test_only_unknown_ids_fail_only_once(harness: Harness) -> None:
    harness.watch(STRANGER)
    assert harness.poll().outcome == "failed"
    harness.day()
    assert harness.poll().outcome == "complete"


def test_a_daily_poll_asks_for_it_no_oftener(harness: Harness) -> None:
    """As from cron, where no plan says who is due: the others' list is asked for without it."""
    watching_strangers(harness)
    asked = []
    for _ in range(22):
        harness.poll()
        asked.append(asked_alone(harness))
        listed = [name for request in harness.registry.requests if is_list(request) for name in request.ids]
        assert asked[-1] or not set(listed) & set(STRANGERS)
        next_day(harness)
    assert [day for day, times in enumerate(asked) if times] == [0, 1, 8, 15]


def test_a_poll_an_hour_on_asks_for_it_no_more(harness: Harness) -> None:
    watching_strangers(harness)
    harness.poll()
    harness.registry.requests.clear()
    for _ in range(6):
        harness.clock.advance(timedelta(hours=1))
        harness.registry.data_timestamp = harness.clock.now().isoformat()[:19]
        harness.poll()
    assert asked_alone(harness) == 0


def test_once_it_is_known_it_is_a_trial_like_any_other(harness: Harness) -> None:
    alive = watching_strangers(harness, STRANGER)
    alive.until(START + timedelta(days=1, hours=1))
    harness.registry.studies[STRANGER] = record(STRANGER)
    for day in range(2, 11):
        harness.registry.data_timestamp = f"{(START + timedelta(days=day)).date()}T09:00:05"
        alive.until(START + timedelta(days=day))
    assert harness.versions(STRANGER)
    head = harness.head(STRANGER)
    assert (head.missing_data_timestamp, head.missing_count, head.is_unknown) == (None, 0, False)
    del harness.registry.studies[STRANGER]
    for _ in range(2):
        harness.day()
        harness.poll()
    assert "trial.gone" in harness.kinds(), "what was read once is missed, not unknown"


def test_a_record_that_cannot_be_read_yet_is_not_unknown(harness: Harness) -> None:
    watching_strangers(harness, STRANGER)
    harness.poll()
    harness.day()
    harness.registry.studies[STRANGER] = {"protocolSection": {"identificationModule": {"nctId": STRANGER}}}
    assert [item.trial for item in harness.poll().quarantined] == [STRANGER]
    harness.registry.studies[STRANGER] = record(STRANGER)
    harness.day()
    harness.poll()
    assert harness.versions(STRANGER), "it was asked for the very next day"


def test_who_watches_it_again_is_answered_again(harness: Harness) -> None:
    watching_strangers(harness, STRANGER)
    harness.poll()
    harness.watch(STRANGER)
    assert [item.trial for item in harness.poll(STRANGER).failed] == [STRANGER]


def test_a_sick_registry_makes_no_id_unknown(harness: Harness) -> None:
    """The run is held, for most trials are gone at once: what it says of new ids is not believed either."""
    harness.settled()
    harness.watch(STRANGER)
    harness.day()
    harness.registry.faults = lambda request: None if request.path.endswith("/version") else Reply(404)
    assert harness.poll().outcome != "complete"
    harness.registry.faults = []
    harness.registry.studies[STRANGER] = record(STRANGER)
    assert harness.poll().new == 1


def test_the_list_says_why_it_waits(harness: Harness) -> None:
    watching_strangers(harness, STRANGER)
    harness.poll()
    assert harness.planned(STRANGER) == (START + timedelta(days=1), "the registry does not know it")


def test_an_unknown_number_that_answers_with_what_cannot_be_decoded_is_known(harness: Harness) -> None:
    """It is asked again as every other trial is, and no more as rarely as a number that may be mistyped."""
    harness.settled(TWO)
    kept = harness.registry.studies.pop(ONE)
    harness.watch(ONE)
    harness.day()
    harness.poll()
    assert harness.head(ONE).is_unknown
    kept["protocolSection"]["many"] = list(range(60_000))
    harness.registry.studies[ONE] = kept
    harness.day(8)
    assert [it.trial for it in harness.poll().quarantined] == [ONE]
    assert not harness.head(ONE).is_unknown
