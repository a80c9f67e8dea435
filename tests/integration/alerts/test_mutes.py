"""What a person mutes: nothing more goes there, nothing else changes, and nobody is told of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.outbox import channel_states, queries
from tests.support.channels.alert_harness import alert_world, another_process, data, mail, rule, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO
from tracker.services.alerts.mute import MuteRequest, mute
from tracker.services.alerts.outbox import OutboxRequest, find_messages

pytestmark = pytest.mark.filterwarnings("ignore:.imghdr.:DeprecationWarning")


def test_a_mute_that_is_lifted_in_time_costs_no_digest(tmp_path: Path) -> None:
    """The outbox calls it held, 'to lift that'. Another message that falls due meanwhile does not change that."""
    text = rule("team", name="daily", digest='"daily@08:00"', on='["status.*"]')
    text += rule("team", name="titles", on='["title.*"]')
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + text) as harness:
        harness.change(ONE)  # 15:00, for the digest of 08:00
        with harness.context.database.write() as session:
            mute(session, harness.settings, MuteRequest("team"), harness.clock.now())
        with harness.context.database.read() as session:
            [shown] = find_messages(session, harness.context.alerts, OutboxRequest()).rows
        assert shown.state == "held"
        harness.registry.data_timestamp = f"{harness.clock.now().date()}T14:00:00"
        harness.module(TWO, "identificationModule")["briefTitle"] = "Quite another title"
        assert harness.poll().changed == 1
        harness.later(minutes=10)
        with harness.context.database.write() as session:
            mute(session, harness.settings, MuteRequest("team", lift=True), harness.clock.now())
        for _ in range(20):
            harness.later(hours=1)
        assert [data(hook)["changes"][0]["trial"] for hook in sink.hooks if "changes" in data(hook)] == [ONE]


def test_a_message_that_arrives_while_its_channel_is_muted_is_not_given_up(tmp_path: Path) -> None:
    """One process is sending, a person mutes, another process finds the mute. `retry` would send it twice."""
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        url = harness.settings.database_url

        def slowly(handler: object) -> None:
            with harness.context.database.write() as session:
                channel_states.mute(session, "team", "", harness.clock.now(), "muted by hand")
            text = webhook(sink) + rule("team")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as other:
                other.clock.advance(timedelta(seconds=30))  # within the lease
                other.registry.data_timestamp = f"{other.clock.now().date()}T14:00:00"
                other.status(TWO)["overallStatus"] = "COMPLETED"
                assert other.poll().changed == 1
                other.deliver()
            handler.send_response(204)  # type: ignore[attr-defined]
            handler.send_header("Content-Length", "0")  # type: ignore[attr-defined]
            handler.end_headers()  # type: ignore[attr-defined]

        sink.answers = [slowly, 204]
        harness.deliver()
        assert len(sink.hooks) == 1
        with harness.context.database.read() as session:
            row = queries.find(session, sink.keys[0])
        assert row is not None and row.state == "sent"
