"""Server-sent events: the server says on one connection what is new, as soon as it is stored.

While a stream waits it holds no thread, no connection to the store and no transaction.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

import anyio
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from storage.errors import Replaced, StorageError
from tracker.api.lists import StoreReset
from tracker.errors import TrialwatchError, UsageError
from tracker.web.failures import Failure, failed
from tracker.web.site import Site
from tracker.web.waiting.store_watch import StoreMark, StoreWatch

__all__ = [
    "EVENT_STREAM",
    "HEARTBEAT",
    "LARGEST_SEQ",
    "MOST",
    "Batch",
    "Place",
    "Read",
    "Streams",
    "begun_at",
    "place_of",
]

EVENT_STREAM = "text/event-stream"
HEARTBEAT = 15.0
"""Seconds without news after which a comment is sent. Proxies end a connection on which nothing comes."""
MOST = 200
"""Streams at a time. Each is one of the connections of the server."""
_AGAIN_SECONDS = 30
_RETRY = b"retry: 3000\n\n"
"""Milliseconds until a client connects again."""
LARGEST_SEQ = 10**15 - 1
"""The largest place that is taken from a client: it has the digits that an id may have."""
_DIGITS = 15
_LONGEST = 80
_STORE = re.compile(r"[\w.-]{1,60}", re.ASCII)


class Place(NamedTuple):
    """How far a client has read: the store, and the seq up to which it was told everything. Its text is the `id`."""

    store: str
    seq: int

    @property
    def text(self) -> str:
        return f"{self.store}:{self.seq}"


def place_of(text: str) -> Place:
    """Return the place that a `Last-Event-ID` names. Raise UsageError for a text that names none."""
    store, _, seq = text.rpartition(":")
    if not (store and len(text) <= _LONGEST and seq.isascii() and seq.isdigit() and len(seq) <= _DIGITS):
        raise UsageError(
            f"Last-Event-ID is the id of an event of this stream, not {text[:40]!r}", subject="Last-Event-ID"
        )
    return Place(store, int(seq))


def begun_at(store: str | None, seq: int, mark: StoreMark) -> Place:
    """Return the place that a question names. Raise UsageError for a store that no store can be called."""
    if store and not _STORE.fullmatch(store):
        raise UsageError(f"store is the id of a store, not {store[:40]!a}", subject="store")
    return Place(store or mark.store, seq)


class Batch(NamedTuple):
    """What came after a place, up to the seq `up_to`. `document`: None if nothing of it was asked for."""

    document: msgspec.Struct | None
    up_to: int
    has_more: bool = False


Read = Callable[[int, StoreMark], Batch]
"""Reads what came after a seq, in a thread. The mark is that of the store from before."""


@dataclass(slots=True)
class Streams:
    """The streams of one server."""

    site: Site
    watch: StoreWatch
    most: int = MOST
    heartbeat: float = HEARTBEAT
    open: int = 0

    def answer(self, may_ask: Callable[[], bool], place: Place, mark: StoreMark, read: Read) -> Response:
        """Return the answer that goes on until the client goes away, or may not ask any more.

        `may_ask`: asked before each piece. `mark`: that of the store now.
        """
        return _EventStream(self, self._events(may_ask, place, mark, read))

    async def _events(
        self, may_ask: Callable[[], bool], place: Place, mark: StoreMark, read: Read
    ) -> AsyncGenerator[bytes, None]:
        yield _RETRY
        try:
            async with aclosing(self._news(place, mark, read)) as pieces:
                async for piece in pieces:
                    if not may_ask():
                        return  # its token was revoked
                    yield piece
        except Replaced:
            # This server reads the old file until it is started again. Then the new store tells its id.
            yield _event("reset", StoreReset(store=None, after=0))
        except (StorageError, TrialwatchError):
            # The client connects again, and the answer to that says what is wrong.
            return

    async def _news(self, place: Place, mark: StoreMark, read: Read) -> AsyncGenerator[bytes, None]:
        # Also before anything is new, so that a client that loses the connection comes back with its place.
        yield _id(place)
        while True:
            if place.store != mark.store:
                place = Place(mark.store, 0)
                yield _event("reset", StoreReset(store=mark.store, after=0), place)
            has_more = place.seq < mark.seq
            while has_more and not self.site.stopping.is_set():
                document, up_to, has_more = await run_in_threadpool(read, place.seq, mark)
                place = Place(mark.store, up_to)
                yield _id(place) if document is None else _event("changes", document, place)
            newer = await self._beyond(mark)
            if self.site.stopping.is_set():
                return
            if newer == mark:
                yield b":\n\n"
            mark = newer

    async def _beyond(self, mark: StoreMark) -> StoreMark:
        """Return the next mark of the store, or the same one when it is time for a heartbeat or for the end."""
        with anyio.move_on_after(self.heartbeat):
            return await self.watch.beyond(mark, self._is_over)
        return mark

    async def _is_over(self) -> bool:
        return self.site.stopping.is_set()


class _EventStream(Response):
    """Sends the pieces as they come, until they end or the client goes away."""

    def __init__(self, streams: Streams, pieces: AsyncGenerator[bytes, None]) -> None:
        # A proxy must not collect what is sent.
        super().__init__(media_type=EVENT_STREAM, headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._streams = streams
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        streams = self._streams
        if streams.open >= streams.most:
            await _too_many(Request(scope))(scope, receive, send)
            return
        streams.open += 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await self._send(scope, send)
                group.cancel_scope.cancel()
        finally:
            streams.open -= 1

    async def _send(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _too_many(request: Request) -> Response:
    refused = failed(request, Failure(503, "too_many_streams", _TOO_MANY))
    refused.headers["retry-after"] = str(_AGAIN_SECONDS)
    return refused


_TOO_MANY = "Too many clients wait for changes here. Try again in half a minute, or ask /api/v1/changes now and then."


def _id(place: Place) -> bytes:
    """Return what tells a client its place, and nothing else."""
    return f"id: {place.text}\n\n".encode()


def _event(name: str, document: msgspec.Struct, place: Place | None = None) -> bytes:
    # msgspec writes no line break into JSON.
    head = f"id: {place.text}\n" if place else ""
    return f"{head}event: {name}\ndata: ".encode() + msgspec.json.encode(document) + b"\n\n"
