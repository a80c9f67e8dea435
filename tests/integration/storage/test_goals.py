"""Goals G7 and G9, a sample of each; `make soak` does them in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.backups import backups
from tests.soak.power import power_cuts, why_not
from tests.soak.tampering import tampering


@pytest.mark.fault("G9")
@pytest.mark.fault("F13")
@pytest.mark.fault("F14")
def test_random_alterations_are_all_found(tmp_path: Path) -> None:
    result = tampering(tmp_path, 40, seed=7)
    assert result.missed == []
    assert set(result.found) == {"flip", "edit", "delete", "swap"} and result.total == 40


@pytest.mark.fault("G7")
@pytest.mark.fault("F17")
def test_backups_under_write_all_restore_and_verify(tmp_path: Path) -> None:
    result = backups(tmp_path, 5)
    assert (result.good, result.wrong) == (5, [])


@pytest.mark.fault("G3")
@pytest.mark.fault("F04")
def test_no_power_cut_loses_what_was_acknowledged(tmp_path: Path) -> None:
    """Finding: with synchronous=NORMAL more than half of such cuts lose a commit."""
    if reason := why_not():
        pytest.skip(reason)
    result = power_cuts(tmp_path, 60)
    assert (result.cuts, result.wrong) == (60, [])
