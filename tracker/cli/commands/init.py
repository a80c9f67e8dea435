"""init: from nothing to the first message, in three questions."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from tracker.alerts.channels.channel import Draft, Wish
from tracker.alerts.channels.channel_list import draft_of
from tracker.api.config import AddedChannel
from tracker.api.config import Begun as ShownBegun
from tracker.app import open_context
from tracker.cli.asking import PasswordEnv, PasswordFile, Private, Sender, Smtp, secrets_of
from tracker.cli.commands.alerts_add import did_arrive, tell_added, tell_sample
from tracker.cli.commands.watch import Done, watch_and_tell
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.watch_notes import tell_audience
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.typed.arguments import TrialsOrQuery
from tracker.cli.typed.given_options import only_with
from tracker.config.read_settings import config_file
from tracker.context.clock_of import clock_of
from tracker.errors import InvalidTrialId, UsageError
from tracker.recording.instants import instant_out
from tracker.services.alerts.add import known_channel
from tracker.services.alerts.audience import looking_at
from tracker.services.beginning.begin import (
    NOTHING,
    SAMPLE_TRIAL,
    SMTP,
    Answers,
    Begun,
    Subject,
    begin,
    subject_of,
    with_server,
)
from tracker.services.beginning.run_mode import RunMode, Running, possible_mode
from tracker.services.typed.trial_ids import trial_ids
from tracker.services.watching.watch_query import USUAL_CAP, query_cohort

__all__ = ["command"]

_MODES = {
    RunMode.USER_SERVICE: "as a service of your user, started with the machine",
    RunMode.CRON: "by cron, every four hours",
    RunMode.BY_HAND: "by hand, whenever you call: trialwatch poll",
}


Query = Annotated[
    list[str] | None,
    typer.Option("--query", metavar="NAME=TEXT", help="Watch all trials that match, instead of ids. See: watch --help"),
]
Tell = Annotated[
    str,
    typer.Option("--tell", metavar="EMAIL|URL", help="Where to send messages: a mail address, Slack, ntfy, a webhook."),
]
Run = Annotated[
    RunMode | None,
    typer.Option(
        "--run",
        help=(
            "What checks the trials: a service of systemd that always runs, cron every four hours, or "
            "you with trialwatch poll. Default: the first of these that works on this machine."
        ),
    ),
]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes",
        "-y",
        help=(
            "Ask nothing. Without ids and --query, the sample trial NCT05349331 is watched; without "
            "--tell, nobody is told."
        ),
    ),
]


def command(
    ids: TrialsOrQuery = None,
    query: Query = None,
    tell: Tell = "",
    smtp: Smtp = "",
    sender: Sender = "",
    password_file: PasswordFile = "",
    password_env: PasswordEnv = "",
    private: Private = False,
    run: Run = None,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Set everything up: which trials to watch, where to tell you, and how to run.

    Asks three questions on a terminal; every answer is an option too. Writes the config file, keeps passwords in files
    that only you can read, sends a sample, fetches the trials and their past, and says what happens next. It may be
    called again: what is there already stays.

    Exit code 3 if a step failed. The output says which one, and what to do.

    \b
    Example:  trialwatch init
              trialwatch init NCT05349331 --tell you@gmail.com --run cron
              trialwatch init --query "cond=liver cancer" --tell ntfy://my-trials --yes
    """
    loaded = settings()
    asks = not yes and sys.stdin.isatty()
    if not yes and not asks and not (ids or query):
        raise UsageError(
            "There is no terminal to ask on. Say what you want, such as: "
            f"trialwatch init {SAMPLE_TRIAL} --tell you@example.org --run cron, or take the defaults with --yes"
        )
    if not asks:
        named = {"smtp": smtp, "from": sender, "password_file": password_file, "password_env": password_env}
        only_with("--tell", tell or None, **{key: value or None for key, value in named.items()}, private=private)
    subject = _subject(ids, query, asks=asks)
    draft = _asked_draft(tell, Wish(smtp, sender, password_env, private), asks=asks)
    known = known_channel(loaded, draft) if draft is not None else ""
    secrets = secrets_of(draft, password_file) if draft is not None and not known else {}
    answers = Answers(draft, run or (_asked_mode() if asks else possible_mode(os.environ)), secrets)
    table = chosen(output) is Format.TABLE

    def watch() -> Done:
        return watch_and_tell(settings(), subject.trials, subject.cohort, output, rows=table)

    begun = begin(os.environ, loaded, clock_of(loaded), answers, watch, _tell_channel)
    _end(begun, output)
    troubled = begun.channel is not None and not did_arrive(begun.channel)
    if troubled or begun.watched.troubled or begun.running.problem:
        raise typer.Exit(3)


def _tell_channel(added: AddedChannel | None, known: str) -> None:
    if added is None:
        note(f"This address is told already, by the channel {known}.")
    else:
        tell_added(added)
        tell_sample(added)


def _subject(ids: Sequence[str] | None, query: Sequence[str] | None, *, asks: bool) -> Subject:
    """Return the trials to watch, or else the search."""
    if ids and query:
        raise UsageError("Name trials, or a --query, and not both", subject="--query")
    if query:
        return Subject(cohort=query_cohort(query, USUAL_CAP, ()))
    if ids or not asks:
        return Subject(trial_ids(ids or [SAMPLE_TRIAL]))
    while True:
        text = typer.prompt(
            "1. Which trials? Their numbers, the addresses of their pages, or words to search for",
            default=SAMPLE_TRIAL,
            err=True,
        ).strip()
        try:
            return subject_of(text)
        except InvalidTrialId as error:
            note(f"{error.message}. Please try again.")


def _asked_draft(tell: str, wish: Wish, *, asks: bool) -> Draft | None:
    """Return the channel to add. None for nothing."""
    if tell or not asks:
        return None if tell in ("", NOTHING) else draft_of(tell, wish)
    question = "2. Where shall it tell you? A mail address, an address of Slack, ntfy or a webhook, or nothing"
    while True:
        address = typer.prompt(question, default=NOTHING, err=True).strip()
        if address == NOTHING:
            return None
        try:
            return draft_of(address, wish)
        except UsageError as error:
            note(f"{error.message}.")
            if error.subject != SMTP:
                continue
        server = typer.prompt(
            "   Which server sends the mails? (return: another answer)", "", show_default=False, err=True
        ).strip()
        if server:
            try:
                return draft_of(address, with_server(wish, server, address))
            except UsageError as error:
                note(f"{error.message}.")


def _asked_mode() -> RunMode:
    default = possible_mode(os.environ)
    modes = [default, *(it for it in RunMode if it is not default)]
    for number, mode in enumerate(modes, 1):
        note(f"   {number}  {_MODES[mode]}")
    while True:
        text = typer.prompt("3. How shall it run?", default="1", err=True).strip()
        if text in [*RunMode]:
            return RunMode(text)
        if text.isdigit() and 1 <= int(text) <= len(modes):
            return modes[int(text) - 1]
        note(f"Please answer with a number from 1 to {len(modes)}.")


def _end(found: Begun[Done], output: Format | None) -> None:
    """Say what happens next, and when."""
    running, watched = found.running, found.watched.trials
    with open_context(settings()) as context:
        if chosen(output) is Format.TABLE:
            tell_audience(context, watched)
        by_itself = running.mode is not RunMode.BY_HAND and not running.problem
        next_check = looking_at(context.database).next_check if by_itself else None
    begun = ShownBegun(
        file=str(config_file(os.environ)),
        trials=list(watched),
        channel=found.channel,
        run=running.mode,
        running=by_itself,
        run_file=str(running.file) if running.file else None,
        next_check=instant_out(next_check) if next_check else None,
    )
    shown = msgspec.to_builtins(begun)
    emit(Answer({"init": shown}, "init", tuple(shown), table=lambda: _tell_running(running)), output)


def _tell_running(running: Running) -> None:
    if running.problem:
        note(f"{running.problem}.")
    elif running.mode is RunMode.USER_SERVICE:
        note("It runs as a service of your user from now on, and looks whenever the registry publishes.")
        note(f"{running.hint}. Its log: journalctl --user -u trialwatch")
    elif running.mode is RunMode.CRON:
        note("Cron looks every four hours from now on. The line stands in your crontab: crontab -l")
    note("See what is there: trialwatch list, trialwatch results, trialwatch show ID")
