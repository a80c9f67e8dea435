"""The guide to webhooks, followed to the letter: its receiver run, its configuration used, a stranger turned away."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.channels.alert_harness import OTHER_SECRET, SECRET
from tests.support.channels.smtp_sink import free_port
from tests.support.program.program import ROOT, Program, record, update
from tests.support.registry.embedded_registry import RegistryServer

GUIDE = (ROOT / "docs/how-to/webhooks.md").read_text(encoding="utf-8")
ONE = "NCT05349331"


def block(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)[0]


@dataclass
class Receiver:
    port: int
    process: subprocess.Popen[str]

    def line(self) -> list[str]:
        """The next thing it prints, in words."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().split()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    port = free_port()
    code = block("python").replace("9000", str(port)).replace("HTTPServer((", "server = HTTPServer((", 1)
    code = code.replace(").serve_forever()", "); print('up', flush=True); server.serve_forever()")
    pipe, environment = subprocess.PIPE, {"TEAM_WEBHOOK_SECRET": SECRET}
    words = (sys.executable, "-c", code)
    with subprocess.Popen(words, env=environment, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        found = Receiver(port, process)
        assert found.line() == ["up"]
        yield found
        process.kill()


@contextmanager
def followed(folder: Path, port: int) -> Iterator[tuple[Program, RegistryServer]]:
    """A program configured as the guide says, for the receiver on this machine. Its clock is the machine's."""
    with RegistryServer([record(ONE)]) as registry:
        program = Program(folder / "home", registry)
        program.home.mkdir()
        there = f'url = "http://127.0.0.1:{port}/"\nallow = ["127.0.0.1:{port}"]'
        config = block("toml").replace('url = "https://hooks.example.org/trials"', there)
        (program.home / "trialwatch.toml").write_text(config)
        yield program, registry


REAL = {"TRIALWATCH_TEST_CLOCK": "", "TEAM_WEBHOOK_SECRET": SECRET}


def test_the_receiver_has_ten_lines() -> None:
    assert len([line for line in block("python").splitlines() if line.strip()]) == 10


def test_the_guide_s_receiver_takes_what_is_ours(tmp_path: Path, receiver: Receiver) -> None:
    with followed(tmp_path, receiver.port) as (program, registry):
        assert program.run("alerts", "check", **REAL).lines[0]["mistakes"] == []
        program.run("alerts", "test", "team", **REAL)
        key, kind, *_ = receiver.line()
        assert key.startswith("msg_") and kind == "test"
        program.run("watch", ONE, "--no-backfill", **REAL)
        registry.data_timestamp = "2026-08-15T09:00:05"
        update(registry.studies[ONE], "2026-08-15", overallStatus="COMPLETED")
        program.run("poll", **REAL)
        key, kind, *summary = receiver.line()
        assert kind == "status.changed" and summary[-2:] == ["to", "Completed"]
        [sent] = program.run("alerts", "outbox", **REAL).lines
        assert (sent["key"], sent["state"]) == (key, "sent")


@pytest.mark.fault("D09")
def test_the_guide_s_receiver_turns_away_what_is_not(tmp_path: Path, receiver: Receiver) -> None:
    with followed(tmp_path, receiver.port) as (program, _):
        text, _ = program.error("alerts", "test", "team", code=1, **{**REAL, "TEAM_WEBHOOK_SECRET": OTHER_SECRET})
        assert "did not arrive" in text
        # Ours, but of last year: a copy that somebody kept.
        program.clock.write_text("2025-01-01T00:00:00+00:00")
        text, _ = program.error("alerts", "test", "team", code=1, TEAM_WEBHOOK_SECRET=SECRET)
        assert "did not arrive" in text
        with pytest.raises(httpx.HTTPError):
            httpx.post(f"http://127.0.0.1:{receiver.port}/", content=b'{"type":"test"}', trust_env=False)
        program.run("alerts", "test", "team", **REAL)
        assert receiver.line()[1] == "test", "the first it took"
