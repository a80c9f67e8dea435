from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.registry.embedded_registry import RegistryServer, study
from tests.support.registry.fake_hosts import PATIENT, FakeClock, FakeRateLimiter
from tracker.http.polite_client import PoliteClient
from tracker.registries.ctgov.client import CtgovClient

IDS = [f"NCT{number:08d}" for number in range(1, 7)]


@pytest.fixture
def registry() -> Iterator[RegistryServer]:
    """A registry of six trials."""
    with RegistryServer([study(trial) for trial in IDS]) as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def rate_limiter(clock: FakeClock) -> FakeRateLimiter:
    return FakeRateLimiter(clock.now)


@pytest.fixture
def http(rate_limiter: FakeRateLimiter, clock: FakeClock) -> Iterator[PoliteClient]:
    client = PoliteClient(rate_limiter, clock, user_agent="tests/1", limits=PATIENT)
    yield client
    client.close()


@pytest.fixture
def ctgov(http: PoliteClient, registry: RegistryServer) -> CtgovClient:
    return CtgovClient(http, registry.url)
