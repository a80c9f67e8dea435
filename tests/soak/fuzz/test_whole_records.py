"""Whole records spoiled in several places, through the program from the poll to the mail; planted faults are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.fuzz.whole_records import live

PLANTED = {
    "formatter": "fault of Trialwatch itself (ValueError",
    "neighbour": "a neighbour was harmed",
    "told": "expected, told",
}


@pytest.mark.fault("R-G18")
@pytest.mark.parametrize(("seed", "store"), [(1, "sqlite"), pytest.param(3, "postgresql", marks=pytest.mark.long)])
def test_spoiled_records_harm_nothing_else(
    tmp_path: Path, seed: int, store: str, request: pytest.FixtureRequest
) -> None:
    if store == "postgresql":
        request.getfixturevalue("postgres_url")  # skips where there is no server
    life = live(seed, tmp_path, trials=12, days=2, real=False, store=store)
    assert life.found == []
    assert 0 < life.refusals < life.spoils


@pytest.mark.long
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(tmp_path: Path, fault: str) -> None:
    life = live(4, tmp_path, trials=12, days=2, real=False, fork_server=f"tests.soak.fuzz.planted {fault}")
    assert any(PLANTED[fault] in sentence for sentence in life.found)
