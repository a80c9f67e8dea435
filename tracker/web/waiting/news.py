"""`/events`: tells a page in a browser how many changes have come since it was made. `static/waiting.js` listens."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from storage.values.change_filter import ChangeFilter
from tracker.api.pages import NewChanges
from tracker.services.changes.new_changes import new_changes
from tracker.web.access.guard import may_still_ask
from tracker.web.pages.changes import wanted_changes
from tracker.web.questions import number_in
from tracker.web.waiting.store_watch import StoreMark
from tracker.web.waiting.streams import LARGEST_SEQ, Batch, Streams, begun_at, place_of

__all__ = ["NEWS", "routes"]

NEWS = "/events"


def routes(streams: Streams) -> list[BaseRoute]:
    """Return the route of the news of pages."""
    site = streams.site

    async def news(request: Request) -> Response:
        """Answer with a stream. The query is that of the page Changes, with `after` and `store`: how far the page goes.

        `recent=1` leaves out what came with the past of a trial, as the page Today does.
        """
        query = request.query_params
        after = number_in(query, "after", 0, most=LARGEST_SEQ)
        wanted: ChangeFilter = wanted_changes(query, site)._replace(after_seq=after, before_seq=None)
        if query.get("recent"):
            wanted = wanted._replace(past=False)

        def read(_after: int, mark: StoreMark) -> Batch:
            # Counted from the page on, whatever was told before: the page shows one number.
            came = new_changes(site.door, site.database, wanted)
            document = NewChanges(store=mark.store, count=came.number, up_to=max(came.last_seq, after))
            return Batch(document if came.number else None, max(came.last_seq, mark.seq))

        mark = await streams.watch.now()
        known = request.headers.get("last-event-id")
        place = place_of(known) if known else begun_at(query.get("store"), after, mark)
        await run_in_threadpool(read, after, mark)  # a wrong question is refused before the stream begins
        return streams.answer(may_still_ask(request), place, mark, read)

    return [Route(NEWS, news)]
