"""`/mcp`: the tools for assistants, beside the pages and behind the same guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup, TaskStatus
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tracker.mcp.installed import NotInstalled, assistant_server
from tracker.mcp.reading import Reading
from tracker.web.access.guard import ASSISTANTS
from tracker.web.failures import Failure, failed
from tracker.web.site import Site

__all__ = ["LaterAssistants"]

_POST_ONLY = "Assistants ask here by POST, in the Model Context Protocol. For a browser there are the pages: /"
_STOPPING = "The server is not running, or is about to stop. Ask again in a moment."


@dataclass(slots=True)
class LaterAssistants:
    """The server of the SDK, made with the first request to it: the SDK takes a second to load.

    `living` has to be entered around all requests. `hosts`: the names that the guard lets pass.
    """

    site: Site
    hosts: frozenset[str]
    _turn: anyio.Lock = field(default_factory=anyio.Lock)
    _tasks: TaskGroup | None = None
    _made: ASGIApp | None = None

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Hold the tasks of the SDK while the block runs."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = self._made = None
                tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method != "POST":
            # The protocol allows a stream by GET. It would stay open, and there is nothing to send by it.
            refused = failed(request, Failure(405, "method_not_allowed", _POST_ONLY))
            refused.headers["allow"] = "POST"
            await refused(scope, receive, send)
            return
        try:
            app = await self._app()
        except NotInstalled as error:
            await failed(request, Failure(404, "not_installed", error.message, "mcp"))(scope, receive, send)
            return
        if app is None:
            await failed(request, Failure(503, "stopping", _STOPPING))(scope, receive, send)
            return
        await app({**scope, "headers": _plain_host(scope["headers"])}, receive, send)

    async def _app(self) -> ASGIApp | None:
        async with self._turn:
            if self._made is None and self._tasks is not None:
                module = await run_in_threadpool(assistant_server)
                made = await run_in_threadpool(module.over_http, self._reading(), ASSISTANTS, self.hosts)
                await self._tasks.start(_run, made)
                self._made = made.app
            return self._made

    def _reading(self) -> Reading:
        site = self.site
        return Reading(site.database, site.door, site.clock, site.settings.derived, site.log.trouble)


async def _run(made: Any, *, task_status: TaskStatus[None]) -> None:
    """Enter the SDK's own tasks and leave them in one task, as it wants it."""
    async with made.running():
        task_status.started()
        await anyio.sleep_forever()


def _plain_host(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers with the host as the guard compared it. The SDK compares letter by letter."""
    return [(name, _plain(value) if name == b"host" else value) for name, value in headers]


def _plain(host: bytes) -> bytes:
    name, colon, port = host.lower().rpartition(b":")
    if colon and port.isdigit():
        return name.removesuffix(b".") + colon + port
    return host.lower().removesuffix(b".")
