"""All versions of a trial, and its fields followed through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.versions import history
from tracker.api.trials import FieldHistory, FieldSeries, FieldValue, Slip
from tracker.backfill.files.item_names import names_in
from tracker.backfill.stored_records import milestones_of, records_of, reported_of
from tracker.changes.fields import FIELDS
from tracker.changes.red_flags.date_flags import slip_of
from tracker.changes.reported.difference import ROOT
from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import UsageError
from tracker.records.dates import RegistryDate
from tracker.records.paths import NOTHING, is_field, value_at
from tracker.services.known_trials import known_trial

__all__ = ["FollowedFields", "follow_dates", "follow_fields"]

_PLAIN_FIELDS = tuple(row.pattern for row in FIELDS if "*" not in row.pattern)
_SLIPPING = frozenset({"dates.start", "dates.primary_completion", "dates.completion"})


@dataclass(frozen=True, slots=True)
class FollowedFields:
    """Fields over time. `names` gives the things they describe a name for people, by path."""

    history: FieldHistory
    names: Mapping[str, str]


def follow_fields(session: Session, wanted: str, fields: Sequence[str]) -> FollowedFields:
    """Return the value of each field in each version. A date of the trial itself also gets its slip over all of them.

    Raise UnknownTrial if nothing is stored about the trial, UsageError for a field that no version has.
    """
    trial = known_trial(SessionReader(session), wanted, pages=True)
    if unknown := next((name for name in fields if not (_is_reported(name) or is_field(name))), None):
        raise UsageError(
            f"There is no field {unknown[:80]!r}.{did_you_mean(unknown, _PLAIN_FIELDS)} "
            f"Fields are named as in: trialwatch show {trial} -o json",
            subject=unknown[:80],
        )
    series: dict[str, list[FieldValue]] = {name: [] for name in fields}
    present: set[str] = set()
    names: dict[str, str] = {}
    versions = history.timeline(session, trial)
    for version, record in zip(versions, records_of(SessionReader(session), versions), strict=True):
        document = record.document()
        if any(map(_is_reported, series)):
            document |= {ROOT: msgspec.to_builtins(reported_of(SessionReader(session), version)) or {}}
        names |= names_in([document], series)
        for name, values in series.items():
            value = value_at(document, name)
            if value is not NOTHING:
                present.add(name)
            value = None if value is NOTHING else value
            values.append(FieldValue(version=version.version, effective=version.effective, value=value))
    if missing := next((name for name in series if name not in present), None):
        raise UsageError(
            f"No version of {trial} has {missing[:80]!r}. Keys are as in: {_where(trial, missing)}",
            subject=missing[:80],
        )
    found = [FieldSeries(field=name, values=values, slip=_slip(name, values)) for name, values in series.items()]
    return FollowedFields(FieldHistory(trial=trial, fields=found), names)


def follow_dates(session: Session, trial: str) -> FieldHistory:
    """Return start and completions over all versions, each with its type. A date that no version has is all null."""
    versions = history.timeline(session, trial)
    milestones = list(milestones_of(SessionReader(session), versions))
    found = []
    for field in sorted(_SLIPPING):
        dates: list[RegistryDate | None] = [getattr(it.dates, field.partition(".")[2]) for it in milestones]
        for name, values in (
            (field, [it.date if it else None for it in dates]),
            (f"{field}.type", [it.type if it else None for it in dates]),
        ):
            rows = [
                FieldValue(version=version.version, effective=version.effective, value=value)
                for version, value in zip(versions, values, strict=True)
            ]
            found.append(FieldSeries(field=name, values=rows, slip=_slip(name, rows)))
    return FieldHistory(trial=trial, fields=found)


def _where(trial: str, field: str) -> str:
    """Return the command that shows the keys of such a field."""
    shown = f"results {trial} --reported" if _is_reported(field) else f"show {trial}"
    return f"trialwatch {shown} -o json"


def _is_reported(field: str) -> bool:
    """Return whether a field is one of what was reported, which is no part of the record."""
    return field.startswith(f"{ROOT}.")


def _slip(name: str, values: Sequence[FieldValue]) -> Slip | None:
    """Return how far one of the trial's own dates moved over all these versions. None for other fields."""
    if name not in _SLIPPING:
        return None
    slip = slip_of([RegistryDate(it.value) if it.value else None for it in values])
    return Slip(**slip._asdict()) if slip else None
