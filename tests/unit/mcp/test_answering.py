"""What an answer leaves off is named, whatever list it was cut from."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tracker.api.assistants import Source
from tracker.mcp.answering import answered
from tracker.mcp.offered import TOOLS, OfferedTool
from tracker.mcp.wanted import DueWanted, SimilarWanted, TrialWanted

MOST_BYTES = 64 * 1024


class Reading:
    """Answers for a store: how new it is."""

    def source(self) -> Source:
        return Source(store="s", seq=1, as_of="2026-01-01T00:00:00Z", registries=[])


class Found(msgspec.Struct):
    similar: list[dict[str, str]]


class Owed(msgspec.Struct):
    owing: list[dict[str, str]]
    total: int
    due: list[dict[str, str]]
    due_total: int
    next: str | None


class Record(msgspec.Struct):
    record: dict[str, Any]


READING: Any = Reading()


def offered(name: str, ask: Any) -> OfferedTool:
    """Return a tool that asks something else."""
    tool = TOOLS[name]
    return OfferedTool(tool.title, ask, tool.arguments, tool.rows, totals=tool.totals, whole=tool.whole)


def rows(number: int, size: int) -> list[dict[str, str]]:
    return [{"title": f"{at:04}" + "x" * size} for at in range(number)]


def test_rows_without_a_next_page_are_named_when_they_do_not_fit() -> None:
    tool = offered("similar_trials", lambda _, wanted: Found(similar=rows(wanted.limit, 1_300)))
    found = answered(tool, READING, SimilarWanted(trial="NCT00000001", limit=100))
    shown = len(found.data["similar"])
    assert 30 < shown < 100
    [left] = found.left_off
    assert (left.part, left.shown, left.of) == ("/similar", shown, None) and "Narrow" in left.how
    few = answered(tool, READING, SimilarWanted(trial="NCT00000001", limit=5))
    assert len(few.data["similar"]) == 5 and few.left_off == []


@pytest.mark.parametrize(("limit", "size"), [(100, 560), (10, 20)])
def test_both_lists_of_what_is_due_are_named(limit: int, size: int) -> None:
    def ask(_: Any, wanted: DueWanted) -> Owed:
        some = rows(wanted.limit, size)
        return Owed(owing=some, total=300, due=some, due_total=400, next=str(wanted.limit))

    found = answered(offered("results_due", ask), READING, DueWanted(limit=limit))
    shown = len(found.data["owing"])
    assert len(found.data["due"]) == shown and min(limit, 30) <= shown <= limit
    assert [(it.part, it.shown, it.of) for it in found.left_off] == [("/owing", shown, 300), ("/due", shown, 400)]


def test_slashes_in_a_part_make_no_answer_longer() -> None:
    record = {f"text{at}": "x" * 9_000 for at in range(18)}
    tool = offered("get_trial", lambda *_: Record(record=record))
    plain = answered(tool, READING, TrialWanted(trial="NCT00000001", part="record"))
    found = answered(tool, READING, TrialWanted(trial="NCT00000001", part="/" * 480 + "record"))
    assert len(msgspec.json.encode(found)) < MOST_BYTES and found == plain and found.left_off
