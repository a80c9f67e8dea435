"""verify, backup, restore: whether what is kept is what was kept, and a second copy of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import settings
from tracker.cli.output import Answer, Column, Output, emit, note
from tracker.errors import UsageError

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.backup.backup import Contents
    from storage.engine.unchecked_rows import Progress
    from storage.integrity.anchors import Anchor
    from storage.integrity.fault import Fault

__all__ = ["Force", "add_to"]

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
_FAULTS = ("table", "row", "reason")


def add_to(app: typer.Typer) -> None:
    app.command("verify", short_help="Check every stored byte.")(verify)
    app.command("backup", short_help="Write a backup, while all goes on.")(backup)
    app.command("restore", short_help="Put a backup in place.")(restore)


def verify(
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
    """Check every stored byte against its hash, and every chain of versions and events. Exit code 1 when one is broken.

    An anchor is a small file to be kept elsewhere. It holds the heads of all chains: with it, a chain whose end was cut
    off is found as well.

    \b
    Example:  trialwatch verify --anchor anchors/2026-01.json --write-anchor anchors/2026-02.json
    """
    from storage.engine.atomic_files import place_for
    from tracker.cli.terminal import progress
    from tracker.context.open_store import clock_of, open_store

    if write_anchor is not None:
        place_for(write_anchor, force=force)
    known = [_read(path) for path in anchor or ()]
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        with progress() as tell:
            found = _faults(session, known, _told_by(tell))
        _tell_other_stores(session, known)
        if write_anchor is not None and not found:
            _write(session, write_anchor, clock.now(), force=force)
    _print(found, output)
    if found and write_anchor is not None:
        note(f"No anchor was written to {write_anchor}: it would vouch for what is broken.")
    raise typer.Exit(1 if found else 0)


def _read(path: Path) -> Anchor:
    from storage.integrity.anchors import parse
    from tracker.text_files import NotText, read_bytes, recoded

    try:
        return parse(recoded(read_bytes(path)), str(path))
    except NotText as error:
        raise UsageError(f"The anchor {path} cannot be read: {error}", subject=str(path)) from error


def _faults(session: Session, known: list[Anchor], tell: Progress) -> list[Fault]:
    from storage.integrity.anchors import anchor_faults
    from storage.integrity.verify import verify as faults_of

    found = list(faults_of(session, tell))
    return found + [fault for each in known for fault in anchor_faults(session, each)]


def _tell_other_stores(session: Session, known: list[Anchor]) -> None:
    from storage.versions.history import store

    own = store(session).store_id
    for store_id in dict.fromkeys(each.store for each in known if each.store != own):
        note(f"An anchor was written by the store {store_id}; this one is {own}, as after a restore.")


def _write(session: Session, path: Path, now: Any, *, force: bool) -> None:
    from storage.engine.atomic_files import write_whole
    from storage.integrity.anchors import take, to_json

    write_whole(path, to_json(take(session, now)), force=force)
    note(f"Anchor written to {path}. Keep a copy of it where this machine cannot write.")


def _print(found: list[Fault], output: Output) -> None:
    columns = (Column("table", "Table"), Column("row", "Row"), Column("reason", "What is wrong", room=1))
    rows = [{"table": fault.table, "row": fault.row, "reason": fault.reason} for fault in found]
    emit(Answer({"faults": rows}, "faults", _FAULTS, columns, "Everything stored is as it was written."), output)


def _told_by(tell: Any) -> Progress:
    """The bar, as storage tells of its work: a table and how many of its rows."""
    return lambda what, done: tell(f"{what.capitalize()}s looked at", done, 0)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, in a folder that is there.")],
    force: Force = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not verify it: to save what is left of a damaged store.")
    ] = False,
    output: Output = None,
) -> None:
    """Write the whole store to one file, as it is at this moment, while the daemon and all else go on.

    The file is an SQLite store, also when yours is in PostgreSQL; settings and secrets are not in it. It is verified
    before it gets its name.

    \b
    Example:  trialwatch backup /backups/trialwatch-2026-08-14.db
    """
    from storage.backup.backup import write
    from tracker.cli.terminal import progress
    from tracker.context.open_store import clock_of, open_store

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, progress() as tell:
        found = write(database, file, force=force, unchecked=unchecked, now=clock.now(), tell=_told_by(tell))
    about = {"file": str(file), "bytes": file.stat().st_size, **_counted(found), "verified": not unchecked}
    verified = "verified" if not unchecked else "not verified"
    said = f"{file}: {_held(found)}, {about['bytes'] / 1e6:,.1f} MB, {verified}."
    emit(Answer({"backup": about}, "backup", tuple(about), table=lambda: _say(said)), output)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a store that is there; it is kept beside the new one.")
    ] = False,
    anchor: Annotated[
        list[Path] | None,
        typer.Option("--anchor", metavar="FILE", help="What this anchor knows must be in it; several times."),
    ] = None,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Take a copy of a store's file that was made by other means.")
    ] = False,
    keep_pending: Annotated[
        bool, typer.Option("--keep-pending", help="Send what waited: nothing was sent since, as when a store moves.")
    ] = False,
    output: Output = None,
) -> None:
    """Put a backup in the place of the store, in SQLite or PostgreSQL, whichever it came from.

    It is verified first, and migrated if it is older than this program. A running daemon has to be stopped before. The
    store goes by a new id from then on: whoever follows the changes by their seq begins at 0. Messages that waited and
    were due are set aside, since they may have been sent after the backup was made.

    \b
    Example:  trialwatch restore /backups/trialwatch-2026-08-14.db
    """
    from storage.backup.restore import Wanted
    from storage.backup.restore import restore as put_in_place
    from storage.errors import Damaged, StoreRefused
    from tracker.cli.terminal import progress
    from tracker.context.open_store import clock_of
    from tracker.processes.process_name import holder_name

    loaded = settings()
    known = tuple(_read(path) for path in anchor or ())
    wanted = Wanted(replace, as_is, keep_pending, known, holder_name())
    now = clock_of(loaded).now()
    with progress() as tell:
        try:
            done = put_in_place(loaded.database, file, wanted, home=loaded.home, now=now, tell=_told_by(tell))
        except Damaged as error:
            if (error.table, error.row) != ("database", str(file)):
                raise
            # Not the store is at fault, but the file that was named.
            raise StoreRefused(str(file), f"{error.reason}; name a file that trialwatch backup has written") from error
    kept = None if done.kept is None else str(done.kept)
    about = {**_counted(done.contents), "was": done.was, "set_aside": done.set_aside, "kept": kept}
    said = f"Restored: {_held(done.contents)}. The store is {done.contents.store} now; it was {done.was}."
    emit(Answer({"restore": about}, "restore", tuple(about), table=lambda: _say(said)), output)
    if kept:
        note(f"The store that was there is kept in {kept}. Delete it once all is well.")
    if done.set_aside:
        note(_of_messages(done.set_aside))


def _of_messages(count: int) -> str:
    from tracker.changes.wording.words import count_of

    return (
        f"{count_of(count, 'message')} that waited may have been sent since the backup and will not be sent again. "
        "See: trialwatch alerts outbox --state dead; send after all: trialwatch alerts retry --since 1h"
    )


def _counted(found: Contents) -> dict[str, Any]:
    return {"store": found.store, "trials": found.trials, "versions": found.versions, "seq": found.seq}


def _held(found: Contents) -> str:
    from tracker.changes.wording.words import count_of

    parts = ((found.trials, "trial"), (found.versions, "version"), (found.seq, "change"))
    return ", ".join(count_of(number, what) for number, what in parts)


def _say(text: str) -> None:
    from tracker.cli.terminal import console

    console().print(text)
