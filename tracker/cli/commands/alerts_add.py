"""alerts add: be told by mail, in a chat, or by a webhook."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import typer

from tracker.alerts.channels.channel import Wish
from tracker.alerts.channels.channel_list import draft_of
from tracker.alerts.render.commands import test_command
from tracker.api.config import AddedChannel
from tracker.cli.asking import PasswordEnv, PasswordFile, Private, Sender, Smtp, secrets_of
from tracker.cli.commands.alerts_test import tell_unreached
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.context.clock_of import clock_of
from tracker.services.alerts.add import add_and_test, known_channel

__all__ = ["command", "did_arrive", "tell_added", "tell_sample"]


Address = Annotated[
    str,
    typer.Argument(metavar="EMAIL|URL", help="A mail address, or the address of Slack, ntfy, Teams or a webhook."),
]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="NAME",
        help="The name of the channel. Default: one made from the address, such as me for a mail address.",
    ),
]
SendTest = Annotated[bool, typer.Option("--test/--no-test", help="Send a sample at once.")]


def command(
    address: Address,
    smtp: Smtp = "",
    sender: Sender = "",
    name: Name = "",
    password_file: PasswordFile = "",
    password_env: PasswordEnv = "",
    private: Private = False,
    test: SendTest = True,
    output: Output = None,
) -> None:
    """Be told at an address: write a channel and a rule into the config file, and send a sample.

    The mail server of well-known providers is found by the address. The password, or the token of a service, goes into
    a file of its own that only you can read. The rule tells every important change of every watched trial; change it
    with: trialwatch config edit

    Exit code 3 if the channel was added, but the sample did not arrive.

    \b
    Example:  trialwatch alerts add you@gmail.com
              trialwatch alerts add you@uni.example --smtp smtp+starttls://you@mail.uni.example:587
              trialwatch alerts add ntfy://my-trials
    """
    loaded = settings()
    draft = draft_of(address, Wish(smtp, sender, password_env, private))
    if known := known_channel(loaded, draft):
        note(f"This address is told already, by the channel {known}. Send it a test: {test_command(known)}")
        return
    added = add_and_test(os.environ, draft, name, secrets_of(draft, password_file), clock_of(loaded), test=test)
    shown = msgspec.to_builtins(added)
    emit(Answer({"added": shown}, "added", tuple(shown), table=lambda: tell_added(added)), output)
    raise typer.Exit(0 if tell_sample(added) else 3)


def tell_added(added: AddedChannel) -> None:
    """Say in three lines what was written, and whether the sample arrived."""
    note(f"Added the channel {added.channel}: {added.does}. It stands in {added.file}")
    if added.secret_file:
        note(f"Its secret is in {added.secret_file}, which only you can read.")
    note(f"The rule {added.rule} tells it every important change. To change that: trialwatch config edit")
    if added.sample is not None and not added.sample.refused and not added.sample.deferred:
        note("A sample is on its way. If it does not come, look into the folder for spam.")


def tell_sample(added: AddedChannel) -> bool:
    """Say why the sample did not arrive, and how to try again. Return whether there is nothing to say."""
    if added.problem:
        note(f"{added.problem}. The channel is kept. Put that right, then: {test_command(added.channel)}")
    if added.sample is not None:
        tell_unreached(added.sample)
    return did_arrive(added)


def did_arrive(added: AddedChannel) -> bool:
    """Return whether the sample, if one was sent, arrived everywhere."""
    if added.sample is None:
        return not added.problem
    return not (added.sample.refused or added.sample.deferred)
