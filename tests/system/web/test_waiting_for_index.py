"""Pages and answers about similar trials that wait for the index leave the others free."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.served import served

ONE, TWO = "NCT00000001", "NCT00000002"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with RegistryServer([record(trial) for trial in (ONE, TWO)]) as registry:
        program = Program(tmp_path / "home", registry)
        assert program.run("watch", ONE, TWO, "--no-backfill").code == 0
        yield program


@pytest.mark.parametrize(
    "path", [f"/trials/{ONE}/similar", f"/trials/{ONE}/similar.json", f"/api/v1/trials/{ONE}/similar"]
)
def test_a_request_that_waits_for_the_index_keeps_no_other_waiting(program: Program, path: str) -> None:
    assert program.run("similar", ONE, "--stored").code == 0
    [lock] = program.home.rglob("lock")
    handle = os.open(lock, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)  # a command makes the index of a large store: minutes
    with served(program) as site:
        assert site.get("/status.json").status_code == 200

        def ask() -> None:
            with httpx.Client(base_url=site.url, trust_env=False, timeout=60) as client:
                client.get(path)

        asking = [threading.Thread(target=ask, daemon=True) for _ in range(12)]
        for each in asking:
            each.start()
        try:
            threading.Event().wait(2)
            assert site.get("/status.json", timeout=8).status_code == 200
        finally:
            os.close(handle)
            for each in asking:
                each.join(30)
