"""show: show a record, now or as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from sqlmodel import Session

from storage.tables.models import SnapshotRow
from tracker.backfill.choose_version import BASES, current, numbered, of_moment
from tracker.backfill.stored_records import raw_of, record_of
from tracker.cli.arguments import OneTrial, storable, trial_id
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit, write_json
from tracker.cli.version_choice import typed_moment
from tracker.context.open_store import clock_of, open_store
from tracker.errors import UsageError
from tracker.recording.row_mapping import instant_out
from tracker.services.known_trials import known_trial
from tracker.services.watching.linked_trials import linked_of

__all__ = ["command"]


def command(
    id_: OneTrial,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="As it was on this day.")] = None,
    basis: Annotated[
        str, typer.Option("--basis", metavar="B", help="registry: what the record said that day; known: what we knew.")
    ] = "registry",
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="This version.", callback=storable)
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="The registry's own document, as stored.")] = False,
    output: Output = None,
) -> None:
    """Show a trial's record: the current one, an older version, or as it was on a day.

    \b
    Example:  trialwatch show NCT05349331 --as-of 2024-06-01
    """
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        trial = known_trial(session, trial_id(id_), pages=True)
        found = _picked(session, trial, version, as_of, basis, clock.now())
        if raw:
            write_json(raw_of(session, found))
            return
        record = record_of(session, found)
        linked = linked_of(session, record)
    document = {
        "trial": trial,
        "version": found.version,
        "effective": found.effective,
        "observed_at": instant_out(found.observed_at),
        "source": found.source,
        "url": record.url,
        "linked": linked,
        "record": record.document(),
    }

    def table() -> None:
        from tracker.cli.render.page import print_page  # noqa: PLC0415  (rich, which a pipe has no use for)

        print_page(record, document)

    emit(Answer(document, "", tuple(document), table=table), output)


def _picked(
    session: Session, trial: str, version: int | None, as_of: str | None, basis: str, now: datetime
) -> SnapshotRow:
    """Return the one version that the options mean. Raise UnknownTrial if there is none."""
    if basis not in BASES:
        raise typer.BadParameter(f"{basis[:40]!r} is none of {', '.join(BASES)}", param_hint="--basis")
    if version is not None and as_of is not None:
        raise UsageError("--version and --as-of name two different things; give one of them")
    if as_of is not None:
        return of_moment(session, trial, typed_moment(as_of, now), basis)
    if basis == "known":
        raise UsageError("--basis says how --as-of is meant; give a date with it, such as --as-of 2024-06-01")
    return current(session, trial) if version is None else numbered(session, trial, version)
