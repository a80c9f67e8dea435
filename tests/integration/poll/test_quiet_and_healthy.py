"""A daemon that does as it planned is healthy, however long its trials rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.support.daemon.beating_daemon import beating_daemon
from tests.support.harness import ONE, START, Harness, with_results
from tracker.processes.daemon_lock import the_only_daemon


def test_a_daemon_of_quiet_trials_is_healthy_between_its_looks(harness: Harness) -> None:
    """One finished trial with posted results, unchanged for two years: looked at on every third publication."""
    found = harness.registry.studies[ONE]
    with_results(found)
    status = harness.status(ONE)
    status["overallStatus"] = "COMPLETED"
    for name in ("lastUpdatePostDateStruct", "resultsFirstPostDateStruct"):
        status[name] = {"date": "2024-01-15", "type": "ACTUAL"}
    status["lastUpdateSubmitDate"] = "2024-01-10"
    pings: list[datetime] = []
    with the_only_daemon(harness.context.database, harness.clock, "tests", standby=False, waiting=str):
        harness.settled(ONE)
        alive = beating_daemon(harness, ping=lambda: pings.append(harness.clock.now()))
        looks = []
        while harness.clock.now() < START + timedelta(days=14):
            now = harness.clock.now()
            if now.weekday() < 5 and now.hour >= 13:
                harness.registry.data_timestamp = f"{now.date()}T09:00:05"
            before = len(harness.registry.requests)
            alive.beat()
            looks += [now] if len(harness.registry.requests) > before else []
            health = harness.health()
            assert health.healthy, (now, looks, health.troubles)
            harness.clock.advance(timedelta(hours=1))
