"""What each tool answers: the use cases of the API, in the shapes that the API gives."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date

import msgspec

from storage.reads.in_session import SessionReader
from tracker.api.lists import ChangeList, OwedResults, TrialList
from tracker.api.reported import RegisteredOutcomes, ReportedResults
from tracker.api.results import Results
from tracker.api.similar import Similar
from tracker.api.trials import Shown
from tracker.context.progress import silent
from tracker.errors import UsageError
from tracker.mcp.reading import Reading
from tracker.mcp.wanted import (
    ChangesWanted,
    DueWanted,
    OutcomesWanted,
    ReportedWanted,
    ResultsWanted,
    SimilarWanted,
    TrialsWanted,
    TrialWanted,
)
from tracker.services.changes.change_list import change_list
from tracker.services.listing.found_trials import found_trials
from tracker.services.listing.trials_page import TrialSort, TrialsRequest
from tracker.services.moments import moment_of
from tracker.services.results.owed_page import OwedRequest
from tracker.services.results.owed_results import owed_results
from tracker.services.results.owing import OwingSort
from tracker.services.results.results_report import ResultsRequest, results_report
from tracker.services.similar.stored_similar import stored_similar
from tracker.services.spelling import as_parameter
from tracker.services.typed.similar_filters import similar_filters
from tracker.services.typed.status_codes import status_code
from tracker.services.typed.trial_ids import trial_id, trial_ids
from tracker.services.typed.typed_changes import TypedChanges
from tracker.services.typed.version_choice import version_choice
from tracker.services.versions.reported import registered_outcomes, reported_results
from tracker.services.versions.show import VersionChoice, show

__all__ = [
    "compare_outcomes",
    "get_trial",
    "list_changes",
    "reported",
    "results_due",
    "results_state",
    "search_trials",
    "similar_trials",
]

_USUAL_DAYS = 60
_SPONSORS = 20


def search_trials(reading: Reading, wanted: TrialsWanted) -> TrialList:
    """Find stored trials by words, tag, status or state of results, and sort them. A page at a time.

    For what the user watches give watched_only. Titles are those of the current versions; see get_trial for more.
    """
    asked = TrialsRequest(
        watched_only=wanted.watched_only,
        tag=wanted.tag,
        statuses=[status_code(it) for it in wanted.status] if wanted.status else None,
        results=wanted.results,
        owing=wanted.owing,
        words=wanted.words,
        sort=TrialSort(wanted.sort),
        limit=wanted.limit,
        after=wanted.after,
    )
    return found_trials(reading.door, reading.database, asked, reading.now)


def get_trial(reading: Reading, wanted: TrialWanted) -> Shown:
    """Show what the record of one trial says: now, in a version, or as it stood on a day (as_of).

    A large record is cut; left_off then names the parts to ask for. `effective` is the first day the public record
    said this, `observed_at` is when it was seen here.
    """
    choice = version_choice(wanted.version, wanted.as_of, wanted.basis, reading.now, as_parameter)
    with reading.database.read() as session:
        return show(SessionReader(session), trial_id(wanted.trial), choice).shape


def list_changes(reading: Reading, wanted: ChangesWanted) -> ChangeList:
    """List what changed, oldest first, each change with its fields before and after, a severity and a sentence.

    Ask with `after` (a seq) for what came since the last time, or with `since` (a day). `next` is the `after` of the
    next page. When all was given, `up_to` is the `after` of the next visit.
    """
    store = reading.store()
    if wanted.store is not None and wanted.store != store:
        raise UsageError(
            "The seq is of another store, or of this one before it was restored. Begin again with after=0 and without "
            "store, or with since",
            subject="store",
        )
    typed = TypedChanges(
        trials=wanted.trials,
        kinds=wanted.kinds,
        min_severity=wanted.min_severity,
        tag=wanted.tag,
        since=wanted.since,
        until=wanted.until,
        after=wanted.after,
        limit=wanted.limit,
    )
    return change_list(reading.door, reading.database, typed.filter(reading.now), store)


def results_state(reading: Reading, wanted: ResultsWanted) -> Results:
    """Say where the results of named trials stand: state, steps so far, and each rule that asks for them by when."""
    asked = ResultsRequest(trials=trial_ids(wanted.trials))
    found = results_report(reading.door, lambda: nullcontext(reading.database), asked, reading.now, silent)
    return Results(trials=list(found.rows()), sponsors=list(found.cards))


def results_due(reading: Reading, wanted: DueWanted) -> OwedResults:
    """List the results that watched trials owe, with the days they are late, and what will be due before a day.

    `owing`: due by a rule that surely applies, and not submitted. `due`: the same from today on. `perhaps`: trials
    that may owe too, because the record cannot tell whether a rule applies. `sponsors` is empty unless asked for.
    """
    asked = OwedRequest(
        tag=wanted.tag,
        rule=wanted.rule,
        sponsor=wanted.sponsor,
        sort=OwingSort(wanted.sort),
        limit=wanted.limit,
        offset=int(wanted.after or 0),
        ahead_days=_days_ahead(reading, wanted.before),
        ahead_limit=wanted.limit,
        # They are counted over all trials, which takes as long as all the rest.
        sponsors=_SPONSORS if wanted.with_sponsors else 0,
    )
    return owed_results(reading.door, reading.database, asked, reading.today)


def _days_ahead(reading: Reading, before: str | None) -> int:
    """Return how many days from today are before that day: -1 for none, 0 for today alone."""
    if before is None:
        return _USUAL_DAYS
    found = moment_of(before, reading.now)
    day = found.instant.date() if found.instant else date.fromisoformat(found.day or "")
    if day < reading.today:
        raise UsageError(
            f"before is today or a later day, not {before[:40]!r}; what is due already is in `owing`", subject="before"
        )
    return (day - reading.today).days - 1


def similar_trials(reading: Reading, wanted: SimilarWanted) -> Similar:
    """Rank the stored trials by what they share with one, and say what that is: conditions, interventions, terms."""
    filters = similar_filters(wanted.status, wanted.phase, wanted.country, wanted.has_results, as_parameter)
    return stored_similar(reading.database, reading.derived, trial_id(wanted.trial), wanted.limit, filters)


def reported(reading: Reading, wanted: ReportedWanted) -> ReportedResults:
    """Return the results that a trial posted: flow, baseline, outcome measures with analyses, adverse events.

    They are long: ask for a part, such as /reported/measures. To compare with what was registered: compare_outcomes.
    """
    with reading.database.read() as session:
        return reported_results(SessionReader(session), trial_id(wanted.trial), VersionChoice(wanted.version))


def compare_outcomes(reading: Reading, wanted: OutcomesWanted) -> RegisteredOutcomes:
    """Say of each outcome that was registered whether the posted results report it, and why that is thought.

    verdicts=["not_reported"] gives those that are missing. never_registered are reported measures without an outcome.
    When `known` is false, no stored version says what was registered: an empty list then does not mean that all is
    reported.
    """
    with reading.database.read() as session:
        found = registered_outcomes(SessionReader(session), trial_id(wanted.trial), VersionChoice(wanted.version))
    if wanted.verdicts is None:
        return found
    kept = [it for it in found.registered if it.verdict in wanted.verdicts]
    return msgspec.structs.replace(found, registered=kept)
