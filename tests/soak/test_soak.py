"""The soak in a short form; `make soak` runs it in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.delivery_kills import delivery_kills
from tests.soak.kills import kills
from tests.soak.set_clock import set_clock
from tests.soak.soak import complaints, soak, told
from tests.soak.syscall_kills import syscall_kills, why_not
from tests.support.daemon import shifted_clock


@pytest.mark.fault("G11")
def test_a_week_with_a_registry_that_misbehaves_tells_what_happened_and_nothing_else(tmp_path: Path) -> None:
    figures = soak(tmp_path / "home", days=7, trials=150, share=0.3)
    if found := complaints(figures):
        pytest.fail(f"{', '.join(found)}\n{told(figures)}")
    assert figures.spoiled > 5
    assert figures.found == figures.planted > 5


@pytest.mark.long
@pytest.mark.fault("R-D1")
def test_days_with_a_clock_that_is_set_tell_each_change_once(tmp_path: Path) -> None:
    if reason := shifted_clock.why_not():
        pytest.skip(reason)
    figures = set_clock(tmp_path / "clock", 6)
    assert figures.wrong == []
    assert figures.told == figures.changes == 6 and figures.set_wrong.total() == 6


@pytest.mark.fault("F01")
def test_a_poll_killed_at_random_moments_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    found = kills(tmp_path / "killed", 6)
    assert found.wrong == {}
    assert found.changes == 18


@pytest.mark.fault("F01")
@pytest.mark.parametrize("times", [4, pytest.param(8, marks=pytest.mark.long)])
def test_killed_between_a_change_and_its_receivers_nothing_is_lost_and_all_repeats_have_one_key(
    empty_url: str, tmp_path: Path, times: int
) -> None:
    found = delivery_kills(tmp_path / "killed", times, url=empty_url)
    assert found.wrong == []
    assert found.hooks >= found.changes == 3 * (times + 2)
    assert found.completed < times and found.at_receipt, "none was killed: nothing was shown"
    assert sum(found.again.values()) >= found.at_receipt


@pytest.mark.fault("F02")
def test_killed_at_its_nth_write_sync_or_send_nothing_is_lost(tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    found = syscall_kills(tmp_path / "killed", (1, 30, 75, 120, 180, 260))
    assert found.wrong == []
    assert found.kills == 6 and min(found.hooks, found.mails) >= found.changes == 18
