"""A name with many addresses that never answer costs one time limit, not one each."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpcore
import pytest

from tracker.alerts.channels.ssrf_guard import GuardedSockets, Meter
from tracker.http.transport import Budget, SharedSockets, TimedBackend, connect_in_turn

TEN = [f"127.0.0.{number}" for number in range(11, 21)]
CONNECT, TOTAL = 2.0, 5.0
"""Seconds. Ten addresses that each take their share of a whole `CONNECT` take 2.93 of them: more than the total."""


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port on which all ten addresses leave every further connection waiting: their backlogs are full."""
    listeners, waiting = [], []
    port = 0
    for address in TEN:
        listener = socket.socket()
        listener.bind((address, port))
        port = listener.getsockname()[1]
        listener.listen(0)
        listeners.append(listener)
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((address, port))
            waiting.append(client)
    yield port
    for each in (*waiting, *listeners):
        each.close()


def backend(kind: str, budget: Budget, addresses: list[str]) -> httpcore.NetworkBackend:
    if kind == "registry":
        return TimedBackend(budget, SharedSockets(budget, lambda *_: addresses))
    return TimedBackend(budget, GuardedSockets(budget, Meter(), private=True, ask=lambda *_: addresses))


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("kind", ["registry", "webhook"])
def test_ten_silent_addresses_take_one_time_limit(silent_port: int, kind: str) -> None:
    budget = Budget(time.monotonic)
    budget.start(TOTAL)
    with pytest.raises(httpcore.ConnectTimeout):
        backend(kind, budget, TEN).connect_tcp("registry.test", silent_port, timeout=CONNECT)
    assert budget.left() > 0, "ten limits would have used up the total"


@pytest.mark.fault("R-G8")
@pytest.mark.parametrize("kind", ["registry", "webhook"])
def test_the_one_address_that_answers_is_found(silent_port: int, kind: str) -> None:
    budget = Budget(time.monotonic)
    budget.start(TOTAL)
    with socket.create_server(("127.0.0.99", silent_port)):
        stream = backend(kind, budget, [*TEN[:3], "127.0.0.99"]).connect_tcp("r.test", silent_port, timeout=2.0)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.99"
        stream.close()


@pytest.mark.fault("R-G8")
def test_each_address_gets_its_share_of_what_is_left() -> None:
    now = 0.0
    budget = Budget(lambda: now)
    budget.start(120.0)
    shares = []

    def waits(_: str, seconds: float) -> None:
        nonlocal now
        now += seconds
        shares.append(seconds)
        raise httpcore.ConnectTimeout

    with pytest.raises(httpcore.ConnectTimeout):
        connect_in_turn(TEN, budget, 30.0, waits)
    assert shares == pytest.approx([3.0] * 10) and now == pytest.approx(30.0)
    with pytest.raises(httpcore.ConnectError):
        connect_in_turn([], budget, 30.0, waits)
