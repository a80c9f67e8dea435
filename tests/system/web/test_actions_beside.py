"""Acting while a poll and a delivery are under way, by the daemon that serves and by other processes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.polling import runs
from storage.values.states import RunOutcome
from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.daemon_process import Running, wait_for
from tests.support.program.program import record
from tests.support.registry.embedded_registry import RegistryServer
from tests.support.web.serving import Serving

ONE, TWO, THREE = "NCT00000001", "NCT00000002", "NCT00000003"
OTHER_RECORD = record(THREE)


class Held:
    """Holds what comes until it is released. `came` is set when something is held."""

    def __init__(self) -> None:
        self.came, self.released = threading.Event(), threading.Event()

    def __call__(self, request: Any) -> None:
        if request.path.endswith("/version"):
            return  # a run begins after this question
        self.came.set()
        self.released.wait(120)


@pytest.fixture
def held() -> Iterator[Held]:
    found = Held()
    yield found
    found.released.set()


@pytest.fixture
def slow() -> Iterator[Held]:
    """Holds the answers of the receiver."""
    found = Held()
    yield found
    found.released.set()


@pytest.fixture
def sink(slow: Held) -> Iterator[Sink]:
    def answer(handler: Any) -> None:
        slow(handler)
        handler.send_response(204)
        handler.end_headers()

    with Sink(answers=[answer]) as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, sink: Sink) -> Iterator[Serving]:
    with RegistryServer([record(ONE), record(TWO)]) as registry, Serving(tmp_path / "home", registry, sink) as found:
        found.settled()
        registry.studies[THREE] = OTHER_RECORD
        yield found


def done_by_hand(site: Serving) -> None:
    """Act in every way that needs no registry."""
    for path, fields, said in (
        ("/do/tag", {"trial": ONE, "tag": "hcc"}, f"{ONE} has the tag hcc now."),
        ("/do/note", {"trial": ONE, "text": "Asked.", "notes": "0"}, "Noted."),
        ("/do/untag", {"trial": ONE, "tag": "hcc"}, f"The tag hcc is taken off {ONE}."),
        ("/do/unwatch", {"trial": TWO}, f"{TWO} is no longer watched."),
        ("/do/mute", {"channel": "team"}, "The channel team is sent nothing more"),
        ("/do/unmute", {"channel": "team"}, "The channel team is sent to again."),
        ("/do/seen", {"seq": "1", "at": "1"}, "Marked as seen"),
    ):
        assert said in site.act(path, **fields).text, path


def is_sound(site: Serving, daemon: Running) -> bool:
    log = daemon.log.read_text()
    return site.is_whole() and "locked" not in log and "Traceback" not in log


def test_beside_a_poll_of_the_daemon_everything_is_done(site: Serving, held: Held, slow: Held) -> None:
    daemon = site.daemon()
    site.registry.faults = held
    site.next_day()
    assert held.came.wait(120)
    done_by_hand(site)
    assert "A poll is running now." in site.get("/status").text
    assert "A look has begun." in site.act("/do/look", trial="").text
    assert "under way already" in site.act("/do/look", trial="").text
    slow.released.set()
    held.released.set()
    wait_for(lambda: "Look at all watched trials: " in site.get("/status").text, daemon.log.read_text)
    assert site.json("note", ONE)["notes"][0]["text"] == "Asked."
    assert [it["trial"] for it in site.json("list")["trials"]] == [ONE]
    assert is_sound(site, daemon)
    assert daemon.ends(signal.SIGTERM) == 0


def test_beside_a_delivery_everything_is_done(site: Serving, sink: Sink, slow: Held) -> None:
    daemon = site.daemon()
    site.next_day()
    assert slow.came.wait(120), "the message is on its way"
    done_by_hand(site)
    assert "Watched from now on: NCT00000003" in site.act("/do/watch", trials=THREE, tag="new").text
    slow.released.set()
    wait_for(lambda: site.json("alerts", "outbox")["messages"][0]["state"] == "sent", daemon.log.read_text)
    assert len(sink.hooks) == 1, "the message is sent once"
    assert {it["trial"]: it["tags"] for it in site.json("list")["trials"]} == {ONE: [], THREE: ["new"]}
    assert is_sound(site, daemon)
    assert daemon.ends(signal.SIGTERM) == 0


def test_the_daemon_makes_the_look_and_sends_the_message_again(site: Serving, sink: Sink, slow: Held) -> None:
    slow.released.set()
    daemon = site.daemon()
    site.complete(ONE)
    site.publish("2026-08-15")
    site.act("/do/look", trial="")
    wait_for(lambda: "Look at all watched trials: Poll" in site.get("/status").text, daemon.log.read_text)
    wait_for(lambda: sink.hooks, daemon.log.read_text)
    assert len(daemon.polls()) == 1, "the daemon made it"
    [message] = wait_for(lambda: site.json("alerts", "outbox", "--state", "sent")["messages"], daemon.log.read_text)
    site.act("/do/mute", channel="team")
    site.complete(TWO)
    site.publish("2026-08-16")
    site.act("/do/look", trial=TWO)
    dead = wait_for(lambda: site.json("alerts", "outbox", "--state", "dead")["messages"], daemon.log.read_text)[0]
    site.act("/do/unmute", channel="team")
    again = {"message": dead["key"], "attempts": str(dead["attempts"]), "settled": dead["settled_at"]}
    assert "The daemon sends the message again now." in site.act("/do/retry", **again).text
    wait_for(lambda: dead["key"] in sink.keys, daemon.log.read_text)
    assert sink.keys.count(message["key"]) == 1
    assert daemon.ends(signal.SIGTERM) == 0


@pytest.mark.long
def test_a_server_that_stops_in_the_middle_of_a_look_leaves_nothing_behind(site: Serving, held: Held) -> None:
    server = site.begin("serve", "--port", str(site.port))
    wait_for(lambda: "Open http" in server.log.read_text(), server.log.read_text)
    site.complete(ONE)
    site.publish("2026-08-15")
    site.registry.faults = held
    site.act("/do/look", trial="")
    assert held.came.wait(120)
    assert server.ends(signal.SIGTERM) == 0
    with site.opened() as database, database.read() as session:
        last = runs.last(session)
        assert last is not None and last.outcome == RunOutcome.RUNNING, "it did not wait for the poll"
    held.released.set()
    site.registry.faults = []
    site.run("poll", expect=None)
    assert (ONE, "status.changed") in site.changes()
    assert site.is_whole()
