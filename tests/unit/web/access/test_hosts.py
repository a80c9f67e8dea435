"""Names of hosts, and wrong tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.access.failed_logins import FAILURES, SECONDS, FailedLogins
from tracker.web.access.hosts import allowed_hosts, host_name, is_loopback


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8344", "localhost"),
        ("[::1]:8344", "[::1]"),
        ("trials.example.org.", "trials.example.org"),
        ("127.0.0.1:80:80", ""),
        ("127.0.0.1:8a", ""),
        ("[::1", ""),
        ("[::1]x", ""),
        ("", ""),
    ],
)
def test_the_name_in_a_header(header: str, name: str) -> None:
    assert host_name(header) == name


@given(st.text(max_size=40))
def test_no_other_text_becomes_an_allowed_name(text: str) -> None:
    name = host_name(text)
    if name in allowed_hosts("127.0.0.1", []):
        assert text.casefold().startswith(("localhost", "127.0.0.1", "[::1]"))


def test_what_listens_everywhere_answers_only_to_names_that_are_set() -> None:
    assert allowed_hosts("0.0.0.0", ["Trials.example.org"]) == {"localhost", "127.0.0.1", "[::1]", "trials.example.org"}
    assert "10.0.0.5" in allowed_hosts("10.0.0.5", [])
    assert "[fd00::5]" in allowed_hosts("fd00::5", [])


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("example.org", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_an_address_waits_a_minute_after_too_many_wrong_tokens() -> None:
    failures = FailedLogins()
    for number in range(FAILURES):
        assert failures.wait("10.0.0.5", number) == 0
        failures.failed("10.0.0.5", float(number))
    assert failures.wait("10.0.0.5", FAILURES) == SECONDS - FAILURES
    assert failures.wait("10.0.0.6", FAILURES) == 0
    assert failures.wait("10.0.0.5", SECONDS + 1) == 0
    failures.failed("10.0.0.5", SECONDS + 1)
    assert failures.wait("10.0.0.5", SECONDS + 1) == 0


def test_memory_does_not_grow_with_the_addresses() -> None:
    failures = FailedLogins()
    for number in range(5000):
        failures.failed(str(number), 0.0)
    assert len(failures._failed) == 1000
