"""An assistant's side of a conversation: the client of the SDK, over the streams of a process or over HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.support.program.program import Program
from tests.support.web.served import Served

__all__ = ["Assistant", "Said", "connected", "over_http", "over_streams"]


@dataclass(frozen=True)
class Said:
    """What a tool answered. `text` is what a client without structures gets."""

    failed: bool
    text: str
    structured: Any

    @property
    def answer(self) -> dict[str, Any]:
        """Return the whole answer. It is the same in both forms."""
        assert not self.failed, self.text
        found: dict[str, Any] = json.loads(self.text)
        assert found == self.structured
        return found

    @property
    def data(self) -> Any:
        return self.answer["data"]

    @property
    def refusal(self) -> str:
        """Return why there is no answer: one sentence, and nothing of how the program is made."""
        assert self.failed and self.structured is None, self.text
        assert "\n" not in self.text and "Traceback" not in self.text and "pydantic" not in self.text
        return self.text


@dataclass(frozen=True)
class Assistant:
    """A connected client."""

    portal: BlockingPortal
    client: Client

    def ask(self, tool: str, **arguments: Any) -> Said:
        found = self.portal.call(self.client.call_tool, tool, arguments)
        [content] = found.content
        return Said(bool(found.is_error), content.text, found.structured_content)  # type: ignore[union-attr]

    def tools(self) -> dict[str, Any]:
        """Return the tools as the protocol describes them, by name."""
        listed = self.portal.call(self.client.list_tools)
        return {it.name: it.model_dump(mode="json", by_alias=True, exclude_none=True) for it in listed.tools}


@contextmanager
def over_streams(program: Program, log: Path, **extra: str) -> Iterator[Assistant]:
    """Start `trialwatch mcp` and speak to it. `log` gets what it writes to its standard error."""
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "tracker", "mcp"], env=program.environment(extra)
    )
    with log.open("w") as stream, connected(stdio_client(started, errlog=stream)) as found:
        yield found


@contextmanager
def over_http(site: Served, headers: Mapping[str, str] = {}) -> Iterator[Assistant]:
    """Speak to `/mcp` of a server, with these headers in each request."""
    with connected(_requests(f"{site.url}mcp", dict(headers))) as found:
        yield found


@asynccontextmanager
async def _requests(url: str, headers: dict[str, str]) -> AsyncIterator[Any]:
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=60) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


@contextmanager
def connected(transport: AbstractAsyncContextManager[Any]) -> Iterator[Assistant]:
    """Connect the client over a transport of the SDK."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(transport)) as client:
        yield Assistant(portal, client)
