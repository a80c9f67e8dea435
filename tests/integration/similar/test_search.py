"""The steps together, against a registry over real sockets."""

from __future__ import annotations

import pytest

from storage.versions import trials
from tests.integration.similar.conftest import COUSIN, GERMAN, SEED, STRANGER, STUDIES, TWIN, MakeContext, keep
from tests.integration.similar.test_candidates import HOSTILE
from tests.support.records.similar_factories import nct, story, study
from tests.support.registry.embedded_registry import RegistryServer, Reply
from tests.unit.similar.test_explain import holds
from tracker.context.context import Context
from tracker.demo.demo_registry import DemoRegistry
from tracker.errors import ServerTrouble, UnknownTrial
from tracker.similar.candidates import Bounds
from tracker.similar.comparison import Choice
from tracker.similar.filters import Filters
from tracker.similar.find_similar import find_similar
from tracker.similar.found import SimilarTrials


def names(found: SimilarTrials) -> list[str]:
    return [item.record.trial for item in found.similar]


def test_the_searches_find_what_shares_a_condition_or_a_phrase_and_rank_it(context: Context) -> None:
    found = find_similar(context, SEED)
    assert names(found)[0] == TWIN
    assert set(names(found)) == {TWIN, COUSIN, GERMAN}
    assert (found.notices, found.error, found.unknown, found.compared) == ([], None, [], 3)
    for item in found.similar:
        assert item.reasons
        assert all(holds(reason, found.seed) and holds(reason, item.record) for reason in item.reasons)


def test_nothing_is_written(context: Context) -> None:
    find_similar(context, SEED)
    with context.database.read() as session:
        assert trials.rows(session, watched_only=False) == []


def test_what_is_stored_is_compared_too(context: Context) -> None:
    keep(context, STRANGER)
    found = find_similar(context, SEED)
    assert found.compared == 4
    assert STRANGER not in names(found)  # with not one word in common


def test_only_the_first_few_are_given(context: Context) -> None:
    assert names(find_similar(context, SEED, Choice(top=1))) == [TWIN]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(phases=frozenset({"PHASE3", "PHASE4"})), {TWIN}),
        (Filters(countries=frozenset({"gErmany"})), {GERMAN}),
        (Filters(statuses=frozenset({"COMPLETED"})), set()),
        (Filters(statuses=frozenset({"RECRUITING"}), countries=frozenset({"Germany"})), {GERMAN}),
        (Filters(has_results=True), set()),
    ],
)
def test_filters_leave_out_and_change_no_score(context: Context, filters: Filters, left: set[str]) -> None:
    scores = {item.record.trial: item.score for item in find_similar(context, SEED).similar}
    found = find_similar(context, SEED, Choice(filters=filters))
    assert set(names(found)) == left
    assert all(item.score == scores[item.record.trial] for item in found.similar)


def test_among_ranks_just_these_from_the_store_and_the_registry(context: Context) -> None:
    keep(context, TWIN)
    found = find_similar(context, SEED, Choice(among=[STRANGER, TWIN, SEED, nct(99)]))
    assert names(found) == [TWIN, STRANGER]
    assert found.similar[1].score == 0
    assert found.unknown == [nct(99)]


def test_a_seed_that_nobody_knows(context: Context) -> None:
    with pytest.raises(UnknownTrial, match=nct(99)):
        find_similar(context, nct(99))


def test_a_silent_registry_leaves_what_is_stored(make_context: MakeContext, registry: DemoRegistry) -> None:
    keep(make_context(registry), SEED, TWIN, STRANGER)
    with RegistryServer(faults=lambda _: Reply(500)) as broken:
        found = find_similar(make_context(broken), SEED)
    assert names(found) == [TWIN]
    assert isinstance(found.error, ServerTrouble)


def test_a_silent_registry_and_an_empty_store_is_an_error(make_context: MakeContext) -> None:
    with RegistryServer(faults=lambda _: Reply(500)) as broken, pytest.raises(ServerTrouble):
        find_similar(make_context(broken), SEED)


def test_a_record_that_cannot_be_read_is_named_and_the_others_are_ranked(make_context: MakeContext) -> None:
    broken = study(6, "Liver resection", ["Hepatocellular Carcinoma"], statusModule={"overallStatus": 7})
    with DemoRegistry(story(*STUDIES, broken)) as registry:
        found = find_similar(make_context(registry), SEED)
    assert set(names(found)) == {TWIN, COUSIN, GERMAN}
    assert [nct(6) in notice and "cannot be read" in notice for notice in found.notices] == [True]


def test_bounds_are_said(context: Context) -> None:
    found = find_similar(context, SEED, bounds=Bounds(records=1))
    assert any("found more than 1" in notice for notice in found.notices)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_record_does_not_break_its_own_search(make_context: MakeContext, text: str) -> None:
    seed = study(7, f"{text} of hepatoma", [text], conditionsModule={"conditions": [text], "keywords": [text]})
    with DemoRegistry(story(seed, study(8, "A twin of hepatoma", [text]), *STUDIES)) as registry:
        found = find_similar(make_context(registry), nct(7))
    assert names(found)[:1] == [nct(8)]
    assert not any("refused" in notice for notice in found.notices)


def test_every_stored_trial_is_compared_and_those_that_are_named(context: Context) -> None:
    keep(context, SEED, TWIN, COUSIN, STRANGER, GERMAN)
    assert find_similar(context, SEED).compared == 4
    named = find_similar(context, SEED, Choice(among=[STRANGER]))
    assert names(named) == [STRANGER] and named.compared == 1
