"""backup: create a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from storage.backup.backup import write
from tracker.cli.loaded_settings import settings
from tracker.cli.render.notes.store_words import contents_words, counted, row_progress, say
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.progress_bar import progress
from tracker.cli.typed.arguments import Force
from tracker.cli.typed.file_targets import file_to_write
from tracker.context.clock_of import clock_of
from tracker.context.open_store import open_store

__all__ = ["command"]


def command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", parser=file_to_write, help="The file to write, in a folder that is there.")
    ],
    force: Force = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Skip the check. For saving what is left of a damaged store.")
    ] = False,
    output: Output = None,
) -> None:
    """Create a backup: write the whole store to one file, as it is now. This is safe while the daemon runs.

    The file is an SQLite store, even if yours is in PostgreSQL. It does not contain settings and secrets. It is
    verified before it gets its name.

    \b
    Example:  trialwatch backup /backups/trialwatch-2026-08-14.db
    """
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, progress() as tell:
        found = write(database, file, force=force, unchecked=unchecked, now=clock.now(), tell=row_progress(tell))
    about = {"file": str(file), "bytes": file.stat().st_size, **counted(found), "verified": not unchecked}
    verified = "verified" if not unchecked else "not verified"
    sentence = f"{file}: {contents_words(found)}, {about['bytes'] / 1e6:,.1f} MB, {verified}."
    emit(Answer({"backup": about}, "backup", tuple(about), table=lambda: say(sentence)), output)
