"""diff: compare two versions of a trial."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import typer
from sqlmodel import Session

from storage.tables.models import SnapshotRow
from storage.versions import history
from tracker.backfill.choose_version import numbered, of_moment
from tracker.backfill.files.item_names import names_in
from tracker.backfill.stored_records import record_of
from tracker.changes.diff import compare
from tracker.changes.fields import field_of
from tracker.cli.arguments import OneTrial, trial_id
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Format, Output, chosen, emit
from tracker.cli.render.page import print_diff
from tracker.cli.version_choice import typed_moment
from tracker.context.open_store import clock_of, open_store
from tracker.errors import UnknownTrial, UsageError
from tracker.isolation import one_record
from tracker.services.known_trials import known_trial

__all__ = ["command"]

_NUMBER = re.compile(r"\d{1,6}")


def command(
    id_: OneTrial,
    span: Annotated[
        str | None, typer.Argument(metavar="[A..B]", help="Version numbers or dates; default: the last two versions.")
    ] = None,
    output: Output = None,
) -> None:
    """Show the differences between two versions of a trial.

    \b
    Example:  trialwatch diff NCT05349331 2024-01-01..2025-01-01
    """
    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        trial = known_trial(session, trial_id(id_))
        before, after = _ends(session, trial, span, clock.now())
        sides = [record_of(session, version).document() for version in (before, after)]
    with one_record("comparing", trial):
        changes = compare(*sides)
    rows = [
        {"field": it.field, "label": field_of(it.path).label, "before": it.before, "after": it.after} for it in changes
    ]
    document = {"trial": trial, "from": before.version, "to": after.version, "fields": rows}

    def table() -> None:
        print_diff(document, before, after, names_in(sides, [row["field"] for row in rows]))

    if chosen(output) is Format.TABLE:
        table()
        return
    emit(Answer(document, "fields", ("field", "label", "before", "after")), output)


def _ends(session: Session, trial: str, span: str | None, now: datetime) -> tuple[SnapshotRow, SnapshotRow]:
    if span is None:
        versions = history.timeline(session, trial)
        if len(versions) < 2:
            raise UnknownTrial(
                f"{trial} has only one version so far; there is nothing to compare. See it: trialwatch show {trial}",
                subject=trial,
            )
        return versions[-2], versions[-1]
    first, dots, second = span.partition("..")
    if not dots or not first or not second:
        raise UsageError(f"{span[:40]!r} is not A..B, such as 1..2 or 2024-01-01..2025-01-01", subject=span[:40])
    return _end(session, trial, first, now), _end(session, trial, second, now)


def _end(session: Session, trial: str, text: str, now: datetime) -> SnapshotRow:
    if _NUMBER.fullmatch(text):
        return numbered(session, trial, int(text))
    return of_moment(session, trial, typed_moment(text, now))
