"""The pages of what is owed, one after the other, while a status is not worked out yet."""

from __future__ import annotations

from tests.integration.services.test_pages import Lived, lived, with_rounds
from tracker.services.results.owed_page import OwedRequest, owed_page
from tracker.services.results.owed_results import owed_results
from tracker.services.results.owing import OwingSort

__all__ = ["lived"]


def every(lived: Lived, limit: int) -> list[tuple[str, str]]:
    """Read all pages, as a client that follows `next` does."""
    today, found, offset = lived.harness.clock.now().date(), [], 0
    while True:
        request = OwedRequest(sort=OwingSort.TRIAL, limit=limit, offset=offset)
        page = owed_results(lived.door, lived.database, request, today)
        found += [(it.trial, it.rule) for it in page.owing]
        if page.next is None:
            return found
        offset = int(page.next)


def test_pages_go_on_behind_a_trial_that_owes_nothing_any_more(lived: Lived) -> None:
    """The first trial has submitted a moment ago. The keeper has not worked that out yet."""
    lived.harness.day()
    lived.harness.poll()
    lived.refresh()
    whole = every(lived, 1000)
    first = whole[0][0]
    assert len(whole) > 1 and whole == every(lived, 1)
    with_rounds(lived.harness.registry.studies[first], {"releaseDate": lived.harness.clock.now().date().isoformat()})
    lived.harness.day(0)
    lived.harness.registry.data_timestamp = lived.harness.registry.data_timestamp.replace("T09", "T10")
    lived.harness.poll()
    today = lived.harness.clock.now().date()
    rows = owed_page(lived.door, lived.database, OwedRequest(sort=OwingSort.TRIAL, limit=1000), today).rows
    left = [(it.trial, it.rule) for it in rows]
    assert first not in {it[0] for it in left} and left
    assert {limit: every(lived, limit) for limit in (1000, 2, 1)} == {1000: left, 2: left, 1: left}
