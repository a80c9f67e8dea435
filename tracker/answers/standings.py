"""Where the results of many trials stand, without reading their documents: kept once made, made anew when they move."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import msgspec
from sqlmodel import Session

from storage import standings, trials
from storage.database import Database
from storage.standings import DateChange, Made
from storage.trials import Head
from tracker.answers.results import told_of
from tracker.changes.warning import slip_of
from tracker.progress import Progress, silent
from tracker.records.dates import RegistryDate
from tracker.registries.ctgov.normalize import NORMALIZER
from tracker.results.duties import RULES, duties_of
from tracker.results.scorecard import Standing, kept_duty

__all__ = ["slips", "standings_of"]

_SHAPE = 1
_MADE_BY = ";".join([str(_SHAPE), str(NORMALIZER), *(f"{rule.name}@{rule.version}" for rule in RULES.values())])
_AT_ONCE = 100
_SLIPPING = {
    "date.primary_completion_changed": "dates.primary_completion",
    "date.completion_changed": "dates.completion",
}


def standings_of(
    database: Database, wanted: Sequence[str], today: dt.date, progress: Progress = silent
) -> dict[str, Standing]:
    """The standing of each of `wanted` that has a version. What does not fit any more is made anew, and kept."""
    with database.read() as session:
        known = standings.kept(session, wanted, _MADE_BY)
        heads = trials.heads(session, [trial for trial in wanted if trial not in known])
    missing = sorted(trial for trial, head in heads.items() if head.current_version is not None)
    for start in range(0, len(missing), _AT_ONCE):
        progress("Reading versions", start, len(missing))
        known |= _made(database, missing[start : start + _AT_ONCE], today)
    return {trial: msgspec.json.decode(told, type=Standing) for trial, told in known.items()}


def _made(database: Database, wanted: Sequence[str], today: dt.date) -> dict[str, str]:
    with database.read() as session:
        heads = trials.heads(session, wanted)
        made = [_make(session, head, today) for head in heads.values() if head.current_version is not None]
    with database.write() as session:
        standings.keep(session, made, _MADE_BY)
    return {item.trial: item.told for item in made}


def _make(session: Session, head: Head, today: dt.date) -> Made:
    """What is kept does not depend on `today`: only what does not is taken from the duties."""
    told = told_of(session, head.trial)
    dates = told.latest.dates
    standing = Standing(
        state=told.telling[-1].results if told.telling else None,
        sponsor=told.latest.sponsor.lead,
        dated=bool(dates.primary_completion or dates.completion),
        duties=tuple(kept_duty(duty) for duty in duties_of(told.latest, told.steps, today)),
    )
    assert head.current_version is not None
    return Made(head.trial, head.versions, head.current_version, msgspec.json.encode(standing).decode())


def slips(session: Session) -> dict[str, int]:
    """Days by which a trial's primary completion moved over all versions, where it did; else its completion."""
    series: dict[str, dict[str, list[DateChange]]] = defaultdict(lambda: defaultdict(list))
    for change in standings.date_changes(session, _SLIPPING):
        series[change.trial][change.field].append(change)
    found = {}
    for trial, by_field in series.items():
        changes = next(by_field[field] for field in _SLIPPING.values() if field in by_field)
        texts = [text for change in changes for text in (change.before, change.after)]
        slip = slip_of([RegistryDate(text) if text else None for text in texts])
        if slip is not None and slip.moves:
            found[trial] = slip.days
    return found
