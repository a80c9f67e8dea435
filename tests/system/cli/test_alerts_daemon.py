"""The running daemon delivers by itself; what people ask of the outbox beside it, it does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.channels.alert_harness import SECRET
from tests.support.channels.alert_setup import ONE, OTHER, TWO, Alerting, alerting
from tests.support.daemon.daemon_process import wait_for
from tests.support.program.program import COMMAND, update


@contextmanager
def daemon(harness: Alerting) -> Iterator[None]:
    environment = harness.program.environment({"HOOK_SECRET": SECRET})
    log = (harness.program.home / "log").open("wb")
    with log, subprocess.Popen([*COMMAND, "daemon"], env=environment, stderr=log) as process:
        try:
            wait_for(lambda: harness.json("status")["status"]["daemon"], (harness.program.home / "log").read_text)
            yield
        finally:
            process.terminate()


def change(harness: Alerting, trial: str, day: str) -> None:
    """The registry says so; who looks is told by `poll`, which asks the daemon."""
    harness.program.day()
    update(harness.registry.studies[trial], day, overallStatus="COMPLETED")
    assert "polls for us" in harness.run("poll").err


def test_the_daemon_delivers_and_obeys_what_is_asked_beside_it(tmp_path: Path) -> None:
    with alerting(tmp_path) as harness, daemon(harness):
        change(harness, ONE, "2026-08-15")
        wait_for(lambda: harness.sink.hooks and harness.box.mails)
        [key] = harness.sink.keys
        wait_for(lambda: [row["state"] for row in harness.messages()] == ["sent", "sent"], harness.messages)
        assert "The daemon sends" in harness.run("alerts", "retry", key).err
        wait_for(lambda: harness.sink.keys == [key, key], lambda: harness.sink.keys)
        harness.run("alerts", "mute", "me", OTHER)
        harness.run("alerts", "mute", "team")
        change(harness, TWO, "2026-08-16")
        wait_for(lambda: len(harness.box.mails) == 2, harness.messages)
        assert harness.box.mails[1].to == ("me@example.org",)
        wait_for(lambda: harness.messages("--state", "dead"), harness.messages)
        assert harness.sink.keys == [key, key]


def test_poll_without_deliver_leaves_it_to_the_next(tmp_path: Path) -> None:
    with alerting(tmp_path) as harness:
        run = harness.change(ONE, "COMPLETED", 1, "--no-deliver")
        assert run.err == "" and harness.sink.connections == harness.box.connections == 0
        assert harness.json("status")["status"]["pending"] == 2
        harness.registry.stop()
        run = harness.run("poll", expect=1)
        assert "Delivered 2 messages." in run.err, "what is due goes out though the registry cannot be reached"
