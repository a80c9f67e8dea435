"""An even sample."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.polling.run.even_sample import EvenSample


@given(st.integers(1, 9), st.lists(st.integers(0, 60), max_size=20))
def test_a_sample_is_even_and_bounded(size: int, parts: list[int]) -> None:
    sample: EvenSample[int] = EvenSample(size)
    for part in parts:
        sample.add(range(sample.total, sample.total + part))
    total = sum(parts)
    assert sample.total == total
    assert min(size, total) <= len(sample.kept) < 2 * size
    assert len({after - before for before, after in pairwise(sample.kept)}) <= 1
    assert sample.kept[:1] == [0][:total]
    # It reaches to the end: the next one that would be kept has not come.
    step = sample.kept[1] - sample.kept[0] if len(sample.kept) > 1 else total or 1
    assert not sample.kept or sample.kept[-1] + step >= total


@pytest.mark.parametrize(("total", "kept"), [(0, []), (3, [0, 1, 2]), (4, [0, 2]), (9, [0, 4, 8]), (12, [0, 4, 8])])
def test_it_thins_out_as_more_come(total: int, kept: list[int]) -> None:
    sample: EvenSample[int] = EvenSample(2)
    sample.add(range(total))
    assert sample.kept == kept
