"""The laws of the shortlist: it is short, it is the likest by their titles, and its order is nobody's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.similar_factories import nct, texts, trial
from tracker.similar.shortlist import shortlist

titles = st.dictionaries(st.integers(2, 40).map(nct), texts, max_size=20)


@given(titles, st.integers(1, 10), st.randoms())
def test_it_is_no_longer_than_asked_and_the_order_of_storage_changes_nothing(
    found: dict[str, str], most: int, draw: object
) -> None:
    chosen = shortlist(trial(1, "liver tumour resection"), found, most)
    assert len(chosen) == min(most, len(found)) and set(chosen) <= found.keys()
    shuffled = list(found.items())
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    assert set(shortlist(trial(1, "liver tumour resection"), dict(shuffled), most)) == set(chosen)


def test_those_whose_titles_say_what_the_seed_says_anywhere_come_first() -> None:
    seed = trial(1, "A trial", summary="Resection of liver tumours", conditions=("Cholangiocarcinoma",))
    found = {nct(number): f"Stones in kidney {number}" for number in range(2, 30)}
    found |= {
        nct(40): "Resected tumours of the liver",
        nct(41): "A long title with cholangiocarcinoma in passing",
    }
    assert set(shortlist(seed, found, 2)) == {nct(40), nct(41)}


def test_a_store_that_is_small_enough_is_compared_whole() -> None:
    found = {nct(number): "" for number in range(2, 6)}
    assert shortlist(trial(1), found, 4) == sorted(found)
