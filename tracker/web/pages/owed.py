"""Results owed: who owes results, by which rule, how late; what is due next; sponsors ranked."""

from __future__ import annotations

from starlette.requests import Request

from tracker.api.pages import DueNext, OwedList, SponsorOwing
from tracker.changes.wording.days import day_words
from tracker.changes.wording.words import count_of
from tracker.results.duties import RULES
from tracker.services.listing.trials_page import all_tags
from tracker.services.results.owed_page import Ahead, OwedPage, OwedRequest, owed_page
from tracker.services.results.owing import OwingSort
from tracker.web.questions import number_in, one_of
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.rule_names import LAWS, short_rule

__all__ = ["page"]

_ROWS = 50
_AHEAD_DAYS = 365
_SORTS = {OwingSort.LATE: "Days late", OwingSort.DUE: "Due day", OwingSort.TRIAL: "Trial"}


def page(site: Site, request: Request) -> Page:
    """Return what is owed, what is due within a year, and the sponsors. Raise UsageError for a tag or a sponsor."""
    query = request.query_params
    number = number_in(query, "page", 1, least=1, most=100_000)
    wanted = OwedRequest(
        tag=query.get("tag", "").strip() or None,
        rule=one_of(query, "rule", RULES) or None,
        sponsor=query.get("sponsor", "").strip() or None,
        sort=OwingSort(one_of(query, "sort", list(OwingSort), OwingSort.LATE)),
        limit=_ROWS,
        offset=(number - 1) * _ROWS,
        ahead_days=_AHEAD_DAYS,
    )
    found = owed_page(site.door, site.database, wanted, site.today)
    values = {
        "found": found,
        "finding": _finding(found),
        "by_law": [it for it in found.rows if it.rule in LAWS],
        "asked_for": [it for it in found.rows if it.rule not in LAWS],
        "asked": {name: query.get(name, "") for name in ("rule", "sponsor", "tag", "sort")},
        "rules": {name: short_rule(name) for name in RULES},
        "sorts": {it.value: words for it, words in _SORTS.items()},
        "tags": all_tags(site.door),
        "short_rule": short_rule,
        "page_number": number,
        "pages": -(-found.total // _ROWS) or 1,
        "months": _by_month(found),
    }
    twin = OwedList(
        owing=list(found.rows),
        total=found.total,
        due=[DueNext(**{**it._asdict(), "due": it.due.isoformat()}) for it in found.ahead],
        sponsors=[SponsorOwing(**it._asdict()) for it in found.sponsors],
        perhaps=found.perhaps,
    )
    feed = Alternate("text/calendar", "Results due", "/calendar.ics")
    return Page("owed.html", "Results owed", "Results owed", values, twin, feeds=[feed])


def _by_month(found: OwedPage) -> list[tuple[str, list[Ahead]]]:
    """Return what is due next by month, as a calendar has it: `September 2027`."""
    months: dict[str, list[Ahead]] = {}
    for it in sorted(found.ahead, key=lambda it: (it.due, it.trial)):
        months.setdefault(day_words(f"{it.due:%Y-%m}"), []).append(it)
    return list(months.items())


def _finding(found: OwedPage) -> str:
    if not found.total:
        return "No watched trial owes results now."
    if not found.late:
        return f"{count_of(found.total, 'duty', 'duties')} due, within the days of grace."
    return f"{count_of(found.late, 'duty', 'duties')} overdue in {count_of(found.trials, 'trial')}."
