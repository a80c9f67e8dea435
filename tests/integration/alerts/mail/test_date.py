"""The `Date` of a mail is the day on which it was first sent, whenever its change was written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.channels.alert_harness import alert_world, mail, rule
from tests.support.channels.mail_factories import html_of, text_of
from tests.support.channels.smtp_sink import Mail, Mailbox
from tests.support.harness import ONE, TWO

pytestmark = pytest.mark.fault("R-C4")


def date_of(sent: Mail) -> datetime:
    found = sent.parsed["Date"].datetime
    assert isinstance(found, datetime)
    return found


def test_a_digest_bears_the_day_it_goes_out(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", digest='"weekly@mon08:00"')) as harness:
        harness.change(ONE)  # a Saturday
        seen = harness.clock.now()
        harness.later(days=1)
        assert box.mails == []
        harness.later(days=1)
        sent = harness.clock.now()
    [digest] = box.mails
    assert date_of(digest) == sent.replace(microsecond=0) != seen
    assert f"seen {seen.day} August 2026" in text_of(digest.parsed)


def test_quiet_hours_do_not_date_a_mail_back(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", quiet='"14:00-07:00"')) as harness:
        harness.change(ONE)
        harness.deliver()
        harness.later(hours=17)
        sent = harness.clock.now()
    [morning] = box.mails
    assert date_of(morning) == sent
    assert "seen 15 August 2026" in text_of(morning.parsed) and "seen 15 August 2026" in html_of(morning.parsed)


def test_a_retry_keeps_the_date_of_the_first_attempt(tmp_path: Path) -> None:
    with Mailbox(say={"DATA": "451 4.3.0 later"}) as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.change(ONE)
        harness.later(hours=5)
        tried = harness.clock.now()
        box.say.clear()
        harness.later(hours=3)
    [retried] = box.mails
    assert date_of(retried) == tried


def test_a_lost_confirmation_repeats_the_very_same_mail(tmp_path: Path) -> None:
    with Mailbox(lose_after_data=1) as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.change(ONE)
        harness.later(days=1)
        tried = harness.clock.now()
        harness.later(days=1)
    first, second = box.mails
    assert first.raw == second.raw
    assert date_of(second) == tried


def test_what_waited_for_a_disabled_channel_bears_the_day_it_went(tmp_path: Path) -> None:
    with Mailbox(say={"MAIL": "451 4.3.0 later"}) as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.change(ONE)
        for _ in range(12):
            harness.later(hours=13)
        harness.change(TWO)  # written down while the channel is closed
        harness.later(days=2)
        box.say.clear()
        assert harness.delivery_worker is not None
        harness.delivery_worker.test("me")
        harness.later(hours=1)
        sent = harness.clock.now()
    [late] = [it for it in box.mails if TWO in it.parsed["Subject"]]
    assert date_of(late) == sent


def test_each_mail_of_a_slow_round_bears_its_own_time(tmp_path: Path) -> None:
    """A hundred are claimed at once; the last of them may go an hour after the first."""
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        for trial in (ONE, TWO):
            harness.day()
            harness.status(trial)["overallStatus"] = "COMPLETED"
        harness.poll()
        start = harness.clock.now()
        box.on_mail = lambda _: harness.clock.advance(timedelta(minutes=2))
        harness.deliver()
    assert [date_of(it) for it in box.mails] == [start, start + timedelta(minutes=2)]
