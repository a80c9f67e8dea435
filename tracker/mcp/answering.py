"""Answer one call of a tool: ask, quote, and keep it short."""

from __future__ import annotations

from itertools import zip_longest
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
    wanted = arguments
    if tool.rows and not _part(arguments):
        arguments, data = _fewer_rows(tool, reading, arguments, data)
    fit = _fitted(tool, arguments, data)
    rows_left = [] if _part(arguments) else [*_rows_left(tool, wanted, arguments, data), *_due_left(tool, data)]
    return Answered(notice=NOTICE, source=source, data=fit.data, left_off=[*rows_left, *fit.left_off])


def _asked(tool: OfferedTool, reading: Reading, arguments: Wanted) -> Any:
    # By way of JSON: nothing is left then but what `without_hidden` knows.
    return without_hidden(msgspec.json.decode(msgspec.json.encode(tool.ask(reading, arguments))))


def _part(arguments: Wanted) -> str:
    """Return the part that is asked for, as `/record/title`. "" for all."""
    steps = list(filter(None, str(getattr(arguments, "part", "") or "").split("/")))
    return f"/{'/'.join(steps)}" if steps else ""


def _fitted(tool: OfferedTool, arguments: Wanted, data: Any) -> Fitted:
    part, skip = _part(arguments), int(getattr(arguments, "skip", 0))
    found = fitted(part_of(data, part), part, skip)
    if tool.in_parts:
        return found
    return Fitted(found.data, [msgspec.structs.replace(it, how=tool.whole) for it in found.left_off])


def _fewer_rows(tool: OfferedTool, reading: Reading, arguments: Wanted, data: Any) -> tuple[Wanted, Any]:
    """Ask again for as many rows as fit, so that the answer says where the next page begins."""
    lists = {name: data[name] for name in (tool.rows, *tool.totals) if name}
    if size_of(data) <= MOST_BYTES or max(map(len, lists.values())) < 2:
        return arguments, data
    room = MOST_BYTES - size_of({**data, **{name: [] for name in lists}})
    fitting = 0
    for rows in zip_longest(*lists.values()):
        room -= sum(size_of(row) + 1 for row in rows if row is not None)
        if room < 0:
            break
        fitting += 1
    fewer = arguments.model_copy(update={"limit": max(1, fitting)})
    return fewer, _asked(tool, reading, fewer)


def _rows_left(tool: OfferedTool, wanted: Wanted, arguments: Wanted, data: Any) -> list[LeftOff]:
    """Name the rows that are missing. `arguments` may ask for fewer of them than was wanted."""
    if not tool.rows:
        return []
    shown, after = len(data[tool.rows]), data.get("next")
    if after is not None:
        how = f"Ask again with after={after if isinstance(after, int) else repr(after)} and the same arguments"
        return [LeftOff(part=f"/{tool.rows}", shown=shown, of=data.get("total"), how=how)]
    if arguments is wanted or shown < _limit(arguments):
        return []
    how = "More do not fit into one answer. Narrow the question to see others"
    return [LeftOff(part=f"/{tool.rows}", shown=shown, of=None, how=how)]


def _due_left(tool: OfferedTool, data: Any) -> list[LeftOff]:
    """Name what is missing of lists that have no next page, but a total."""
    return [
        LeftOff(part=f"/{name}", shown=len(data[name]), of=data[total], how=how)
        for name, (total, how) in tool.totals.items()
        if len(data[name]) < data[total]
    ]


def _limit(arguments: Wanted) -> int:
    return int(getattr(arguments, "limit", 0))
