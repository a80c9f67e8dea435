"""The table of cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tracker.api.similar import Cohort
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer

__all__ = ["answer_of_cohorts"]

_FIELDS = ("cohort", "kind", "seed", "query", "size", "tags", "trials", "searched_at", "next_search_at", "remark")


def answer_of_cohorts(cohorts: Sequence[Cohort]) -> Answer:
    columns = (
        Column("cohort", "Cohort"),
        Column("what", "What", _what, room=3),
        Column("trials", "Trials", right=True),
        Column("searched_at", "Searched", lambda row: _minute(row["searched_at"]) or "not yet", spare=True),
        Column("next_search_at", "Next", lambda row: _minute(row["next_search_at"]) or "at once", spare=True),
        Column("remark", "Not seen", lambda row: row["error"] or row["remark"] or "-", room=2, spare=True),
    )
    empty = "There is no cohort yet. Try: trialwatch similar NCT05349331 --watch"
    rows = msgspec.to_builtins(list(cohorts))
    return Answer({"cohorts": rows}, "cohorts", (*_FIELDS, "error"), columns, empty)


def _what(row: Any) -> str:
    if row["seed"]:
        return f"the {row['size']} most like {row['seed']}"
    return ", ".join(f"{pair['name']}={pair['text']}" for pair in row["query"])


def _minute(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ")
