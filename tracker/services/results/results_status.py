"""The results status of many trials without reading their documents: cached, and rebuilt when a trial changes."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec
from sqlmodel import Session

from storage.engine.database import Database
from storage.errors import Full, Unavailable
from storage.versions import results_cache, trials
from storage.versions.results_cache import Made
from storage.versions.trials import Head
from tracker.changes.red_flags.date_flags import slip_of
from tracker.context.progress import Progress, silent
from tracker.errors import RecordError
from tracker.isolation import one_record
from tracker.records.dates import RegistryDate
from tracker.registries.listed import REGISTRIES
from tracker.results.duties import RULES, duties_of
from tracker.results.scorecard import ResultsStatus, kept_duty
from tracker.services.results.results import ResultsHistory, results_history

__all__ = ["MADE_BY", "slips", "statuses_of"]

_SHAPE = 2
_READERS = tuple(str(registry.normalizer) for registry in REGISTRIES.values())
MADE_BY = ";".join([str(_SHAPE), *_READERS, *(f"{rule.name}@{rule.version}" for rule in RULES.values())])
_AT_ONCE = 100
_DATED_BY = ("primary_completion", "completion")
_SLIPPING = {f"date.{name}_changed": f"dates.{name}" for name in _DATED_BY}


def statuses_of(
    database: Database,
    wanted: Sequence[str],
    today: dt.date,
    progress: Progress = silent,
    left_out: list[RecordError] | None = None,
) -> dict[str, ResultsStatus]:
    """Return the results status of each of `wanted` that has a version. Rebuild and cache the outdated ones.

    A trial with a version that cannot be read has none, and is named in `left_out`.
    """
    missed: list[RecordError] = [] if left_out is None else left_out
    with database.read() as session:
        known = results_cache.kept(session, wanted, MADE_BY)
        heads = trials.heads(session, [trial for trial in wanted if trial not in known])
    missing = sorted(trial for trial, head in heads.items() if head.current_version is not None)
    for start in range(0, len(missing), _AT_ONCE):
        progress("Reading versions", start, len(missing))
        known |= _made(database, missing[start : start + _AT_ONCE], today, missed)
    return {trial: msgspec.json.decode(document, type=ResultsStatus) for trial, document in known.items()}


def _made(database: Database, wanted: Sequence[str], today: dt.date, missed: list[RecordError]) -> dict[str, str]:
    made = []
    with database.read() as session:
        for head in trials.heads(session, wanted).values():
            try:
                if head.current_version is not None:
                    made.append(_make(session, head, today))
            except RecordError as error:
                missed.append(error)
    # If the store cannot be written, the status is rebuilt each time.
    with suppress(Unavailable, Full), database.write() as session:
        results_cache.keep(session, made, MADE_BY)
    return {item.trial: item.told for item in made}


def _make(session: Session, head: Head, today: dt.date) -> Made:
    """Build the part of a status that does not depend on `today`, so that it can be cached."""
    found = results_history(session, head.trial)
    with one_record("the duties", head.trial):
        return _made_of(head, found, today)


def _made_of(head: Head, found: ResultsHistory, today: dt.date) -> Made:
    dates = found.latest.dates
    posted = found.latest.results.first_posted
    results = ResultsStatus(
        status=found.latest.status,
        state=found.telling[-1].results if found.telling else None,
        sponsor=found.latest.sponsor.lead,
        posted=posted.date if posted else None,
        dated_by=next((f"dates.{name}" for name in _DATED_BY if getattr(dates, name)), None),
        duties=tuple(kept_duty(duty) for duty in duties_of(found.latest, found.steps, today)),
    )
    assert head.current_version is not None
    return Made(head.trial, head.versions, head.current_version, msgspec.json.encode(results).decode())


def slips(session: Session, known: Mapping[str, ResultsStatus]) -> dict[str, int]:
    """Return how many days a date of each trial moved over all its versions. 0 if it never moved.

    The date is primary completion, or completion if the record has no other. Trials without dates are left out.
    """
    texts: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    for change in results_cache.date_changes(session, _SLIPPING):
        texts[change.trial, change.field] += [change.before, change.after]
    found = {}
    for trial, results in known.items():
        if results.dated_by is not None:
            values = texts.get((trial, results.dated_by), [])
            slip = slip_of([RegistryDate(text) if text else None for text in values])
            found[trial] = slip.days if slip else 0
    return found
