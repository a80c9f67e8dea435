"""Sets of trials when numbers are merged, and when a person watches what a set brought."""

from __future__ import annotations

from storage.versions import merges
from tests.integration.poll.conftest import harness, make_world
from tests.integration.similar.conftest import COUSIN, SEED, TWIN
from tests.integration.similar.test_keeping import LIKE, LIVER, again, made, news, publish, registry
from tests.support.harness import Harness
from tracker.context.progress import silent
from tracker.services.similar.cohorts import change_rejected, list_cohorts, stop
from tracker.services.similar.similar import similar_watched
from tracker.services.watching.watch import WatchRequest, watch
from tracker.similar.comparison import Choice

__all__ = ["harness", "make_world", "registry"]


def merged(harness: Harness, old: str, new: str) -> None:
    """The registry has merged a number into another, and a poll has believed it."""
    with harness.context.database.write() as session:
        merges.settle(session, old, new, harness.clock.now())


def test_what_was_kept_out_stays_out_under_its_new_number(harness: Harness) -> None:
    made(harness, LIKE)
    with harness.context.database.write() as session:
        change_rejected(session, SEED, [COUSIN, TWIN], [], harness.clock.now())
    # The registry gives TWIN another number.
    new = publish(harness, 9, "Liver resection after conversion therapy")
    harness.registry.studies.pop(TWIN)
    harness.watch(new)
    merged(harness, TWIN, new)
    kept = again(harness, LIKE)
    assert new not in kept.trials, kept
    assert ("cohort.entered", new) not in news(harness)
    with harness.context.database.write() as session:
        assert new in change_rejected(session, SEED, [], [], harness.clock.now())
        assert change_rejected(session, SEED, [], [new], harness.clock.now()) == [COUSIN]


def test_a_seed_that_was_merged_keeps_its_one_set_and_its_rejections(harness: Harness) -> None:
    made(harness, LIKE)
    new = publish(harness, 9, "Conversion therapy then liver resection or watching")
    harness.registry.studies.pop(SEED)
    harness.watch(SEED, new)
    assert harness.poll().outcome
    merged(harness, SEED, new)
    with harness.context.database.write() as session:
        change_rejected(session, SEED, [TWIN], [], harness.clock.now())
    kept = again(harness, LIKE)
    assert TWIN not in kept.trials, "a person kept it out, by either number"


def test_watching_the_set_of_a_merged_seed_again_does_not_make_a_second(harness: Harness) -> None:
    made(harness, LIKE)
    new = publish(harness, 9, "Conversion therapy then liver resection or watching")
    harness.registry.studies.pop(SEED)
    harness.watch(SEED, new)
    assert harness.poll().outcome
    merged(harness, SEED, new)
    similar_watched(harness.context, SEED, Choice(2), silent)
    with harness.context.database.read() as session:
        found = [it.cohort for it in list_cohorts(session)]
    assert len(found) == 1, found


def test_a_trial_that_a_person_watches_too_stays_watched_when_its_set_ends(harness: Harness) -> None:
    made(harness, LIVER)
    watch(harness.context, WatchRequest([TWIN], ("mine",)), silent)
    with harness.context.database.write() as session:
        stop(session, [LIVER.name], harness.clock.now(), with_trials=True)
    assert TWIN in harness.watched()
