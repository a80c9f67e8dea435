"""alerts preview: what would be sent, and why not, on the command line. Nothing is sent."""

from __future__ import annotations

from pathlib import Path

from tests.support.channels.alert_harness import rule
from tests.support.channels.alert_setup import ONE, alerting
from tests.support.program.program import Program


def test_preview_shows_and_sends_nothing(tmp_path: Path) -> None:
    with alerting(tmp_path, text=rule("team", "me", on='["status.*"]')) as harness:
        harness.change(ONE, "COMPLETED", 1, "--no-deliver")
        found = harness.json("alerts", "preview")["messages"]
        assert [(row["channel"], row["kind"], row["outbox"]) for row in found] == [
            ("team", "status.changed", "pending"),
            ("me", "status.changed", "pending"),
        ]
        assert {row["key"] for row in found} == {row["key"] for row in harness.messages()}
        assert harness.run("alerts", "preview").lines == found
        text = harness.table("alerts", "preview")
        assert "Status changed from Recruiting to Completed (waits in the outbox)" in text
        assert f"{ONE} · A study called {ONE}" in harness.table("alerts", "preview", COLUMNS="220")
        harness.run("alerts", "mute", "team")
        explained = harness.table("alerts", "preview", "--explain")
        assert f"A study called {ONE}" in explained and "No. " in explained
        assert (
            "a first look is never told" in explained and "rule all: the rule is not about admin.changed" in explained
        )
        assert "team at once; held: the channel is muted" in explained and "me at once" in explained
        assert harness.sink.connections == harness.box.connections == 0
        assert all(row["attempts"] == 0 for row in harness.messages())
        harness.program.day(10)
        assert "--explain" in harness.run("alerts", "preview", "-o", "table").err
        assert len(harness.json("alerts", "preview", "--since", "30d")["messages"]) == 2


def test_preview_of_rules_that_are_only_being_written(tmp_path: Path) -> None:
    """The rules of today, on what happened before there were any."""
    with alerting(tmp_path, text=rule("team", on='["site.*"]')) as harness:
        harness.change(ONE)
        assert harness.json("alerts", "preview") == {"messages": []} and harness.messages() == []
        quiet = {"quiet": '"14:00-18:00"', "digest": '"daily@15:30"'}
        harness.configure(harness.config.replace('"site.*"', '"status.*"') + rule("me", name="late", **quiet))
        found = harness.json("alerts", "preview")["messages"]
        assert [(row["channel"], row["kind"], row["at"], row["outbox"]) for row in found] == [
            ("team", "status.changed", "2026-08-15T15:00:00Z", None),
            ("me", "digest", "2026-08-15T18:00:00Z", None),
        ]
        assert harness.messages() == [], "what was not told then is not told now"
        harness.configure(harness.config.replace('on = ["site.*"]', 'on = ["sight.*"]'))
        assert "did you mean site.*?" in harness.run("alerts", "preview", expect=2).err


def test_preview_without_rules_says_so(program: Program) -> None:
    assert program.json("alerts", "preview") == {"messages": []}
    assert program.json("alerts", "preview", "--explain") == {"changes": []}
    assert "--since 30d" in program.run("alerts", "preview", "--explain", "-o", "table").err
    assert "7d" in program.run("alerts", "preview", "--since", "nowish", expect=2).err
