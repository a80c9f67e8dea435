"""Sets: trials that are searched for again and again, who is in them, who entered and left, and why."""

from __future__ import annotations

from starlette.requests import Request

from tracker.changes.wording.words import count_of
from tracker.services.similar.sets import sets
from tracker.web.shown_page import Page
from tracker.web.site import Site
from tracker.web.words.shown_change import shown_changes

__all__ = ["page"]


def page(site: Site, _request: Request) -> Page:
    """Return all sets."""
    with site.database.read() as session:
        found = sets(session)
    trials = sum(len(it.trials) for it in found.sets)
    finding = (
        f"{count_of(len(found.sets), 'set')} with {count_of(trials, 'trial')}."
        if found.sets
        else "There is no set yet."
    )
    shown = {it.cohort.cohort: shown_changes(it.turns) for it in found.sets}
    return Page("sets.html", "Sets", "Sets", {"sets": found.sets, "turns": shown, "finding": finding}, found)
