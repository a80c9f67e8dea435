"""The application: every address of the pages, the API and the feeds, behind the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.engine.database import READERS
from tracker.services.similar.one_search import in_turn
from tracker.web import subscriptions
from tracker.web.access.acting import Acting
from tracker.web.access.guard import ASSISTANTS, LOGIN, LOGOUT, Guard
from tracker.web.access.hosts import allowed_hosts
from tracker.web.access.login import log_in, log_out, show_login
from tracker.web.actions.doing import Doing
from tracker.web.api.address import API
from tracker.web.assets import STATIC, Assets
from tracker.web.assistants import LaterAssistants
from tracker.web.handlers import handlers
from tracker.web.monitoring import metrics
from tracker.web.pages.listed import IN_TURN, PAGES, PageOf
from tracker.web.responses import answer, json_answer
from tracker.web.site import Site
from tracker.web.templating import render
from tracker.web.waiting import news
from tracker.web.waiting.store_watch import StoreWatch
from tracker.web.waiting.streams import Streams

__all__ = ["application"]


def application(site: Site) -> Guard:
    """Return the application that answers for a site."""
    web = site.settings.web
    hosts = allowed_hosts(web.host, web.names)
    streams = Streams(site, StoreWatch(site.state, site.clock.stopwatch))
    assistants = LaterAssistants(site, hosts)
    acting = Acting(web, site.tokens, site.is_demo)
    doing = Doing(site, acting)
    app = Starlette(exception_handlers=handlers(site), lifespan=partial(_living, assistants, doing))
    guard = Guard(app, hosts, site.tokens, site.clock.stopwatch, acting)

    async def logs_in(request: Request) -> Response:
        return await log_in(request, guard)

    app.router.routes += [
        Mount("/static", Assets(directory=STATIC)),
        Route("/favicon.ico", _favicon),
        Route(LOGIN, show_login, methods=["GET"]),
        Route(LOGIN, logs_in, methods=["POST"]),
        Route(LOGOUT, log_out, methods=["POST"]),
        *subscriptions.routes(site),
        *metrics.routes(site),
        *news.routes(streams),
        Mount(API, _LaterApi(streams)),
        Route(ASSISTANTS, assistants),
        *doing.routes(),
        *(route for path, page in PAGES.items() for route in _routes(site, doing, path, page)),
    ]
    return guard


@dataclass(slots=True)
class _LaterApi:
    """The API, made with the first request to it: FastAPI takes half a second to load, and no page needs it."""

    streams: Streams
    _guard: anyio.Lock = field(default_factory=anyio.Lock)
    _made: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._guard:
            if self._made is None:
                self._made = await run_in_threadpool(_api, self.streams)
            made = self._made
        await made(scope, receive, send)


def _api(streams: Streams) -> ASGIApp:
    from tracker.web.api.application import api  # noqa: PLC0415  (see above)

    return api(streams)


@asynccontextmanager
async def _living(assistants: LaterAssistants, doing: Doing, _app: Starlette) -> AsyncIterator[None]:
    """Run at most as many requests at a time as there are connections to the store."""
    current_default_thread_limiter().total_tokens = READERS
    async with assistants.living():
        yield
    await run_in_threadpool(doing.close)


def _routes(site: Site, doing: Doing, path: str, page_of: PageOf) -> list[BaseRoute]:
    """Return the route of a page and that of its JSON twin. They are plain functions, so they run in threads.

    Those that wait for their turn take no thread of the other pages.
    """

    def html(request: Request) -> Response:
        page = page_of(site, request)
        content = render(
            page.template,
            title=page.title,
            here=page.here,
            feeds=page.feeds,
            is_demo=site.is_demo,
            is_locked=site.tokens.is_locked,
            acts=doing.acts(request),
            **page.values,
        )
        response = answer(request, content.encode(), "text/html; charset=utf-8")
        for name, value in page.cookies.items():
            secure = request.url.scheme == "https"
            response.set_cookie(name, value, max_age=_COOKIE_SECONDS, httponly=True, samesite="lax", secure=secure)
        return response

    def twin(request: Request) -> Response:
        return json_answer(request, page_of(site, request).document)

    # The twin first: an id in the path of a page would take ".json" for a part of it.
    return [
        Route(f"{path}.json", _waiting(twin) if path in IN_TURN else twin),
        Route(path, _waiting(html) if path in IN_TURN else html),
    ]


def _waiting(page: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def waits(request: Request) -> Response:
        return await in_turn(partial(page, request))

    return waits


_COOKIE_SECONDS = 400 * 86_400


def _favicon(_request: Request) -> Response:
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")
