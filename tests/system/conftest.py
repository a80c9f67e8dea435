"""What several folders of system tests begin with: a store that alerts, and a server of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.channels.alert_setup import Alerting, alerting
from tests.support.web.served import Served, served


@pytest.fixture
def alerts(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path) as found:
        yield found


@pytest.fixture
def site(alerts: Alerting) -> Iterator[Served]:
    with served(alerts.program) as found:
        yield found
