"""The program: its commands, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import typer

from tracker import __version__
from tracker.cli.command_table import ALERTS, ALERTS_HELP, COMMANDS
from tracker.cli.lazy_group import lazy_group
from tracker.cli.run_state import FOR_A_PERSON, LOADED
from tracker.polling.relaxed_gc import relaxed_gc, skip_final_gc

__all__ = ["app", "main"]

INTERRUPTED = 130
"""Typer ends with this code on SIGINT."""

app = typer.Typer(
    name="trialwatch",
    cls=lazy_group(COMMANDS),
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"max_content_width": 100},
    pretty_exceptions_enable=False,
    help=(
        "Watches clinical trials on their registries, keeps every version of every record, and says what changed, "
        "when, and how much it matters.\n\nStart with:  trialwatch demo   or   trialwatch watch NCT05349331"
    ),
)
app.add_typer(
    typer.Typer(
        rich_markup_mode=None,
        no_args_is_help=True,
        cls=lazy_group(ALERTS),
        help=(
            "Tell people and programs of changes: channels and rules stand in the config file, messages wait in an "
            "outbox until they are delivered.\n\n\b\nExample:  trialwatch alerts check && trialwatch alerts test me"
        ),
    ),
    name="alerts",
    short_help=ALERTS_HELP,
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"trialwatch {__version__}\n")
        raise typer.Exit


@app.callback()
def _program(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Options of the program itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Never raise, and never show a traceback for a known error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    # All files we or our libraries write are for their owner only: stores, exports and logs contain addresses.
    os.umask(0o077)
    try:
        with relaxed_gc():
            code = app(words, prog_name="trialwatch", standalone_mode=False) or 0
            _tell_given_up()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # The reader of our output has closed the pipe, for example `head`. Typer and rich then raise SystemExit.
        code = 0
    except Exception as error:  # noqa: BLE001  (whatever it is, a person gets a sentence)
        code = _report(error, words)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED:
        sys.stderr.write("Interrupted. What was finished is stored; run the command again to go on.\n")
    _drop_unwritten()
    skip_final_gc()
    return int(code)


def _tell_given_up() -> None:
    """Report given-up messages after a command that read the store and printed a table."""
    settings = LOADED.get()
    if settings is not None and FOR_A_PERSON.get():
        from tracker.cli.given_up import tell_given_up  # noqa: PLC0415  (it needs the store, which --help does not)

        tell_given_up(settings)


def _report(error: Exception, words: Sequence[str]) -> int:
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
