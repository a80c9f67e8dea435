"""What preview foresees is what the outbox gets: same keys, channels, changes and times, by the real way of both."""

from __future__ import annotations

from pathlib import Path

import msgspec

from schedules.windows import parse_digest
from storage.outbox import queries
from storage.versions.history import ChangeFilter
from tests.support.channels.alert_harness import AlertHarness, alert_world, rule, webhook
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO
from tracker.alerts.rules.forecast import reasons
from tracker.alerts.rules.rules import AlertRule, RuleEvent
from tracker.recording.instants import instant_out
from tracker.services.alerts.preview import fates, preview

Telling = tuple[str, str, str, tuple[int, ...], str | None]


def foreseen(harness: AlertHarness) -> set[Telling]:
    with harness.context.database.read() as session:
        rows = msgspec.to_builtins(preview(session, harness.context.alerts, ChangeFilter()))
    assert all(row["outbox"] in ("pending", "sent") for row in rows)
    return {(row["key"], row["channel"], row["kind"], tuple(row["changes"]), row["at"]) for row in rows}


def written(harness: AlertHarness) -> set[Telling]:
    with harness.context.database.read() as session:
        rows = queries.listing(session)
        about = queries.about(session, [row.key for row in rows])
    seqs = {key: tuple(sorted(seq for seq, _, _ in told)) for key, told in about.items()}
    return {(row.key, row.channel, row.kind, seqs[row.key], instant_out(row.due_at)) for row in rows}


def test_preview_foresees_what_is_written(tmp_path: Path) -> None:
    """At once, digests over two days, quiet hours, a storm, two rules for one channel, ops.* to the owner."""
    with Sink() as sink:
        text = (
            '[alerts]\nowner = "ops"\n'
            + webhook(sink, "team")
            + webhook(sink, "crew")
            + webhook(sink, "ops")
            + rule("team", name="statuses", on='["status.*"]', quiet='"14:00-18:00"')
            + rule("team", "crew", name="daily", digest='"daily@16:00"', min_severity='"admin"')
        )
        with alert_world(tmp_path, text, trials=14) as harness:
            harness.change(ONE)
            harness.change(TWO, "TERMINATED")
            harness.day()
            for trial in list(harness.registry.studies)[2:]:
                harness.status(trial)["overallStatus"] = "WITHDRAWN"
                harness.module(trial, "identificationModule")["officialTitle"] = f"Another title of {trial}"
            harness.status(ONE)["overallStatus"] = "PAUSED"
            harness.poll()
            found = written(harness)
            kinds = {kind for _, _, kind, _, _ in found}
            assert {"digest", "group", "status.changed", "ops.drift"} <= kinds
            assert foreseen(harness) == found


def test_each_change_has_its_fate(tmp_path: Path) -> None:
    with Sink() as sink:
        text = webhook(sink) + rule("team", name="titles", on='["title.*"]', digest='"daily@16:00"')
        with alert_world(tmp_path, text, trials=2) as harness:
            harness.day()
            harness.status(ONE)["overallStatus"] = "COMPLETED"
            harness.module(TWO, "identificationModule")["briefTitle"] = "Another title"
            harness.poll()
            with harness.context.database.read() as session:
                rows = msgspec.to_builtins(fates(session, harness.context.alerts, ChangeFilter()))
        by_kind = {row["kind"]: row for row in rows}
        assert by_kind["trial.first_seen"]["not_told"] == [{"rule": None, "why": "a first look is never told"}]
        assert by_kind["status.changed"]["told"] == []
        assert by_kind["status.changed"]["not_told"] == [
            {"rule": "titles", "why": "the rule is not about status.changed"}
        ]
        [told] = by_kind["title.changed"]["told"]
        assert told | {"channel": "team", "at": "2026-08-15T16:00:00Z", "held_by": None} == told
        assert told["waits"] == "for the digest of titles"


def happened(kind: str = "status.changed", severity: str = "major", *, backfilled: bool = False) -> RuleEvent:
    trial = "" if kind.startswith("ops.") else ONE
    return RuleEvent("evt_a", 1, trial, kind, severity, backfilled, frozenset({"hcc"}))


def test_why_a_change_is_not_told() -> None:
    every = AlertRule("all", ("*",), ("team",))
    critical = AlertRule("worst", ("*", "ops.*"), ("team",), min_severity="critical")
    other = AlertRule("other", ("*",), ("team",), trials=frozenset({TWO}), tags=frozenset({"nsclc"}))
    tagged = AlertRule("tagged", ("*",), ("team",), tags=frozenset({"hcc"}), digest=parse_digest("daily@08:00"))
    assert reasons([every, tagged], "", happened()) == []
    assert reasons([critical, other], "", happened()) == [
        ("worst", "major is below the rule's critical"),
        ("other", f"the rule is not about {ONE}"),
    ]
    assert reasons([every], "", happened(backfilled=True))[0][1].startswith("it was found in the past")
    assert reasons([], "", happened()) == [("", "there is no rule")]
    about_us = happened("ops.held")
    assert reasons([], "me", about_us) == []
    assert reasons([every, critical, tagged], "me", about_us) == [
        ("all", "the rule does not ask for ops.*"),
        ("worst", "major is below the rule's critical"),
        ("tagged", "the rule is about trials, and this is about the watch itself"),
    ]
