"""Registered against reported on 147 real trials that experts read: no figure below the floors of the method."""

from __future__ import annotations

import pytest

from tests.integration.real.registered import PAGE, TRIALS, Finding, findings, page, read_trials, share, tables

PARTNER = ("reported", "retimed", "perhaps")


@pytest.fixture(scope="module")
def found() -> list[Finding]:
    if not TRIALS.is_file():
        pytest.skip("the optional trials that experts read (../shared/data/truth/registered) are not on this machine")
    return list(findings(read_trials()))


def test_the_verdicts_are_as_good_as_the_floors(found: list[Finding]) -> None:
    print(tables(found))  # noqa: T201  (the figures are there to be read: pytest -s)
    assert share(found, "kept", *PARTNER) >= 13 / 14
    assert share(found, "kept", "not_reported") <= 0.02
    assert share(found, "one to one", *PARTNER, right=True) >= 13 / 14
    assert share(found, "dropped", "not_reported") >= 0.80
    assert share(found, "planted", "not_reported") >= 0.96


@pytest.mark.parametrize("tuned", [True, False], ids=["tuned on", "checked on"])
def test_either_half_alone_is_good_enough(found: list[Finding], tuned: bool) -> None:
    own = [it for it in found if it.tuned is tuned]
    assert share(own, "one to one", *PARTNER, right=True) >= 13 / 14
    assert share(own, "dropped", "not_reported") >= 0.71
    assert share(own, "planted", "not_reported") >= 0.96


def test_a_lost_primary_outcome_is_missed_less_often_than_half_the_time(found: list[Finding]) -> None:
    """They are nine. What is neither not reported nor moved must at least be shown as doubtful in part."""
    assert share(found, "lost", "not_reported", "moved", "perhaps") > 0.5


def test_the_page_shows_these_figures(found: list[Finding]) -> None:
    assert page(found) == PAGE.read_text(encoding="utf-8"), "run: python -m tests.integration.real.registered"


def test_the_share_counts_its_own_sort_alone() -> None:
    """The measure itself."""
    made = [Finding("kept", "A", "reported", True, True), Finding("kept", "B", "perhaps", False, True)]
    made.append(Finding("lost", "C", "perhaps", True, True))
    assert share(made, "kept", "reported", "perhaps") == 1
    assert share(made, "kept", "reported", "perhaps", right=True) == 0.5
