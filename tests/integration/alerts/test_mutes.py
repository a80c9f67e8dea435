"""What a person mutes: nothing more goes there, nothing else changes, and no one is told of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from storage.outbox import channel_states, queries
from tests.support.channels.alert_harness import alert_world, another_process, data, mail, rule, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO
from tracker.errors import UsageError
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


def test_the_mute_of_the_only_address_is_told_to_nobody(tmp_path: Path) -> None:
    text = '[alerts]\nowner = "boss"\n'
    with Mailbox() as box, Mailbox() as boss:
        text += mail(box) + mail(boss, "boss", to=("boss@example.org",)) + rule("me")
        with alert_world(tmp_path, text) as harness:
            with harness.context.database.write() as session:
                mute(session, harness.settings, MuteRequest("me", "me@example.org"), harness.clock.now())
            harness.change(ONE)
            for _ in range(5):
                harness.later(minutes=20)
            assert box.mails == []
            assert [it.parsed["Subject"] for it in boss.mails] == []
            assert harness.states() == {"me": "dead"}


@pytest.mark.parametrize("how", ["muted", "taken out of the file"])
def test_a_mail_all_have_that_are_to_get_it_is_sent(tmp_path: Path, how: str) -> None:
    """One of two has it, the other is put off, and then is muted by hand or taken out of the file."""
    to = ("a@example.org", "full@example.org")
    owner = '[alerts]\nowner = "boss"\n'
    with Mailbox(say={to[1]: "452 4.2.2 mailbox full"}) as box, Mailbox() as boss:
        rest = mail(boss, "boss", to=("boss@example.org",)) + rule("me")
        with alert_world(tmp_path, owner + mail(box, to=to) + rest) as harness:
            harness.change(ONE)
            harness.deliver()
            kept = to if how == "muted" else to[:1]
            if how == "muted":
                with harness.context.database.write() as session:
                    mute(session, harness.settings, MuteRequest("me", to[1]), harness.clock.now())
            text = owner + mail(box, to=kept) + rest
            url = harness.settings.database_url
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as restarted:
                for _ in range(5):
                    restarted.later(minutes=20)
                assert [it.to for it in box.mails] == [(to[0],)]
                assert [it.state for it in restarted.messages() if it.channel == "me"] == ["sent"]
                assert boss.mails == []


def test_a_muted_address_stays_muted_however_it_is_spelled(tmp_path: Path) -> None:
    with (
        Mailbox() as box,
        alert_world(tmp_path, mail(box, to=("Jane@example.org", "b@example.org")) + rule("me")) as it,
    ):
        with it.context.database.write() as session:
            mute(session, it.settings, MuteRequest("me", "jane@example.org"), it.clock.now())
        it.change(ONE)
        it.deliver()
        url, text = it.settings.database_url, mail(box, to=("jane@example.org", "b@example.org")) + rule("me")
        with another_process(tmp_path, text, it.registry, url, it.clock) as after:
            after.change(TWO)
            after.deliver()
            with after.context.database.write() as session:
                again = mute(session, after.settings, MuteRequest("me", "JANE@example.org"), after.clock.now())
                lifted = mute(
                    session, after.settings, MuteRequest("me", "Jane@example.org", lift=True), after.clock.now()
                )
            assert (again.changed, lifted.rows) == (False, [])
        assert [found.to for found in box.mails] == [("b@example.org",)] * 2


def test_who_has_a_mail_under_one_spelling_gets_it_under_no_other(tmp_path: Path) -> None:
    to = ("Jane@example.org", "full@example.org")
    with Mailbox(say={to[1]: "452 4.2.2 mailbox full"}) as box:
        with alert_world(tmp_path, mail(box, to=to) + rule("me")) as it:
            it.change(ONE)
            it.deliver()
            box.say.clear()
            url, text = it.settings.database_url, mail(box, to=(to[0].lower(), to[1])) + rule("me")
            with another_process(tmp_path, text, it.registry, url, it.clock) as after:
                after.later(hours=1)
        assert [found.to for found in box.mails] == [(to[0],), (to[1],)]


def test_a_channel_muted_during_an_outage_is_open_once_that_is_lifted(tmp_path: Path) -> None:
    """It fails for a day and is muted until it works again. Nothing is tried meanwhile, so nothing fails."""
    with Sink(answers=[503]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        for _ in range(40):
            harness.later(hours=1)
        with harness.context.database.write() as session:
            mute(session, harness.settings, MuteRequest("team"), harness.clock.now())
        for _ in range(6 * 4):
            harness.later(hours=6)
        sink.answers = [204]
        with harness.context.database.write() as session:
            said = mute(session, harness.settings, MuteRequest("team", lift=True), harness.clock.now()).sentence
        assert "is sent to again" in said
        before = len(sink.hooks)
        harness.change(TWO)
        harness.deliver()
        harness.later(hours=1)
        assert len(sink.hooks) == before + 1


def test_a_failure_after_a_long_mute_begins_a_new_series(tmp_path: Path) -> None:
    with Sink(answers=[503]) as sink, alert_world(tmp_path, webhook(sink) + rule("team")) as harness:
        harness.change(ONE)
        for _ in range(40):
            harness.later(hours=1)
        with harness.context.database.write() as session:
            mute(session, harness.settings, MuteRequest("team"), harness.clock.now())
        harness.later(days=6)
        with harness.context.database.write() as session:
            mute(session, harness.settings, MuteRequest("team", lift=True), harness.clock.now())
        harness.change(TWO)
        for _ in range(3):
            harness.later(hours=1)
        sink.answers = [204]
        harness.later(hours=12)
        assert [it.state for it in harness.messages() if it.trial == TWO] == ["sent"]


def test_what_waits_for_a_channel_that_was_taken_away_is_given_up_by_its_mute(tmp_path: Path) -> None:
    with Sink(answers=[500]) as sink, Sink() as other:
        both = webhook(sink) + webhook(other, "other")
        digest = rule("team", name="daily", on='["title.*"]', digest='"daily@08:00"')
        with alert_world(tmp_path, both + rule("team", on='["status.*"]') + digest) as harness:
            harness.module(TWO, "identificationModule")["briefTitle"] = "Quite another title"
            harness.change(ONE)
            harness.deliver()
            url, text = harness.settings.database_url, webhook(other, "other") + rule("other")
            with another_process(tmp_path, text, harness.registry, url, harness.clock) as after:
                after.later(minutes=1)
                with after.context.database.read() as session:
                    shown = find_messages(session, after.context.alerts, OutboxRequest()).rows
                assert ["alerts mute team" in (it.held_by or "") for it in shown] == [True, True]
                with after.context.database.write() as session:
                    mute(session, after.settings, MuteRequest("team"), after.clock.now())
                    with pytest.raises(UsageError, match="no channel 'team'"):
                        mute(session, after.settings, MuteRequest("team", "a@example.org"), after.clock.now())
                after.later(hours=1)
                assert [it.state for it in after.messages()] == ["dead", "dead"]
