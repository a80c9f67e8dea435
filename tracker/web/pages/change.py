"""One change: its fields, its evidence, who was told and when, and why it has its severity."""

from __future__ import annotations

from starlette.requests import Request

from storage.reads.in_session import SessionReader
from tracker.services.one_change import one_change
from tracker.services.titles import titles_of
from tracker.web.shown_page import Alternate, Page
from tracker.web.site import Site
from tracker.web.words.differences import difference_groups
from tracker.web.words.shown_change import shown_changes

__all__ = ["page"]


def page(site: Site, request: Request) -> Page:
    """Return the page of the change with this event id, or this number. Raise UnknownTrial if there is none."""
    with site.database.read() as session:
        found, names = one_change(session, site.alerts, request.path_params["event"])
        trial = found.change.trial
        titles = titles_of(SessionReader(session), [trial] if trial else [])
    [shown] = shown_changes([found.change])
    values = {
        "found": found,
        "change": found.change,
        "shown": shown,
        "title_of": titles.get(trial, ""),
        "groups": difference_groups(found.change.fields, names),
    }
    twin = Alternate("application/json", "The same as JSON", f"/changes/{found.change.id}.json")
    return Page("change.html", f"{trial or 'The watch'}: {shown.headline}", "Changes", values, found, feeds=[twin])
