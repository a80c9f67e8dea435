"""alerts: who is told of what, over what. The file checked, a channel tried, an address left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli import foreseeing, posting
from tracker.cli.common import settings
from tracker.cli.output import Answer, Output, emit, note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracker.alerts.channels.channel import Receipt
    from tracker.errors import DeliveryError

__all__ = ["add_to"]

MISTAKEN = 2
"""Exit code of `alerts check` when a setting is off: as of any command that reads the file."""

ChannelName = Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name in the config file.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(
        rich_markup_mode=None,
        no_args_is_help=True,
        help=(
            "Tell people and programs of changes: channels and rules stand in the config file, messages wait in an "
            "outbox until they are delivered.\n\n\b\nExample:  trialwatch alerts check && trialwatch alerts test me"
        ),
    )
    group.command("check", short_help="Check channels and rules.")(check)
    group.command("test", short_help="Send a test message over a channel.")(test)
    foreseeing.add_to(group)
    posting.add_to(group)
    group.command("mute", short_help="Leave a channel, or an address, alone.")(mute)
    app.add_typer(group, name="alerts", short_help="Say who is told of what; see what was sent.")


def check(output: Output = None) -> None:
    """Check the channels and rules of the config file, and say what each of them does. Nobody is sent anything.

    Exit code 2 when something in the file is wrong, or a secret it names is not there.

    \b
    Example:  trialwatch alerts check
    """
    from tracker.context.open_store import clock_of, open_store
    from tracker.services.alerts.check import check as found_in
    from tracker.services.alerts.check import with_states

    loaded = settings()
    clock = clock_of(loaded)
    found = found_in(loaded, clock)
    if not found["mistakes"]:
        with open_store(loaded, clock) as database, database.read() as session:
            found = with_states(found, session, loaded)
    fields = ("file", "owner", "mistakes", "channels", "rules", "notes")
    emit(Answer({"check": found}, "check", fields, table=lambda: _page(found)), output)
    unusable = any(row["state"] == "unusable" for row in found["channels"])
    raise typer.Exit(MISTAKEN if found["mistakes"] or unusable else 0)


def _page(found: Mapping[str, Any]) -> None:
    from rich.text import Text

    from tracker.changes.wording.words import count_of
    from tracker.cli.terminal import console, hanging
    from tracker.records.clean import clean

    out = console()
    mistakes = found["mistakes"]
    verdict = count_of(len(mistakes), "mistake") if mistakes else "no mistakes"
    head = f"{found['file']}: {verdict}" if found["file"] else "There is no config file"
    out.print(Text(clean(head), style="bold red" if mistakes else "bold"))
    for row in mistakes:
        line = f"line {row['line']}, " if row["line"] else ""
        hanging(out, Text("  ! ", style="red"), Text(clean(f"{line}{row['place']}: {row['key']} {row['reason']}")))
    for heading, key, kind in (("Channels", "channels", "channel"), ("Rules", "rules", "rule")):
        width = max((len(row[kind]) for row in found[key]), default=0)
        if found[key]:
            out.print(f"\n{heading}", style="bold")
        for row in found[key]:
            hanging(out, f"  {clean(row[kind]):<{width}}  ", _does(row))
    out.print() if found["notes"] else None
    for said in found["notes"]:
        hanging(out, Text("  ! ", style="yellow"), Text(clean(f"{said}."), style="yellow"))


def _does(row: Mapping[str, Any]) -> Any:
    from rich.text import Text

    from tracker.records.clean import clean

    state = row.get("state", "ready")
    text = Text() if state == "ready" else Text(f"{state}: ", style="bold red")
    reason = row.get("reason", "")
    return text.append(clean("; ".join(part for part in (row["does"], reason) if part)), style="")


def test(channel: ChannelName, output: Output = None) -> None:
    """Send a test message over one channel, now and once. When it arrives, a disabled channel is open again.

    Muted addresses are left out. Exit code 1 when it did not arrive, 3 when it did not reach all addresses.

    \b
    Example:  trialwatch alerts test me
    """
    from tracker.alerts.render.commands import test_command
    from tracker.app import open_context, open_delivery
    from tracker.errors import DeliveryError

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
    from tracker.changes.wording.words import listed
    from tracker.cli.terminal import console
    from tracker.records.clean import clean

    if not receipt.reached and receipt.failed:
        return
    to = f" to {listed(receipt.reached, most=8)}" if receipt.reached else ""
    answer = f"; it answered {receipt.status}" if receipt.status and not receipt.reached else ""
    console().print(clean(f"A test message went over {channel}{to}{answer}."))


def mute(
    channel: ChannelName,
    address: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="One of its addresses; without it, the whole channel.")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Send again from now on.")] = False,
    output: Output = None,
) -> None:
    """Send nothing more to an address of a channel, or to the whole channel: at once and for good.

    The running daemon obeys too. What is due meanwhile dies, and can be sent again: trialwatch alerts retry. --lift
    without an address lifts the mute of the channel; it names the addresses that are still muted.

    \b
    Example:  trialwatch alerts mute me you@example.org
              trialwatch alerts mute me you@example.org --lift
    """
    from storage.outbox import channel_states
    from tracker.context.open_store import clock_of, open_store
    from tracker.recording.row_mapping import instant_out
    from tracker.services.alerts.mute import lifted, muted

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.write() as session:
        said = lifted(session, channel, address) if lift else muted(session, loaded, clock, channel, address)
        rows = [
            {"channel": it.channel, "address": it.address or None, "at": instant_out(it.at), "reason": it.reason}
            for it in channel_states.muted(session, channel)
        ]
    fields = ("channel", "address", "at", "reason")
    emit(Answer({"muted": rows}, "muted", fields, table=lambda: note(said)), output)
