"""`/api/v1/{results,cohorts,outbox,status}`: lists of all that is stored, and how the watch is doing."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from tracker.api.lists import MessageList
from tracker.api.poll import Health
from tracker.api.similar import Cohorts
from tracker.services.alerts.outbox import OutboxRequest, find_messages
from tracker.services.results.owed_page import OwedRequest
from tracker.services.results.owed_results import owed_results
from tracker.services.results.owing import OwingSort
from tracker.services.similar.cohorts import list_cohorts
from tracker.services.status import status as status_of
from tracker.web.api.openapi import answers
from tracker.web.api.parameters import LARGEST_PAGE, USUAL_PAGE, FromSite, NoParameters, Parameters
from tracker.web.responses import json_answer

__all__ = ["ROUTES"]

ROUTES = APIRouter(tags=["lists"])
Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="At most so many on a page.")]
Tag = Annotated[str | None, Field(description="Only trials with this tag.")]


class OwedWanted(Parameters):
    """Which results that are owed."""

    tag: Tag = None
    rule: Annotated[
        Literal["fdaaa801", "eu-ctr", "who-2017"] | None, Field(description="Only what this rule asks for.")
    ] = None
    sponsor: Annotated[str | None, Field(description="A part of the sponsor's name, in any case.")] = None
    sort: Annotated[
        Literal["late", "due", "trial"], Field(description="Most days late first, by due day, or by trial.")
    ] = "late"
    ahead: Annotated[
        int, Field(ge=0, le=36_525, description="With what is due within so many days from today; 0 for today alone.")
    ] = 60
    limit: Limit = USUAL_PAGE
    after: Annotated[str | None, Field(pattern=r"^[0-9]{1,9}$", description="`next` of the page before.")] = None


class OutboxWanted(Parameters):
    """Which messages."""

    state: Annotated[
        Literal["pending", "held", "sent", "dead"] | None, Field(description="Only messages in this state.")
    ] = None
    channel: Annotated[str | None, Field(description="Only messages to this channel.")] = None
    limit: Limit = USUAL_PAGE
    after: Annotated[str | None, Field(description="`next` of the page before, or the key of a message.")] = None


@ROUTES.get("/results", **answers("/results", "Results that are due and not there."))
def owed(request: Request, site: FromSite, wanted: Annotated[OwedWanted, Query()]) -> Response:
    """List results that are due by a rule that surely applies and not submitted, as `trialwatch results --owing`.

    And what will be due, and the sponsors that owe most. A poll between two pages may move the rows.
    """
    asked = OwedRequest(
        tag=wanted.tag,
        rule=wanted.rule,
        sponsor=wanted.sponsor,
        sort=OwingSort(wanted.sort),
        limit=wanted.limit,
        offset=int(wanted.after or 0),
        ahead_days=wanted.ahead,
        ahead_limit=wanted.limit,
    )
    return json_answer(request, owed_results(site.door, site.database, asked, site.today))


@ROUTES.get("/cohorts", **answers("/cohorts", "Saved searches."))
def cohorts(request: Request, site: FromSite, _wanted: Annotated[NoParameters, Query()]) -> Response:
    """List the saved searches that bring new trials, as `trialwatch list --cohorts`."""
    with site.database.read() as session:
        found = Cohorts(cohorts=list_cohorts(session))
    return json_answer(request, found)


@ROUTES.get("/outbox", **answers("/outbox", "Messages in the order in which they were made."))
def outbox(request: Request, site: FromSite, wanted: Annotated[OutboxWanted, Query()]) -> Response:
    """List messages to channels, as `trialwatch alerts outbox`. Addresses and secrets of channels are not in it."""
    asked = OutboxRequest((), wanted.state, wanted.channel, wanted.limit + 1, wanted.after or "")
    with site.database.read() as session:
        rows = find_messages(session, site.alerts, asked).rows
    shown = rows[: wanted.limit]
    found = MessageList(messages=shown, next=shown[-1].key if len(rows) > wanted.limit else None)
    return json_answer(request, found)


@ROUTES.get("/status", **answers("/status", "How the watch is doing."))
def status(request: Request, site: FromSite, _wanted: Annotated[NoParameters, Query()]) -> Response:
    """Say how the watch is doing, as `trialwatch status`. The answer is 200 also when it is not healthy."""
    return json_answer(request, Health(status=status_of(site.door, site.now, site.settings)))
