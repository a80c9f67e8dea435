"""alerts preview: what would be sent, and why not, on the command line. Nothing is sent."""

from __future__ import annotations

from pathlib import Path

from tests.alerts.world import rule
from tests.cli.alerting import ONE, alerting
from tests.cli.program import Program


def test_preview_shows_and_sends_nothing(tmp_path: Path) -> None:
    with alerting(tmp_path, text=rule("team", "me", on='["status.*"]')) as world:
        world.change(ONE, "COMPLETED", 1, "--no-deliver")
        found = world.json("alerts", "preview")["messages"]
        assert [(row["channel"], row["kind"], row["outbox"]) for row in found] == [
            ("team", "status.changed", "pending"),
            ("me", "status.changed", "pending"),
        ]
        assert {row["key"] for row in found} == {row["key"] for row in world.messages()}
        assert world.run("alerts", "preview").lines == found
        text = world.table("alerts", "preview")
        assert "Status changed from Recruiting to Completed (waits in the outbox)" in text
        world.run("alerts", "mute", "team")
        explained = world.table("alerts", "preview", "--explain")
        assert (
            "a first look is never told" in explained and "rule all: the rule is not about admin.changed" in explained
        )
        assert "team at once; held: the channel is muted" in explained and "me at once" in explained
        assert world.sink.connections == world.box.connections == 0
        assert all(row["attempts"] == 0 for row in world.messages())
        world.program.day(10)
        assert "--explain" in world.run("alerts", "preview", "-o", "table").err
        assert len(world.json("alerts", "preview", "--since", "30d")["messages"]) == 2


def test_preview_of_rules_that_are_only_being_written(tmp_path: Path) -> None:
    """The rules of today, on what happened before there were any."""
    with alerting(tmp_path, text=rule("team", on='["site.*"]')) as world:
        world.change(ONE)
        assert world.json("alerts", "preview") == {"messages": []} and world.messages() == []
        quiet = {"quiet": '"14:00-18:00"', "digest": '"daily@15:30"'}
        world.configure(world.config.replace('"site.*"', '"status.*"') + rule("me", name="late", **quiet))
        found = world.json("alerts", "preview")["messages"]
        assert [(row["channel"], row["kind"], row["at"], row["outbox"]) for row in found] == [
            ("team", "status.changed", "2026-08-15T15:00:00Z", None),
            ("me", "digest", "2026-08-15T18:00:00Z", None),
        ]
        assert world.messages() == [], "what was not told then is not told now"
        world.configure(world.config.replace('on = ["site.*"]', 'on = ["sight.*"]'))
        assert "did you mean site.*?" in world.run("alerts", "preview", expect=2).err


def test_preview_without_rules_says_so(program: Program) -> None:
    assert program.json("alerts", "preview") == {"messages": []}
    assert program.json("alerts", "preview", "--explain") == {"changes": []}
    assert "--since 30d" in program.run("alerts", "preview", "--explain", "-o", "table").err
    assert "7d" in program.run("alerts", "preview", "--since", "now", expect=2).err
