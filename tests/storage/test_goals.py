"""Goals G7 and G9, a sample of each; `make soak` does them in full."""

from __future__ import annotations

from pathlib import Path

from tests.soak.backups import backups
from tests.soak.tampering import tampering


def test_g9_f13_f14_random_alterations_are_all_found(tmp_path: Path) -> None:
    result = tampering(tmp_path, 40, seed=7)
    assert result.missed == []
    assert set(result.found) == {"flip", "edit", "delete", "swap"} and result.total == 40


def test_g7_f17_backups_under_write_all_restore_and_verify(tmp_path: Path) -> None:
    result = backups(tmp_path, 5)
    assert (result.good, result.wrong) == (5, [])
