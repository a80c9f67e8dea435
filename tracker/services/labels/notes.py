"""Notes on a trial: write one, show them, delete some."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.watching import notes
from tracker.api.notes import Notes
from tracker.changes.wording.words import listed
from tracker.errors import UsageError
from tracker.services.known_trials import held_trials
from tracker.services.labels.shown_notes import notes_of

__all__ = ["LONGEST", "add_note_once", "delete_notes", "new_note", "show_notes"]

LONGEST = 4000
"""The most characters of a note."""


def new_note(session: Session, wanted: str, text: str, now: datetime) -> Notes:
    """Write a note on a trial, beside its earlier ones. Return all of them.

    Raise UnknownTrial if nothing is stored about the trial, and UsageError for an empty or a long text.
    """
    [trial] = held_trials(SessionReader(session), [wanted]).known
    written = _written(text)
    if not written:
        raise UsageError(
            f"The text of the note is empty. To see the notes: trialwatch note {trial}; "
            f"to delete one, with its number: trialwatch note {trial} --delete 1",
            subject=trial,
        )
    if len(written) > LONGEST:
        raise UsageError(
            f"The note has {len(written):,} characters, and {LONGEST:,} are the most; shorten it, or write two",
            subject=trial,
        )
    notes.add(session, trial, written, now)
    return Notes(trial=trial, notes=notes_of(SessionReader(session), trial))


def add_note_once(session: Session, wanted: str, text: str, now: datetime, shown: int) -> bool:
    """Write a note as `new_note` does, and raise as it does. Return False if the same text came after `shown` notes.

    A form that is sent twice makes one note.
    """
    newer = show_notes(session, wanted).notes[shown:]
    if any(it.text == _written(text) for it in newer):
        return False
    new_note(session, wanted, text, now)
    return True


def show_notes(session: Session, wanted: str) -> Notes:
    """Return the notes on a trial, oldest first. Raise UnknownTrial if nothing is stored about it."""
    [trial] = held_trials(SessionReader(session), [wanted]).known
    return Notes(trial=trial, notes=notes_of(SessionReader(session), trial))


def delete_notes(session: Session, wanted: str, numbers: Collection[int] | None) -> Notes:
    """Delete notes on a trial (None: all). Return those that are left.

    Raise UnknownTrial if nothing is stored about the trial, and UsageError, deleting none, for a number it does not
    have.
    """
    shown = show_notes(session, wanted)
    there = [it.note for it in shown.notes]
    if not there:
        raise UsageError(f"There is no note on {shown.trial}", subject=shown.trial)
    if odd := [str(number) for number in numbers or () if number not in there]:
        raise UsageError(
            f"There is no note {odd[0]} on {shown.trial}; it has {listed(list(map(str, there)), most=8)}. "
            f"See: trialwatch note {shown.trial}",
            subject=odd[0],
        )
    notes.remove(session, there if numbers is None else numbers)
    return Notes(trial=shown.trial, notes=notes_of(SessionReader(session), shown.trial))


def _written(text: str) -> str:
    """Return a text as it is stored."""
    return text.replace("\r\n", "\n").strip()
