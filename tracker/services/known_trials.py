"""The trials of a question that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session

from storage.versions import merges
from storage.watching import watches
from tracker.errors import UnknownTrial

__all__ = ["KnownTrials", "held_trials", "known_trial", "known_trials", "step_to_store"]


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
        raise UnknownTrial(f"Nothing is stored about {names} yet. {_step(session, unknown[0])}", subject=names)
    return KnownTrials([trial for trial in ids if trial in have], unknown)


def held_trials(session: Session, wanted: Sequence[str]) -> KnownTrials:
    """Sort ids as `known_trials` does. A trial that is watched and was never read is known here.

    Raise UnknownTrial if none is known.
    """
    ids = list(dict.fromkeys(_current(session, trial) for trial in wanted))
    have = watches.stored(session, ids) | watches.watched_of(session, ids)
    unknown = [trial for trial in ids if trial not in have]
    if not have:
        names = ", ".join(unknown)
        raise UnknownTrial(
            f"Nothing is stored about {names}. Watch it first: trialwatch watch {unknown[0]}", subject=names
        )
    return KnownTrials([trial for trial in ids if trial in have], unknown)


def known_trial(session: Session, wanted: str, *, pages: bool = False) -> str:
    """Return one known trial, like `known_trials`."""
    return known_trials(session, [wanted], pages=pages).known[0]


def step_to_store(session: Session, wanted: str) -> str:
    """Return what to do so that a trial is stored, as a sentence. "" if a version or a page of it is stored."""
    trial = _current(session, wanted)
    return "" if watches.stored(session, [trial]) else _step(session, trial)


def _step(session: Session, trial: str) -> str:
    unread = trial in watches.watched_of(session, [trial])
    if unread:
        return f"It is watched; look now: trialwatch poll {trial}"
    return f"Watch it first: trialwatch watch {trial}"


def _current(session: Session, trial: str) -> str:
    """Return the current id of a trial. A number that was never read leads to the trial the registry gives for it."""
    found = watches.resolve(session, trial)
    if found != trial or watches.stored(session, [trial]):
        return found
    return merges.leads_to(session, trial) or trial
