"""What is about the watch itself: told to the owner's channel and to rules that name it, and to nobody else."""

from __future__ import annotations

from pathlib import Path

from storage.outbox import channel_states
from storage.reads.health.messages import unheard
from storage.reads.in_session import SessionReader
from tests.support.channels.alert_harness import alert_world, data, mail, rule, webhook
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE

OWNER = '[alerts]\nowner = "me"\n'
EVERYTHING = {"min_severity": '"admin"'}


def test_ops_goes_to_the_owner_and_to_rules_that_name_it(tmp_path: Path) -> None:
    with Sink() as team, Sink() as watch, Mailbox() as box:
        text = (
            OWNER
            + webhook(team, "team")
            + webhook(watch, "watch")
            + mail(box)
            + rule("team", name="changes", **EVERYTHING)
            + rule("watch", name="ours", on='["ops.*"]')
        )
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE, "PAUSED")  # a code that nobody knows
            harness.deliver()
        assert [data(hook)["kind"] for hook in watch.hooks] == ["ops.drift"]
        assert data(watch.hooks[0])["rules"] == ["ours"] and data(watch.hooks[0])["trial"] == ""
        assert {data(hook)["kind"] for hook in team.hooks} == {"status.changed"}, "* means changes of trials"
        [received] = box.mails
        assert received.parsed["Subject"].startswith("Trialwatch: ") and "PAUSED" in received.parsed.as_string()


def test_ops_without_an_owner_or_a_rule_is_told_to_nobody(tmp_path: Path) -> None:
    with Sink() as team:
        text = (
            webhook(team) + rule("team", **EVERYTHING) + rule("team", name="some", on='["ops.*"]', trials=f'["{ONE}"]')
        )
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE, "PAUSED")
            harness.deliver()
            assert "ops.drift" in {event.kind for event in harness.news()}
        assert {data(hook)["kind"] for hook in team.hooks} == {"status.changed"}


def test_ops_a_rule_may_want_only_what_is_severe(tmp_path: Path) -> None:
    with Sink() as team:
        text = webhook(team) + rule("team", on='["ops.*"]', min_severity='"critical"')
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE, "PAUSED")
            assert harness.deliver().sent == 0 and team.hooks == []


def test_ops_skips_the_owner_s_digests_and_quiet_hours(tmp_path: Path) -> None:
    """Trouble of our own is told at once: it may be what keeps the digest from coming."""
    with Mailbox() as box:
        late = {"digest": '"weekly@mon08:00"', "quiet": '"00:00-23:59"'}
        with alert_world(tmp_path, OWNER + mail(box) + rule("me", on='["*", "ops.*"]', **late)) as harness:
            harness.change(ONE, "PAUSED")
            harness.deliver()
            assert [it.parsed["Subject"].partition(":")[0] for it in box.mails] == ["Trialwatch"]


def test_ops_a_closed_channel_is_never_told_of_over_itself(tmp_path: Path) -> None:
    with Sink(answers=[410, 200]) as sink:
        text = '[alerts]\nowner = "team"\n' + webhook(sink) + rule("team")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            harness.deliver()
            with harness.context.database.read() as session:
                assert channel_states.find(session, "team").disabled_at is not None
                assert unheard(SessionReader(session)) == {"team": channel_states.find(session, "team").reason}
            assert [it.state for it in harness.messages()] == ["pending"]
            assert harness.delivery_worker is not None
            harness.delivery_worker.test("team")
            assert harness.deliver().sent == 1
        assert [data(hook)["kind"] for hook in sink.hooks[2:]] == ["status.changed"]
