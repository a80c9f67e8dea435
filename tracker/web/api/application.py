"""The API as an application below /api/v1, and its OpenAPI document."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker import __version__
from tracker.records.json_objects import JsonObject
from tracker.web.api import changes, lists, trial_list, trials
from tracker.web.api.address import API
from tracker.web.api.openapi import ABOUT, completed
from tracker.web.api.parameters import refuse_repeated
from tracker.web.api.wrong_parameters import wrong_parameters
from tracker.web.handlers import handlers
from tracker.web.waiting.streams import Streams

__all__ = ["api", "openapi_document"]


def api(streams: Streams) -> ASGIApp:
    """Return the API of a site."""
    site = streams.site
    app = _application()
    app.state.site = site
    app.state.streams = streams
    app.exception_handlers.update({**handlers(site), RequestValidationError: wrong_parameters})
    return _Mounted(app)


def openapi_document() -> JsonObject:
    """Return the OpenAPI document of the API."""
    return _application().openapi()


def _application() -> FastAPI:
    app = FastAPI(
        title="Trialwatch",
        version=__version__,
        description=ABOUT,
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_repeated)],
        generate_unique_id_function=lambda route: route.name,
    )
    for routes in (trial_list.ROUTES, trials.ROUTES, changes.ROUTES, lists.ROUTES):
        app.include_router(routes, prefix=API)
    plain = app.openapi

    def openapi() -> JsonObject:
        if app.openapi_schema is None:
            app.openapi_schema = completed(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


@dataclass(frozen=True, slots=True)
class _Mounted:
    """The API with whole paths, so that its document names them. It answers HEAD as GET, without the content."""

    app: FastAPI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_over = False

        async def send_head(message: Message) -> None:
            nonlocal is_over
            if is_over:
                return
            if message["type"] == "http.response.body":
                # A stream has no end of its own.
                is_over, message = True, {**message, "body": b"", "more_body": False}
            await send(message)

        is_head = scope["method"] == "HEAD"
        inner = {**scope, "root_path": "", "method": "GET" if is_head else scope["method"]}
        # An error that nothing expected was answered and logged. Starlette raises it again, for servers that log it.
        with suppress(Exception):
            await self.app(inner, receive, send_head if is_head else send)
