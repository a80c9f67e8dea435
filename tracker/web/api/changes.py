"""`/api/v1/changes`: what changed, from a cursor on; wait for more, or listen."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import move_on_after
from fastapi import APIRouter, Header, Path, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from storage.values.change_filter import ChangeFilter
from tracker import __version__
from tracker.api.lists import ChangeList, OneChange
from tracker.errors import UnknownChange, UsageError
from tracker.services.changes.change_list import change_list
from tracker.services.changes.changes_page import change_with
from tracker.services.typed.typed_changes import TypedChanges
from tracker.web.access.guard import may_still_ask
from tracker.web.api.openapi import answers, streamed
from tracker.web.api.parameters import (
    LARGEST_NUMBER,
    LARGEST_PAGE,
    USUAL_PAGE,
    FromSite,
    FromStreams,
    NoParameters,
    Parameters,
)
from tracker.web.responses import answer, is_known, json_answer, mark_of
from tracker.web.site import Site
from tracker.web.waiting.store_watch import StoreMark, StoreWatch
from tracker.web.waiting.streams import LARGEST_SEQ, Batch, begun_at, place_of

__all__ = ["ROUTES"]

ROUTES = APIRouter(tags=["changes"])
LONGEST_WAIT = 60
_DIGITS = 18
"""Digits of a seq that any database can hold."""
SeverityWord = Literal["critical", "major", "minor", "admin"]


class ChangesChosen(Parameters):
    """Which changes."""

    trial: Annotated[
        list[str] | None,
        Field(description="Only about this trial. Can be repeated; commas work too.", examples=[["NCT05349331"]]),
    ] = None
    kind: Annotated[
        list[str] | None,
        Field(description="A kind or pattern, such as results.*. Can be repeated.", examples=[["results.*"]]),
    ] = None
    min_severity: Annotated[SeverityWord | None, Field(description="This severity and those above it.")] = None
    severity: Annotated[list[SeverityWord] | None, Field(description="Exactly this severity. Can be repeated.")] = None
    tag: Annotated[str | None, Field(description="Only trials with this tag.")] = None


class ChangesWanted(ChangesChosen):
    """Which changes, from which one on."""

    since: Annotated[
        str | None,
        Field(description="2026-01-31, 2026-01, yesterday, 7d, 12h, 1month or an instant.", examples=["30d"]),
    ] = None
    until: Annotated[str | None, Field(description="As since. The end of that day, month, year or second.")] = None
    after: Annotated[
        int | None,
        Field(ge=0, le=LARGEST_NUMBER, description="Only changes after this seq. Default: from the first one."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="At most so many on a page.")] = USUAL_PAGE
    wait: Annotated[
        int,
        Field(
            ge=0,
            le=LONGEST_WAIT,
            description="With after: if there is none yet, wait so many seconds for the first one.",
        ),
    ] = 0


class ChangesStreamed(ChangesChosen):
    """Which changes, and from where a stream begins."""

    after: Annotated[
        int | None,
        Field(ge=0, le=LARGEST_SEQ, description="Only changes after this seq. Default: those from now on."),
    ] = None
    store: Annotated[
        str | None,
        Field(max_length=60, description="The store that `after` is a place in. If there is another one, it says so."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="At most so many in one event.")] = USUAL_PAGE


@ROUTES.get("/changes", **answers("/changes", "Changes in the order of seq.", 404))
async def changes(
    request: Request, site: FromSite, streams: FromStreams, wanted: Annotated[ChangesWanted, Query()]
) -> Response:
    """List what changed in the order in which it was seen, as `trialwatch changes`.

    To follow: ask with `after` and the last `next` or `up_to`, also days later. Nothing is lost or comes twice. When
    `store` is another one, the store was restored: begin with after=0.
    """
    if wanted.wait and wanted.after is None:
        raise UsageError("wait goes with after: wait for changes after which seq?", subject="wait")
    asked = _asked(site, wanted)
    mark = await streams.watch.now()
    tag = _tag(asked, mark)
    if tag and not wanted.wait and is_known(request, tag):
        return answer(request, b"", "application/json", tag)
    found, mark = await _found(request, site, streams.watch, asked, wanted.wait, mark)
    return json_answer(request, found, _tag(asked, mark))


@ROUTES.get("/changes/stream", **streamed("/changes/stream", "Changes as they come, as server-sent events.", 404))
async def changes_stream(
    request: Request,
    site: FromSite,
    streams: FromStreams,
    wanted: Annotated[ChangesStreamed, Query()],
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", description="The id of the last event that was read. It wins over `after`."),
    ] = None,
) -> Response:
    """Send changes as they come, as server-sent events. The data of each event is an answer of `/api/v1/changes`.

    A client that comes back with `Last-Event-ID` gets what came meanwhile: nothing is lost or comes twice. An event
    `reset` says that the store was restored: forget what was read before. The stream then begins with its first change.
    """
    asked = _asked(site, wanted)

    def read(after: int, mark: StoreMark) -> Batch:
        page = _page(site, asked._replace(after_seq=after), mark)
        return Batch(page if page.changes else None, page.up_to, page.next is not None)

    mark = await streams.watch.now()
    place = begun_at(wanted.store, mark.seq if wanted.after is None else wanted.after, mark)
    if last_event_id:
        place = place_of(last_event_id)
    await run_in_threadpool(read, mark.seq, mark)  # a wrong question is refused before the stream begins
    return streams.answer(may_still_ask(request), place, mark, read)


@ROUTES.get("/changes/{key}", **answers("/changes/{key}", "One change.", 404))
def one_change(
    request: Request,
    site: FromSite,
    key: Annotated[str, Path(description="The id of a change (evt_...), or its seq.", examples=["1"])],
    _wanted: Annotated[NoParameters, Query()],
) -> Response:
    """Return one change by its id, or by its seq."""
    is_seq = key.isascii() and key.isdigit() and len(key) <= _DIGITS
    _, store = site.state()
    found = change_with(site.door, int(key) if is_seq else key)
    if found is None:
        raise UnknownChange(f"There is no change {key[:60]}. See all: /api/v1/changes", subject=key[:60])
    return json_answer(request, OneChange(store=store, change=found.change, title=found.title))


def _asked(site: Site, wanted: ChangesWanted | ChangesStreamed) -> ChangeFilter:
    """Return the question. Raise UsageError."""
    typed = TypedChanges(
        trials=wanted.trial,
        kinds=wanted.kind,
        min_severity=wanted.min_severity,
        severities=wanted.severity,
        tag=wanted.tag,
        since=wanted.since if isinstance(wanted, ChangesWanted) else None,
        until=wanted.until if isinstance(wanted, ChangesWanted) else None,
        after=wanted.after,
        limit=wanted.limit,
    )
    return typed.filter(site.now)


async def _found(
    request: Request, site: Site, watch: StoreWatch, asked: ChangeFilter, seconds: int, mark: StoreMark
) -> tuple[ChangeList, StoreMark]:
    """Return the page, and the mark of the store from before it was read. Wait if it is empty."""

    async def is_over() -> bool:
        return site.stopping.is_set() or await request.is_disconnected()

    found = await run_in_threadpool(_page, site, asked, mark)
    with move_on_after(seconds):
        while seconds and not found.changes and (newer := await watch.beyond(mark, is_over)) != mark:
            # Both together: the mark must never be of a later state than the page.
            found, mark = await run_in_threadpool(_page, site, asked, newer), newer
    return found, mark


def _page(site: Site, asked: ChangeFilter, mark: StoreMark) -> ChangeList:
    return change_list(site.door, site.database, asked, mark.store)


def _tag(asked: ChangeFilter, mark: StoreMark) -> str:
    """Return the entity tag, which needs no more than the mark of the store. "" if other things decide too.

    A tag can be put on and taken off without a change, and a time such as 7d is another one each time.
    """
    if asked.tag is not None or asked.since_instant or asked.until_instant:
        return ""
    return mark_of(repr((__version__, *mark, tuple(asked))).encode())
