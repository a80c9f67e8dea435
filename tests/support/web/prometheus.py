"""A real Prometheus, as Debian packages it, and what its own client library reads from a scrape."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from tests.support.channels.smtp_sink import free_port
from tests.support.daemon.daemon_process import wait_for
from tests.support.paths import ROOT
from tests.support.web.served import Served

__all__ = ["OPEN_METRICS", "RULES", "Prometheus", "Scraped", "prometheus", "scraped", "why_no_promtool"]

RULES = ROOT / "contrib/prometheus/trialwatch.rules.yml"
OPEN_METRICS = {"accept": "application/openmetrics-text;version=1.0.0"}
_FOR = re.compile(r"^( +for:) .*$", re.MULTILINE)
_CONFIG = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}}
rule_files: [{rules}]
scrape_configs:
  - job_name: trialwatch
    static_configs: [targets: ["127.0.0.1:{port}"]]
"""


@dataclass(frozen=True)
class Scraped:
    """One scrape. `samples`: (name, labels in order) -> value."""

    text: str
    families: Mapping[str, Metric]
    samples: Mapping[tuple[str, tuple[tuple[str, str], ...]], float]

    def value(self, name: str, **labels: str) -> float | None:
        """Return one number. None if it is not there."""
        return self.samples.get((f"trialwatch_{name}", tuple(sorted(labels.items()))))

    def all(self, name: str) -> dict[tuple[str, ...], float]:
        """Return all numbers of a name by the values of their labels, in the order of the labels' names."""
        found = {key: value for key, value in self.samples.items() if key[0] == f"trialwatch_{name}"}
        return {tuple(value for _, value in labels): number for (_, labels), number in found.items()}


def scraped(site: Served, headers: Mapping[str, str] = {}) -> Scraped:
    """Scrape once, and parse it with the client library of Prometheus. By default as plain text."""
    answer = site.get("/metrics", headers=dict(headers))
    assert answer.status_code == 200, answer.text
    is_open = answer.headers["content-type"].startswith("application/openmetrics-text")
    parse: Any = open_metrics if is_open else plain_text
    families: Iterable[Metric] = list(parse(answer.text))
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): float(sample.value)
        for family in families
        for sample in family.samples
    }
    return Scraped(answer.text, {it.name: it for it in families}, samples)


def why_no_promtool() -> str:
    """Return why the rules cannot be tested here, "" if they can."""
    if shutil.which("promtool") and shutil.which("prometheus"):
        return ""
    return "Prometheus is not installed here (Debian: apt-get install prometheus)"


@dataclass(frozen=True)
class Prometheus:
    """A running server that scrapes a site and evaluates our rules, without the time that they wait."""

    url: str
    log: Path

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the result of an expression now."""
        found = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, trust_env=False, timeout=30).json()
        rows: list[dict[str, Any]] = found["data"]["result"]
        return rows

    def firing(self) -> dict[str, dict[str, str]]:
        """Return the labels of the alerts that fire, by their names."""
        found = httpx.get(f"{self.url}/api/v1/alerts", trust_env=False, timeout=30).json()["data"]["alerts"]
        return {it["labels"]["alertname"]: it["labels"] for it in found if it["state"] == "firing"}

    def fires(self, name: str) -> dict[str, str]:
        """Wait until an alert fires, and return its labels."""
        found: dict[str, str] = wait_for(lambda: self.firing().get(name), lambda: (self.firing(), self.log.read_text()))
        return found

    def calms(self, name: str) -> None:
        """Wait until an alert fires no more."""
        wait_for(lambda: name not in self.firing(), lambda: (self.firing(), self.log.read_text()))


@contextmanager
def prometheus(folder: Path, site: Served, *, token: str = "") -> Iterator[Prometheus]:
    """Run Prometheus in `folder` while the block runs. With a token it sends that."""
    folder.mkdir()
    rules, config, log, secret = (folder / name for name in ("rules.yml", "prometheus.yml", "log", "token"))
    rules.write_text(_FOR.sub(r"\1 0s", RULES.read_text(encoding="utf-8")))
    text = _CONFIG.format(rules=rules, port=site.port)
    if token:
        secret.write_text(token)
        text += f"    authorization: {{credentials_file: {secret}}}\n"
    config.write_text(text)
    port = free_port()
    words = [
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with log.open("wb") as stream:
        process = subprocess.Popen(["prometheus", *words], stdout=stream, stderr=stream, cwd=folder)
    try:
        url = f"http://127.0.0.1:{port}"

        def ready() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return httpx.get(f"{url}/-/ready", trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        wait_for(ready, log.read_text)
        yield Prometheus(url, log)
    finally:
        process.kill()
        process.wait()
