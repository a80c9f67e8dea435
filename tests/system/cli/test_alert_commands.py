"""Each command that alerts print in an error, a notice or a warning runs as it is printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.channels.alert_setup import ONE, OTHER, TWO, Alerting, alerting

MARK = pytest.mark.fault("R-C2")
COMMAND = re.compile(
    r"trialwatch alerts (?:test [\w-]+|mute [\w-]+(?: \S*@\S*[\w'])?(?: --lift)?|retry --channel [\w-]+"
    r"|outbox(?: --state dead)?|check|preview(?: --explain)?)"
)
ODD = "o'neil+$x@example.org"
CODES = {"test": {0, 1, 3}, "check": {0, 2}}
"""The documented codes beside 0: a channel may still be out of order, a mistake still in the file."""


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Alerting]:
    with alerting(tmp_path, to=("me@example.org", OTHER, ODD)) as found:
        yield found


def printed(text: str) -> list[str]:
    """The commands in what was printed. None may be cut off or of another form: see the count."""
    joined = " ".join(text.split())
    found = [it.group() for it in COMMAND.finditer(joined)]
    assert len(found) == joined.count("trialwatch alerts"), joined
    return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (it for part in value.values() for it in strings(part))
    elif isinstance(value, list):
        yield from (it for part in value for it in strings(part))


def run(harness: Alerting, command: str) -> None:
    """What a person muted since it was printed stands in the way of it: then what is said of that runs, and it too."""
    words = shlex.split(command)[1:]
    allowed = CODES.get(words[1], {0})
    done = harness.run(*words, expect=None)
    if done.code == 2 and "muted" in done.err:
        [first] = printed(done.err)
        assert harness.run(*shlex.split(first)[1:]).code == 0
        done = harness.run(*words, expect=None)
    assert done.code in allowed, (command, done)


def collect(harness: Alerting, seen: list[str], *words: str) -> None:
    for form in ("table", "json"):
        done = harness.run(*words, "-o", form, expect=None)
        seen += printed(done.err)
        if form == "json":
            seen += [command for text in strings(done.json) for command in printed(text)]


def look(harness: Alerting, seen: list[str]) -> None:
    """What all the lists and checks print now; each command is run on the spot, while it is true."""
    for words in (["status"], ["alerts", "outbox"], ["alerts", "check"], ["alerts", "test", "me"], ["list"]):
        now: list[str] = []
        collect(harness, now, *words)
        seen += now
    for mail in harness.box.mails:
        part = mail.parsed.get_body(("plain",))
        assert part is not None
        seen += printed(part.get_content().replace("trialwatch alerts mute me ADDRESS", ""))


def situations(harness: Alerting) -> Iterator[str]:
    harness.sink.answers = [413]
    harness.change(ONE)
    yield "a message too big"
    harness.sink.answers = [401]
    harness.change(TWO)
    yield "a wrong secret"
    harness.sink.answers = [410]
    harness.change(ONE, "TERMINATED")
    yield "a channel closed"
    harness.box.say = {ODD: "550 5.1.1 no such user"}
    harness.change(TWO, "SUSPENDED")
    yield "one address refused"
    harness.box.say = {"RCPT": "554 5.7.1 Relay access denied"}
    harness.change(ONE, "UNKNOWN")
    yield "relaying denied"
    for address in ("me@example.org", OTHER):
        harness.run("alerts", "mute", "me", address)
    yield "all addresses muted"
    harness.run("alerts", "mute", "team")
    yield "a channel muted"


@MARK
@pytest.mark.long
def test_every_command_that_alerts_print_runs(harness: Alerting) -> None:
    ran: set[str] = set()
    for what in situations(harness):
        seen: list[str] = []
        look(harness, seen)
        assert seen, what
        home = harness.program.home
        for command in dict.fromkeys(seen):
            ran.add(" ".join(shlex.split(command)[1:3]))
            # A lift changes what is true: each is tried in a store as it was when it was printed.
            before = {path: path.read_bytes() for path in home.iterdir() if path.is_file()}
            run(harness, command)
            for path in [path for path in home.iterdir() if path.is_file()]:
                if path not in before:
                    path.unlink()
            for path, content in before.items():
                path.write_bytes(content)
    assert {"alerts test", "alerts mute", "alerts retry", "alerts outbox"} <= ran, ran


@MARK
def test_lifting_a_channel_names_the_addresses_still_muted(harness: Alerting) -> None:
    for address in ("me@example.org", ODD):
        harness.run("alerts", "mute", "me", address)
    done = harness.run("alerts", "mute", "me", "--lift", "-o", "table")
    assert "itself is not muted" in done.err and "me@example.org" in done.err
    lifts = [it for it in printed(done.err) if "--lift" in it]
    assert len(lifts) == 2
    for command in lifts:
        run(harness, command)
    assert harness.json("alerts", "mute", "me", "me@example.org")["muted"] != []


@MARK
def test_lifting_a_muted_channel_leaves_single_mutes(harness: Alerting) -> None:
    harness.run("alerts", "mute", "me", OTHER)
    harness.run("alerts", "mute", "me")
    done = harness.run("alerts", "mute", "me", "--lift", "-o", "table")
    assert f"Still muted: {OTHER}" in done.err
    harness.run("alerts", "mute", "me", OTHER, "--lift")
    assert "is not muted" in harness.error("alerts", "mute", "me", "--lift")


@MARK
def test_a_test_over_muted_addresses_says_what_lifts_them(harness: Alerting) -> None:
    for address in ("me@example.org", OTHER, ODD):
        harness.run("alerts", "mute", "me", address)
    text = harness.error("alerts", "test", "me")
    [command] = printed(text)
    run(harness, command)
    assert harness.run("alerts", "test", "me").code == 0
