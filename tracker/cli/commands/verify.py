"""verify: check every stored byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from storage.engine.atomic_files import place_for, write_whole
from storage.engine.unchecked_rows import Progress
from storage.integrity.anchors import Anchor, anchor_faults, take, to_json
from storage.integrity.fault import Fault
from storage.integrity.verify import verify as faults_of
from storage.versions.history import store
from tracker.cli.anchor_files import read_anchor
from tracker.cli.arguments import Force
from tracker.cli.loaded_settings import settings
from tracker.cli.render.column import Column
from tracker.cli.render.notes.store_words import told_by
from tracker.cli.render.output import Answer, Output, emit, note
from tracker.cli.render.progress_bar import progress
from tracker.context.open_store import clock_of, open_store

__all__ = ["command"]

_FAULTS = ("table", "row", "reason")


def command(
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", metavar="FILE", help="Also check against this anchor; may be given several times."),
    ] = None,
    write_anchor: Annotated[
        Path | None, typer.Option("--write-anchor", metavar="FILE", help="If all is well, write an anchor here.")
    ] = None,
    force: Force = False,
    output: Output = None,
) -> None:
    """Check every stored byte against its hash, and every chain of versions and events. Exit code 1 if one is broken.

    An anchor is a small file that you keep elsewhere. It contains the heads of all chains, so that a chain whose end
    was cut off is found too.

    \b
    Example:  trialwatch verify --anchor anchors/2026-01.json --write-anchor anchors/2026-02.json
    """
    if write_anchor is not None:
        place_for(write_anchor, force=force)
    known = [read_anchor(path) for path in anchor or ()]
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        with progress() as tell:
            found = _faults(session, known, told_by(tell))
        _tell_other_stores(session, known)
        if write_anchor is not None and not found:
            _write(session, write_anchor, clock.now(), force=force)
    _print(found, output)
    if found and write_anchor is not None:
        note(f"No anchor was written to {write_anchor}: it would vouch for what is broken.")
    raise typer.Exit(1 if found else 0)


def _faults(session: Session, known: list[Anchor], tell: Progress) -> list[Fault]:
    found = list(faults_of(session, tell))
    return found + [fault for each in known for fault in anchor_faults(session, each)]


def _tell_other_stores(session: Session, known: list[Anchor]) -> None:
    own = store(session).store_id
    for store_id in dict.fromkeys(each.store for each in known if each.store != own):
        note(f"An anchor was written by the store {store_id}; this one is {own}, as after a restore.")


def _write(session: Session, path: Path, now: Any, *, force: bool) -> None:
    write_whole(path, to_json(take(session, now)), force=force)
    note(f"Anchor written to {path}. Keep a copy of it where this machine cannot write.")


def _print(found: list[Fault], output: Output) -> None:
    columns = (Column("table", "Table"), Column("row", "Row"), Column("reason", "What is wrong", room=1))
    rows = [{"table": fault.table, "row": fault.row, "reason": fault.reason} for fault in found]
    emit(Answer({"faults": rows}, "faults", _FAULTS, columns, "Everything stored is as it was written."), output)
