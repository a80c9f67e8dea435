"""Names without repetitions, and without a copy of many that are in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.values.batches import each_once, sorted_once


@given(st.lists(st.text("AB1", max_size=3)))
def test_each_name_comes_once_in_the_order_given(names: list[str]) -> None:
    found = list(each_once(names))
    assert found == list(dict.fromkeys(names))
    in_order = sorted(set(names))
    assert list(sorted_once(names)) == in_order
    assert each_once(in_order) is sorted_once(in_order) is in_order
