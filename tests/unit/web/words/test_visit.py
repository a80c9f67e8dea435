"""What "since you looked" means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.words.visit import next_visit, seen_visit

NOON = datetime(2027, 3, 8, 12, tzinfo=UTC)
STORE = "875fc4c5-929c-42a7-9d0b-fc47a15edaab"


def test_the_first_visit_has_nothing_before_it() -> None:
    first = next_visit("", STORE, 7, NOON)
    assert (first.since, first.since_seq, first.seq) == (None, None, 7)


def test_pages_of_one_visit_look_back_to_the_visit_before() -> None:
    first = next_visit("", STORE, 7, NOON)
    later = next_visit(first.text(), STORE, 9, NOON + timedelta(minutes=20))
    assert later.since is None
    second = next_visit(later.text(), STORE, 12, NOON + timedelta(hours=5))
    assert (second.since_seq, second.since) == (9, NOON + timedelta(minutes=20))
    reloaded = next_visit(second.text(), STORE, 13, NOON + timedelta(hours=5, minutes=29))
    assert (reloaded.since_seq, reloaded.since) == (9, NOON + timedelta(minutes=20))
    third = next_visit(reloaded.text(), STORE, 13, NOON + timedelta(hours=6))
    assert third.since_seq == 13


def test_what_is_marked_as_seen_is_no_longer_new() -> None:
    seen = seen_visit("", STORE, 7, NOON, 9, NOON + timedelta(minutes=5))
    assert (seen.since_seq, seen.since, seen.seq) == (7, NOON, 7)
    known = next_visit(next_visit("", STORE, 3, NOON).text(), STORE, 9, NOON + timedelta(hours=1))
    older = seen_visit(known.text(), STORE, 7, NOON, 9, NOON + timedelta(hours=1))
    assert (older.since_seq, older.seq) == (7, 9)  # 8 and 9 were shown at this visit, and are new until it ends
    assert next_visit(older.text(), STORE, 9, NOON + timedelta(hours=3)).since_seq == 9


def test_an_old_page_that_is_marked_as_seen_brings_nothing_back() -> None:
    seen = seen_visit("", STORE, 9, NOON, 9, NOON)
    again = seen_visit(seen.text(), STORE, 4, NOON - timedelta(hours=1), 9, NOON + timedelta(minutes=5))
    assert (again.since_seq, again.since, again.seq) == (9, NOON, 9)
    visited = next_visit("", STORE, 9, NOON)
    much_later = seen_visit(visited.text(), STORE, 4, NOON - timedelta(hours=1), 9, NOON + timedelta(hours=2))
    assert (much_later.since_seq, much_later.since) == (9, NOON)


@pytest.mark.parametrize(("store", "seq"), [("another", 9), (STORE, 99)])
def test_a_cookie_of_another_store_hinders_no_marking(store: str, seq: int) -> None:
    known = seen_visit("", store, seq, NOON, seq, NOON).text()
    assert seen_visit(known, STORE, 4, NOON, 9, NOON).since_seq == 4


@pytest.mark.parametrize("store", ["another", ""])
def test_another_store_begins_again(store: str) -> None:
    known = next_visit("", STORE, 7, NOON).text()
    assert next_visit(known, store, 1, NOON + timedelta(days=1)).since is None


def test_a_restored_store_or_a_clock_set_back_begins_again() -> None:
    known = next_visit("", STORE, 7, NOON).text()
    assert next_visit(known, STORE, 6, NOON + timedelta(days=1)).since is None
    assert next_visit(known, STORE, 8, NOON - timedelta(days=1)).since is None


@given(st.text(max_size=60) | st.from_regex(rf"{STORE}\.[0-9]*\.[0-9]*\.[0-9]*\.[0-9]*", fullmatch=True))
def test_no_cookie_is_an_error(cookie: str) -> None:
    found = next_visit(cookie, STORE, 5, NOON)
    assert found.at == NOON and found.seq == 5
    assert found.since is None or found.since <= NOON
