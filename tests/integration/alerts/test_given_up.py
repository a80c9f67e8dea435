"""What is given up is told by another way: another channel, the terminal of the next command, or the status."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.outbox import channel_states, queries
from storage.reads.health.messages import unheard
from storage.reads.in_session import SessionReader
from tests.support.channels.alert_harness import AlertHarness, alert_world, data, mail, rule, webhook
from tests.support.channels.alert_setup import ONE as FIRST
from tests.support.channels.alert_setup import TWO as SECOND
from tests.support.channels.alert_setup import alerting
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, TWO

MARK = pytest.mark.fault("R-C3")
TO = ("a@example.org", "b@example.org")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def unreported(harness: AlertHarness) -> list[str]:
    with harness.context.database.read() as session:
        return [it.channel for it in queries.unreported(session)]


def rounds(harness: AlertHarness, number: int = 5) -> None:
    for _ in range(number):
        harness.later(minutes=20)


@MARK
def test_a_dead_letter_is_told_over_the_owners_channel(tmp_path: Path, url: str) -> None:
    with Sink(answers=[413]) as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text, url=url) as harness:
            harness.change(ONE)
            harness.deliver()
            assert unreported(harness) == ["team"]
            rounds(harness)
            assert unreported(harness) == [] and len(box.mails) == 1
            body = box.mails[0].parsed.as_string()
            assert ONE in body and "413" in body and "team" in body
            [dead] = harness.messages("dead")
            assert [it.outcome for it in harness.attempts(dead.key)] == ["dead", "told"]


@MARK
def test_many_that_die_within_an_hour_are_one_notice(tmp_path: Path) -> None:
    with Sink(answers=[413]) as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text) as harness:
            for number in range(1, 4):
                harness.change(f"NCT{number:08d}", ("COMPLETED", "TERMINATED", "WITHDRAWN")[number - 1])
            rounds(harness)
            assert [it.channel for it in harness.messages("dead")] == ["team"] * 3
            assert len(box.mails) == 1 and unreported(harness) == []


@MARK
def test_one_that_dies_again_is_told_again(tmp_path: Path, url: str) -> None:
    with Sink(answers=[413]) as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text, url=url) as harness:
            harness.change(ONE)
            rounds(harness)
            [dead] = harness.messages("dead")
            with harness.context.database.write() as session:
                queries.again(session, [dead.key], harness.clock.now(), "a person")
            rounds(harness)
            assert len(box.mails) == 2 and unreported(harness) == []


@MARK
def test_a_refused_address_of_the_owner_is_told_by_every_other_person(tmp_path: Path) -> None:
    """The owner's own channel is not the way; webhooks are no people."""
    with Mailbox(say={TO[0]: "550 5.1.1 gone"}) as own, Mailbox() as other, Sink() as sink:
        text = '[alerts]\nowner = "me"\n' + mail(own, to=TO) + mail(other, "else") + webhook(sink) + rule("me")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            rounds(harness)
            assert [it.to for it in own.mails] == [(TO[1],)] and sink.hooks == []
            [notice] = other.mails
            assert TO[0] in notice.parsed.as_string() and unreported(harness) == []


@MARK
def test_a_notice_that_fails_makes_no_further_notice(tmp_path: Path) -> None:
    with Sink(answers=[410]) as sink, Mailbox(say={"DATA": "552 5.3.4 too big"}) as box, Mailbox() as other:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + mail(other, "else") + rule("team")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            rounds(harness, 20)
            kinds = [it.kind for it in harness.messages()]
            assert kinds.count("ops.channel_disabled") == 1 and other.mails == []
            assert set(kinds) == {"status.changed", "ops.channel_disabled"}
            assert unreported(harness) == ["me"]


@MARK
def test_two_channels_that_fail_do_not_tell_of_each_other_for_ever(tmp_path: Path) -> None:
    with Mailbox(say={"MAIL": "530 5.7.0 log in"}) as box, Mailbox(say={"MAIL": "530 5.7.0 log in"}) as other:
        text = '[alerts]\nowner = "me"\n' + mail(box) + mail(other, "else") + rule("me", "else")
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            for _ in range(24 * 8):
                harness.later(hours=1)
            kinds = [it.kind for it in harness.messages()]
            assert len(kinds) <= 2 + 4, kinds


@MARK
def test_a_closed_channel_whose_owner_was_not_reached_is_named(tmp_path: Path, url: str) -> None:
    with Sink(answers=[410]) as sink, Mailbox() as box:
        with alert_world(tmp_path, webhook(sink) + mail(box) + rule("team"), url=url) as harness:
            harness.change(ONE)
            rounds(harness)
            with harness.context.database.read() as session:
                reason = channel_states.find(session, "team").reason
                assert unheard(SessionReader(session)) == {"team": reason} and "410" in reason


@MARK
def test_a_closed_channel_whose_owner_was_told_is_not_named(tmp_path: Path, url: str) -> None:
    with Sink(answers=[410]) as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text, url=url) as harness:
            harness.change(ONE)
            rounds(harness)
            with harness.context.database.read() as session:
                assert unheard(SessionReader(session)) == {} and len(box.mails) == 1


@MARK
def test_what_a_person_muted_is_not_told_back(tmp_path: Path) -> None:
    with Sink() as sink, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + mail(box) + rule("team")
        with alert_world(tmp_path, text) as harness:
            with harness.context.database.write() as session:
                channel_states.mute(session, "team", "", harness.clock.now(), "muted by hand")
            harness.change(TWO)
            rounds(harness)
            assert [it.state for it in harness.messages()] == ["dead"] and box.mails == [] and unreported(harness) == []


@MARK
def test_a_terminal_says_it_once_and_json_never(tmp_path: Path) -> None:
    with alerting(tmp_path) as harness:
        harness.configure(harness.config.replace('owner = "me"\n', "").replace("[alerts]\n", ""))
        harness.sink.answers = [413]
        harness.change(FIRST)
        harness.change(SECOND)
        told = [harness.run("list", "-o", form).err for form in ("json", "jsonl", "csv", "table", "table")]
        assert told[:3] == ["", "", ""] and told[4] == ""
        [line] = told[3].splitlines()
        assert "and 1 more" in line and FIRST in line and "team" in line and "413" in line
        assert line.rstrip(".").endswith("trialwatch alerts outbox --state dead")
        assert len(harness.messages("--state", "dead")) == 2


@MARK
def test_a_terminal_is_silent_where_another_channel_tells(tmp_path: Path) -> None:
    with alerting(tmp_path) as harness:
        harness.sink.answers = [413]
        harness.change(FIRST)
        assert "Given up" not in harness.run("list", "-o", "table").err
        harness.run("poll")
        assert any("413" in it.parsed.as_string() for it in harness.box.mails)


@MARK
def test_a_real_terminal_shows_the_line(tmp_path: Path) -> None:
    with alerting(tmp_path) as harness:
        harness.configure(harness.config.replace('owner = "me"\n', "").replace("[alerts]\n", ""))
        harness.sink.answers = [413]
        harness.change(FIRST)
        assert "Given up" in harness.program.terminal("list", width=400, HOOK_SECRET="")
        assert "Given up" not in harness.program.terminal("list", width=400)


@MARK
def test_webhooks_that_ask_for_ops_hear_of_it_too(tmp_path: Path) -> None:
    with Sink(answers=[413]) as sink, Sink() as watch, Mailbox() as box:
        text = '[alerts]\nowner = "me"\n' + webhook(sink) + webhook(watch, "watch") + mail(box) + rule("team")
        text += rule("watch", "team", name="ours", on='["ops.*"]')
        with alert_world(tmp_path, text) as harness:
            harness.change(ONE)
            rounds(harness)
            assert [data(it)["kind"] for it in watch.hooks] == ["ops.not_delivered"] and len(box.mails) == 1
            assert len(sink.hooks) == 1, "never over the channel that failed"
