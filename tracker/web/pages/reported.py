"""What a trial reported when its results were posted, and what became of the outcomes that were registered."""

from __future__ import annotations

from starlette.requests import Request

from storage.reads.in_session import SessionReader
from storage.versions import history
from tracker.api.reported import Registered, ReportedResults
from tracker.changes.wording.words import count_of
from tracker.records.results.reported import Measure, Reported
from tracker.results.reported_tables import (
    ResultTable,
    baseline_table,
    event_table,
    flow_tables,
    harm_table,
    measure_table,
    most_important_first,
)
from tracker.services.typed.trial_ids import trial_id
from tracker.services.versions.reported import reported_results
from tracker.web.plots.forest import forest
from tracker.web.plots.parts.drawing import Plot
from tracker.web.questions import version_in
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site

__all__ = ["page"]

_OPEN = 3
"""So many measures are shown open. The others are a click away."""
_TERMS = 60
_DRAWN = 12
"""At most so many measures are drawn: a page of a hundred plots is no page."""


def page(site: Site, request: Request) -> Page:
    """Return what a version reports. Raise UnknownTrial, or NoResults if it reports none."""
    wanted, choice = trial_id(request.path_params["trial"]), version_in(request.query_params, site.now)
    with site.database.read() as session:
        found = reported_results(SessionReader(session), wanted, choice)
        version = history.snapshot(session, found.trial, found.version)
        title = version.title if version else ""
    reported = found.reported
    values = {
        "trial": found.trial,
        "title_of": title,
        "version": found.version,
        "finding": _finding(found.registered, reported),
        "registered": found.registered,
        "as_of": next((it.as_of for it in found.registered if it.as_of), None),
        "measures": _measures(reported),
        "open": _OPEN,
        "flow": flow_tables(reported.flow),
        "baseline": baseline_table(reported.baseline) if reported.baseline.measures else None,
        "harms": _harms(reported),
        "limitations": reported.limitations,
    }
    return Page("reported.html", f"{found.trial}: results", "Trials", values, found, feeds=[_twin(found)])


def _twin(found: ReportedResults) -> Alternate:
    return Alternate("application/json", "The same as JSON", f"/trials/{found.trial}/reported.json")


def _measures(reported: Reported) -> list[tuple[Measure, ResultTable, list[Plot]]]:
    ordered = most_important_first(reported.measures)
    return [
        (it, measure_table(it), forest(it, plot_id=f"forest-{number}") if number < _DRAWN else [])
        for number, it in enumerate(ordered)
    ]


def _harms(reported: Reported) -> list[ResultTable]:
    events = reported.adverse_events
    if not events.groups:
        return []
    tables = [harm_table(events), *(event_table(events, serious=serious, most=_TERMS) for serious in (True, False))]
    return [it for it in tables if it.rows]


_WITH_NUMBERS = ("reported", "retimed", "moved", "perhaps")


def _finding(registered: list[Registered], reported: Reported) -> str:
    """Return how many of the registered outcomes have numbers, as far as that can be told."""
    outcomes = [it for it in registered if it.outcome is not None and it.verdict != "unknown"]
    if not outcomes:
        return f"{count_of(sum(it.is_posted for it in reported.measures.values()), 'outcome measure')} reported."
    told = sum(it.verdict in _WITH_NUMBERS for it in outcomes)
    return f"{told:,} of {count_of(len(outcomes), 'registered outcome')} {'has' if told == 1 else 'have'} numbers."
