"""A filter on similar trials, where another process joins the index meanwhile or a file of it is damaged."""

from __future__ import annotations

import pytest

from tests.integration.similar.test_index import COUNT, TITLES, World, world
from tests.support.records.similar_factories import nct
from tracker.similar.comparison import Choice, compare, find_stored, stored_seed
from tracker.similar.filters import Filters
from tracker.similar.found import SimilarTrials

__all__ = ["world"]

ANY_STATUS = Filters(statuses=frozenset({"COMPLETED", "RECRUITING", "UNKNOWN", "NOT_YET_RECRUITING"}))


def test_a_filter_survives_another_process_that_joins_the_index(world: World) -> None:
    """The server has opened the index. Before it looks at the facets, a command follows a poll."""
    world.open()
    index = world.open()  # from its files
    world.rename(4, "Liver resection after conversion therapy, again")
    for number in (2, 3, 5, 6):
        world.rename(number, f"{TITLES[number - 1]}, renamed")
    world.open()  # as the other process does
    seed = stored_seed(world.context.database, nct(1))
    assert seed is not None
    found = SimilarTrials(seed)
    compare(world.context.database, index, {}, Choice(filters=ANY_STATUS), found)
    assert found.compared == COUNT - 1


@pytest.mark.parametrize("harm", ["cut", "gone", "fewer", "other"])
def test_damaged_facets_are_made_again_and_said(world: World, harm: str) -> None:
    world.open()
    file = next(world.folder.glob("segments/*/facets.json"))
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-5])
    elif harm == "gone":
        file.unlink()
    else:
        file.write_bytes(b"[]" if harm == "fewer" else b'{"0": 1}')
    first, again = (
        find_stored(world.context.database, world.context.derived, nct(1), Choice(filters=ANY_STATUS)) for _ in range(2)
    )
    assert [("damaged" in notice and "made again" in notice) for notice in first.notices] == [True]
    assert again.notices == []
    assert [it.record.trial for it in first.similar] == [it.record.trial for it in again.similar]
    assert first.compared == again.compared == COUNT - 1
