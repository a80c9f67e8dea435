"""alerts test: send a test message over a channel."""

from __future__ import annotations

import typer

from tracker.alerts.channels.channel import Receipt
from tracker.alerts.render.commands import test_command
from tracker.app import open_context, open_delivery
from tracker.changes.wording.words import listed
from tracker.cli.arguments import ChannelName
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.terminal import console
from tracker.errors import DeliveryError
from tracker.records.clean import clean

__all__ = ["command"]


def command(channel: ChannelName, output: Output = None) -> None:
    """Send a test message over one channel, now and once. If it arrives, a disabled channel is open again.

    Muted addresses are left out. Exit code 1 if it did not arrive, 3 if it did not reach all addresses.

    \b
    Example:  trialwatch alerts test me
    """
    loaded = settings()
    with open_context(loaded) as context:
        try:
            receipt = open_delivery(context, loaded).test(channel)
        except DeliveryError as error:
            raise _not_arrived(channel, error) from error
    found = {
        "channel": channel,
        "status": receipt.status,
        "reached": list(receipt.reached),
        "refused": dict(receipt.refused),
        "deferred": {**receipt.deferred, **receipt.doubted, **receipt.declined},
    }
    emit(Answer({"test": found}, "test", tuple(found), table=lambda: _arrived(channel, receipt)), output)
    for address, reason in receipt.failed.items():
        note(f"{address} was not reached: {reason}. Put that right, then: {test_command(channel)}")
    raise typer.Exit(0 if not receipt.failed else 3 if receipt.reached else 1)


def _not_arrived(channel: str, error: DeliveryError) -> DeliveryError:
    return type(error)(f"The test did not arrive: {error.message}", subject=channel, status=error.status)


def _arrived(channel: str, receipt: Receipt) -> None:
    if not receipt.reached and receipt.failed:
        return
    to = f" to {listed(receipt.reached, most=8)}" if receipt.reached else ""
    answer = f"; it answered {receipt.status}" if receipt.status and not receipt.reached else ""
    console().print(clean(f"A test message went over {channel}{to}{answer}."))
