"""`doctor` calls a channel ok only if it was dialled, puts first what has to be put right, and sums up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.channels.alert_setup import Alerting, alerting
from tests.support.channels.webhook_sink import SECRET


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path) as found:
        yield found


@pytest.mark.fault("R-F12")
def test_a_channel_that_cannot_be_reached_is_broken_and_comes_first(harness: Alerting) -> None:
    port = harness.box.port
    harness.configure(harness.config.replace(f":{port}", ":9"))
    rows = harness.json("doctor", expect=1)["checks"]
    assert rows[0]["check"] == "channel me" and rows[0]["ok"] is False
    assert "nothing answers on port 9" in rows[0]["detail"]
    assert rows[0]["detail"].endswith("then: trialwatch doctor")
    ranks = [{False: 0, None: 1, True: 2}[row["ok"]] for row in rows]
    assert ranks == sorted(ranks) and set(ranks) == {0, 1, 2}


def test_the_last_line_sums_up(harness: Alerting) -> None:
    def last_line(*words: str, expect: int) -> str:
        run = harness.program.run("doctor", "-o", "table", *words, expect=expect, HOOK_SECRET=SECRET)
        return run.err.splitlines()[-1]

    assert last_line(expect=0).startswith("Nothing has to be put right.")
    harness.configure(harness.config.replace(f":{harness.box.port}", ":9"))
    assert last_line(expect=1).startswith("1 thing to put right.")
    harness.program.registry.stop()  # type: ignore[union-attr]
    assert last_line(expect=1).startswith("2 things to put right.")


def test_offline_nothing_is_dialled_and_each_line_says_so(harness: Alerting) -> None:
    before = (harness.sink.connections, harness.box.connections)
    asked = len(harness.program.registry.requests)  # type: ignore[union-attr]
    rows = {row["check"]: row for row in harness.json("doctor", "--offline")["checks"]}
    assert (harness.sink.connections, harness.box.connections) == before
    assert len(harness.program.registry.requests) == asked  # type: ignore[union-attr]
    for name in ("channel me", "channel team", "registry"):
        assert rows[name]["ok"] is None and "--offline" in rows[name]["detail"]


def test_a_muted_channel_is_not_dialled(harness: Alerting) -> None:
    harness.json("alerts", "mute", "team")
    before = harness.sink.connections
    rows = {row["check"]: row for row in harness.json("doctor")["checks"]}
    assert rows["channel team"]["ok"] is None and harness.sink.connections == before
