"""Trials: the list with state, results, next due day, last change, slip and tags; filtered, sorted, searched."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.requests import Request

from storage.values.states import ResultsState
from tracker.api.pages import TrialsList
from tracker.changes.wording.words import count_of
from tracker.errors import InvalidTrialId
from tracker.registries.ids import parse_id
from tracker.services.listing.trials_page import (
    UNTOLD,
    TrialSort,
    TrialsPage,
    TrialsRequest,
    all_statuses,
    all_tags,
    trials_page,
)
from tracker.services.versions.version_strips import strips
from tracker.web.plots.version_strip import STRIP_KEY, version_strip
from tracker.web.questions import number_in, one_of
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.strip_values import strip_values

__all__ = ["page"]

_ROWS = 50
_STATES = (*ResultsState, UNTOLD)
_SHOWN_STATES = {
    "none": "Not submitted",
    "submitted": "Submitted",
    "returned": "Sent back",
    "cancelled": "Withdrawn",
    "posted": "Posted",
    UNTOLD: "Not told",
}
_SORTS = {
    TrialSort.CHANGED: "Last change",
    TrialSort.DUE: "Results due",
    TrialSort.LATE: "Days late",
    TrialSort.SLIP: "Slip",
    TrialSort.TITLE: "Title",
    TrialSort.STATUS: "Status",
    TrialSort.CHECKED: "Last check",
    TrialSort.TRIAL: "Id",
}


def page(site: Site, request: Request) -> Page:
    """Return the trials that match, 50 a page. Raise UsageError for a tag that no trial has."""
    query = request.query_params
    wanted = _wanted(query)
    found = trials_page(site.door, site.database, wanted, site.now)
    marks = strips(site.door, [it.trial for it in found.rows])
    values = {
        "rows": found.rows,
        "strips": {
            trial: version_strip(*strip_values(of_trial), site.today, plot_id=f"strip-{number}")
            for number, (trial, of_trial) in enumerate(marks.items())
        },
        "key": STRIP_KEY,
        "total": found.total,
        "by_results": found.by_results,
        "finding": _finding(found, wanted),
        "asked": {name: query.get(name, "") for name in ("q", "results", "status", "tag", "sort", "owing", "stored")},
        "states": _SHOWN_STATES,
        "sorts": {it.value: words for it, words in _SORTS.items()},
        "statuses": all_statuses(site.door),
        "tags": all_tags(site.door),
        "page_number": number_in(query, "page", 1, least=1, most=100_000),
        "pages": -(-found.total // _ROWS) or 1,
        "waiting": found.waiting,
        "is_id": _is_id(query.get("q", "")),
    }
    document = TrialsList(trials=list(found.rows), total=found.total, next=_next(query, found))
    feeds = [
        Alternate("application/atom+xml", "Changes", "/feeds/changes.atom"),
        Alternate("text/calendar", "Results due", "/calendar.ics"),
    ]
    return Page("trials.html", "Trials", "Trials", values, document, feeds=feeds)


def _wanted(query: QueryParams) -> TrialsRequest:
    results, status = one_of(query, "results", _STATES), query.get("status", "").strip()
    number = number_in(query, "page", 1, least=1, most=100_000)
    return TrialsRequest(
        watched_only=not query.get("stored"),
        tag=query.get("tag", "").strip() or None,
        statuses=(status,) if status else None,
        results=(results,) if results else None,
        owing=bool(query.get("owing")),
        words=query.get("q", "").strip(),
        sort=TrialSort(one_of(query, "sort", list(TrialSort), TrialSort.CHANGED)),
        limit=_ROWS,
        offset=(number - 1) * _ROWS,
    )


def _finding(found: TrialsPage, wanted: TrialsRequest) -> str:
    if not found.total:
        return "No trial matches." if wanted != TrialsRequest() else "No trial is watched yet."
    posted = found.by_results.get(ResultsState.POSTED, 0)
    with_results = "" if wanted.results else f", {posted:,} with results posted"
    return f"{count_of(found.total, 'trial')}{with_results}."


def _next(query: QueryParams, found: TrialsPage) -> str | None:
    number = number_in(query, "page", 1, least=1, most=100_000)
    if number * _ROWS >= found.total:
        return None
    return "/trials.json?" + str(QueryParams({**dict(query), "page": str(number + 1)}))


def _is_id(text: str) -> str:
    """Return the trial that a search names, so that a trial that is not watched can be found. "" if it names none."""
    try:
        return parse_id(text) if text.strip() else ""
    except InvalidTrialId:
        return ""
