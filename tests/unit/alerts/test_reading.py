"""What a mail says, read with the standard library's parser after it has gone over SMTP."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.channels.mail_factories import KEY, NOW, TITLE, TRIAL, alert, html_of, posted, spec, text_of, told
from tests.support.paths import ROOT
from tracker.alerts.message import DIGEST, GROUP, TEST, Alert
from tracker.alerts.render.mail import MOST_BYTES, mail_bytes

HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "Auto-Submitted"),
    *("X-Trialwatch-Key", "MIME-Version", "Content-Type"),
]
OF_ONE_TRIAL = [*HEADERS[:5], "In-Reply-To", "References", *HEADERS[5:]]
HOSTILE = "Trial\r\nBcc: x@y.example\x1c\x85\u2028\u202eend\x00\x1b[31m"
RAW = "\x00\x1b\x1c\x85\u2028\u202e"


class Page(HTMLParser):
    """The tags and addresses of an HTML part, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background")]


def test_a_mail_says_what_happened_before_and_after_and_where_to_read_it() -> None:
    mail = posted(alert(told(severity="critical"))).parsed
    assert mail["Subject"] == f"Completed: A made-up study of an example drug in adults ({TRIAL})"
    for body in (text_of(mail), html_of(mail)):
        for said in ("Recruiting", "Completed", "11 May 2026", "12 May 2026, 03:02 UTC", TRIAL, TITLE, "the rule all"):
            assert said in body
        assert "very important" in body.lower() and "critical" not in body.lower()
        assert f"https://clinicaltrials.gov/study/{TRIAL}?tab=history" in body
        assert "trialwatch alerts mute me" in body


def test_the_headers_are_those_of_an_automatic_mail_that_can_be_stopped() -> None:
    mail = posted(alert(told()), contact="operator@example.org").parsed
    assert mail["Message-ID"] == f"<{KEY}@example.org>" and mail["X-Trialwatch-Key"] == KEY
    assert mail["Date"].datetime == NOW.astimezone(UTC)
    assert mail["List-Unsubscribe"] == "<mailto:operator@example.org?subject=unsubscribe>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].addr_spec == "trialwatch@example.org"
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("contact", ["", "https://example.org/about", "no address"])
def test_without_an_operators_address_the_sender_is_asked_to_stop(contact: str) -> None:
    mail = posted(alert(told()), contact=contact).parsed
    assert mail["List-Unsubscribe"] == "<mailto:trialwatch@example.org?subject=unsubscribe>"


def test_a_long_address_is_neither_broken_nor_encoded() -> None:
    operator, domain = f"{'o' * 60}@example.org", f"{'d' * 60}.{'e' * 60}.example"
    mail = posted(alert(told()), contact=operator, sender=f"t@{domain}")
    assert f"List-Unsubscribe: <mailto:{operator}?subject=unsubscribe>\r\n".encode() in mail.raw
    assert f"Message-ID: <{KEY}@{domain}>\r\n".encode() in mail.raw


@pytest.mark.fault("C12")
def test_no_text_of_a_registry_makes_a_header_and_the_mail_arrives() -> None:
    mail = posted(alert(told(title=HOSTILE, summary=HOSTILE, label=HOSTILE, before=HOSTILE, after="x"))).parsed
    assert list(mail.keys()) == OF_ONE_TRIAL
    assert mail["Bcc"] is None
    assert "Trial Bcc: x@y.example" in mail["Subject"]


@pytest.mark.fault("C12")
@pytest.mark.fault("C15")
def test_control_and_bidi_characters_are_shown_and_not_sent() -> None:
    mail = posted(alert(told(title=HOSTILE, summary=HOSTILE, label=HOSTILE, before=HOSTILE, after="x"))).parsed
    for said in (mail["Subject"], text_of(mail), html_of(mail)):
        assert not set(RAW) & set(said)
    assert "\\u202e" in text_of(mail) and "\\u202e" in html_of(mail)


@pytest.mark.fault("C13")
@pytest.mark.parametrize("value", [".", "a\n.\nb", "x" * 10_000, "a\x00b", "\r\n.\r\nMAIL FROM:<x@y>\r\n"])
def test_whatever_the_lines_hold_one_mail_arrives_whole(value: str) -> None:
    mail = posted(alert(told(before=value, after="the end of it")))
    assert max(len(line) for line in mail.raw.split(b"\r\n")) < 998
    assert "the end of it" in text_of(mail.parsed) and "ADDRESS" in text_of(mail.parsed)
    assert html_of(mail.parsed).rstrip().endswith("</html>")


@pytest.mark.fault("C15")
@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "]]>", "<a href=x>"])
def test_text_of_a_registry_is_no_markup(text: str) -> None:
    change = told(title=text, summary=text, label=text, before=text, after=f"{text}{text}")
    for message in (alert(change), alert(change, told(2))):
        page = Page(html_of(posted(message).parsed))
        assert not {"script", "img"} & page.tags and "onerror" not in page.attributes
        assert text in text_of(posted(message).parsed)
        assert all(link.startswith("https://clinicaltrials.gov/") for link in page.links)


@pytest.mark.fault("C15")
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x.example/", ""])
def test_only_http_addresses_become_links(url: str) -> None:
    assert Page(html_of(posted(alert(told(url=url))).parsed)).links == []


@pytest.mark.fault("C16")
@pytest.mark.parametrize("text", ["{{7*7}}", "${x}", "%s %(a)s", "{0.__class__}", "{% if x %}", "{# x #}"])
def test_text_of_a_registry_is_no_template(text: str) -> None:
    mail = posted(alert(told(title=text, summary=text, label=text, before=text, after="x"))).parsed
    for said in (mail["Subject"], text_of(mail), html_of(mail)):
        assert text in said


def test_nothing_is_loaded_from_anywhere_when_a_mail_is_opened() -> None:
    html = html_of(posted(alert(told())).parsed)
    assert not {"img", "link", "iframe", "script", "object"} & Page(html).tags
    assert "url(" not in html and "@import" not in html


def test_the_same_alert_is_the_same_mail_in_every_process() -> None:
    here = mail_bytes(alert(told(summary="Größe → neu")), spec(25))
    code = (
        "import sys; from tests.support.channels.mail_factories import *\n"
        "from tracker.alerts.render.mail import mail_bytes\n"
        "sys.stdout.buffer.write(mail_bytes(alert(told(summary='Größe → neu')), spec(25)))"
    )
    root = ROOT
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert done.stdout == here


def test_a_digest_goes_by_trial_the_most_severe_first() -> None:
    message = alert(
        told(1, "NCT00000001", severity="minor", summary="first of one"),
        told(2, "NCT00000002", severity="minor", summary="first of two"),
        told(3, "NCT00000002", severity="critical", summary="second of two"),
        told(4, "NCT00000003", severity="major", summary="first of three"),
    )
    mail = posted(message).parsed
    order = ["NCT00000002", "second of two", "first of two", "NCT00000003", "first of three", "NCT00000001"]
    for body in (text_of(mail), html_of(mail).partition("<h1")[2]):
        found = [body.index(said) for said in order]
        assert found == sorted(found)
        assert "4 changes in 3 trials" in text_of(mail) and "1 very important, 1 important, 2 good to know" in body
    assert mail["Subject"] == "4 changes in 3 trials: Completed, A made-up study (NCT00000002)"


@pytest.mark.fault("E07")
def test_a_digest_of_ten_thousand_changes_is_one_small_mail_that_says_how_many_more() -> None:
    some = [
        told(
            seq,
            f"NCT{seq % 150:08d}",
            severity="critical" if seq == 499 else "minor",
            before="ü" * 900,
            after="COMPLETED" if seq == 499 else "漢" * 900,
        )
        for seq in range(500)
    ]
    mail = posted(alert(*some, kind=DIGEST, total=10_000))
    assert len(mail.raw) <= MOST_BYTES
    assert list(mail.parsed.keys()) == HEADERS
    assert mail.parsed["Subject"].startswith("10,000 changes: Completed, A made-up")
    text = text_of(mail.parsed)
    left = 10_000 - text.count(", seen ")
    assert f"And {left:,} more changes. See them all: trialwatch changes --since 2026-05-12" in text
    assert left < 10_000 - 10 and "ADDRESS" in text and "</html>" in html_of(mail.parsed)


ANY_TEXT = st.text(max_size=400)


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.integers(1, 40))
def test_whatever_a_registry_writes_the_mail_is_small_and_sound(
    title: str, before: str, label: str, times: int
) -> None:
    changes = [
        told(seq, f"NCT{seq:08d}", title=title, summary=label, before=before, label=label) for seq in range(times)
    ]
    raw = mail_bytes(alert(*changes), spec(25))
    assert len(raw) <= MOST_BYTES and raw.isascii()
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line or len(line) > 900 for line in lines)
    assert [line.split(b":")[0].decode() for line in lines[: lines.index(b"")] if line[:1] != b" "] == (
        OF_ONE_TRIAL if times == 1 else HEADERS
    )


@pytest.mark.parametrize("kind", ["status.changed", DIGEST, GROUP])
def test_peer_16_an_alert_that_tells_nothing_is_never_a_mail(kind: str) -> None:
    with pytest.raises(ValueError, match="tells nothing"):
        mail_bytes(Alert(KEY, kind, "me", ("all",), (), 0, "store", NOW), spec(25))


def test_the_same_change_in_many_trials_is_told_once_with_their_names() -> None:
    message = alert(*(told(seq, f"NCT{seq:08d}", before="Turkey", after="Türkiye") for seq in range(12)), kind=GROUP)
    mail = posted(message).parsed
    assert mail["Subject"] == "The same in 12 trials: Now türkiye, A made-up study (NCT00000000)"
    for body in (text_of(mail), html_of(mail).partition("<h1")[2]):
        assert "The same change in 12 trials" in body
        assert body.count("Türkiye") == 1
        assert all(f"NCT{seq:08d}" in body for seq in range(12))
    assert f"https://clinicaltrials.gov/study/NCT{11:08d}" in Page(html_of(mail)).links


def test_a_flood_of_different_changes_lists_each() -> None:
    message = alert(*(told(seq, f"NCT{seq:08d}", after=f"value {seq}") for seq in range(12)), kind=GROUP)
    text = text_of(posted(message).parsed)
    assert "12 changes at once in 12 trials" in text
    assert all(f"→ value {seq}\n" in text for seq in range(12))


def test_a_detail_that_the_summary_gives_word_for_word_is_not_repeated_in_a_list() -> None:
    text = text_of(posted(alert(told(1), told(2, after="SUSPENDED"))).parsed)
    assert text.count("Status: Recruiting → Completed") == 2  # the summaries
    assert text.count("Status: Recruiting → Suspended") == 1


def test_what_is_about_the_watch_itself_says_so_and_links_to_no_trial() -> None:
    mail = posted(alert(told(trial="", title="", kind="ops.registry_silent", summary="The registry is silent"))).parsed
    assert mail["Subject"] == "Trialwatch: The registry is silent"
    assert "This is about the watch itself, not about a trial." in text_of(mail)
    assert "In effect" not in text_of(mail) and "Seen 12 May 2026" in text_of(mail)
    assert Page(html_of(mail)).links == []


def test_a_test_message_says_that_nothing_has_happened() -> None:
    mail = posted(Alert(KEY, TEST, "me", (), (), 0, "store", NOW)).parsed
    assert mail["Subject"] == "Trialwatch: a test message"
    assert "Nothing has happened to any trial" in text_of(mail) and "Nothing has happened to any trial" in html_of(mail)
    assert "asked for by" not in text_of(mail)
