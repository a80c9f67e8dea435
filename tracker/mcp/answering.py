"""Answer one call of a tool: ask, quote, and keep it short."""

from __future__ import annotations

from typing import Any

import msgspec

from tracker.api.assistants import Answered, LeftOff
from tracker.mcp.caps import MOST_BYTES, Fitted, fitted, part_of, size_of
from tracker.mcp.offered import OfferedTool
from tracker.mcp.quoted import NOTICE, without_hidden
from tracker.mcp.reading import Reading
from tracker.mcp.wanted import Wanted

__all__ = ["answered"]


def answered(tool: OfferedTool, reading: Reading, arguments: Wanted) -> Answered:
    """Return the answer of a tool, in less than 64 KiB of JSON. Raise what its use case raises, and UsageError."""
    source = reading.source()
    data = _asked(tool, reading, arguments)
    if tool.rows and not _part(arguments):
        arguments, data = _fewer_rows(tool, reading, arguments, data)
    fit = _fitted(tool, arguments, data)
    return Answered(
        notice=NOTICE, source=source, data=fit.data, left_off=[*_next_page(tool, arguments, data), *fit.left_off]
    )


def _asked(tool: OfferedTool, reading: Reading, arguments: Wanted) -> Any:
    # By way of JSON: nothing is left then but what `without_hidden` knows.
    return without_hidden(msgspec.json.decode(msgspec.json.encode(tool.ask(reading, arguments))))


def _part(arguments: Wanted) -> str:
    return str(getattr(arguments, "part", "") or "")


def _fitted(tool: OfferedTool, arguments: Wanted, data: Any) -> Fitted:
    part, skip = _part(arguments), int(getattr(arguments, "skip", 0))
    found = fitted(part_of(data, part), part, skip)
    if tool.in_parts:
        return found
    return Fitted(found.data, [msgspec.structs.replace(it, how=tool.whole) for it in found.left_off])


def _fewer_rows(tool: OfferedTool, reading: Reading, arguments: Wanted, data: Any) -> tuple[Wanted, Any]:
    """Ask again for as many rows as fit, so that the answer says where the next page begins."""
    rows = data[tool.rows]
    if size_of(data) <= MOST_BYTES or len(rows) < 2:
        return arguments, data
    room = MOST_BYTES - size_of({**data, tool.rows: []})
    fitting = 0
    for row in rows:
        room -= size_of(row) + 1
        if room < 0:
            break
        fitting += 1
    fewer = arguments.model_copy(update={"limit": max(1, fitting)})
    return fewer, _asked(tool, reading, fewer)


def _next_page(tool: OfferedTool, arguments: Wanted, data: Any) -> list[LeftOff]:
    if not tool.rows or _part(arguments) or data.get("next") is None:
        return []
    after = data["next"]
    how = f"Ask again with after={after if isinstance(after, int) else repr(after)} and the same arguments"
    return [LeftOff(part=f"/{tool.rows}", shown=len(data[tool.rows]), of=data.get("total"), how=how)]
