"""Status: is the watch well, when does it look next, what is in quarantine, what did the last polls come to."""

from __future__ import annotations

from threading import Lock

from starlette.requests import Request

from storage.values.states import RunOutcome
from tracker.api.poll import Status
from tracker.services.polling.poll import acceptable
from tracker.services.status_page import status_page
from tracker.web.shown_page import Page
from tracker.web.site import Site

__all__ = ["page"]

_ONE_EXAMINATION = Lock()
"""An examination opens the store a second time and looks at its disk. One at a time."""


def page(site: Site, request: Request) -> Page:
    """Return the health of the watch, as `trialwatch status` has it, with the last polls. `checks=1`: as `doctor`."""
    if request.query_params.get("checks"):
        with _ONE_EXAMINATION:
            found = status_page(site.door, site.now, site.settings, checks=True)
    else:
        found = status_page(site.door, site.now, site.settings)
    with site.database.read() as session:
        held = acceptable(session, [it.run for it in found.polls if it.outcome == RunOutcome.HELD])
    values = {
        "held": held,
        "is_polling": any(it.outcome == RunOutcome.RUNNING for it in found.polls[:1]),
        "finding": _finding(found.status),
        "status": found.status,
        "polls": found.polls,
        "quarantined": found.quarantined,
        "looks": found.looks,
        "checks": found.checks,
    }
    return Page("status.html", "Status", "Status", values, found)


def _finding(found: Status) -> str:
    if not found.healthy:
        return "The watch needs attention."
    return "All is well." if not found.warnings else "All is well, with something worth knowing."
