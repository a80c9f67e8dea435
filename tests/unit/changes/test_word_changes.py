"""What is too long to be compared word by word is compared whole; what is not, as ever."""

from __future__ import annotations

import datetime as dt

import pytest

from tracker.changes.matching.twins import twins
from tracker.changes.wording.word_diff import Effort, word_changes
from tracker.results.merge_cycles import CycleStep, merged

pytestmark = pytest.mark.fault("R-G5")
DAY = dt.date(2026, 1, 1)


def test_a_long_text_is_told_whole() -> None:
    before = " ".join(f"w{number % 100}" for number in range(5_000))
    after = f"{before} end"
    assert word_changes(before, after) == [{"before": before, "after": after}]
    assert word_changes("at 12 weeks", "at 24 weeks") == [{"before": "12", "after": "24"}]
    assert word_changes(before, before.upper()) == []


def test_the_work_of_one_step_is_bounded_as_a_whole() -> None:
    effort = Effort(1_000)
    first = word_changes("at 12 weeks", "at 24 weeks", effort)
    for _ in range(9):
        last = word_changes("at 12 weeks", "at 24 weeks", effort)
    assert first == [{"before": "12", "after": "24"}]
    assert last == [{"before": "at 12 weeks", "after": "at 24 weeks"}]
    assert 0 <= effort.left < 1_000


def test_twins_are_found_among_thousands_of_namesakes() -> None:
    gone = {f"site~{it}": {"status": f"s{it}"} for it in range(3_000)}
    come = {f"site~x{it}": {"status": f"S {it}".replace(" ", "").lower()} for it in range(1_000, 4_000)}
    asked = 0

    def alike(one: object, two: object, _path: tuple[str, ...]) -> bool:
        nonlocal asked
        asked += 1
        return one == two

    found = twins(gone, come, ("sites",), alike)
    assert found == {f"site~{it}": f"site~x{it}" for it in range(1_000, 3_000)}
    assert asked == len(found)


def test_thousands_of_rounds_are_appended() -> None:
    told = [CycleStep("submitted", f"{year}-01-01") for year in range(1000, 2000)]
    found = merged(told, [*told[500:], CycleStep("posted", None)])
    assert (found.steps, found.fresh) == ([*told, CycleStep("posted", None)], [CycleStep("posted", None)])
