"""alerts test: send a test message over a channel."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from tracker.alerts.render.commands import test_command
from tracker.api.alerts import TestedChannel
from tracker.changes.wording.words import listed
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.terminal import console
from tracker.cli.typed.arguments import ChannelName
from tracker.records.clean import clean
from tracker.services.alerts.test import send_test

__all__ = ["command", "tell_unreached"]


def command(
    channel: ChannelName,
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="KIND",
            help="A sample of a real message: results.posted, results.submitted, status.changed.",
        ),
    ] = "",
    output: Output = None,
) -> None:
    """Send a test message over one channel, now and once. A channel disabled after failures is enabled if it arrives.

    Muted addresses are left out. Exit code 1 if it did not arrive, 3 if it did not reach all addresses.

    \b
    Example:  trialwatch alerts test me
              trialwatch alerts test me --as results.posted
    """
    found = send_test(settings(), channel, kind)
    what = "sample" if kind else "test message"
    shown = msgspec.to_builtins(found)
    emit(Answer({"test": shown}, "test", tuple(shown), table=lambda: _arrived(found, what)), output)
    tell_unreached(found)
    failed = {**found.refused, **found.deferred}
    raise typer.Exit(0 if not failed else 3 if found.reached else 1)


def tell_unreached(found: TestedChannel) -> None:
    """Say which addresses were not reached, and why."""
    for address, reason in {**found.refused, **found.deferred}.items():
        note(f"{address} was not reached: {reason}. Put that right, then: {test_command(found.channel)}")


def _arrived(found: TestedChannel, what: str) -> None:
    if not found.reached and (found.refused or found.deferred):
        return
    to = f" to {listed(found.reached, most=8)}" if found.reached else ""
    answer = f"; it answered {found.status}" if found.status and not found.reached else ""
    console().print(clean(f"A {what} went over {found.channel}{to}{answer}."))
