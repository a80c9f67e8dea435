"""history: list versions, or follow a field through them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlmodel import Session

from storage.tables.models import SnapshotRow
from storage.versions import history
from tracker.backfill.files.item_names import names_in
from tracker.backfill.stored_records import records_of
from tracker.changes.red_flags.date_flags import slip_of
from tracker.cli.arguments import OneTrial, trial_id
from tracker.cli.loaded_settings import settings
from tracker.cli.render.output import Answer, Output, emit
from tracker.cli.render.tables.version_table import answer_of_versions
from tracker.context.open_store import open_store
from tracker.errors import UsageError
from tracker.records.dates import RegistryDate
from tracker.records.paths import NOTHING, is_field, value_at
from tracker.services.known_trials import known_trial

__all__ = ["command"]

SLIPPING = frozenset({"dates.start", "dates.primary_completion", "dates.completion"})


def command(
    id_: OneTrial,
    field: Annotated[
        list[str] | None, typer.Option("--field", metavar="F", help="One field over time; may be given several times.")
    ] = None,
    output: Output = None,
) -> None:
    """List a trial's versions in the order of time, or follow fields through them.

    A field that is one of the trial's own dates ends with its slip: the number of days it moved over all versions.

    \b
    Example:  trialwatch history NCT05349331 --field enrollment.count --field dates.completion
    """
    with open_store(settings()) as database, database.read() as session:
        trial = known_trial(session, trial_id(id_), pages=True)
        versions = history.timeline(session, trial)
        answer = (
            _fields(session, trial, versions, field)
            if field
            else answer_of_versions(trial, _with_pages(session, trial, versions))
        )
    emit(answer, output)


def _with_pages(session: Session, trial: str, versions: list[SnapshotRow]) -> list[SnapshotRow]:
    """Return the timeline and the pages beside it. Each page follows the version that was in effect on its day."""
    pages = history.pages(session, trial)
    return sorted([*versions, *pages], key=lambda it: it.effective) if pages else versions


def _fields(session: Session, trial: str, versions: list[SnapshotRow], fields: list[str]) -> Answer:
    if unknown := next((name for name in fields if not is_field(name)), None):
        raise UsageError(
            f"There is no field {unknown[:80]!r}. Fields are named as in: trialwatch show {trial} -o json",
            subject=unknown[:80],
        )
    series: dict[str, list[dict[str, Any]]] = {name: [] for name in dict.fromkeys(fields)}
    somewhere: set[str] = set()
    named: dict[str, str] = {}
    for version, record in zip(versions, records_of(session, versions), strict=True):
        document = record.document()
        named |= names_in([document], series)
        for name, values in series.items():
            value = value_at(document, name)
            if value is NOTHING:
                value = None
            else:
                somewhere.add(name)
            values.append({"version": version.version, "effective": version.effective, "value": value})
    if nowhere := next((name for name in series if name not in somewhere), None):
        raise UsageError(
            f"No version of {trial} has {nowhere[:80]!r}. Keys are as in: trialwatch show {trial} -o json",
            subject=nowhere[:80],
        )
    told = [{"field": name, "values": values, "slip": _slip(name, values)} for name, values in series.items()]
    document = {"trial": trial, "fields": told}
    return Answer(document, "fields", ("field", "values", "slip"), table=lambda: _print_series(document, named))


def _slip(name: str, values: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return how far one of the trial's own dates moved over all these versions. None for other fields."""
    if name not in SLIPPING:
        return None
    slip = slip_of([RegistryDate(it["value"]) if it["value"] else None for it in values])
    return slip._asdict() if slip else None


def _print_series(document: dict[str, Any], names: dict[str, str]) -> None:
    from tracker.cli.render.page import print_series  # noqa: PLC0415  (rich, which a pipe has no use for)

    for series in document["fields"]:
        print_series(series, names)
