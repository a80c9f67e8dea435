"""Edits of real records: no meaningful one is told below its severity, no meaningless one above admin."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.integration.real.edits import MEANINGFUL, MEANINGLESS
from tests.integration.real.signal import PAGE, RECORDS, Outcome, outcomes, page, tables


@pytest.fixture(scope="module")
def found(real_records: list[dict[str, Any]]) -> list[Outcome]:
    return list(outcomes(real_records))


def test_no_edit_is_told_wrong(found: list[Outcome]) -> None:
    print(tables(found))  # noqa: T201  (the confusion table is there to be read: pytest -s)
    assert [outcome for outcome in found if outcome.wrong] == []


def test_every_edit_was_made_on_enough_records(found: list[Outcome]) -> None:
    made = Counter(outcome.edit for outcome in found)
    assert len({outcome.trial for outcome in found}) == RECORDS
    for name in (*(meant.name for meant in MEANINGFUL), *(name for name, _ in MEANINGLESS)):
        assert made[name] >= 2, name
    assert made["all of these at once"] == RECORDS


def test_the_page_shows_these_figures(found: list[Outcome]) -> None:
    assert page(found) == PAGE.read_text(encoding="utf-8"), "run: python -m tests.integration.real.signal"


def test_what_is_wrong_is_seen() -> None:
    """The measure itself: too little of a meaningful edit, too much of a meaningless one."""
    silent, admin = Outcome("NCT", "x", "minor", "silent"), Outcome("NCT", "x", "minor", "admin")
    loud, quiet = Outcome("NCT", "x", "", "minor"), Outcome("NCT", "x", "", "silent")
    assert [it.wrong for it in (silent, admin, loud, quiet)] == [True, True, True, False]
    assert Outcome("NCT", "x", "minor", "minor", said=False).wrong
    assert Outcome("NCT", "x", "minor", "major", exact=True).wrong
    assert [Outcome("NCT", "x", "major", told).wrong for told in ("minor", "major", "critical")] == [True, False, False]
