"""Which earlier versions of a record can be held against its results.

From the posting on, the registered outcomes of a record are the reported ones: the registry makes them so. So only a
version from before the posting says what was registered. Where none is held, or where the registry's history has a
placeholder in place of the outcomes, nothing is known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tracker.records.text import compared
from tracker.records.trial import OutcomeMeasure, TrialRecord

__all__ = ["Anchor", "Candidate", "candidates", "outcomes_of"]

_PLACEHOLDER = "[see results section.]"


class Anchor(StrEnum):
    """Which version it is, in words that continue "as registered in the ..."."""

    FIRST = "first version held"
    COMPLETION = "last version before primary completion"
    POSTING = "last version before the results were posted"


class Candidate(NamedTuple):
    """A version to hold against the results."""

    anchor: Anchor
    day: dt.date
    record: TrialRecord


def outcomes_of(record: TrialRecord) -> list[tuple[str, str, OutcomeMeasure]]:
    """Return the registered outcomes as (role, key, outcome). The role is primary, secondary or other."""
    lists = (("primary", record.outcomes.primary), ("secondary", record.outcomes.secondary))
    return [
        (role, key, outcome)
        for role, outcomes in (*lists, ("other", record.outcomes.other))
        for key, outcome in outcomes.items()
    ]


def candidates(past: Sequence[tuple[dt.date, TrialRecord]], posted: TrialRecord) -> list[Candidate]:
    """Return the versions to try, in order: the first, the last before primary completion, the last before the posting.

    Versions that have results, name no outcome or have the placeholder are left out. A version that is chosen twice is
    given once, by its first anchor.
    """
    usable = sorted((it for it in past if _is_usable(it[1])), key=lambda it: it[0])
    if not usable:
        return []
    completion = posted.dates.primary_completion or posted.dates.completion
    day = completion.first if completion else None
    before = [it for it in usable if day is not None and it[0] <= day]
    chosen = [(Anchor.FIRST, usable[0]), *((Anchor.COMPLETION, it) for it in before[-1:]), (Anchor.POSTING, usable[-1])]
    found: list[Candidate] = []
    for anchor, (version_day, record) in chosen:
        if all(record is not it.record for it in found):
            found.append(Candidate(anchor, version_day, record))
    return found


def _is_usable(record: TrialRecord) -> bool:
    if record.results.state == "posted" or record.results.first_posted is not None:
        return False
    titles = [compared(outcome.measure).casefold() for _, _, outcome in outcomes_of(record)]
    return bool(titles) and _PLACEHOLDER not in titles
