"""The trials of a question that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from storage.reads.row_reader import RowReader
from storage.reads.trials.known import HAVING_VERSION, STORED_OF, WATCHED_OF, ids_of, leads_to, resolve
from tracker.errors import UnknownTrial

__all__ = ["KnownTrials", "held_trials", "known_trial", "known_trials", "step_to_store"]


class KnownTrials(NamedTuple):
    """`known` holds current ids with a stored version. `unknown` holds ids about which nothing is stored."""

    known: list[str]
    unknown: list[str]


def known_trials(reader: RowReader, wanted: Sequence[str], *, pages: bool = False) -> KnownTrials:
    """Sort ids into known and unknown ones, and follow obsolete ids. Raise UnknownTrial if none is known.

    With `pages`, a trial of which only a page is stored counts too.
    """
    ids = [_current(reader, trial) for trial in wanted]
    have = ids_of(reader, STORED_OF, ids) if pages else ids_of(reader, HAVING_VERSION, ids)
    unknown = [trial for trial in ids if trial not in have]
    if ids and not have:
        names = ", ".join(unknown)
        raise UnknownTrial(f"Nothing is stored about {names} yet. {_step(reader, unknown[0])}", subject=names)
    return KnownTrials([trial for trial in ids if trial in have], unknown)


def held_trials(reader: RowReader, wanted: Sequence[str]) -> KnownTrials:
    """Sort ids as `known_trials` does. A trial that is watched and was never read is known here.

    Raise UnknownTrial if none is known.
    """
    ids = list(dict.fromkeys(_current(reader, trial) for trial in wanted))
    have = ids_of(reader, STORED_OF, ids) | ids_of(reader, WATCHED_OF, ids)
    unknown = [trial for trial in ids if trial not in have]
    if not have:
        names = ", ".join(unknown)
        raise UnknownTrial(
            f"Nothing is stored about {names}. Watch it first: trialwatch watch {unknown[0]}", subject=names
        )
    return KnownTrials([trial for trial in ids if trial in have], unknown)


def known_trial(reader: RowReader, wanted: str, *, pages: bool = False) -> str:
    """Return one known trial, like `known_trials`."""
    return known_trials(reader, [wanted], pages=pages).known[0]


def step_to_store(reader: RowReader, wanted: str) -> str:
    """Return what to do so that a trial is stored, as a sentence. "" if a version or a page of it is stored."""
    trial = _current(reader, wanted)
    return "" if ids_of(reader, STORED_OF, [trial]) else _step(reader, trial)


def _step(reader: RowReader, trial: str) -> str:
    unread = trial in ids_of(reader, WATCHED_OF, [trial])
    if unread:
        return f"It is watched; look now: trialwatch poll {trial}"
    return f"Watch it first: trialwatch watch {trial}"


def _current(reader: RowReader, trial: str) -> str:
    """Return the current id of a trial. A number that was never read leads to the trial the registry gives for it."""
    found = resolve(reader, trial)
    if found != trial or ids_of(reader, STORED_OF, [trial]):
        return found
    return leads_to(reader, trial) or trial
