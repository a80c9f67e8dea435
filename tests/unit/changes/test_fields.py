"""The row of the table for a path, whatever keys the items of a record have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.changes import fields
from tracker.changes.fields import FIELDS, field_of, name_of

PARTS = sorted({part for row in FIELDS for part in row.pattern.split(".") if part not in ("*", "**")})
ANY = st.sampled_from([*PARTS, "an item", "date", "*", "**"])


@st.composite
def _paths(draw: st.DrawFn) -> tuple[str, ...]:
    """As a row of the table has it, with a part more, less or another here and there."""
    parts = draw(st.sampled_from(FIELDS)).pattern.split(".")
    path = [draw(ANY) if "*" in part or draw(st.integers(0, 5)) == 0 else part for part in parts]
    return tuple(path[: draw(st.integers(1, 6))] + draw(st.lists(ANY, max_size=2)))


def _slow(path: tuple[str, ...]) -> str:
    """The first pattern that fits, tried one by one."""
    for row in FIELDS:
        parts = row.pattern.split(".")
        rest = parts[-1] == "**"
        parts = parts[:-1] if rest else parts
        here = name_of(path)
        enough = len(here) >= len(parts) if rest else len(here) == len(parts)
        if enough and all(part in ("*", name) for part, name in zip(parts, here, strict=False)):
            return row.pattern
    return "**"


@given(_paths())
def test_a_path_has_the_first_row_that_fits(path: tuple[str, ...]) -> None:
    assert field_of(path).pattern == _slow(path)


@pytest.mark.fault("R-G5")
def test_the_table_is_searched_once_for_all_items_of_a_list() -> None:
    """More items than paths are remembered: each one asked for by itself cost a search of the table."""
    fields._row.cache_clear()
    for it in range(10_000):
        field_of(("sites", f"item {it}", "status"))
    assert fields._row.cache_info().misses == 1
