"""Polls in which the document of a trial differed and nothing was reported, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

import orjson
from sqlmodel import Session

from storage.polling import runs
from storage.versions.history import ChangeFilter
from tracker.api.changes import QuietPoll
from tracker.recording.instants import instant_out

__all__ = ["MOST_QUIET", "quiet_polls"]

MOST_QUIET = 20
"""At most this many are returned, the latest."""


def quiet_polls(session: Session, trials: Collection[str], wanted: ChangeFilter) -> list[QuietPoll]:
    """Return the latest quiet polls of these trials in the period of `wanted`, in the order of time."""
    found = (it for it in _quiet(session, trials) if _is_within(it.at, wanted))
    return list(islice(found, MOST_QUIET))[::-1]


def _quiet(session: Session, trials: Collection[str]) -> Iterator[QuietPoll]:
    for run in runs.with_quiet(session):
        assert run.id is not None
        at = instant_out(run.started_at)
        for item in orjson.loads(run.detail)["quiet"]:
            if item["trial"] in trials:
                yield QuietPoll(trial=item["trial"], run=run.id, at=at, reason=item["reason"])


def _is_within(at: str, wanted: ChangeFilter) -> bool:
    since, until = wanted.since_day or instant_out(wanted.since_instant), instant_out(wanted.until_instant)
    if (since and at < since) or (until and at > until):
        return False
    return not wanted.until_day or at[:10] <= wanted.until_day
