"""Sets of trials with their members, and who entered and left."""

from __future__ import annotations

from sqlmodel import Session

from storage.versions import history, trials
from storage.watching import cohorts
from tracker.api.pages import SetMember, SetsPage, SetWithTrials
from tracker.recording.instants import instant_out
from tracker.recording.row_mapping import change_out
from tracker.records.one_line import one_line
from tracker.services.similar.cohorts import list_cohorts

__all__ = ["sets"]

_TURNS = 50


def sets(session: Session) -> SetsPage:
    """Return all sets that are searched for, each with its trials."""
    found = list_cohorts(session)
    members = {it.cohort: cohorts.members(session, it.cohort) for it in found}
    titles = trials.titles(session, {row.trial for rows in members.values() for row in rows})
    turns = history.turns_of_sets(session)
    return SetsPage(
        sets=[
            SetWithTrials(
                cohort=it,
                trials=[
                    SetMember(
                        trial=row.trial,
                        title=one_line(titles.get(row.trial, "")) or None,
                        entered_at=instant_out(row.entered_at),
                        brought=row.brought,
                        missing=row.missing,
                    )
                    for row in members[it.cohort]
                ],
                turns=[change_out(row, fields) for row, fields in reversed(turns) if row.subject == it.cohort][:_TURNS],
            )
            for it in found
        ]
    )
