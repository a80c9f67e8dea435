"""The laws of entering and leaving."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.similar.cohorts.cohort_members import CohortChange, Member, decide, is_plausible

names = st.sampled_from([f"NCT{number:08d}" for number in range(1, 13)])
orders = st.lists(names, unique=True)
sizes = st.one_of(st.none(), st.integers(1, 5))
sets = st.dictionaries(names, st.integers(0, 1)).map(lambda it: [Member(*pair) for pair in it.items()])


def trials(change: CohortChange) -> list[str]:
    return [member.trial for member in change.members]


@given(sets, orders, sizes, st.booleans(), st.sets(names))
def test_the_books_balance(
    members: list[Member], found: list[str], size: int | None, complete: bool, rejected: set[str]
) -> None:
    change = decide(members, found, size=size, complete=complete, rejected=rejected)
    before = {member.trial for member in members}
    assert set(trials(change)) == (before | set(change.entered)) - set(change.left)
    assert before.isdisjoint(change.entered) and before.issuperset(change.left)
    assert rejected.isdisjoint(trials(change))
    assert size is None or len(change.entered) <= size


@given(sets, orders, sizes, st.booleans())
def test_the_same_search_again_is_no_news_of_anyone_new(
    members: list[Member], found: list[str], size: int | None, complete: bool
) -> None:
    once = decide(members, found, size=size, complete=complete)
    again = decide(once.members, found, size=size, complete=complete)
    assert again.entered == ()
    settled = decide(again.members, found, size=size, complete=complete)
    assert (settled.entered, settled.left, settled.members) == ((), (), again.members)


@given(sets, orders, sizes)
def test_an_incomplete_search_sends_nobody_away(members: list[Member], found: list[str], size: int | None) -> None:
    change = decide(members, found, size=size, complete=False)
    assert change.left == ()
    assert decide(change.members, [], size=size, complete=False).members == change.members


@given(sets, st.permutations(range(12)), orders, sizes)
def test_the_order_of_members_does_not_matter(
    members: list[Member], order: list[int], found: list[str], size: int | None
) -> None:
    shuffled = [members[at] for at in order if at < len(members)]
    assert decide(shuffled, found, size=size, complete=True) == decide(members, found, size=size, complete=True)


def test_one_leaves_only_after_missing_from_two_complete_searches_in_a_row() -> None:
    first = decide([], ["a", "b"], size=2, complete=True)
    assert first.entered == ("a", "b")
    once = decide(first.members, ["a"], size=2, complete=True)
    assert (once.left, trials(once)) == ((), ["a", "b"])
    back = decide(once.members, ["a", "b"], size=2, complete=True)
    assert back.members == first.members
    broken = decide(once.members, ["a"], size=2, complete=False)
    twice = decide(broken.members, ["a"], size=2, complete=True)
    assert twice.left == ("b",)


def test_the_way_out_is_wider_than_the_way_in() -> None:
    members = [Member("a"), Member("b")]
    pushed = decide(members, ["c", "a", "b", "d"], size=2, complete=True)
    assert pushed.entered == ("c",)
    assert pushed.members == (Member("a"), Member("b"), Member("c"))
    out = decide(members, ["c", "d", "a", "b"], size=2, complete=True)
    assert out.members == (Member("a"), Member("b", 1), Member("c"), Member("d"))


def test_a_rejected_trial_leaves_at_once_and_gives_its_place_to_the_next() -> None:
    change = decide([Member("a")], ["a", "b", "c"], size=1, complete=True, rejected={"a"})
    assert (change.entered, change.left) == (("b",), ("a",))


@pytest.mark.fault("B02")
def test_most_members_missing_at_once_is_not_believed_unless_they_are_few() -> None:
    many = [f"t{number}" for number in range(20)]
    assert is_plausible(many, many[10:]) and not is_plausible(many, many[11:])
    assert is_plausible(many[:4], []) and not is_plausible(many[:5], [])
    assert is_plausible([], many)
