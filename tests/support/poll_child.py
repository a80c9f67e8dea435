"""A process that polls once, to be killed: `python -m tests.support.poll_child DATABASE REGISTRY INSTANT`.

It prints how far it is. After the first committed trials it stops until it gets a line of input.
"""

from __future__ import annotations

import sys
from datetime import datetime

from schedules.clock import ManualClock
from tracker.app import open_context
from tracker.config.read_settings import load_settings
from tracker.polling.poll import poll


def main(database: str, registry: str, instant: str) -> None:
    settings = load_settings(
        {
            "TRIALWATCH_HOME": "/nonexistent",
            "TRIALWATCH_DATABASE_URL": database,
            "TRIALWATCH_CTGOV_URL": registry,
            "TRIALWATCH_REQUESTS_PER_SECOND": "1000",
        }
    )
    with open_context(settings, ManualClock(datetime.fromisoformat(instant))) as context:
        poll(context, progress=_tell)


def _tell(step: str, done: int, _total: int) -> None:
    print(step, done, flush=True)  # noqa: T201
    if step == "Comparing":
        sys.stdin.readline()


if __name__ == "__main__":
    main(*sys.argv[1:])
