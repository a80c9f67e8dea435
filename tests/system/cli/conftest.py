"""A program in an empty home, and one with a past: three trials, watched for three days."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program.program import Program, record, update
from tests.support.registry.embedded_registry import RegistryServer, signed

ONE, TWO, THREE = "NCT00000001", "NCT00000002", "NCT00000003"


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    with RegistryServer([record(trial) for trial in (ONE, TWO, THREE)]) as server:
        yield server


@pytest.fixture
def program(tmp_path: Path, registry: RegistryServer) -> Program:
    """In a home that does not exist yet."""
    return Program(tmp_path / "home", registry)


@pytest.fixture(scope="session")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a past. On 15 August one trial completes and one slips; on 17 August one stops, one reports."""
    home = tmp_path_factory.mktemp("lived") / "home"
    one, two, three = (record(trial) for trial in (ONE, TWO, THREE))
    signed(two)
    design = one["protocolSection"]["designModule"]
    design["enrollmentInfo"] = {"count": 80, "type": "ESTIMATED"}
    two["protocolSection"]["statusModule"]["completionDateStruct"] = {"date": "2026-12", "type": "ESTIMATED"}
    with RegistryServer([one, two, three]) as registry:
        program = Program(home, registry)
        program.run("watch", ONE, TWO, THREE, "--tag", "liver")
        program.day()
        design["enrollmentInfo"] = {"count": 74, "type": "ACTUAL"}
        update(one, "2026-08-15", overallStatus="COMPLETED")
        update(two, "2026-08-15", completionDateStruct={"date": "2027-12", "type": "ESTIMATED"})
        program.run("poll")
        program.day(2)
        one["derivedSection"]["miscInfoModule"]["submissionTracking"] = {
            "submissionInfos": [{"releaseDate": "2026-08-16"}]
        }
        update(three, "2026-08-17", overallStatus="TERMINATED", whyStopped="Slow accrual")
        program.run("poll")
    return home


@pytest.fixture
def lived(tmp_path: Path, _lived: Path) -> Program:
    """A copy of the store with a past, without a registry, three days later."""
    shutil.copytree(_lived, tmp_path / "home")
    program = Program(tmp_path / "home")
    program.day(6)
    return program
