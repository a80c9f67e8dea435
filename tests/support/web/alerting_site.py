"""A store that alerts, on either database, with a server of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.support.channels.alert_setup import Alerting, alerting
from tests.support.program.on_server import OnServer
from tests.support.program.program import Program
from tests.support.store import postgres
from tests.support.web.served import Served, served

__all__ = ["DATABASES", "alerting_site"]

DATABASES = ("sqlite", "postgresql")


@contextmanager
def alerting_site(folder: Path, database: str) -> Iterator[tuple[Alerting, Served]]:
    """Yield both while the block runs. `database` is one of `DATABASES`."""
    with ExitStack() as stack:
        make = Program
        if database == "postgresql":
            _, url = stack.enter_context(postgres.fresh_database())
            make = partial(OnServer, url=url)  # type: ignore[assignment]
        alerts = stack.enter_context(alerting(folder, make=make))
        yield alerts, stack.enter_context(served(alerts.program))
