"""Faults of channels and of what surrounds them that have no other place."""

from __future__ import annotations

import io
import json
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from schedules.clock import ManualClock
from tests.support.channels.alert_harness import alert_world, mail, rule, webhook
from tests.support.channels.scripted_channel import Scripted
from tests.support.channels.smtp_sink import Mailbox
from tests.support.channels.webhook_sink import Sink
from tests.support.harness import ONE, START, TWO
from tracker.daemon.log import Log
from tracker.delivery.worker import DeliveryWorker
from tracker.errors import SettingsError


@pytest.mark.fault("C20")
def test_a_pattern_is_a_kind_or_its_beginning_and_never_a_program(tmp_path: Path) -> None:
    with Sink() as sink, pytest.raises(SettingsError, match="names no kind of change"):
        with alert_world(tmp_path, webhook(sink) + rule("team", on='["(a+)+$"]')):
            pass


@pytest.mark.fault("C22")
def test_a_line_break_in_a_registrys_text_makes_no_second_line_in_a_log() -> None:
    out = io.StringIO()
    Log(ManualClock(START), out).say("poll", title='x\n{"event": "forged"}\r\x85\u2028')
    assert out.getvalue().count("\n") == 1
    assert json.loads(out.getvalue())["event"] == "poll"


@pytest.mark.fault("D18")
def test_nine_good_channels_are_done_while_a_dead_one_still_hangs(tmp_path: Path) -> None:
    def hang(it: Any) -> None:
        it.owner.over.wait(60)
        it.cut()

    with ExitStack() as stack:
        dead = stack.enter_context(Sink(answers=[hang]))
        good = [stack.enter_context(Sink()) for _ in range(9)]
        names = [f"good{number}" for number in range(9)]
        text = webhook(dead, "dead") + "".join(map(webhook, good, names)) + rule("dead", *names)
        harness = stack.enter_context(alert_world(tmp_path, text))
        harness.change(ONE)
        assert harness.delivery_worker is not None and harness.delivery_worker.start()
        for _ in range(600):
            if [harness.states()[name] for name in names] == ["sent"] * 9 and dead.hooks:
                break
            time.sleep(0.02)
        assert harness.states() == {"dead": "pending"} | dict.fromkeys(names, "sent")
        assert not harness.delivery_worker.wait(0), "the dead one is still being tried"
        dead.over.set()
        assert harness.delivery_worker.wait(30)
        assert [len(sink.hooks) for sink in good] == [1] * 9


@pytest.mark.fault("E08")
def test_a_mail_says_that_nobody_reads_replies(tmp_path: Path) -> None:
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me")) as harness:
        harness.change(ONE)
        harness.deliver()
        body = box.mails[0].parsed.get_body(("plain",))
        assert body is not None and "Nobody reads replies" in body.get_content()
        assert box.mails[0].parsed["Auto-Submitted"] == "auto-generated"


def test_peer_21_a_change_that_comes_again_is_told_under_a_key_of_its_own(tmp_path: Path) -> None:
    with Sink() as sink, alert_world(tmp_path, webhook(sink) + rule("team", on='["status.*"]')) as harness:
        for status in ("COMPLETED", "RECRUITING", "COMPLETED"):
            harness.change(ONE, status)
            harness.deliver()
        assert len(set(sink.keys)) == 3


def test_a_channel_whose_own_code_breaks_delays_no_other_and_its_message_waits(tmp_path: Path) -> None:
    """What it raises is the end of an attempt; its text may hold a secret, and is kept nowhere."""
    with Sink() as sink:
        text = webhook(sink) + webhook(sink, "other") + rule("team", "other")
        with alert_world(tmp_path, text) as harness:
            team, other = Scripted("team", script=deque(["break"] * 2)), Scripted("other")
            harness.delivery_worker = DeliveryWorker(harness.context, {"team": team, "other": other})
            harness.change(ONE)
            assert (harness.deliver().later, len(other.taken)) == (1, 1)
            [waiting] = harness.messages("pending")
            assert "KeyError in scripted_channel.py" in waiting.last_error and "planted" not in waiting.last_error
            harness.change(TWO)
            harness.deliver()
            assert len(other.taken) == 2
            harness.later(hours=1)
            assert len(team.taken) == 2 and harness.messages("pending") == []


def test_what_one_channel_raises_comes_after_the_turn_of_the_others(tmp_path: Path) -> None:
    with Sink() as sink:
        text = webhook(sink) + webhook(sink, "other") + rule("team", "other")
        with alert_world(tmp_path, text) as harness:
            team, other = _NeverClosed("team"), Scripted("other")
            worker = DeliveryWorker(harness.context, {"team": team, "other": other})
            harness.change(ONE)
            worker.start()  # nothing to raise yet: the thread is still at its end
            team.may_end.set()
            worker.wait(10)
            harness.registry.data_timestamp = f"{harness.clock.now().date()}T14:00:00"
            harness.status(TWO)["overallStatus"] = "COMPLETED"
            assert harness.poll().changed == 1
            with pytest.raises(OSError, match="stuck"):
                worker.start()
            worker.wait(10)
            assert len(other.taken) == 2


@dataclass
class _NeverClosed(Scripted):
    may_end: Event = field(default_factory=Event)

    def close(self) -> None:
        assert self.may_end.wait(10)
        raise OSError("the connection is stuck")
