"""The commands that notices, errors and warnings about alerts suggest to a person. Pure.

They run as printed. A name or an address may contain characters that are special to a shell, or begin like an option.
"""

from __future__ import annotations

import shlex

from tracker.alerts.replies import ReplyVerdict

__all__ = [
    "GIVEN_UP",
    "dead_command",
    "lift_command",
    "mute_command",
    "probe_step",
    "retry_command",
    "step_for",
    "test_command",
]

GIVEN_UP = "This message is given up, others are sent. See: trialwatch alerts outbox --state dead"


def step_for(verdict: ReplyVerdict, channel: str) -> str:
    """Return what a person should do about a failed channel: one sentence that ends with a command."""
    if verdict.closes:
        return f"Nothing more is sent there. If that is to change: {test_command(channel)}"
    if not verdict.lasting:
        return f"It is tried again by itself; to try now: {test_command(channel)}"
    do = "Put it right in the config file" if verdict.fault == "us" else "Ask those who run it"
    return f"Messages wait and are tried again. {do}, then: {test_command(channel)}"


def probe_step(verdict: ReplyVerdict, channel: str) -> str:
    """Return what a person should do about a channel that was dialled for a check and does not work."""
    if verdict.fault == "us":
        return f"Put the channel {channel} right in the config file, then: trialwatch doctor"
    return (
        f"Check the address of the channel {channel} in the config file, and the network of this machine, then: "
        "trialwatch doctor"
    )


def test_command(channel: str) -> str:
    """Return the command that tests a channel. On success the channel is open again, and its waiting messages
    are sent.
    """
    return _command("test", channel)


def mute_command(channel: str) -> str:
    """Return the command that mutes a channel."""
    return _command("mute", channel)


def lift_command(channel: str, address: str = "") -> str:
    """Return the command that unmutes an address. With "" it unmutes the whole channel."""
    return _command("mute", channel, address, option="--lift")


def retry_command(channel: str) -> str:
    """Return the command that sends the dead messages of a channel again."""
    return f"trialwatch alerts retry --channel {shlex.quote(channel)}"


def dead_command() -> str:
    """Return the command that lists dead messages, with the reasons."""
    return "trialwatch alerts outbox --state dead"


def _command(verb: str, *names: str, option: str = "") -> str:
    given = [shlex.quote(name) for name in names if name]
    if any(name.startswith("-") for name in names):
        return " ".join(["trialwatch alerts", verb, *([option] if option else []), "--", *given])
    return " ".join(["trialwatch alerts", verb, *given, *([option] if option else [])])
