"""`/api/v1/trials`: the list of trials, filtered and sorted."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from tracker.services.listing.found_trials import found_trials
from tracker.services.listing.trials_page import TrialSort, TrialsRequest
from tracker.services.typed.status_codes import status_code
from tracker.web.api.openapi import answers
from tracker.web.api.parameters import LARGEST_PAGE, USUAL_PAGE, FromSite, Parameters
from tracker.web.responses import json_answer

__all__ = ["ROUTES"]

ROUTES = APIRouter(tags=["trials"])


class TrialsWanted(Parameters):
    """Which trials, and in which order."""

    watched: Annotated[bool, Field(description="False: also trials that are stored and not watched.")] = True
    tag: Annotated[str | None, Field(description="Only trials with this tag.")] = None
    status: Annotated[
        list[str] | None,
        Field(description="Only in this status, such as completed. Can be repeated.", examples=[["completed"]]),
    ] = None
    results: Annotated[
        list[Literal["none", "submitted", "returned", "cancelled", "posted", "unknown"]] | None,
        Field(description="Only with results in this state. Can be repeated."),
    ] = None
    owing: Annotated[bool, Field(description="Only trials whose results are missing past the grace of a rule.")] = False
    q: Annotated[
        str, Field(max_length=2000, description="Words that must all occur in the id, the title or the sponsor.")
    ] = ""
    sort: Annotated[
        Literal["trial", "title", "status", "changed", "due", "slip", "checked", "late"],
        Field(description="late: days for which results have been missing. Trials without a value come last."),
    ] = "trial"
    descending: Annotated[
        bool | None, Field(description="Default: the largest first for changed, slip and late, else the smallest.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="At most so many on a page.")] = USUAL_PAGE
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None


@ROUTES.get("/trials", **answers("/trials", "Trials that match."))
def trials(request: Request, site: FromSite, wanted: Annotated[TrialsWanted, Query()]) -> Response:
    """List trials, as `trialwatch list`: by default those that are watched."""
    asked = TrialsRequest(
        watched_only=wanted.watched,
        tag=wanted.tag,
        statuses=[status_code(it) for it in wanted.status] if wanted.status else None,
        results=wanted.results,
        owing=wanted.owing,
        words=wanted.q,
        sort=TrialSort(wanted.sort),
        descending=wanted.descending,
        limit=wanted.limit,
        after=wanted.after,
    )
    return json_answer(request, found_trials(site.door, site.database, asked, site.now))
