"""Today: what changed since the last visit, what waits for results, and whether all is well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from starlette.requests import Request

from storage.values.change_filter import ChangeFilter
from storage.values.severity import Severity, at_least, rank
from tracker.api.pages import TodayPage
from tracker.api.poll import Status
from tracker.api.trials import Trial
from tracker.changes.wording.days import day_words, minute_words
from tracker.changes.wording.words import count_of
from tracker.services.changes.changes_page import changes_page
from tracker.services.listing.trials_page import TrialsRequest, trials_page
from tracker.services.status import status
from tracker.services.today import Today, today_summary
from tracker.web.questions import one_of
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.rule_names import short_rule
from tracker.web.words.shown_change import ShownChange, shown_changes
from tracker.web.words.visit import COOKIE, Visit, next_visit

__all__ = ["page"]

_CHANGES = 100
_WAITING = 6
_DAYS = ("7", "30")
_SEVERITIES = ("critical", "major", "minor")


class Group(NamedTuple):
    """The changes of one trial, the latest first."""

    trial: str
    title: str
    row: Trial | None
    changes: Sequence[ShownChange]


def page(site: Site, request: Request) -> Page:
    """Return what changed since the visit before, or in the last days that the address names."""
    days, severity = one_of(request.query_params, "days", _DAYS), one_of(request.query_params, "severity", _SEVERITIES)
    last_seq, store = site.state()
    visit = next_visit(request.cookies.get(COOKIE, ""), store, last_seq, site.now)
    wanted = _wanted(site, visit, days, severity)
    found = changes_page(site.door, site.database, wanted)
    summary = today_summary(site.door, site.database, site.today, at_most=_WAITING)
    health = status(site.door, site.now, site.settings)
    counted = found.by_severity
    groups = _groups(site, shown_changes(found.changes), found.titles)
    values = {
        "today": site.today,
        "finding": _finding(groups, visit, days, site.today),
        "lead": _lead(groups, sum(counted.get(it, 0) for it in _SEVERITIES), summary.watched, visit, days),
        "health": health,
        "well": _well(health),
        "groups": groups,
        "by_severity": counted,
        "total": sum(counted.get(it, 0) for it in _SEVERITIES),
        "housekeeping": counted.get(Severity.ADMIN, 0),
        "severity": severity,
        "days": days,
        "last_seq": last_seq,
        "store": store,
        "more": found.next_before is not None,
        "summary": summary,
        "seen": {"seq": last_seq, "at": int(site.now.timestamp())},
        "short_rule": short_rule,
        "first_page": _first_page(site) if summary.watched == 0 and last_seq == 0 else None,
    }
    feed = Alternate("application/atom+xml", "Changes", "/feeds/changes.atom")
    calendar = Alternate("text/calendar", "Results due", "/calendar.ics")
    document = _document(found.changes, summary, health)
    return Page(
        "today.html", "Today", "Today", values, document, feeds=[feed, calendar], cookies={COOKIE: visit.text()}
    )


def _first_page(site: Site) -> Any:
    from tracker.web.pages.first_page import first_page  # noqa: PLC0415  (the checks are heavy, and most stores are not empty)

    return first_page(site)


def _wanted(site: Site, visit: Visit, days: str, severity: str) -> ChangeFilter:
    severities = (Severity(severity),) if severity else at_least(Severity.MINOR)
    wanted = ChangeFilter(severities=severities, limit=_CHANGES, past=False)
    if not days and visit.since_seq is not None:
        # Not by the time of the visit: a poll that ran then dates its changes by its beginning, and stores them later.
        return wanted._replace(since_seq=visit.since_seq)
    return wanted._replace(since_instant=site.now - timedelta(days=int(days or _DAYS[0])))


def _groups(site: Site, shown: Sequence[ShownChange], titles: Any) -> list[Group]:
    """Return the changes by trial: the trial with the gravest change first, of equally grave ones the latest."""
    by_trial: dict[str, list[ShownChange]] = {}
    for it in shown:
        by_trial.setdefault(it.change.trial, []).append(it)
    request = TrialsRequest(watched_only=False, trials=[it for it in by_trial if it], limit=max(1, len(by_trial)))
    rows = {it.trial: it for it in trials_page(site.door, site.database, request, site.now).rows} if by_trial else {}
    groups = [Group(trial, titles.get(trial, ""), rows.get(trial), found) for trial, found in by_trial.items()]
    return sorted(
        groups, key=lambda it: (min(rank(each.change.severity) for each in it.changes), -it.changes[0].change.seq)
    )


def _finding(groups: Sequence[Group], visit: Visit, days: str, today: date) -> str:
    """Return the heading: the gravest change, or that there is none."""
    if not groups:
        if days or visit.since is None:
            return f"Nothing changed in the last {days or _DAYS[0]} days."
        return f"Nothing changed since {_visited(visit)}."
    first = min((it for it in groups[0].changes), key=lambda it: (rank(it.change.severity), -it.change.seq))
    when = "" if first.change.effective != today.isoformat() else " today"
    if first.change.kind == "results.posted" and groups[0].trial:
        return f"The results of {groups[0].trial} were posted{when or f' on {day_words(first.change.effective)}'}."
    return f"{groups[0].trial or 'The watch'}: {first.headline}."


def _lead(groups: Sequence[Group], total: int, watched: int, visit: Visit, days: str) -> str:
    trials = sum(1 for it in groups if it.trial)
    since = f"In the last {days or _DAYS[0]} days"
    if not days and visit.since is not None:
        since = f"Since you last looked, on {_visited(visit)}"
    if not groups:
        return f"{count_of(watched, 'trial')} {'is' if watched == 1 else 'are'} watched."
    changed = f"{count_of(total, 'thing')} changed in {count_of(trials, 'trial')}"
    return f"{since}, {changed}; {count_of(watched, 'trial')} {'is' if watched == 1 else 'are'} watched."


def _visited(visit: Visit) -> str:
    assert visit.since is not None
    return day_words(visit.since.date().isoformat())


def _well(health: Status) -> str:
    """Return in a line when the last poll was, on which data, and when the next is."""
    parts = [f"Last poll {minute_words(health.last_poll)}" if health.last_poll else "Nothing was polled yet"]
    if health.data_timestamp:
        parts[0] += f", on registry data of {minute_words(health.data_timestamp)}"
    if health.dead:
        parts.append(f"{count_of(health.dead, 'message')} could not be delivered")
    if health.daemon:
        parts.append(f"Next look {minute_words(health.next_look) if health.next_look else 'at once'}")
    return ". ".join(parts) + "."


def _document(changes: Any, summary: Today, health: Status) -> TodayPage:
    return TodayPage(
        changes=list(changes),
        watched=summary.watched,
        overdue=list(summary.overdue),
        due=[it.trial for it in summary.ahead],
        healthy=health.healthy,
        last_seq=summary.last_seq,
    )
