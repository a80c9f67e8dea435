"""note: write a note on a trial, or show its notes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer

from tracker.api.notes import Notes
from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer, Format, Output, chosen, emit, note
from tracker.cli.typed.arguments import OneTrial
from tracker.context.clock_of import clock_of
from tracker.context.open_store import read_store, write_store
from tracker.errors import UsageError
from tracker.services.labels.notes import LONGEST, delete_notes, new_note, show_notes
from tracker.services.typed.trial_ids import trial_id

__all__ = ["command"]

_ALL = "all"


def command(
    id_: OneTrial,
    text: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="Your own words, best in quotes. - for standard input."),
    ] = None,
    delete: Annotated[
        list[str] | None,
        typer.Option("--delete", metavar="N|all", help="Delete the note with this number, or all. Can be repeated."),
    ] = None,
    output: Output = None,
) -> None:
    """Write a note on a trial, beside its earlier ones. Without TEXT, show all notes with their numbers.

    Notes are kept with the time they were written. `show` and `list` show them, and backups hold them. They are your
    own: alerts, exports and evidence leave them out.

    \b
    Example:  trialwatch note NCT05349331 "Asked the sponsor why the date moved."
              trialwatch note NCT05349331
              trialwatch note NCT05349331 --delete 2
    """
    trial = trial_id(id_)
    if text and delete:
        raise UsageError("--delete takes no text; delete the note first, then write another", subject="--delete")
    numbers = _numbers(delete) if delete else None
    words = _text(text) if text else ""
    loaded = settings()
    clock = clock_of(loaded)
    if not (text or delete):
        with read_store(loaded, clock) as session:
            _print(show_notes(session, trial), output, pager=True)
        return
    with write_store(loaded, clock) as session:
        before = show_notes(session, trial)
        found = new_note(session, trial, words, clock.now()) if text else delete_notes(session, trial, numbers)
    _print(found, output)
    if chosen(output) is Format.TABLE:
        gone = len(before.notes) - len(found.notes)
        note("Noted." if text else f"{count_of(gone, 'note')} deleted.")


def _numbers(words: Sequence[str]) -> list[int] | None:
    """Return the numbers of notes to delete, None for all. Raise UsageError for other words."""
    if any(word.strip().casefold() == _ALL for word in words):
        return None
    odd = next((word for word in words if not (word.isascii() and word.isdigit() and len(word) < 19)), None)
    if odd is not None:
        raise UsageError(f"--delete takes the number of a note, or all, not {odd[:40]!a}", subject=odd[:40])
    return [int(word) for word in words]


def _text(words: Sequence[str]) -> str:
    if list(words) != ["-"]:
        return " ".join(words)
    if sys.stdin is None:
        raise UsageError("standard input is not open. Give the text itself", subject="-")
    if sys.stdin.isatty():
        note("Type the note. End with Ctrl-D on a line of its own.")
    return sys.stdin.read(4 * LONGEST)


def _print(found: Notes, output: Output, *, pager: bool = False) -> None:
    columns = (
        Column("note", "No.", right=True),
        Column("noted_at", "Written", instant=True),
        Column("text", "Note", room=1),
    )
    empty = f'No note on {found.trial}. To write one: trialwatch note {found.trial} "Asked the sponsor."'
    document = msgspec.to_builtins(found)
    emit(Answer(document, "notes", ("note", "noted_at", "text"), columns, empty), output, pager=pager)
