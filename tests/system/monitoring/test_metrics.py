"""The numbers for Prometheus: a scrape of a real server, parsed by its own library, says what is in the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.channels.alert_setup import ONE, Alerting
from tests.support.channels.webhook_sink import SECRET
from tests.support.daemon.daemon_process import DaemonProcess, wait_for
from tests.support.paths import ROOT
from tests.support.program.program import Program, record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.alerting_site import DATABASES, alerting_site
from tests.support.web.prometheus import OPEN_METRICS, Scraped, scraped
from tests.support.web.served import Served, served

DAY, HOUR = 86_400.0, 3_600.0


class Monitored:
    """A program with channels, and a server of its store."""

    def __init__(self, alerts: Alerting, site: Served) -> None:
        self.alerts = alerts
        self.site = site

    def scrape(self) -> Scraped:
        return scraped(self.site)

    def later(self, **time: float) -> None:
        now = datetime.fromisoformat(self.alerts.program.clock.read_text()) + timedelta(**time)
        self.alerts.program.clock.write_text(now.isoformat())


@pytest.fixture(params=DATABASES)
def monitored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Monitored]:
    with alerting_site(tmp_path, request.param) as (alerts, site):
        yield Monitored(alerts, site)


def test_the_numbers_are_those_of_the_store(monitored: Monitored) -> None:
    alerts = monitored.alerts
    alerts.change(ONE)
    found = monitored.scrape()
    assert found.all("watched_trials") == {("ctgov",): 2}
    assert found.value("polls_total", registry="ctgov", outcome="complete") == 2
    assert found.value("polls_total", registry="ctgov", outcome="failed") == 0
    assert found.all("outbox_messages") == {
        (channel, state): float(state == "sent") for channel in ("me", "team") for state in ("pending", "sent", "dead")
    }
    assert found.value("delivery_attempts", channel="team", result="sent") == 1
    assert found.all("outbox_overdue_seconds") == {("me",): 0, ("team",): 0}
    stored = alerts.json("changes")["changes"]
    for severity in ("critical", "major", "minor", "admin"):
        expected = sum(it["severity"] == severity for it in stored)
        assert found.value("changes_total", severity=severity) == expected, severity
    assert sum(found.all("changes_total").values()) == len(stored) > 2
    assert (found.value("daemon_running"), found.value("quarantined_documents")) == (0, 0)
    assert found.families["trialwatch_changes"].type == "counter"
    assert found.families["trialwatch_delivery_attempts"].type == "gauge"


def test_changes_are_counted_on_from_scrape_to_scrape(monitored: Monitored) -> None:
    before = monitored.scrape().all("changes_total")
    monitored.alerts.change(ONE)
    monitored.alerts.change(ONE, "TERMINATED")
    found = monitored.scrape().all("changes_total")
    stored = monitored.alerts.json("changes")["changes"]
    assert sum(before.values()) < sum(found.values()) == len(stored)
    assert found["critical",] == sum(it["severity"] == "critical" for it in stored) > before["critical",]


def test_both_forms_hold_the_same_numbers(monitored: Monitored) -> None:
    plain, strict = monitored.scrape(), scraped(monitored.site, OPEN_METRICS)
    # What lists are sorted by is still being written beside the scrapes.
    moving = ("trialwatch_store_bytes", "trialwatch_store_free_bytes", "trialwatch_store_log_bytes")
    assert {key: it for key, it in plain.samples.items() if key[0] not in moving} == {
        key: it for key, it in strict.samples.items() if key[0] not in moving
    }
    assert strict.text.endswith("# EOF\n")


def test_a_stale_poll_shows(monitored: Monitored) -> None:
    found = monitored.scrape()
    assert found.all("last_good_poll_age_seconds") == {("ctgov",): 0}
    first = found.value("last_good_poll_timestamp_seconds", registry="ctgov")
    data = found.value("registry_data_age_seconds", registry="ctgov")
    monitored.later(days=3, minutes=1)
    monitored.alerts.registry.stop()
    monitored.alerts.run("poll", expect=1)
    found = monitored.scrape()
    assert found.all("last_good_poll_age_seconds") == {("ctgov",): 3 * DAY + 60}
    assert found.value("last_good_poll_timestamp_seconds", registry="ctgov") == first
    assert data is not None and found.value("registry_data_age_seconds", registry="ctgov") == data + 3 * DAY + 60
    assert found.value("polls_total", registry="ctgov", outcome="failed") == 1


def test_what_was_never_read_is_as_old_as_its_watch(monitored: Monitored) -> None:
    monitored.alerts.registry.stop()
    monitored.alerts.run("watch", "EUCTR2011-005852-33", expect=None, TRIALWATCH_EUCTR_URL="http://127.0.0.1:9")
    monitored.later(days=2)
    found = monitored.scrape()
    assert found.value("last_good_poll_age_seconds", registry="euctr") == 2 * DAY
    assert found.value("last_good_poll_timestamp_seconds", registry="euctr") is None


def test_a_full_outbox_shows(monitored: Monitored) -> None:
    monitored.alerts.sink.answers = [503]
    monitored.alerts.change(ONE)
    monitored.alerts.change(ONE, "TERMINATED")
    monitored.later(hours=2)
    found = monitored.scrape()
    assert found.value("outbox_messages", channel="team", state="pending") == 2
    assert found.value("outbox_messages", channel="me", state="pending") == 0
    assert found.value("outbox_overdue_seconds", channel="team") == DAY + 2 * HOUR
    assert found.value("outbox_overdue_seconds", channel="me") == 0
    assert (found.value("delivery_attempts", channel="team", result="retry") or 0) >= 1
    assert (found.value("channel_failures", channel="team") or 0) >= 1
    assert found.value("channel_disabled", channel="team") == 0


def test_a_dead_letter_and_a_closed_channel_show(monitored: Monitored) -> None:
    monitored.alerts.sink.answers = [413, 410]
    monitored.alerts.change(ONE)
    found = monitored.scrape()
    assert found.value("outbox_messages", channel="team", state="dead") == 1
    assert found.value("delivery_attempts", channel="team", result="dead") == 1
    monitored.alerts.change(ONE, "TERMINATED")
    assert monitored.scrape().value("channel_disabled", channel="team") == 1
    monitored.alerts.run("alerts", "purge", "--dead")
    found = monitored.scrape()
    assert found.value("outbox_messages", channel="team", state="dead") == 0
    assert found.value("delivery_attempts", channel="team", result="dead") == 0, "so it is no counter"


def test_a_held_run_and_a_quarantine_show(monitored: Monitored) -> None:
    alerts = monitored.alerts
    alerts.program.day()
    alerts.registry.studies[ONE]["protocolSection"]["statusModule"]["overallStatus"] = 7
    alerts.run("poll", expect=3)
    assert monitored.scrape().value("quarantined_documents") == 1
    more = [f"NCT0000001{number}" for number in range(6)]
    alerts.registry.studies |= {trial: record(trial) for trial in more}
    alerts.run("watch", *more, "--no-backfill", expect=None)
    assert monitored.scrape().value("poll_held", registry="ctgov") == 0
    alerts.program.day()
    for study in alerts.registry.studies.values():
        study["protocolSection"]["statusModule"].pop("lastUpdateSubmitDate", None)
    alerts.run("poll", expect=3)
    found = monitored.scrape()
    assert (found.value("poll_held", registry="ctgov"), found.value("watched_trials", registry="ctgov")) == (1, 8)
    assert found.value("polls_total", registry="ctgov", outcome="held") == 1


def test_the_size_is_that_of_the_store(monitored: Monitored) -> None:
    found = monitored.scrape()
    store = monitored.alerts.program.home / "trialwatch.db"
    if store.exists():
        assert (found.value("store_bytes") or 0) >= store.stat().st_size > 0
        assert (found.value("store_free_bytes") or 0) > 0
        assert found.value("store_log_bytes") is not None
    else:
        assert (found.value("store_bytes") or 0) > 1_000_000
        assert (found.value("store_free_bytes"), found.value("store_log_bytes")) == (None, None)
    [info] = [labels for name, labels in found.samples if name == "trialwatch_build_info"]
    assert dict(info)["database"] == ("sqlite" if store.exists() else "postgresql")


def test_no_address_no_secret_and_no_text_of_a_registry_is_in_it(monitored: Monitored) -> None:
    monitored.alerts.sink.answers = [503]
    monitored.alerts.change(ONE)
    text = monitored.scrape().text
    for hidden in (SECRET, monitored.alerts.sink.place, "me@example.org", ONE, "Title", str(monitored.alerts.box.port)):
        assert hidden not in text
    assert "team" in text


@pytest.mark.long
def test_a_daemon_shows_with_its_tasks(tmp_path: Path) -> None:
    with RegistryServer([record(ONE)]) as registry, DaemonProcess(tmp_path / "home", registry) as home:
        home.settled()
        with served(home) as site:
            assert scraped(site).value("daemon_running") == 0
            daemon = home.daemon()
            wait_for(lambda: scraped(site).value("daemon_job_last_success_timestamp_seconds", task="housekeeping"))
            found = scraped(site)
            assert (found.value("daemon_running"), found.value("daemon_job_failures", task="housekeeping")) == (1, 0)
            assert ("daemon",) not in found.all("daemon_job_failures")
            daemon.ends(15)
            assert scraped(site).value("daemon_running") == 0


def test_a_token_opens_it_and_without_one_it_is_closed(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    token = program.run("tokens", "add", "prometheus", "-o", "json").json["token"]["token"]
    feeds = program.run("tokens", "add", "reader", "--feeds", "-o", "json").json["token"]["token"]
    with served(program) as site:
        assert site.get("/metrics").status_code == 401
        assert site.get(f"/metrics?token={feeds}").status_code == 401
        assert site.get("/metrics", headers={"authorization": f"Bearer {feeds}"}).status_code == 401
        assert scraped(site, {"authorization": f"Bearer {token}"}).value("daemon_running") == 0
        assert site.client.post("/metrics", headers={"authorization": f"Bearer {token}"}).status_code == 405


def test_without_the_library_it_says_how_to_install_it(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden" / "prometheus_client"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError('No module', name='prometheus_client')\n")
    program = Program(tmp_path / "home")
    with served(program, environment={"PYTHONPATH": f"{hidden.parent}:{ROOT}"}) as site:
        found = site.get("/metrics", headers={"accept": "text/plain"})
        assert found.status_code == 404
        assert "prometheus-client, which is not installed" in found.json()["detail"]
        assert "pip install '.[metrics]'" in found.json()["detail"]
        assert site.get("/status").status_code == 200


def test_a_store_that_cannot_be_read_gives_no_numbers(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    with served(program) as site:
        assert scraped(site).value("daemon_running") == 0
        (program.home / "trialwatch.db").unlink()
        assert site.get("/metrics").status_code == 503
