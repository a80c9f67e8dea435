"""Edits of the posted results of real records: each told once, at its severity, with exactly its fields."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from storage.values.severity import worst
from tests.integration.real.edits.kit import Study
from tests.integration.real.edits.reported import REPORTED_MEANINGFUL, REPORTED_MEANINGLESS
from tests.integration.real.reported_signal import BEGIN, END, PAGE, Told, told_edits, with_results, wrong


@pytest.fixture(scope="module", params=[12, pytest.param(4, marks=pytest.mark.long)], ids="one in {}".format)
def posted(real_records: list[dict[str, Any]], request: pytest.FixtureRequest) -> list[Study]:
    """Some of the records. `reported_signal` takes all of them, in some minutes, for the page."""
    return with_results(real_records)[:: request.param]


@pytest.fixture(scope="module")
def found(posted: list[Study]) -> list[Told]:
    return list(told_edits(posted))


def test_every_edit_is_told_once_with_its_fields(found: list[Told]) -> None:
    assert [(it.trial, it.edit, said) for it in found if (said := wrong(it))] == []


def test_every_edit_was_made_at_enough_records(found: list[Told], posted: list[Study]) -> None:
    made = Counter(it.edit for it in found)
    assert len(posted) >= 12
    assert len(REPORTED_MEANINGFUL) >= 20
    assert len(REPORTED_MEANINGLESS) >= 10
    assert all(made[name] >= 1 for name, _ in (*REPORTED_MEANINGFUL, *REPORTED_MEANINGLESS)), made


def test_the_worst_of_all_edits_is_major(found: list[Told]) -> None:
    """An edit of results is never critical: nothing was hidden or stopped."""
    reported = [it for it in found if it.expected and it.expected.kind.startswith("results.")]
    assert worst([event.severity for it in reported for event in it.events]) == "major"


def test_the_page_has_every_edit_and_none_told_wrong() -> None:
    figures = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert "; 0 told wrong." in figures.splitlines()[0], "run: python -m tests.integration.real.reported_signal"
    named = {line.split("|")[1].strip() for line in figures.splitlines() if line.startswith("| ")}
    assert {name for name, _ in (*REPORTED_MEANINGFUL, *REPORTED_MEANINGLESS)} <= named
