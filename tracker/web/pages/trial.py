"""One trial: where its results stand, how it got here, and what the record says, today or on any day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from storage.reads.in_session import SessionReader
from storage.values.severity import rank
from storage.versions import history
from storage.versions.history import ChangeFilter
from tracker.api.changes import Change
from tracker.api.pages import TrialPage
from tracker.api.results import TrialResults
from tracker.api.trials import FieldHistory, VersionRow
from tracker.backfill.stored_records import each_read_once
from tracker.recording.row_mapping import change_out
from tracker.records.trial import TrialRecord
from tracker.services.listing.trial_list import trial_rows
from tracker.services.results.results import results_of
from tracker.services.titles import titles_of
from tracker.services.typed.trial_ids import trial_id
from tracker.services.versions.history import follow_dates
from tracker.services.versions.show import VersionChoice, show
from tracker.services.versions.version_list import versions_of
from tracker.web.plots.over_the_years import over_the_years
from tracker.web.plots.results_timeline import results_timeline
from tracker.web.plots.version_strip import version_strip
from tracker.web.questions import version_in
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.prose import blocks, criteria
from tracker.web.words.rule_names import short_rule
from tracker.web.words.shown_change import shown_changes
from tracker.web.words.trial_figures import figures
from tracker.web.words.verdict import verdict

__all__ = ["page"]

_CHANGES = 300
"""The latest so many changes are on the page. All of them are a link away."""
_RECENT = 12


def page(site: Site, request: Request) -> Page:
    """Return the page of a trial. Raise UnknownTrial if nothing is stored about it, or not of that day."""
    wanted, choice = trial_id(request.path_params["trial"]), version_in(request.query_params, site.now)
    with site.database.read() as session, each_read_once():
        shown = show(SessionReader(session), wanted, choice)
        trial = str(shown.document["trial"])
        versions = versions_of(SessionReader(session), trial)
        polled = [it for it in versions.versions if it.source != "page"]
        results = results_of(session, trial, site.today) if polled else None
        dates = follow_dates(session, trial) if results else FieldHistory(trial=trial, fields=[])
        stored = history.changes(session, ChangeFilter(trials=(trial,), limit=_CHANGES))
        changes = [change_out(row, fields) for row, fields in reversed(stored)]
        rows = trial_rows(session, {trial}, watched_only=False)
        linked = titles_of(SessionReader(session), [it["trial"] for it in shown.document["linked"]])
    row = rows[0] if rows else None
    values = {
        "trial": trial,
        "record": shown.record,
        "about": shown.document,
        "row": row,
        "linked_titles": linked,
        "versions": versions.versions,
        "is_past": choice != VersionChoice() and shown.document["version"] != versions.versions[-1].version,
        "query_of": dict(request.query_params),
        **_record_values(shown.record),
        **_results_values(site, results, polled, dates),
        **_changes_values(changes),
    }
    values["strip"] = version_strip(polled, _gravest(changes), site.today)
    values["figures"] = figures(shown.record, versions.versions, changes, dates)
    title = shown.record.title.brief or trial
    document = TrialPage(trial=row, shown=shown.shape, results=results, versions=versions.versions, changes=changes)
    return Page("trial.html", f"{trial}: {title}", "Trials", values, document, feeds=_feeds(trial))


def _record_values(record: TrialRecord) -> Mapping[str, Any]:
    return {
        "summary": blocks(record.summary),
        "description": blocks(record.description),
        "criteria": criteria(record.eligibility.criteria),
        "sites": _by_country(record),
    }


def _by_country(record: TrialRecord) -> Mapping[str, list[Any]]:
    """Return the sites of a record by country, in the order of the names."""
    found: dict[str, list[Any]] = {}
    for site in sorted(record.sites.values(), key=lambda it: (it.country or "", it.state or "", it.city or "")):
        found.setdefault(site.country or "Country not given", []).append(site)
    return found


def _results_values(
    site: Site, results: TrialResults | None, versions: Sequence[VersionRow], dates: FieldHistory
) -> Mapping[str, Any]:
    if results is None:
        return {"results": None, "verdict": None, "timeline": None, "plots_of_years": [], "short_rule": short_rule}
    return {
        "results": results,
        "verdict": verdict(results, site.today),
        "timeline": results_timeline(results, site.today),
        "plots_of_years": over_the_years(versions, dates, site.today),
        "short_rule": short_rule,
    }


def _changes_values(changes: Sequence[Change]) -> Mapping[str, Any]:
    told = shown_changes(it for it in changes if it.severity != "admin")
    return {
        "recent": told[:_RECENT],
        "earlier": told[_RECENT:],
        "housekeeping": sum(it.severity == "admin" for it in changes),
        "has_more": len(changes) == _CHANGES,
    }


def _gravest(changes: Sequence[Change]) -> dict[int, str]:
    """Return the gravest severity of the changes that led to each version, by its number."""
    found: dict[int, str] = {}
    for it in changes:
        if it.to_version is not None and it.from_version != it.to_version:
            found[it.to_version] = min(found.get(it.to_version, it.severity), it.severity, key=rank)
    return found


def _feeds(trial: str) -> list[Alternate]:
    return [
        Alternate("application/atom+xml", f"Changes of {trial}", f"/feeds/trials/{trial}.atom"),
        Alternate("application/json", f"{trial} as JSON", f"/trials/{trial}.json"),
    ]
