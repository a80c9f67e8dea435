"""The program: its commands, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

from tracker import __version__
from tracker.cli.command_table import (
    ALERTS,
    ALERTS_HELP,
    COMMANDS,
    COMPLETE_VARIABLE,
    CONFIG,
    CONFIG_HELP,
    HELP_OPTIONS,
    SECTIONS,
    TOKENS,
    TOKENS_HELP,
)
from tracker.cli.interrupts import interrupts_noticed
from tracker.cli.lazy_group import lazy_group
from tracker.cli.run_state import FOR_A_PERSON, GO_ON, INTERRUPTED, LOADED, command_line
from tracker.processes.relaxed_gc import relaxed_gc, skip_final_gc
from tracker.records.clean import clean

__all__ = ["app", "main"]

app = typer.Typer(
    name="trialwatch",
    cls=lazy_group(
        COMMANDS,
        {
            "alerts": [row.name for row in ALERTS],
            "config": [row.name for row in CONFIG],
            "tokens": [row.name for row in TOKENS],
        },
        SECTIONS,
    ),
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"max_content_width": 100, **HELP_OPTIONS},
    pretty_exceptions_enable=False,
    help=(
        "Watches clinical trials on ClinicalTrials.gov and in the EU Clinical Trials Register. Keeps every version of "
        "every record in its store, a database, and says what changed, when, and how much it matters.\n\n"
        "Start with:  trialwatch init   or, to see it first:  trialwatch demo"
    ),
)
app.add_typer(
    typer.Typer(
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings=dict(HELP_OPTIONS),
        cls=lazy_group(ALERTS),
        help=(
            "Send messages about changes. A channel is where messages go. A rule says which changes go there. The "
            "outbox lists all messages, sent or not.\n\n\b\nExample:  trialwatch alerts add you@example.org"
        ),
    ),
    name="alerts",
    short_help=ALERTS_HELP,
)
app.add_typer(
    typer.Typer(
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings=dict(HELP_OPTIONS),
        cls=lazy_group(CONFIG),
        help=(
            "Show, check and change the settings. They are in one file. Environment variables override it.\n\n\b\n"
            "Example:  trialwatch config show"
        ),
    ),
    name="config",
    short_help=CONFIG_HELP,
)
app.add_typer(
    typer.Typer(
        rich_markup_mode=None,
        no_args_is_help=True,
        context_settings=dict(HELP_OPTIONS),
        cls=lazy_group(TOKENS),
        help=(
            "Make and end tokens. A token opens the pages and the API (trialwatch serve) to anyone who has it. Only "
            "its hash is stored.\n\n\b\nExample:  trialwatch tokens add laptop"
        ),
    ),
    name="tokens",
    short_help=TOKENS_HELP,
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"trialwatch {__version__}\n")
        raise typer.Exit


@app.callback()
def _program(
    version: bool = typer.Option(False, "--version", "-V", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Options of the program itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raise, and never show a traceback for a known error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    GO_ON.set(command_line(*words))
    _prepare_streams()
    # All files we or our libraries write are for their owner only: stores, exports and logs contain addresses.
    os.umask(0o077)
    with relaxed_gc():
        with interrupts_noticed() as is_interrupted:
            try:
                code = _run(words)
            except KeyboardInterrupt:
                code = INTERRUPTED
            if is_interrupted():
                # Also if the command went on: what a person stopped is not done.
                code = INTERRUPTED
        if code == INTERRUPTED:
            _tell_interrupted()
        _drop_unwritten()
        skip_final_gc()
    return int(code)


def _run(words: Sequence[str]) -> int:
    try:
        code = app(words, prog_name="trialwatch", standalone_mode=False) or 0
        if code != INTERRUPTED:
            _tell_given_up()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # The reader of our output has closed the pipe, for example `head`. Typer and rich then raise SystemExit.
        code = 0
    except Exception as error:  # noqa: BLE001  (whatever it is, a person gets a sentence)
        code = _report(error, words)
    return int(code)


def _tell_interrupted() -> None:
    # From here on the program only ends: a second Ctrl-C has nothing to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        sys.stderr.write(f"Interrupted. What was finished is stored. To go on: {clean(GO_ON.get())}\n")
        sys.stderr.flush()


def _tell_given_up() -> None:
    """Report given-up messages after a command that read the store and printed a table."""
    settings = LOADED.get()
    if settings is not None and FOR_A_PERSON.get():
        from tracker.cli.given_up import tell_given_up  # noqa: PLC0415  (it needs the store, which --help does not)

        tell_given_up(settings)


def _report(error: Exception, words: Sequence[str]) -> int:
    if COMPLETE_VARIABLE in os.environ:
        return 1  # a shell that asks for completions would print the sentence into the line that is typed
    from tracker.cli.failures import report_failure  # noqa: PLC0415  (only for a failure; --help starts faster)

    return report_failure(error, words)


def _prepare_streams() -> None:
    """Replace unencodable characters and substitute closed stdout and stderr."""
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_unwritten() -> None:
    """Discard output that can no longer be written. Otherwise Python would complain about it when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
