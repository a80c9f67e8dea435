"""restore: restore a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.changes.wording.words import count_of
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.store_words import contents_words, counted, row_progress, say
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.typed.anchor_files import read_anchor
from tracker.context.clock_of import clock_of
from tracker.services.store.restore import Wanted, restore

__all__ = ["command"]


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the store that is there. It is renamed, not deleted.")
    ] = False,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor", metavar="FILE", help="Refuse a backup that lacks what this anchor records. Can be repeated."
        ),
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="FILE is a plain copy of a store, not made by backup.")
    ] = False,
    keep_pending: Annotated[
        bool,
        typer.Option(
            "--keep-pending", help="Still send the messages that were waiting: for moving a store to another machine."
        ),
    ] = False,
    output: Output = None,
) -> None:
    """Replace the store with a backup, in SQLite or PostgreSQL, from either of them.

    Stop the daemon first. The backup is verified, and upgraded if it is older than this program. A store that is there
    is replaced only with --replace.

    The restored store has a new id. Programs that follow the changes by their seq must start again at 0. Messages that
    were waiting and due are set aside, because they may have been sent after the backup was made.

    \b
    Example:  trialwatch restore --replace /backups/trialwatch-2026-08-14.db
    """
    loaded = settings()
    known = tuple(read_anchor(path) for path in anchor or ())
    wanted = Wanted(replace, as_is, keep_pending, known)
    with progress() as tell:
        done = restore(loaded, file, wanted, clock_of(loaded).now(), row_progress(tell))
    kept = None if done.kept is None else str(done.kept)
    about = {**counted(done.contents), "was": done.was, "set_aside": done.set_aside, "kept": kept}
    sentence = f"Restored: {contents_words(done.contents)}. The store is {done.contents.store} now; it was {done.was}."
    emit(Answer({"restore": about}, "restore", tuple(about), table=lambda: say(sentence)), output)
    if kept:
        note(f"The store that was there is kept in {kept}. Delete it once all is well.")
    if done.set_aside:
        note(_of_messages(done.set_aside))


def _of_messages(count: int) -> str:
    return (
        f"{count_of(count, 'message')} that waited may have been sent since the backup and will not be sent again. "
        "See: trialwatch alerts outbox --state dead; send after all: trialwatch alerts retry --since 1h"
    )
