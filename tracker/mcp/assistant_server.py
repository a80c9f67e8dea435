"""The server of the MCP SDK with our tools. The one file that imports the SDK; it takes a second to load.

The SDK speaks the protocol, over standard streams or HTTP. What an argument must be, who waits for whom, and what a
failure says is ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import msgspec
from anyio import CapacityLimiter, to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, TextContent, ToolAnnotations
from pydantic import ValidationError
from starlette.types import ASGIApp

from storage.engine.database import READERS
from tracker import __version__
from tracker.api.assistants import Answered
from tracker.api.schema.shapes import definitions
from tracker.changes.wording.nearest import did_you_mean
from tracker.errors import RecordError
from tracker.mcp.answering import answered
from tracker.mcp.ended_input import input_that_ends
from tracker.mcp.offered import TOOLS, OfferedTool
from tracker.mcp.quoted import INSTRUCTIONS
from tracker.mcp.reading import Reading
from tracker.records.clean import clean
from tracker.records.json_objects import JsonObject
from tracker.records.one_line import one_line
from tracker.services.diagnostics.told_errors import told_error
from tracker.services.similar.one_search import in_turn
from tracker.services.typed.wrong_values import wrong_value

__all__ = ["OverHttp", "assistants", "over_http", "serve_streams"]

_MOST_REQUEST_BYTES = 256 * 1024
_LONGEST_FAILURE = 1_000
_READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def serve_streams(reading: Reading) -> None:
    """Answer over standard input and output until the input ends or a signal comes. Nothing else is written there."""
    with input_that_ends():
        # The SDK holds a thread of the usual limit while it waits for input.
        anyio.run(assistants(reading, CapacityLimiter(READERS)).run_stdio_async)


@dataclass(frozen=True, slots=True)
class OverHttp:
    """The server as an application. `running` has to be entered around all requests, in one task."""

    app: ASGIApp
    running: Callable[[], AbstractAsyncContextManager[None]]


def over_http(reading: Reading, path: str, hosts: Iterable[str]) -> OverHttp:
    """Return the server for one path. `hosts`: the names it answers under, without ports, in small letters.

    Each request stands for itself: no session is kept, and no stream stays open.
    """
    server = assistants(reading)
    names = list(hosts)
    security = TransportSecuritySettings(
        allowed_hosts=[*names, *(f"{it}:*" for it in names)],
        allowed_origins=[
            f"{scheme}://{it}{port}" for it in names for scheme in ("http", "https") for port in ("", ":*")
        ],
    )
    app = server.streamable_http_app(
        streamable_http_path=path,
        json_response=True,
        stateless_http=True,
        max_request_body_size=_MOST_REQUEST_BYTES,
        transport_security=security,
    )
    return OverHttp(app, server.session_manager.run)


def assistants(reading: Reading, threads: CapacityLimiter | None = None) -> MCPServer[Any]:
    """Return the server with all tools. `threads`: how many calls run at a time. None: as many as the usual limit."""
    with _own_logging():
        return _Server(
            "trialwatch",
            title="Trialwatch",
            description="What clinical trial registries say, said, and changed.",
            instructions=INSTRUCTIONS,
            version=__version__,
            tools=[_tool(name, offered, reading, threads) for name, offered in TOOLS.items()],
            subscriptions=False,
            reading=reading,
        )


@contextmanager
def _own_logging() -> Iterator[None]:
    """Undo what the SDK does to the log of the whole process when a server is made."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


class _Server(MCPServer[Any]):
    """Says what went wrong in our words, and nothing of a fault."""

    def __init__(self, *words: Any, reading: Reading, **options: Any) -> None:
        super().__init__(*words, **options)
        self._reading = reading

    async def call_tool(
        self, name: str, arguments: JsonObject, context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        if name not in TOOLS:
            near = did_you_mean(name, list(TOOLS))
            return _failed(f"There is no tool {name[:40]!r}.{near} There are: {', '.join(TOOLS)}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            return _failed(self._said(name, error.__cause__ or error))

    def _said(self, name: str, error: BaseException) -> str:
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            where = str(first["loc"][0]) if first["loc"] else ""
            return wrong_value(first, where, list(TOOLS[name].arguments.model_fields), "argument").sentence
        if isinstance(error, RecordError):
            # Its words may hold a value of the record, and a failure is not quoted.
            trial = error.subject
            return f"A stored version of {trial} cannot be read by this program. See: trialwatch show {trial} --raw"
        told = told_error(error) if isinstance(error, Exception) else told_error(Exception())
        if told.is_fault:
            self._reading.trouble(f"the tool {name} failed", error)
        return told.message


def _failed(sentence: str) -> CallToolResult:
    text = clean(one_line(sentence))[:_LONGEST_FAILURE]
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def _tool(name: str, offered: OfferedTool, reading: Reading, threads: CapacityLimiter | None) -> Tool:
    async def call(**given: Any) -> CallToolResult:
        ask = partial(answered, offered, reading, offered.arguments(**given))
        found = await (in_turn(ask) if offered.is_heavy else to_thread.run_sync(ask, limiter=threads))
        return _result(found)

    # The SDK takes arguments of its own kind; ours refuses what it does not know.
    taken = type(offered.arguments.__name__, (offered.arguments, ArgModelBase), {"__module__": __name__})
    return Tool(
        fn=call,
        name=name,
        title=offered.title,
        description=offered.description,
        parameters=_argument_schema(offered),
        fn_metadata=FuncMetadata(arg_model=taken, output_schema=_answer_schema()),
        is_async=True,
        context_kwarg=None,
        annotations=_READ_ONLY,
    )


def _result(found: Answered) -> CallToolResult:
    text = msgspec.json.encode(found).decode()
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=msgspec.to_builtins(found))


def _answer_schema() -> JsonObject:
    """Return the JSON Schema of all answers: their keys and what these are. A model reads it once for each tool."""
    shape = definitions([Answered], "{name}")[Answered.__name__]
    said = {name: {"description": about["description"]} for name, about in shape["properties"].items()}
    return {"type": "object", "properties": said, "required": list(said)}


def _argument_schema(offered: OfferedTool) -> JsonObject:
    """Return the JSON Schema of the arguments without the titles, which only repeat the names. Parts come last."""
    schema = offered.arguments.model_json_schema()
    names = sorted(schema["properties"], key=("part", "skip").__contains__)
    found = {name: {key: it for key, it in schema["properties"][name].items() if key != "title"} for name in names}
    return {
        "type": "object",
        "properties": found,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }
