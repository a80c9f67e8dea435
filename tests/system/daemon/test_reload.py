"""SIGHUP: what a running daemon takes up of changed settings, what it refuses, and what it says at its start."""

from __future__ import annotations

import os
import pty
import re
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.channels.alert_harness import rule, webhook
from tests.support.channels.webhook_sink import SECRET, Sink
from tests.support.daemon.daemon_process import DaemonProcess, Running, wait_for
from tests.support.harness import IDS, ONE, TWO
from tests.support.program.program import START

pytestmark = pytest.mark.fault("R-D3")


class Configured(DaemonProcess):
    """A site whose config file changes. `sink`: the receiver of the channel `team`."""

    sink: Sink

    def environment(self, extra: dict[str, str] = {}) -> dict[str, str]:  # type: ignore[override]  # noqa: B006
        return super().environment({"HOOK_SECRET": SECRET, **extra})

    def configure(self, text: str) -> None:
        (self.home / "trialwatch.toml").write_text(text)

    def reload(self, daemon: Running, text: str) -> None:
        self.configure(text)
        daemon.send(signal.SIGHUP)

    def news(self, trial: str, days: int) -> None:
        """A trial is completed; it is days later, and the registry says so."""
        self.complete(trial)
        now = START + timedelta(days=days)
        self.publish(now.date().isoformat())
        self.move_to(now)


@pytest.fixture
def configured(site: DaemonProcess) -> Iterator[Configured]:
    with Sink() as sink, Configured(site.home, site.registry) as found:
        found.sink = sink
        yield found


def both(site: Configured) -> str:
    return webhook(site.sink) + rule("team", on='["status.changed"]')


def test_a_channel_that_is_added_is_told_from_then_on(configured: Configured) -> None:
    daemon = configured.daemon()
    configured.reload(daemon, both(configured))
    said = daemon.hears("reloaded")
    assert said["changed"] == ["channel team added", "rule all added"]
    assert (said["needs_restart"], said["tells"]) == ("nothing", ["team"])
    configured.news(ONE, 3)
    wait_for(lambda: configured.sink.hooks, daemon.log.read_text)
    assert daemon.ends(signal.SIGTERM) == 0


def test_a_rule_that_is_taken_away_tells_no_more(configured: Configured) -> None:
    configured.configure(both(configured))
    daemon = configured.daemon()
    configured.news(ONE, 3)
    wait_for(lambda: len(configured.sink.hooks) == 1, daemon.log.read_text)
    configured.reload(daemon, webhook(configured.sink))
    assert daemon.hears("reloaded")["changed"] == ["rule all removed"]
    configured.news(TWO, 4)
    daemon.hears("poll", changed=1)
    configured.reload(daemon, both(configured))
    daemon.hears("reloaded")
    configured.news(IDS[2], 5)
    wait_for(lambda: len(configured.sink.hooks) == 2, daemon.log.read_text)
    assert configured.sink.hooks[1].body.count(IDS[2].encode()) and TWO.encode() not in configured.sink.hooks[1].body


@pytest.mark.parametrize(
    ("broken", "key", "line"),
    [
        ('[[rule]]\nname = "x"\non = ["status.*"]\nsend = ["nobody"]\n', "send", 4),
        ("[retention]\ndays = -1\n", "days", None),
        ("[daemon]\nping_urll = 'http://127.0.0.1:9'\n", "ping_urll", 2),
        ("[[channel\n", "", None),
    ],
    ids=["a rule for nobody", "a number that cannot be", "an unknown key", "no TOML"],
)
def test_a_file_with_a_mistake_is_refused(configured: Configured, broken: str, key: str, line: int | None) -> None:
    configured.configure(both(configured))
    daemon = configured.daemon()
    configured.reload(daemon, broken)
    said = daemon.hears("reload refused, the old settings stay")
    assert said["level"] == "warning"
    assert said["key"] == key or (not key and "TOML" in said["reason"])
    assert line is None or said.get("line") == line or f"line {line}" in said["reason"]
    configured.news(ONE, 3)
    wait_for(lambda: configured.sink.hooks, daemon.log.read_text)


def test_what_only_a_restart_changes_is_named(configured: Configured) -> None:
    daemon = configured.daemon()
    configured.reload(daemon, 'database_url = "sqlite:////tmp/other.db"\n[ctgov]\ncontact = "you@example.org"\n')
    said = daemon.hears("reloaded")
    assert said["needs_restart"] == ["ctgov.contact", "database_url"]
    assert said["changed"] == "nothing"
    daemon.send(signal.SIGHUP)
    assert daemon.hears("reloaded")["needs_restart"] == ["ctgov.contact", "database_url"], "it is still so"
    assert daemon.ends(signal.SIGTERM) == 0


def test_other_settings_are_named_by_their_keys(configured: Configured) -> None:
    daemon = configured.daemon()
    text = "[results]\ndue_soon_days = [60]\n[retention]\ndays = 400\n[daemon]\nping_url = 'http://127.0.0.1:9/'\n"
    configured.reload(daemon, text)
    changed = ["results.due_soon_days changed", "retention.days changed", "daemon.ping_url changed"]
    assert daemon.hears("reloaded")["changed"] == changed


def test_a_daemon_whose_terminal_is_closed_ends(configured: Configured) -> None:
    """In a terminal, SIGHUP says that the terminal is gone."""
    ours, theirs = pty.openpty()
    daemon = configured.begin("daemon", stderr=theirs, stdin=theirs, start_new_session=True)
    os.close(theirs)
    seen = b""
    while b"daemon started" not in seen:
        seen += os.read(ours, 4096)
    os.close(ours)
    assert daemon.ends(signal.SIGHUP) == 0
    assert configured.is_whole()


def test_the_start_says_what_is_watched_and_who_is_told(configured: Configured) -> None:
    configured.configure(both(configured))
    said = configured.begin("daemon").hears("daemon started")
    assert (said["watched"], said["tells"]) == (len(IDS), ["team"])
    assert said["next_check"] == "2026-08-17T14:00:00Z"
    assert re.fullmatch(r"sqlite:///.*trialwatch\.db", said["store"])


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "none: no channel is configured"), (None, "none: no rule names a channel")],
    ids=["no channel", "no rule"],
)
def test_the_start_says_that_nobody_is_told(configured: Configured, text: str | None, told: str) -> None:
    configured.configure(webhook(configured.sink) if text is None else text)
    assert configured.begin("daemon").hears("daemon started")["tells"] == told


def test_a_channel_without_its_secret_is_named_at_the_start(configured: Configured) -> None:
    configured.configure(both(configured))
    [told] = configured.begin("daemon", extra={"HOOK_SECRET": ""}).hears("daemon started")["tells"]
    assert told.startswith("team (cannot be used: ") and "HOOK_SECRET" in told


def test_a_start_with_nothing_watched_says_so(configured: Configured) -> None:
    configured.run("unwatch", *IDS)
    said = configured.begin("daemon").hears("daemon started")
    assert said["watched"] == 0 and "trialwatch watch" in said["next_check"]


def test_a_burst_of_reloads_ends_in_order(configured: Configured) -> None:
    """A burst of SIGHUPs is one reload or a few, and none keeps the daemon from ending."""
    daemon = configured.daemon()
    for _ in range(20):
        daemon.send(signal.SIGHUP)
    daemon.hears("reloaded")
    assert daemon.ends(signal.SIGTERM) == 0
