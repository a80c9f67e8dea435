"""Many clients at once, a server that is killed, and a daemon that serves. `make soak` runs the load for a minute."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.soak.load import complaints, killed_in_the_middle, load
from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.daemon_process import Running, wait_for
from tests.support.program.program import record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.serving import Serving

ONE, TWO = "NCT00000001", "NCT00000002"


def test_fifty_clients_a_poll_and_a_delivery_do_not_hinder_each_other(tmp_path: Path) -> None:
    found = load(tmp_path / "home", clients=50, seconds=3, pause=2)
    assert complaints(found) == [], found
    assert found.statuses[200] >= 50 and found.changes > 24


def test_a_server_killed_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    assert killed_in_the_middle(tmp_path / "home", clients=20, pause=0.2) == []


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, sink: Sink) -> Iterator[Serving]:
    with RegistryServer([record(ONE), record(TWO)]) as registry, Serving(tmp_path / "home", registry, sink) as found:
        found.settled()
        yield found


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_daemon_serves_while_it_polls_and_delivers_and_ends_in_order(site: Serving, sink: Sink) -> None:
    daemon = site.daemon()
    assert site.get("/trials.json").json()["total"] == 2
    site.next_day()
    wait_for(lambda: sink.hooks, daemon.log.read_text)
    found = site.get("/changes.json?kind=status.changed").json()["changes"]
    assert [it["trial"] for it in found] == [ONE]
    assert ONE in site.get("/").text
    assert daemon.ends(signal.SIGTERM) == 0
    assert daemon.said()[-1].items() >= {"event": "daemon stopped", "in_time": True}.items()
    assert "Traceback" not in daemon.log.read_text()
    assert is_free(site.port)
    assert site.is_whole()


def test_a_request_that_waits_does_not_hold_up_the_end(site: Serving) -> None:
    daemon = site.daemon()
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as waiting:
        target = f"/api/v1/changes?after={10**6}&wait=60"
        waiting.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert site.get("/status").status_code == 200
        assert daemon.ends(signal.SIGTERM) == 0
        assert waiting.recv(12) in (b"HTTP/1.1 200", b"")
    assert is_free(site.port)


def test_a_port_that_is_in_use_is_said_by_the_daemon_and_by_serve(site: Serving) -> None:
    with socket.create_server(("127.0.0.1", site.port)):
        daemon: Running = site.begin("daemon")
        assert daemon.ends() == 2
        assert f"port {site.port}: Address already in use" in daemon.log.read_text()
        assert f"port {site.port}: Address already in use" in site.run("serve", expect=2).err
    again = site.daemon()
    assert site.get("/status").status_code == 200
    assert again.ends(signal.SIGTERM) == 0
