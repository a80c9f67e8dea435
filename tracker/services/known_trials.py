"""The trials of a question that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session

from storage.versions import merges
from storage.watching import watches
from tracker.errors import UnknownTrial

__all__ = ["KnownTrials", "known_trial", "known_trials"]


class KnownTrials(NamedTuple):
    """`known` holds current ids with a stored version. `unknown` holds ids about which nothing is stored."""

    known: list[str]
    unknown: list[str]


def known_trials(session: Session, wanted: Sequence[str], *, pages: bool = False) -> KnownTrials:
    """Sort ids into known and unknown ones, and follow obsolete ids. Raise UnknownTrial if none is known.

    With `pages`, a trial of which only a page is stored counts too.
    """
    ids = [_current(session, trial) for trial in wanted]
    have = watches.stored(session, ids) if pages else watches.known(session, ids)
    unknown = [trial for trial in ids if trial not in have]
    if ids and not have:
        names = ", ".join(unknown)
        unread = unknown[0] in watches.watched_of(session, unknown)
        step = "It is watched; look now: trialwatch poll" if unread else "Watch it first: trialwatch watch"
        raise UnknownTrial(f"Nothing is stored about {names} yet. {step} {unknown[0]}", subject=names)
    return KnownTrials([trial for trial in ids if trial in have], unknown)


def known_trial(session: Session, wanted: str, *, pages: bool = False) -> str:
    """Return one known trial, like `known_trials`."""
    return known_trials(session, [wanted], pages=pages).known[0]


def _current(session: Session, trial: str) -> str:
    """Return the current id of a trial. A number that was never read leads to the trial the registry gives for it."""
    found = watches.resolve(session, trial)
    if found != trial or watches.stored(session, [trial]):
        return found
    return merges.leads_to(session, trial) or trial
