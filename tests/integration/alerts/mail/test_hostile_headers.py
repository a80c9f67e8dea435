"""Text of a registry in a mail's headers: it cannot write a header or end them."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.channels.alert_harness import alert_world, mail, rule
from tests.support.channels.mail_factories import alert, spec, told
from tests.support.channels.smtp_sink import Mailbox
from tests.support.harness import ONE
from tracker.alerts.render.mail import mail_bytes

ENCODED = ["=?utf-8?q?=0ASender:_a@b.c?=", "=?utf-8?b?Cg==?=", "=?utf-8?q?=0D=0A=0D=0AWire?=", "=?x?q?=0A?="]


@pytest.mark.parametrize("field", ["briefTitle", "acronym"])
@pytest.mark.parametrize("word", ["=?utf-8?q?=0ASender:_a@b.c?=", "=?utf-8?q?=0A=0AWire_money?="])
def test_an_encoded_word_in_a_record_stays_a_word(tmp_path: Path, field: str, word: str) -> None:
    """It is plain printable text in the record. A mail library that parses it makes line breaks of it."""
    with Mailbox() as box, alert_world(tmp_path, mail(box) + rule("me", on='["status.*"]')) as harness:
        harness.module(ONE, "identificationModule")[field] = word
        harness.day()
        harness.poll()
        harness.change(ONE)
        harness.deliver()
        [received] = box.mails
    parsed = message_from_bytes(received.raw, policy=policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    assert "Sender" not in parsed and word in str(parsed["Subject"])


@given(
    st.lists(st.sampled_from([*ENCODED, "=?", "?=", "é", " ", "\t", "word", ":"]) | st.text(max_size=20), max_size=12)
)
def test_no_subject_is_more_than_a_subject(parts: list[str]) -> None:
    title = "".join(parts)
    names = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id"}
    names |= {"List-Unsubscribe", "Auto-Submitted", "X-Trialwatch-Key", "MIME-Version", "Content-Type"}
    written = mail_bytes(alert(told(title=title)), spec(25))
    parsed = message_from_bytes(written, policy=policy.compat32)
    assert set(parsed.keys()) <= names and len(parsed.keys()) == len(set(parsed.keys()))
    assert parsed.get_content_type() == "multipart/alternative"
