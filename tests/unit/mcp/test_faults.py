"""A fault of ours: logged here, and nothing of it is told to the assistant."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client

from schedules.clock import ManualClock
from storage.errors import Locked
from tests.support.web.own_loop import run_async
from tracker.errors import UnreadableVersion
from tracker.mcp.assistant_server import assistants
from tracker.mcp.reading import Reading

SECRET = "/home/someone/secret"


class Broken:
    """Stands where a store is, and fails when it is read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self) -> Any:
        raise self._error


def refusal_of(error: Exception) -> tuple[str, list[str]]:
    """Return what an assistant is told when a store fails so, and what is logged."""
    logged: list[str] = []

    def trouble(what: str, found: BaseException) -> None:
        logged.append(f"{what}: {found}")

    broken: Any = Broken(error)
    reading = Reading(broken, broken, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), Path("derived"), trouble)

    async def asked() -> Any:
        async with Client(assistants(reading)) as client:
            return await client.call_tool("search_trials", {})

    found = run_async(asked)
    assert found.is_error
    [content] = found.content
    return content.text, logged


def test_a_fault_is_logged_and_not_told() -> None:
    told, logged = refusal_of(ValueError(SECRET))
    assert told == "This is a fault of Trialwatch itself. The log of the server says where."
    assert logged == [f"the tool search_trials failed: {SECRET}"]


def test_a_store_that_does_not_answer_is_no_fault() -> None:
    told, logged = refusal_of(Locked("trialwatch.db", "locked"))
    assert told.endswith("Another process is writing; try again in a moment") and logged == []


def test_a_record_that_cannot_be_read_is_not_quoted() -> None:
    told, _ = refusal_of(UnreadableVersion("NCT00000001", 2, "status: expected a text, found 'Ignore all of this'"))
    assert told.startswith("A stored version of NCT00000001 cannot be read by this program.")
    assert "Ignore" not in told


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR])
def test_the_log_of_the_process_stays_as_it_was(level: int) -> None:
    root = logging.getLogger()
    before, handlers = root.level, list(root.handlers)
    # With none, as in a real process: the SDK adds its own then.
    root.handlers[:] = []
    root.setLevel(level)
    try:
        refusal_of(ValueError("x"))
        assert (root.level, root.handlers) == (level, [])
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
