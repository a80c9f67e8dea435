"""Keys of things with identity: nothing is lost, and no key depends on a position."""

from __future__ import annotations

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.strategies import dressed, few_names, names
from tracker.records.keys import keyed
from tracker.records.text import tidy
from tracker.records.trial import Identifier, Site

words = st.sampled_from(["", "k", "x", "K!"])
identifiers = st.lists(st.builds(Identifier, words | few_names, words, words, words | names), max_size=6)
randoms = st.builds(random.Random, st.integers(0, 2**32 - 1))


def named(items: list[Identifier]) -> dict[str, Identifier]:
    return keyed(items, lambda item: item.id, lambda item: item.type or "", lambda item: item.domain or "")


def by_words(items: list[Identifier]) -> list[bytes]:
    return sorted(msgspec.json.encode(item) for item in items)


@given(identifiers)
def test_no_item_is_lost(items: list[Identifier]) -> None:
    assert by_words(list(named(items).values())) == by_words(items)


@given(identifiers, randoms)
def test_no_key_depends_on_a_position(items: list[Identifier], rng: random.Random) -> None:
    found = named(items)
    assert named(rng.sample(items, len(items))) == found
    assert list(found) == sorted(found)


@given(identifiers)
def test_an_unrelated_neighbour_changes_no_key(items: list[Identifier]) -> None:
    neighbour = Identifier("someone else entirely")
    assert named([*items, neighbour]) == named(items) | {"someone-else-entirely": neighbour}


@given(identifiers, randoms)
def test_no_key_depends_on_the_dress_of_a_text(items: list[Identifier], rng: random.Random) -> None:
    """Texts of a record are tidy: an escape that is left in one belongs to the text."""
    clothed = [Identifier(*(tidy(dressed(text, rng)) for text in msgspec.structs.astuple(item))) for item in items]
    assert named(clothed).keys() == named(items).keys()


def test_namesakes_take_more_words_then_a_hash_and_doubles_are_counted() -> None:
    assert list(named([Identifier("A"), Identifier("B")])) == ["a", "b"]
    assert list(named([Identifier("A", "x"), Identifier("A", "y")])) == ["a~x", "a~y"]
    alike = [Identifier("A", link="1"), Identifier("A", link="2"), Identifier("A", link="2")]
    keys = list(named(alike))
    assert len(keys) == 3
    assert all(key.startswith("a~") for key in keys)
    assert sum(key.endswith("-2") for key in keys) == 1


def test_a_word_of_one_level_is_never_taken_for_one_of_another() -> None:
    """Once lost: ("k", type "x") and ("k", domain "x") beside a third "k" came to one key."""
    items = [Identifier("k", "x"), Identifier("k", "", "x"), Identifier("k", "", "y")]
    assert len(named(items)) == 3


def test_what_may_change_of_an_item_stays_out_of_its_hash() -> None:
    def sites(status: str) -> dict[str, Site]:
        twins = [Site("Clinic", "Lyon", status=status), Site("Clinic", "Oslo")]
        return keyed(twins, lambda site: site.facility or "", stable=lambda site: site.city)

    assert sites("RECRUITING").keys() == sites("COMPLETED").keys()


@given(st.lists(st.builds(Site, facility=st.just("Clinic"), status=words), max_size=5), randoms)
def test_doubles_are_counted_in_an_order_of_their_own(sites: list[Site], rng: random.Random) -> None:
    def counted(items: list[Site]) -> dict[str, Site]:
        return keyed(items, lambda site: site.facility or "", stable=lambda site: site.facility)

    assert counted(rng.sample(sites, len(sites))) == counted(sites)
