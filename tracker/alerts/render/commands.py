"""The commands that notices, errors and warnings of alerts tell a person to run. Pure.

They run as printed. A name or an address may hold what a shell reads as its own, or begin like an option.
"""

from __future__ import annotations

import shlex

from tracker.alerts.replies import ReplyVerdict

__all__ = ["GIVEN_UP", "dead_command", "lift_command", "mute_command", "retry_command", "step_for", "test_command"]

GIVEN_UP = "This message is given up, others are sent. See: trialwatch alerts outbox --state dead"


def step_for(verdict: ReplyVerdict, channel: str) -> str:
    """What a person does about a channel that failed, in a sentence that ends with a command."""
    if verdict.closes:
        return f"Nothing more is sent there. If that is to change: {test_command(channel)}"
    if not verdict.lasting:
        return f"It is tried again by itself; to try now: {test_command(channel)}"
    do = "Put it right in the config file" if verdict.fault == "us" else "Ask those who run it"
    return f"Messages wait and are tried again. {do}, then: {test_command(channel)}"


def test_command(channel: str) -> str:
    """Try a channel; when that works, it is open again and what waits goes out."""
    return _command("test", channel)


def mute_command(channel: str) -> str:
    """Send a channel nothing more."""
    return _command("mute", channel)


def lift_command(channel: str, address: str = "") -> str:
    """Send again to an address that was muted; with "" over the whole channel."""
    return _command("mute", channel, address, option="--lift")


def retry_command(channel: str) -> str:
    """Send again what died on a channel."""
    return f"trialwatch alerts retry --channel {shlex.quote(channel)}"


def dead_command() -> str:
    """See what was given up, and why."""
    return "trialwatch alerts outbox --state dead"


def _command(verb: str, *names: str, option: str = "") -> str:
    given = [shlex.quote(name) for name in names if name]
    if any(name.startswith("-") for name in names):
        return " ".join(["trialwatch alerts", verb, *([option] if option else []), "--", *given])
    return " ".join(["trialwatch alerts", verb, *given, *([option] if option else [])])
