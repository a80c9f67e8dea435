"""The alert rules of `contrib/prometheus`: tested by promtool, and by a Prometheus that scrapes a real server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import generate
from tests.support.channels.alert_setup import ONE, Alerting
from tests.support.paths import ROOT
from tests.support.web.prometheus import RULES, prometheus, scraped, why_no_promtool
from tests.support.web.served import Served

TESTS = Path(__file__).with_name("trialwatch.rules.test.yml")
EXAMPLE = ROOT / "contrib/prometheus/prometheus.yml"


def rules() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return found


@pytest.fixture
def promtool() -> str:
    if reason := why_no_promtool():
        pytest.skip(reason)
    return "promtool"


def test_promtool_sees_each_alert_fire_and_stay_silent(promtool: str) -> None:
    done = subprocess.run([promtool, "test", "rules", TESTS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_the_example_configuration(promtool: str, tmp_path: Path) -> None:
    """As it is, and with the lines for a token, at the places of this machine."""
    secret, config = tmp_path / "secret", tmp_path / "config.yml"
    secret.write_text("tw_x")
    text = EXAMPLE.read_text(encoding="utf-8").replace("/etc/prometheus/trialwatch.rules.yml", str(RULES))
    text = text.replace("/etc/prometheus/trialwatch.token", str(secret))
    with_token = re.sub(r"# (authorization:|  credentials_file:)", r"\1", text)
    assert with_token.count("credentials_file: ") == 1 and with_token != text
    for each in (text, with_token):
        config.write_text(each)
        done = subprocess.run([promtool, "check", "config", config], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_no_rule_is_without_a_test() -> None:
    tested = yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]
    cases = [case for test in tested for case in test["alert_rule_test"]]
    names = {it["alert"] for it in rules()}
    assert {it["alertname"] for it in cases if it.get("exp_alerts")} == names
    assert {it["alertname"] for it in cases if not it.get("exp_alerts")} == names


def test_the_rules_name_numbers_that_are_there(alerts: Alerting, site: Served) -> None:
    alerts.change(ONE)
    known = {name for name, _ in scraped(site).samples}
    named = {name for it in rules() for name in re.findall(r"trialwatch_\w+", it["expr"])}
    assert len(named) > 10
    # A daemon has not run here.
    assert named - known == {"trialwatch_daemon_job_failures"}


def test_the_commands_that_the_rules_name_exist() -> None:
    commands = generate.commands()
    found = [
        words for it in rules() for words in re.findall(r"trialwatch ([a-z]+(?: [a-z]+)?)", str(it["annotations"]))
    ]
    assert len(found) > 10
    for words in found:
        assert words in commands or words.split()[0] in commands, words


def test_a_real_prometheus_scrapes_and_alerts(promtool: str, alerts: Alerting, site: Served, tmp_path: Path) -> None:
    with prometheus(tmp_path / "prometheus", site) as server:
        assert server.fires("TrialwatchDaemonDown")["job"] == "trialwatch"
        assert server.firing().keys() == {"TrialwatchDaemonDown"}
        [row] = server.query("trialwatch_watched_trials")
        assert (row["metric"]["registry"], row["value"][1]) == ("ctgov", "2")
        alerts.sink.answers = [503]
        alerts.change(ONE)
        alerts.program.day(3)
        assert server.fires("TrialwatchOutboxStuck")["channel"] == "team"
        assert server.fires("TrialwatchPollStale")["registry"] == "ctgov"
        alerts.sink.answers = [413]
        alerts.run("poll", expect=None)
        server.calms("TrialwatchPollStale")
        assert server.fires("TrialwatchDeadLetters")["channel"] == "team"
        server.calms("TrialwatchOutboxStuck")
        alerts.run("alerts", "purge", "--dead")
        server.calms("TrialwatchDeadLetters")


@pytest.mark.long
def test_it_sends_a_token_and_says_when_it_gets_no_numbers(
    promtool: str, alerts: Alerting, site: Served, tmp_path: Path
) -> None:
    token = alerts.json("tokens", "add", "prometheus")["token"]["token"]
    with prometheus(tmp_path / "without", site) as server:
        assert server.fires("TrialwatchNotScraped")["instance"] == f"127.0.0.1:{site.port}"
    with prometheus(tmp_path / "with", site, token=token) as server:
        server.fires("TrialwatchDaemonDown")
        assert "TrialwatchNotScraped" not in server.firing()
        (alerts.program.home / "trialwatch.db").unlink()
        server.fires("TrialwatchNotScraped")
