"""A set that is asked for again without naming its tags keeps them."""

from __future__ import annotations

from tests.integration.poll.conftest import harness, make_world
from tests.integration.similar.conftest import SEED
from tests.integration.similar.test_keeping import again, made, publish, registry, tags
from tests.support.harness import Harness
from tracker.context.progress import silent
from tracker.services.similar.similar import similar_watched
from tracker.similar.cohorts.cohort_definition import like
from tracker.similar.comparison import Choice

__all__ = ["harness", "make_world", "registry"]


def test_similar_watch_keeps_the_tags_of_watch_similar(harness: Harness) -> None:
    cohort = like(SEED, 2, ("hcc",))  # trialwatch watch SEED --similar 2 --tag hcc
    made(harness, cohort)
    similar_watched(harness.context, SEED, Choice(2), silent)  # trialwatch similar SEED --top 2 --watch
    new = publish(harness, 9, "Conversion therapy then liver resection or watching, hepatectomy watch and wait")
    kept = again(harness, cohort)
    assert kept.entered == (new,)
    assert tags(harness, new) == sorted(["hcc", cohort.name])
