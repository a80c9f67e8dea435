"""verify: check every stored byte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from storage.files.atomic_files import place_for
from storage.integrity.fault import Fault
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.notes.store_words import row_progress
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.cli.typed.anchor_files import read_anchor
from tracker.cli.typed.arguments import Force
from tracker.cli.typed.file_targets import file_to_write
from tracker.cli.typed.given_options import only_with
from tracker.context.clock_of import clock_of
from tracker.context.open_store import read_store
from tracker.services.store.verify import verify_store, write_anchor

__all__ = ["command"]

_FAULTS = ("table", "row", "reason")


def command(
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor",
            metavar="FILE",
            help="Also check against this anchor (- for standard input). Can be repeated.",
        ),
    ] = None,
    new_anchor: Annotated[
        Path | None,
        typer.Option(
            "--write-anchor", metavar="FILE", parser=file_to_write, help="If all is well, write an anchor here."
        ),
    ] = None,
    force: Force = False,
    output: Output = None,
) -> None:
    """Check that no stored record was altered, moved or removed. Exit code 1 if one was.

    An anchor is a small file that proves how far the store reached. Keep it on another machine. With it, verify also
    finds an end that was cut off, and a history that was rewritten whole.

    \b
    Example:  trialwatch verify
              trialwatch verify --anchor anchors/2026-01.json --write-anchor anchors/2026-02.json
    """
    only_with("--write-anchor", new_anchor, force=force)
    if new_anchor is not None:
        place_for(new_anchor, force=force)
    known = [read_anchor(path) for path in anchor or ()]
    loaded = settings()
    clock = clock_of(loaded)
    with read_store(loaded, clock) as session:
        with progress() as tell:
            verified = verify_store(session, known, row_progress(tell))
        for other in verified.others:
            note(f"An anchor was written by the store {other}; this one is {verified.own}, as after a restore.")
        found = verified.faults
        if new_anchor is not None and not found:
            write_anchor(session, new_anchor, clock.now(), force=force)
            note(f"Anchor written to {new_anchor}. Keep a copy of it where this machine cannot write.")
    _print(found, output)
    if found and new_anchor is not None:
        note(f"No anchor was written to {new_anchor}: it would vouch for what is broken.")
    raise typer.Exit(1 if found else 0)


def _print(found: Sequence[Fault], output: Output) -> None:
    columns = (Column("table", "Table"), Column("row", "Row"), Column("reason", "What is wrong", room=1))
    rows = [{"table": fault.table, "row": fault.row, "reason": fault.reason} for fault in found]
    emit(
        Answer({"faults": rows}, "faults", _FAULTS, columns, "Everything stored is as it was written."),
        output,
        pager=True,
    )
