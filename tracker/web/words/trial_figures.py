"""The four figures below the verdict of a trial. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tracker.api.changes import Change
from tracker.api.trials import FieldHistory, VersionRow
from tracker.changes.wording.words import count_of
from tracker.records.trial import TrialRecord

__all__ = ["Figure", "figures"]


class Figure(NamedTuple):
    """A number, and what it counts."""

    value: str
    of: str


def figures(
    record: TrialRecord, versions: Sequence[VersionRow], changes: Sequence[Change], dates: FieldHistory
) -> list[Figure]:
    """Return people, slip, versions and changes. What the record does not give is left out."""
    found = [it for it in (_people(record, versions), _slip(dates)) if it]
    if versions:
        found.append(
            Figure(
                f"{len(versions):,}",
                f"{'versions' if len(versions) != 1 else 'version'} since {versions[0].effective[:4]}",
            )
        )
    told = [it for it in changes if it.severity != "admin"]
    of_dates = sum(it.kind.startswith("date.") for it in told)
    found.append(Figure(f"{len(told):,}", f"changes, {of_dates:,} of them in its dates" if of_dates else "changes"))
    return found


def _people(record: TrialRecord, versions: Sequence[VersionRow]) -> Figure | None:
    count = record.enrollment.count
    if count is None:
        return None
    if record.enrollment.type != "ACTUAL":
        return Figure(f"{count:,}", "people planned" if record.enrollment.type == "ESTIMATED" else "people")
    planned = [it.enrollment.count for it in versions if it.enrollment.type == "ESTIMATED" and it.enrollment.count]
    return Figure(f"{count:,}", f"enrolled, of {planned[-1]:,} planned" if planned else "enrolled")


def _slip(dates: FieldHistory) -> Figure | None:
    """Return how far the completion moved: the primary one, or the other if the record gives no primary one."""
    slips = {it.field: it.slip for it in dates.fields if it.slip is not None}
    for field, name in (("dates.primary_completion", "primary completion"), ("dates.completion", "completion")):
        if slip := slips.get(field):
            if not slip.days:
                return Figure("0 days", f"slip of the {name}, first to last date")
            sign = "+" if slip.days > 0 else "−"
            return Figure(f"{sign}{count_of(abs(slip.days), 'day')}", f"slip of the {name}, first to last date")
    return None
