"""The same searches are not made twice on the same data, and never answer for other data or another question."""

from __future__ import annotations

import pytest

from tests.integration.similar.conftest import SEED, STUDIES, TWIN, MakeContext
from tests.support.records.similar_factories import story
from tracker.context.context import Context
from tracker.demo.demo_registry import DemoRegistry
from tracker.similar.candidates import Bounds
from tracker.similar.comparison import Choice
from tracker.similar.find_similar import find_similar
from tracker.similar.found import SimilarTrials


def asked(context: Context, **options: object) -> tuple[SimilarTrials, int]:
    """What was found, and how many requests that took."""
    before = context.clients["ctgov"].requests
    found = find_similar(context, SEED, **options)  # type: ignore[arg-type]
    return found, context.clients["ctgov"].requests - before


def order(found: SimilarTrials) -> list[tuple[str, float]]:
    return [(it.record.trial, it.score) for it in found.similar]


def test_the_second_time_only_the_seed_and_the_data_timestamp_are_asked_for(context: Context) -> None:
    first, many = asked(context)
    again, few = asked(context, choice=Choice(top=2))
    assert many > 5 and few == 2
    assert order(again) == order(first)[:2]
    assert [it.reasons for it in again.similar] == [it.reasons for it in first.similar[:2]]
    assert (again.notices, again.compared) == (first.notices, first.compared)


def test_another_question_is_asked(context: Context) -> None:
    asked(context)
    found, requests = asked(context, bounds=Bounds(records=1))
    assert requests > 5 and any("found more than 1" in notice for notice in found.notices)
    assert any("found more than 1" in notice for notice in asked(context, bounds=Bounds(records=1))[0].notices)


def test_other_data_are_asked(make_context: MakeContext) -> None:
    with DemoRegistry(story(*STUDIES)) as registry:
        context = make_context(registry)
        asked(context)
        registry.move_to(registry.day.replace(day=registry.day.day + 1))
        assert asked(context)[1] > 5


@pytest.mark.parametrize("harm", [b"", b"not a frame", None])
def test_what_is_damaged_or_gone_is_asked_again(context: Context, harm: bytes | None) -> None:
    first, _ = asked(context)
    assert context.derived is not None
    [file] = context.derived.glob("*/searches/*.zst")
    file.unlink() if harm is None else file.write_bytes(harm)
    again, requests = asked(context)
    assert requests > 5 and order(again) == order(first) and order(again)[0][0] == TWIN


def test_only_the_owner_can_read_what_is_kept(context: Context) -> None:
    asked(context)
    assert context.derived is not None
    [file] = context.derived.glob("*/searches/*.zst")
    assert file.stat().st_mode & 0o077 == 0
