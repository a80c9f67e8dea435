"""The running daemon delivers by itself; what people ask of the outbox beside it, it does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.alerts.world import SECRET
from tests.cli.alerting import ONE, OTHER, TWO, Alerting, alerting
from tests.cli.program import COMMAND, update
from tests.daemon.site import wait_for


@contextmanager
def daemon(world: Alerting) -> Iterator[None]:
    environment = world.program.environment({"HOOK_SECRET": SECRET})
    log = (world.program.home / "log").open("wb")
    with log, subprocess.Popen([*COMMAND, "daemon"], env=environment, stderr=log) as process:
        try:
            wait_for(lambda: world.json("status")["status"]["daemon"], (world.program.home / "log").read_text)
            yield
        finally:
            process.terminate()


def change(world: Alerting, trial: str, day: str) -> None:
    """The registry says so; who looks is told by `poll`, which asks the daemon."""
    world.program.day()
    update(world.registry.studies[trial], day, overallStatus="COMPLETED")
    assert "looks for us" in world.run("poll").err


def test_the_daemon_delivers_and_obeys_what_is_asked_beside_it(tmp_path: Path) -> None:
    with alerting(tmp_path) as world, daemon(world):
        change(world, ONE, "2026-08-15")
        wait_for(lambda: world.sink.hooks and world.box.mails)
        [key] = world.sink.keys
        wait_for(lambda: [row["state"] for row in world.messages()] == ["sent", "sent"], world.messages)
        assert "The daemon sends" in world.run("alerts", "retry", key).err
        wait_for(lambda: world.sink.keys == [key, key], lambda: world.sink.keys)
        world.run("alerts", "mute", "me", OTHER)
        world.run("alerts", "mute", "team")
        change(world, TWO, "2026-08-16")
        wait_for(lambda: len(world.box.mails) == 2, world.messages)
        assert world.box.mails[1].to == ("me@example.org",)
        wait_for(lambda: world.messages("--state", "dead"), world.messages)
        assert world.sink.keys == [key, key]


def test_poll_without_deliver_leaves_it_to_the_next(tmp_path: Path) -> None:
    with alerting(tmp_path) as world:
        run = world.change(ONE, "COMPLETED", 1, "--no-deliver")
        assert run.err == "" and world.sink.connections == world.box.connections == 0
        assert world.json("status")["status"]["pending"] == 2
        world.registry.stop()
        run = world.run("poll", expect=1)
        assert "Delivered 2 messages." in run.err, "what is due goes out though the registry cannot be reached"
