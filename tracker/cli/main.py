"""All commands, by family, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from tracker import __version__
from tracker.cli import asking, caring, demonstrating, importing, polling, showing, watching
from tracker.cli.failing import report_failure

__all__ = ["app", "main"]

app = typer.Typer(
    name="trialwatch",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=(
        "Watches clinical trials on their registries, keeps every version of every record, and says what changed, when, "
        "and how much it matters.\n\nStart with:  trialwatch demo   or   trialwatch watch NCT05349331"
    ),
)
for family in (demonstrating, watching, polling, showing, asking, importing, caring):
    family.add_to(app)


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
    """Run one command; returns its exit code. Never raises, and never shows a traceback for what it knows by name."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(words, prog_name="trialwatch", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has read enough. Python would complain once more when it flushes at its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  (what is not ours is raised again by report_failure)
        return report_failure(error, words)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. What was finished is stored; run the command again to go on.\n")
        return 130
    return code if isinstance(code, int) else 0
