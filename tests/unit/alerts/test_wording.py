"""Days and values in words, and what may be a mail address or a mail server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.alerts.targets.mail_address import parse_smtp, refusal
from tracker.changes.wording.days import day_words, minute_words
from tracker.changes.wording.lines import one_line
from tracker.changes.wording.values import values_apart


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2026-04-30", "30 April 2026"),
        ("2026-04-05", "5 April 2026"),
        ("2026-04", "April 2026"),
        (None, ""),
        ("x", "x"),
    ],
)
def test_a_day_is_written_as_people_write_it(date: str | None, words: str) -> None:
    assert day_words(date) == words


def test_a_minute_says_its_zone() -> None:
    assert minute_words("2026-04-30T07:05:09Z") == "30 April 2026, 07:05 UTC"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("status", "ACTIVE_NOT_RECRUITING", "Active, not recruiting"),
        ("sites.berlin.status", "RECRUITING", "Recruiting"),
        ("enrollment.type", "ESTIMATED", "Estimated"),
        ("phases", ["PHASE1", "PHASE2"], "Phase 1/Phase 2"),
        ("conditions", ["one", "two"], "one, two"),
        ("acronym", "HIMALAYA", "HIMALAYA"),
        ("results.posted", True, "yes"),
        ("results.posted", False, "no"),
        ("enrollment.count", 0, "0"),
        ("title.brief", None, "—"),
        ("title.brief", "", "—"),
        ("conditions", [], "—"),
        ("arms", {"a": 1}, "a: 1"),
    ],
)
def test_a_value_is_put_in_words(field: str, value: Any, words: str) -> None:
    assert values_apart(field, value, None, 300) == (words, "—")


def test_long_values_are_shown_where_they_part() -> None:
    same = "Adults who can walk a mile. " * 40
    before, after = values_apart("eligibility.criteria", f"{same}At least 18 years.", f"{same}At least 21 years.", 100)
    assert before.startswith("… ") and before.endswith("At least 18 years.")
    assert after.endswith("At least 21 years.")
    assert len(before) <= 100


@given(st.text(max_size=600), st.text(max_size=600), st.integers(40, 300))
def test_values_are_on_one_line_and_not_longer_than_their_room(before: str, after: str, room: int) -> None:
    for value in values_apart("title.brief", before, after, room):
        assert len(value) <= room and one_line(value, room) == value.strip()


@pytest.mark.fault("C14")
@pytest.mark.parametrize(
    "address",
    [
        *("a@b\r\nRCPT TO:<z>", "a@b, c@d", "-oQ/tmp@x", "a" * 65_536 + "@example.org", "a@b\n", "", "a", "@b", "a@"),
        *("A Name <a@example.org>", "<a@example.org>", '"a b"@example.org', "a b@example.org", "a@example.org c@d"),
        *(
            "a@b@c",
            "a..b@example.org",
            ".a@example.org",
            "a.@example.org",
            "a@-example.org",
            "a@exa_mple.org",
            "ä@b.org",
        ),
        "a" * 64 + "@" + "b." * 93 + "org.",
        "a" * 64 + "@" + "b." * 94 + "org",
        *("a@[127.0.0.1]", "a@example..org", "a\x00@example.org", "a@b\u2028c", "a;b@example.org", "a(b)@example.org"),
    ],
)
def test_what_is_not_one_plain_address_is_refused_with_a_reason(address: str) -> None:
    reason = refusal(address)
    assert reason and len(reason) < 200 and reason.isprintable()


@pytest.mark.parametrize(
    "address",
    ["me@example.org", "a.b+tag@mail.example.org", "x_y@localhost", "o'neil@example.org", f"{'a' * 64}@b.org"],
)
def test_a_plain_address_is_taken(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, "plain", "")),
        ("smtp+starttls://user@mail.example.org:587", ("mail.example.org", 587, "starttls", "user")),
        ("smtp+starttls://mail.example.org", ("mail.example.org", 587, "starttls", "")),
        ("smtps://user%40example.org@mail.example.org", ("mail.example.org", 465, "implicit", "user@example.org")),
        ("smtp://192.168.1.5:2525", ("192.168.1.5", 2525, "plain", "")),
        ("smtp://[::1]:25/", ("::1", 25, "plain", "")),
    ],
)
def test_a_mail_server_is_read_from_its_address(url: str, found: tuple[str, int, str, str]) -> None:
    assert parse_smtp(url) == found


@pytest.mark.parametrize(
    "url",
    [
        *("", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://host:99999", "smtp://host:port"),
        *(
            "smtp://user:secret@host",
            "smtp://host/path",
            "smtp://host?x=1",
            "smtp://ho st",
            "smtp://host#x",
            "smtp://-x",
        ),
    ],
)
def test_what_is_no_mail_server_is_refused_in_a_sentence_without_its_secret(url: str) -> None:
    with pytest.raises(ValueError, match=r"it |host") as caught:
        parse_smtp(url)
    assert "secret" not in str(caught.value)
