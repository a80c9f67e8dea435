"""show, history, diff: one trial, its versions, and what lies between two of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.common import known_trial, moment, settings, storable
from tracker.cli.output import Answer, Column, Format, Output, chosen, emit, write_json
from tracker.errors import UnknownTrial, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from storage.tables.models import SnapshotRow
    from tracker.backfill.choose_version import When

__all__ = ["add_to", "print_versions"]

Trial = Annotated[str, typer.Argument(metavar="ID", help="A trial id such as NCT05349331.")]
SLIPPING = frozenset({"dates.start", "dates.primary_completion", "dates.completion"})


def add_to(app: typer.Typer) -> None:
    app.command("show", short_help="Show a record, now or as it was.")(show)
    app.command("history", short_help="List versions, or follow a field.")(history_)
    app.command("diff", short_help="Compare two versions of a trial.")(diff)


def show(
    id_: Trial,
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
    from tracker.backfill.stored_records import raw_of, record_of
    from tracker.context.open_store import clock_of, open_store
    from tracker.recording.row_mapping import instant_out
    from tracker.services.linked_trials import linked_of

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        trial = known_trial(session, id_, pages=True)
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
        from tracker.cli.page import print_page

        print_page(record, document)

    emit(Answer(document, "", tuple(document), table=table), output)


def _picked(
    session: Session, trial: str, version: int | None, as_of: str | None, basis: str, now: datetime
) -> SnapshotRow:
    """The one version the options mean. Raises UnknownTrial when there is none."""
    from tracker.backfill.choose_version import BASES, current, numbered, of_moment

    if basis not in BASES:
        raise typer.BadParameter(f"{basis[:40]!r} is none of {', '.join(BASES)}", param_hint="--basis")
    if version is not None and as_of is not None:
        raise UsageError("--version and --as-of name two different things; give one of them")
    if as_of is not None:
        return of_moment(session, trial, _when(as_of, now), basis)
    if basis == "known":
        raise UsageError("--basis says how --as-of is meant; give a date with it, such as --as-of 2024-06-01")
    return current(session, trial) if version is None else numbered(session, trial, version)


def _when(text: str, now: datetime) -> When:
    from tracker.backfill.choose_version import When

    day, instant = moment(text, now)
    if day is None:
        assert instant is not None
        day = instant.date().isoformat()
    return When(day, instant)


def history_(
    id_: Trial,
    field: Annotated[
        list[str] | None, typer.Option("--field", metavar="F", help="One field over time; may be given several times.")
    ] = None,
    output: Output = None,
) -> None:
    """List a trial's versions in the order of time, or follow fields through them.

    One of the trial's own dates ends with its slip: the days it went over all versions.

    \b
    Example:  trialwatch history NCT05349331 --field enrollment.count --field dates.completion
    """
    from storage.versions import history
    from tracker.context.open_store import open_store

    with open_store(settings()) as database, database.read() as session:
        trial = known_trial(session, id_, pages=True)
        versions = history.timeline(session, trial)
        answer = (
            _fields(session, trial, versions, field)
            if field
            else _versions(trial, _with_pages(session, trial, versions))
        )
    emit(answer, output)


def _with_pages(session: Session, trial: str, versions: list[SnapshotRow]) -> list[SnapshotRow]:
    """The timeline with the pages that lie beside it, each after what was in effect on its day."""
    from storage.versions import history

    pages = history.pages(session, trial)
    return sorted([*versions, *pages], key=lambda it: it.effective) if pages else versions


def print_versions(trial: str, versions: list[SnapshotRow]) -> None:
    """The table of versions, in the order of time."""
    emit(_versions(trial, versions), Format.TABLE)


def _versions(trial: str, versions: list[SnapshotRow]) -> Answer:
    from tracker.changes.wording.words import status_words
    from tracker.recording.row_mapping import instant_out

    rows = [
        {
            "version": it.version,
            "registry_version": it.registry_version,
            "effective": it.effective,
            "effective_basis": it.effective_basis,
            "observed_at": instant_out(it.observed_at),
            "source": it.source,
            "status": it.status,
            "enrollment": {"count": it.enrollment_count, "type": it.enrollment_type or None},
            "results": it.results,
            "sha256": it.raw_sha256,
        }
        for it in versions
    ]
    return Answer(
        {"trial": trial, "versions": rows},
        "versions",
        (
            "version",
            "registry_version",
            "effective",
            "effective_basis",
            "observed_at",
            "source",
            "status",
            "enrollment.count",
            "enrollment.type",
            "results",
            "sha256",
        ),
        (
            Column("version", "Version", right=True),
            Column("effective", "In effect from"),
            Column("effective_basis", "By", spare=True),
            Column("status", "Status", lambda row: status_words(row["status"])),
            Column("enrollment", "Enrolled", _enrolled, right=True),
            Column("results", "Results", lambda row: row["results"] or "not told"),
            Column("observed_at", "Seen by us", lambda row: row["observed_at"][:16].replace("T", " "), spare=True),
            Column("source", "Source", spare=True),
        ),
    )


def _enrolled(row: Any) -> str:
    count, kind = row["enrollment"]["count"], row["enrollment"]["type"]
    return "-" if count is None else f"{count:,}" if kind == "ACTUAL" else f"({count:,})"


def _fields(session: Session, trial: str, versions: list[SnapshotRow], fields: list[str]) -> Answer:
    from tracker.backfill.item_names import names_in
    from tracker.backfill.stored_records import records_of
    from tracker.records.paths import NOTHING, is_field, value_at

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
    """How far one of the trial's own dates went over all these versions; None for other fields."""
    from tracker.changes.red_flags.date_flags import slip_of
    from tracker.records.dates import RegistryDate

    if name not in SLIPPING:
        return None
    slip = slip_of([RegistryDate(it["value"]) if it["value"] else None for it in values])
    return slip._asdict() if slip else None


def _print_series(document: dict[str, Any], names: dict[str, str]) -> None:
    from tracker.cli.page import print_series

    for series in document["fields"]:
        print_series(series, names)


_NUMBER = re.compile(r"\d{1,6}")


def diff(
    id_: Trial,
    span: Annotated[
        str | None, typer.Argument(metavar="[A..B]", help="Version numbers or dates; default: the last two versions.")
    ] = None,
    output: Output = None,
) -> None:
    """Show what differs between two versions of a trial.

    \b
    Example:  trialwatch diff NCT05349331 2024-01-01..2025-01-01
    """
    from tracker.backfill.stored_records import record_of
    from tracker.changes.diff import compare
    from tracker.context.open_store import clock_of, open_store
    from tracker.isolation import one_record

    loaded = settings()
    clock = clock_of(loaded)
    with open_store(loaded, clock) as database, database.read() as session:
        trial = known_trial(session, id_)
        before, after = _ends(session, trial, span, clock.now())
        sides = [record_of(session, version).document() for version in (before, after)]
    with one_record("comparing", trial):
        changes = compare(*sides)
    from tracker.changes.fields import field_of

    rows = [
        {"field": it.field, "label": field_of(it.path).label, "before": it.before, "after": it.after} for it in changes
    ]
    document = {"trial": trial, "from": before.version, "to": after.version, "fields": rows}

    def table() -> None:
        from tracker.backfill.item_names import names_in
        from tracker.cli.page import print_diff

        print_diff(document, before, after, names_in(sides, [row["field"] for row in rows]))

    if chosen(output) is Format.TABLE:
        table()
        return
    emit(Answer(document, "fields", ("field", "label", "before", "after")), output)


def _ends(session: Session, trial: str, span: str | None, now: datetime) -> tuple[SnapshotRow, SnapshotRow]:
    from storage.versions import history

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
    from tracker.backfill.choose_version import numbered, of_moment

    if _NUMBER.fullmatch(text):
        return numbered(session, trial, int(text))
    return of_moment(session, trial, _when(text, now))
