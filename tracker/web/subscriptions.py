"""The feeds and the calendar by their addresses, for programs that come back by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from storage.reads.in_session import SessionReader
from storage.values.severity import Severity, at_least
from storage.values.states import ResultsState
from storage.versions import history, trials
from storage.versions.history import ChangeFilter
from tracker.alerts.rules.rules import AlertRule, why_not
from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import RecordError, UnknownTrial
from tracker.recording.audience import rule_events, stored_event
from tracker.recording.row_mapping import change_out
from tracker.results.scorecard import ResultsStatus
from tracker.services.known_tags import check_tag
from tracker.services.known_trials import held_trials
from tracker.services.results.kept.kept_statuses import statuses_of
from tracker.services.results.results_on import results_on
from tracker.services.titles import titles_of
from tracker.services.typed.trial_ids import trial_id
from tracker.web.feeds.atom import atom_feed
from tracker.web.feeds.calendar import calendar_of
from tracker.web.responses import answer
from tracker.web.site import Site

__all__ = ["base_url", "routes"]

_ENTRIES = 100
_TRIALS = 500
"""A calendar holds the due days of at most so many trials, the nearest."""
_LOOKED_AT = 1000
"""So many of the latest changes are looked through for the ones of a rule."""
ATOM = "application/atom+xml; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"


def base_url(site: Site, request: Request) -> str:
    """Return the address of the pages as people see it, without a slash at its end."""
    return (site.settings.web.url or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")


def routes(site: Site) -> list[BaseRoute]:
    """Return the routes of the feeds and the calendar. They are plain functions, so they run in threads."""

    def everything(request: Request) -> Response:
        return _feed(site, request, "Changes", "/changes", ChangeFilter())

    def of_trial(request: Request) -> Response:
        with site.database.read() as session:
            [trial] = held_trials(SessionReader(session), [trial_id(request.path_params["trial"])]).known
        return _feed(site, request, f"Changes of {trial}", f"/trials/{trial}", ChangeFilter(trials=(trial,)))

    def of_tag(request: Request) -> Response:
        tag = request.path_params["tag"]
        with site.database.read() as session:
            check_tag(session, tag)
        return _feed(
            site, request, f"Changes of trials tagged {tag}", f"/changes?tag={_encoded(tag)}", ChangeFilter(tag=tag)
        )

    def of_kind(request: Request) -> Response:
        kind = request.path_params["kind"]
        return _feed(
            site, request, f"Changes of the kind {kind}", f"/changes?kind={_encoded(kind)}", ChangeFilter(kinds=(kind,))
        )

    def of_rule(request: Request) -> Response:
        rule = _rule(site, request.path_params["rule"])
        found = ChangeFilter(kinds=rule.on)
        return _feed(site, request, f"What the rule {rule.name} tells", f"/alerts#{_encoded(rule.name)}", found, rule)

    def calendar(request: Request) -> Response:
        return _calendar(site, request)

    return [
        Route("/feeds/changes.atom", everything),
        Route("/feeds/trials/{trial}.atom", of_trial),
        Route("/feeds/tags/{tag:path}.atom", of_tag),
        Route("/feeds/kinds/{kind}.atom", of_kind),
        Route("/feeds/rules/{rule:path}.atom", of_rule),
        Route("/calendar.ics", calendar),
    ]


def _encoded(text: str) -> str:
    return quote(text, safe="/:*")


def _nearest(statuses: Mapping[str, ResultsStatus], today: date) -> Sequence[str]:
    """Return the trials without posted results whose due days are nearest to today, as many as a calendar can show."""
    waiting = {trial: it for trial, it in statuses.items() if it.state != ResultsState.POSTED}
    days = {
        trial: min(abs((duty.due - today).days) for duty in it.duties if duty.due and duty.applies is not False)
        for trial, it in waiting.items()
        if any(duty.due and duty.applies is not False for duty in it.duties)
    }
    return sorted(days, key=lambda trial: (days[trial], trial))[:_TRIALS]


def _rule(site: Site, name: str) -> AlertRule:
    rules = {it.name: it for it in site.alerts.rules}
    if name not in rules:
        near = did_you_mean(name, rules)
        raise UnknownTrial(f"There is no rule {name[:60]!r}.{near} See which there are: /alerts", subject=name[:60])
    return rules[name]


def _feed(
    site: Site, request: Request, title: str, path: str, wanted: ChangeFilter, rule: AlertRule | None = None
) -> Response:
    """Return the latest changes that match, without what comes with the past of a trial."""
    severities = at_least(rule.min_severity if rule else Severity.MINOR)
    wanted = wanted._replace(past=False, limit=_LOOKED_AT if rule else _ENTRIES, severities=severities)
    with site.database.read() as session:
        stored = history.changes(session, wanted)
        if rule is not None:
            happened = rule_events(session, [stored_event(row) for row, _ in stored], steps=False)
            told = [it for it, event in zip(stored, happened, strict=True) if not why_not(rule, event)]
            stored = told[-_ENTRIES:]
        changes = [msgspec.to_builtins(change_out(row, fields)) for row, fields in stored]
        titles = titles_of(SessionReader(session), {row.trial for row, _ in stored})
        store = history.store(session).store_id
    base = base_url(site, request)
    # The token of the address is left out: a feed is handed on.
    own, page = f"{base}{_encoded(request.scope['path'])}", f"{base}{path}"
    document = atom_feed(f"Trialwatch: {title}", own, page, store, changes, titles, base, site.now)
    return answer(request, document, ATOM)


def _calendar(site: Site, request: Request) -> Response:
    """Return the due days of the watched trials, or of those with a tag, without what is posted.

    A trial whose versions cannot be read is not in it, and the log says so.
    """
    tag = request.query_params.get("tag") or None
    with site.database.read() as session:
        check_tag(session, tag)
        names = [it.trial.trial for it in trials.rows(session, tag) if it.trial.current_version is not None]
    unread: list[RecordError] = []
    known = statuses_of(site.door, lambda: nullcontext(site.database), names, left_out=unread)
    rows = [msgspec.to_builtins(results_on(it, known[it], site.today)) for it in _nearest(known, site.today)]
    for missing in unread:
        site.log.trouble("a trial is not in the calendar", missing, trial=missing.subject)
    text = calendar_of(rows, site.now, base_url=base_url(site, request), unsure=True)
    return answer(request, text.encode(), CALENDAR)
