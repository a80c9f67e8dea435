"""Compare a page from another place with the registry's record: where they differ, and how old the page is.

Only what the page mentions is compared. It leaves out much (outcomes, contacts, the types of dates). What it says
about pending results, it says about every trial without posted ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session

from storage.reads.in_session import SessionReader
from storage.values.states import ResultsState
from storage.versions import history
from tracker.api.trials import Compared, Disagreement, PageSide, RegistrySide
from tracker.backfill.stored_records import record_of
from tracker.changes.diff import compare
from tracker.changes.field_change import FieldChange
from tracker.changes.fields import field_of
from tracker.errors import UnknownTrial
from tracker.recording.instants import instant_out
from tracker.records.dates import RegistryDate
from tracker.records.trial import TrialRecord
from tracker.services.known_trials import known_trial

__all__ = ["compare_page"]

# Things that the page lists completely if it lists them at all. One that is left out is a difference.
_LISTS = frozenset({"arms", "interventions", "sites", "identifiers"})
_NOT_SAID = frozenset(
    {"other", "related", "expanded_access", "fda_notices", "trial", "registry", "url", "warnings", "absent", "mesh"}
)
_PENDING = frozenset({ResultsState.NONE, ResultsState.SUBMITTED, ResultsState.RETURNED, ResultsState.CANCELLED})


def compare_page(session: Session, wanted: str, today: dt.date) -> Compared:
    """Compare a trial's newest page with its current record. Raise UnknownTrial if either is missing."""
    trial = known_trial(SessionReader(session), wanted, pages=True)
    pages = history.pages(session, trial)
    if not pages:
        raise UnknownTrial(
            f"No page of {trial} is stored. Save one as HTML or text, then: trialwatch import FILE", subject=trial
        )
    current = history.current(session, trial)
    if current is None:
        raise UnknownTrial(
            f"Of {trial} only a page is stored. Fetch its registry's record: trialwatch watch {trial}", subject=trial
        )
    page = pages[-1]
    ours, theirs = record_of(SessionReader(session), current), record_of(SessionReader(session), page)
    differing = [
        Disagreement(field=it.field, label=field_of(it.path).label, registry=it.before, page=it.after)
        for it in _differing(ours, theirs)
    ]
    named = sum(1 for _ in _leaves(theirs.document(), ()))
    age, behind = _ages(ours, theirs, today)
    return Compared(
        trial=trial,
        registry=RegistrySide(
            version=current.version, effective=current.effective, observed_at=instant_out(current.observed_at)
        ),
        page=PageSide(
            version=page.version,
            last_updated=page.effective if page.effective_basis == "page" else None,
            imported_at=instant_out(page.observed_at),
            age_days=age,
            behind_days=behind,
        ),
        agreeing=named - sum(it.page is not None for it in differing),
        fields=differing,
    )


def _differing(ours: TrialRecord, theirs: TrialRecord) -> Iterator[FieldChange]:
    """Yield what differs, before as the registry's value and after as the page's."""
    page = theirs.document()
    for change in compare(ours.document(), page):
        if not _is_compared(change.path) or (change.after is None and not _left_out(change, page)):
            continue
        if change.path == ("results", "state") and {change.before, change.after} <= _PENDING:
            continue
        yield change


def _is_compared(path: tuple[str, ...]) -> bool:
    return path[0] not in _NOT_SAID and path[:2] != ("dates", "last_update_posted")


def _left_out(change: FieldChange, page: Mapping[str, Any]) -> bool:
    """Return whether the page has a list that should contain this thing and does not."""
    return len(change.path) == 2 and change.path[0] in _LISTS and bool(page[change.path[0]])


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all values in a page's record, as they are compared."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif value not in (None, (), []) and _is_compared(path) and field_of(path).kind is not None:
        yield path


def _ages(ours: TrialRecord, theirs: TrialRecord, today: dt.date) -> tuple[int | None, int | None]:
    """Return the days from the page's own date to today, and to the registry's last update. None if not known."""
    page, registry = _day(theirs.dates.last_update_posted), _day(ours.dates.last_update_posted)
    age = (today - page).days if page else None
    return age, (registry - page).days if page and registry else None


def _day(date: RegistryDate | None) -> dt.date | None:
    return date.first if date is not None and date.precision == "day" else None
