"""Dates as registries give them: odd ones are kept, and nothing falls over them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.records.dates import RegistryDate

CASES = [
    ("2026-11-22", "day", date(2026, 11, 22), date(2026, 11, 22)),
    ("2026-11", "month", date(2026, 11, 1), date(2026, 11, 30)),
    ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
    ("2026", "year", date(2026, 1, 1), date(2026, 12, 31)),
    # fault B29
    ("0001-01-01", "day", date(1, 1, 1), date(1, 1, 1)),
    ("0001", "year", date(1, 1, 1), date(1, 12, 31)),
    ("9999-12", "month", date(9999, 12, 1), date(9999, 12, 31)),
    ("9999", "year", date(9999, 1, 1), date(9999, 12, 31)),
    ("2026-02-30", "odd", None, None),
    ("2026-13", "odd", None, None),
    ("2026-00", "odd", None, None),
    ("0000", "odd", None, None),
    ("2026-11-22T00:00", "odd", None, None),
    ("2026-1-2", "odd", None, None),
    ("２０２６", "odd", None, None),  # digits of another script
    ("2026\n", "odd", None, None),
    ("soon", "odd", None, None),
    ("", "odd", None, None),
]


@pytest.mark.parametrize(("text", "precision", "first", "last"), CASES)
def test_what_a_date_can_mean(text: str, precision: str, first: date | None, last: date | None) -> None:
    found = RegistryDate(text)
    assert (found.precision, found.first, found.last) == (precision, first, last)
    assert found.date == text


@given(st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", fullmatch=True)))
def test_a_date_is_odd_or_has_two_ends_in_order(text: str) -> None:
    found = RegistryDate(text)
    if found.precision == "odd":
        assert (found.first, found.last) == (None, None)
    else:
        assert found.first is not None
        assert found.last is not None
        assert found.first <= found.last
        assert found.first.isoformat().startswith(text)
