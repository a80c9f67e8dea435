"""The dead man's switch hears of a daemon that is well, each hour; and the log is never silent for longer."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from typing import Any

import pytest
import trustme

from storage.outbox import channel_states
from storage.polling import hosts
from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.beating_daemon import BeatingDaemon, beating_daemon
from tests.support.daemon.daemon_process import DaemonProcess, wait_for
from tests.support.harness import IDS, START, Harness
from tests.support.registry.embedded_registry import RegistryServer, Reply
from tracker.alerts.channels.webhook import WebhookSpec
from tracker.alerts.config import AlertConfig
from tracker.daemon.operator_log import alert_targets
from tracker.processes.daemon_lock import the_only_daemon
from tracker.services.diagnostics.health import FAILING_FOR

MINUTE = timedelta(minutes=1)


class Switch:
    """A monitor that counts. `down`: it cannot be reached."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.heard: list[datetime] = []
        self.down = False

    def __call__(self) -> None:
        if self.down:
            self.harness.context.clients["ctgov"]._http.get("http://127.0.0.1:9/")  # type: ignore[attr-defined]
        self.heard.append(self.harness.clock.now())


def pinging(harness: Harness, **options: Any) -> tuple[BeatingDaemon, Switch]:
    harness.settled()
    switch = Switch(harness)
    return beating_daemon(harness, ping=switch, **options), switch


def live(alive: BeatingDaemon, hours: float, step: timedelta = 10 * MINUTE) -> None:
    """All that tells of us beats while the clock goes on."""
    end = alive.harness.clock.now() + timedelta(hours=hours)
    while alive.harness.clock.now() < end:
        alive.beat()
        alive.daemon.beat("ping", alive.daemon.ping_while_well, stored=False)
        alive.daemon.beat("report", alive.daemon.report)
        alive.harness.clock.advance(step)


@pytest.mark.fault("R-C10")
def test_a_weekend_without_news_is_not_silent(harness: Harness) -> None:
    alive, switch = pinging(harness)
    assert START.strftime("%A") == "Friday"
    with the_only_daemon(harness.context.database, harness.clock, "tests", standby=False, waiting=str):
        live(alive, 72)
    apart = [after - before for before, after in zip(switch.heard, switch.heard[1:], strict=False)]
    assert len(switch.heard) >= 70 and max(apart) <= timedelta(hours=1, minutes=10)


@pytest.mark.fault("R-C10")
def test_a_switch_hears_nothing_while_something_is_wrong(harness: Harness) -> None:
    alive, switch = pinging(harness)
    live(alive, 3)
    before = len(switch.heard)
    for pause in (FAILING_FOR, timedelta()):  # once is no trouble, an hour of it is
        alive.daemon.beat("odd", lambda: bool(1 // 0))
        harness.clock.advance(pause)
    assert harness.health().healthy is False
    live(alive, 12)
    assert len(switch.heard) == before
    assert len(alive.said("no ping while something is wrong")) == 1
    harness.clock.advance(timedelta(hours=1))
    alive.daemon.beat("odd", lambda: False)
    live(alive, 0.5)
    assert len(switch.heard) == before + 1, "once it is well again, it says so soon"


@pytest.mark.fault("R-C10")
def test_a_dead_switch_hurts_nothing_and_is_no_trouble(harness: Harness) -> None:
    alive, switch = pinging(harness)
    switch.down = True
    live(alive, 24)
    assert switch.heard == []
    assert 20 <= len(alive.said("job failed")) <= 25, "it is said once an hour"
    assert harness.health().healthy is True, "else it would be silent for ever"
    switch.down = False
    live(alive, 1)
    assert switch.heard


@pytest.mark.fault("R-C10")
def test_a_clock_that_is_set_back_delays_no_ping(harness: Harness) -> None:
    alive, switch = pinging(harness)
    live(alive, 1.1)
    harness.clock.advance(timedelta(hours=-5))
    before = len(switch.heard)
    live(alive, 0.5)
    assert len(switch.heard) > before


@pytest.mark.fault("R-C10")
def test_the_address_in_the_config_file_is_asked(site: DaemonProcess) -> None:
    """A real daemon asks a real address as soon as it runs, though there is nothing new."""
    with Sink(secrets=()) as monitor:
        (site.home / "trialwatch.toml").write_text(f'[daemon]\nping_url = "{monitor.url}"\n')
        daemon = site.daemon()
        wait_for(lambda: monitor.connections, daemon.log.read_text)
        assert daemon.polls() == []


@pytest.mark.fault("R-C9")
def test_the_ping_believes_the_authority_of_the_settings(site: DaemonProcess) -> None:
    authority, serving = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    authority.cert_pem.write_to_path(site.home / "own.pem")
    with RegistryServer(tls=serving) as monitor:
        settings = f'[http]\nca_file = "{site.home}/own.pem"\n[daemon]\nping_url = "{monitor.url}/ping"\n'
        (site.home / "trialwatch.toml").write_text(settings)
        daemon = site.daemon()
        wait_for(lambda: "/ping" in monitor.paths(), daemon.log.read_text)


@pytest.mark.fault("R-D3")
def test_no_hour_passes_without_a_line(harness: Harness) -> None:
    alive = beating_daemon(harness)
    harness.settled()
    live(alive, 24)
    lines = alive.said("watching")
    assert 22 <= len(lines) <= 25
    assert (lines[0]["watched"], lines[0]["tells"]) == (len(IDS), "none: no channel is configured")


@pytest.mark.fault("R-D3")
def test_a_paused_host_and_its_end_have_a_line_each(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    live(alive, 1)
    with harness.context.database.write() as session:
        hosts.pause(session, "registry.example.org", harness.clock.now() + timedelta(hours=2))
    live(alive, 4)
    [paused] = alive.said("host paused")
    assert (paused["name"], paused["level"]) == ("registry.example.org", "warning")
    assert [line["name"] for line in alive.said("host open again")] == ["registry.example.org"]


@pytest.mark.fault("R-D3")
def test_a_closed_channel_has_a_line(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    with harness.context.database.write() as session:
        channel_states.disable(session, "team", "it answered 410", harness.clock.now())
    live(alive, 2)
    [closed] = alive.said("channel closed")
    assert (closed["name"], closed["reason"]) == ("team", "it answered 410")
    assert "trialwatch alerts test team" in closed["next"]
    with harness.context.database.write() as session:
        channel_states.enable(session, ["team"])
    live(alive, 1)
    assert len(alive.said("channel open again")) == 1


@pytest.mark.fault("R-D3")
def test_a_held_run_and_an_unknown_id_have_a_line_each(harness: Harness) -> None:
    harness.settled()
    harness.watch("NCT09999999")
    alive = beating_daemon(harness)
    alive.beat()
    [unknown] = alive.said("not read")
    assert unknown["trials"] == ["NCT09999999"] and "does not know" in unknown["reason"]
    harness.day(3)
    for trial in IDS:
        del harness.module(trial, "designModule")["phases"]
    alive.beat()
    [held] = alive.said("run held")
    assert held["level"] == "warning" and held["next"] == f"trialwatch poll --accept {held['run']}"


@pytest.mark.fault("R-D3")
def test_a_registry_that_is_down_has_one_line_for_all_trials(harness: Harness) -> None:
    harness.settled()
    alive = beating_daemon(harness)
    harness.day(3)
    harness.registry.faults = lambda _: Reply(500)
    alive.beat()
    [line] = alive.said("not read")
    assert (line["number"], line["trials"]) == (len(IDS), IDS)


@pytest.mark.fault("R-D3")
def test_a_channel_no_rule_names_tells_nobody() -> None:
    spec = WebhookSpec("team", "http://127.0.0.1:9/", ())
    assert alert_targets(AlertConfig(channels=(spec,))) == "none: no rule names a channel"
    assert alert_targets(AlertConfig(channels=(spec,), owner="team")) == ["team"]
