"""Changes: everything that happened, by trial, tag, kind, severity and time, as far back as the store goes."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.requests import Request

from storage.values.change_filter import ChangeFilter
from storage.values.severity import Severity, at_least
from tracker.api.pages import ChangesPage
from tracker.changes.kinds import KINDS
from tracker.changes.wording.words import count_of
from tracker.services.changes.changes_page import changes_page
from tracker.services.moments import period_of
from tracker.services.typed.trial_ids import trial_id
from tracker.web.questions import number_in, one_of
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.shown_change import shown_changes

__all__ = ["page", "wanted_changes"]

_ROWS = 50
_ALL = "all"


def page(site: Site, request: Request) -> Page:
    """Return the changes that match, the latest first, 50 a page."""
    query = request.query_params
    # First, so that what comes in between is new to the page.
    last_seq, store = site.state()
    wanted = wanted_changes(query, site)
    found = changes_page(site.door, site.database, wanted)
    values = {
        "shown": shown_changes(found.changes),
        "titles": found.titles,
        "total": found.total,
        "by_severity": found.by_severity,
        "finding": f"{count_of(found.total, 'change')}." if found.total else "No change matches.",
        "asked": {name: query.get(name, "") for name in ("trial", "tag", "kind", "severity", "since", "until")},
        "kinds": sorted(KINDS),
        "next": found.next_before,
        "last_seq": last_seq,
        "store": store,
    }
    document = ChangesPage(changes=list(found.changes), total=found.total, next=_next(query, found.next_before))
    feed = Alternate("application/atom+xml", "Changes", "/feeds/changes.atom")
    return Page("changes.html", "Changes", "Changes", values, document, feeds=[feed])


def wanted_changes(query: QueryParams, site: Site) -> ChangeFilter:
    """Return what the query of this page asks for. Raise UsageError."""
    severity = one_of(query, "severity", [*Severity, _ALL])
    severities = at_least(Severity.MINOR)
    if severity:
        severities = tuple(Severity) if severity == _ALL else (Severity(severity),)
    trial, kind, tag = (query.get(name, "").strip() for name in ("trial", "kind", "tag"))
    since, until = period_of(query.get("since") or None, query.get("until") or None, site.now)
    return ChangeFilter(
        trials=(trial_id(trial),) if trial else None,
        kinds=(kind,) if kind else None,
        tag=tag or None,
        severities=severities,
        since_day=since.day,
        since_instant=since.instant,
        until_day=until.day,
        until_instant=until.instant,
        before_seq=number_in(query, "before", 0, most=10**15) or None,
        limit=_ROWS,
    )


def _next(query: QueryParams, before: int | None) -> str | None:
    if before is None:
        return None
    kept = {name: value for name, value in query.items() if name != "before"}
    return "/changes.json?" + str(QueryParams({**kept, "before": str(before)}))
