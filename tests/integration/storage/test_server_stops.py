"""A PostgreSQL server that is stopped at once, again and again, under writers, a poll and a delivery."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage.engine.database import Database
from storage.errors import StorageError, Unavailable
from storage.integrity.verify import verify
from storage.versions import history, trials
from tests.support.channels.alert_harness import alert_world, rule, webhook
from tests.support.channels.webhook_sink import Sink
from tests.support.daemon.daemon_process import wait_for
from tests.support.harness import ONE, TWO, is_list
from tests.support.registry.embedded_registry import Reply, Request
from tests.support.store import postgres
from tests.support.store.postgres import OwnServer
from tests.support.store.store_factories import NOW, add_version

NAMES = ("NCT00000001", "NCT00000002")
STOPS = 3


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with postgres.own_server() as own:
        yield own


class Writer(threading.Thread):
    """Writes version after version of a trial, each until it is known to be there. `acknowledged`: how many are."""

    def __init__(self, url: str, trial: str, enough: threading.Event) -> None:
        super().__init__()
        self.url, self.trial, self.enough = url, trial, enough
        self.acknowledged = self.refused = self.found = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with closing(Database.open(self.url)) as database:
                while not self.enough.is_set():
                    self._try(database, self.acknowledged)
        except BaseException as error:  # noqa: BLE001  (raised where somebody listens)
            self.error = error

    def more_than(self, number: int) -> Callable[[], bool]:
        return lambda: self.error is not None or self.acknowledged > number

    def _try(self, database: Database, number: int) -> None:
        try:
            with database.write() as session:
                done = add_version(session, f"{self.trial} {number}", head=number or None, trial=self.trial, events=2)
        except StorageError as error:
            assert isinstance(error, Unavailable), error
            self.refused += 1
            self.enough.wait(0.02)
        else:
            self.found += done.moved  # a commit that was cut off before it was acknowledged
            self.acknowledged += 1


@pytest.mark.fault("F26")
def test_nothing_acknowledged_is_lost_and_what_was_unknown_is_settled_by_the_next_try(server: OwnServer) -> None:
    Database.open(server.url, NOW).close()
    enough = threading.Event()
    writers = [Writer(server.url, name, enough) for name in NAMES]
    for writer in writers:
        writer.start()
    try:
        for _ in range(STOPS):
            for writer in writers:
                wait_for(writer.more_than(writer.acknowledged + 5))
            server.crash()
            server.start()
    finally:
        enough.set()
        for writer in writers:
            writer.join()
    assert [it.error for it in writers] == [None, None]
    assert sum(it.refused for it in writers) >= STOPS
    with closing(Database.open(server.url)) as database, database.read() as session:
        assert list(verify(session)) == []
        held = {name: len(history.timeline(session, name)) for name in NAMES}
        assert history.last_seq(session) == 2 * sum(held.values())
        assert {name: head.versions for name, head in trials.heads(session, NAMES).items()} == held
    # The last try may have been cut off after it was kept, and there was no next one.
    assert {held[it.trial] - it.acknowledged for it in writers} <= {0, 1}


def again(work: Callable[[], Any]) -> Any:
    """As whoever repeats what failed. A stopped server is started again by then."""
    for _ in range(5):
        try:
            return work()
        except StorageError as error:
            assert isinstance(error, Unavailable), error
    raise AssertionError("it never succeeds")


@pytest.mark.fault("F26")
def test_a_poll_and_a_delivery_cut_off_by_it_are_repeated_under_the_keys_they_had(
    server: OwnServer, tmp_path: Path
) -> None:
    restarts = []

    def restart() -> None:
        server.crash()
        server.start()
        restarts.append(1)

    def while_asked(request: Request) -> Reply | None:
        """The server is gone and back while the registry is thinking, once."""
        if is_list(request) and not restarts:
            restart()
        return None

    def when_received(handler: Any) -> None:
        """The server is gone when the answer comes: that it was received cannot be written down."""
        server.crash()
        handler.send_response(204)
        handler.end_headers()

    with Sink(answers=[when_received, 204]) as sink:
        text = webhook(sink) + rule("team", on='["status.*"]')
        url = server.url.replace("/postgres?", "/polls?")
        _create(server, "polls")
        with alert_world(tmp_path / "home", text, url=url) as harness:
            harness.day()
            for trial in (ONE, TWO):
                harness.status(trial)["overallStatus"] = "COMPLETED"
            harness.registry.faults = while_asked
            again(harness.poll)
            assert restarts and [(it.trial, it.kind) for it in again(harness.news)] == [
                (ONE, "status.changed"),
                (TWO, "status.changed"),
            ]
            with pytest.raises(Unavailable):
                harness.deliver()
            server.start()
            again(lambda: harness.later(minutes=5))
            assert {it.state for it in harness.messages()} == {"sent"}
            assert sorted(Counter(sink.keys).values()) == [1, 2]
            assert set(sink.keys) == {it.key for it in harness.messages()}
            assert harness.faults() == []


def _create(server: OwnServer, name: str) -> None:
    with closing(Database.open(server.url, NOW)) as database, database.apart() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
