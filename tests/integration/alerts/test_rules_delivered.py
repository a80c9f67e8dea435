"""Rules as deliveries keep them: quiet hours beside a digest, and a rule that names a number that was merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.engine.database import Database
from storage.reads.in_session import SessionReader
from storage.reads.trials.known import obsolete
from storage.watching import watches
from tests.support.channels.alert_harness import alert_world, data, rule, webhook
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, record
from tests.support.store.store_factories import NOW
from tracker.services.alerts.audience import covers, told_of

NEW = "NCT00000099"


@pytest.mark.parametrize("order", [1, -1])
def test_quiet_hours_hold_though_a_digest_asks_for_the_same(tmp_path: Path, order: int) -> None:
    """What is important at once but not at night, and all of it once a day: the night stays quiet."""
    rules = [
        rule("team", name="important", on='["status.*"]', quiet='"14:00-18:00"'),
        rule("team", name="daily", digest='"daily@20:00"'),
    ]
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + "".join(rules[::order])) as harness:
        harness.change(ONE)  # at 15:00
        [planned] = harness.messages()
        assert planned.due_at.hour == 18
        harness.deliver()
        harness.later(minutes=5)
        assert sink.hooks == []
        harness.later(hours=3)
        assert len(sink.hooks) == 1


def test_a_rule_that_names_a_merged_number_follows_the_trial(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team", trials=f'["{ONE}"]')) as harness:
        harness.registry.studies[NEW] = record(NEW)
        del harness.registry.studies[ONE]
        harness.module(NEW, "identificationModule")["nctIdAliases"] = [ONE]
        for _ in range(3):
            harness.day()
            harness.poll()
        assert NEW in harness.watched() and ONE not in harness.watched()
        harness.change(NEW, "TERMINATED")
        harness.deliver()
        assert "status.changed" in [data(hook)["kind"] for hook in sink.hooks]
        [only] = harness.context.alerts.rules
        with harness.context.database.read() as session:
            assert not any(NEW in line for line in told_of(session, harness.context.alerts, [NEW]) if "No rule" in line)
        assert covers(only, NEW, (), {ONE}) and not covers(only, NEW, ())


def test_numbers_merged_one_after_the_other_all_lead_to_the_last(database: Database) -> None:
    with database.write() as session:
        for alias, trial in (("NCT00000001", "NCT00000002"), ("NCT00000002", "NCT00000003"), ("NCT00000009", NEW)):
            watches.add_alias(session, alias, trial, NOW)
        found = obsolete(SessionReader(session), ["NCT00000003", NEW, "NCT00000005"])
    assert found == {"NCT00000003": {"NCT00000001", "NCT00000002"}, NEW: {"NCT00000009"}, "NCT00000005": set()}
