"""The table of cohorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tracker.api.similar import Cohort
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer
from tracker.cli.render.trial_heading import trial_heading

__all__ = ["answer_of_cohorts"]

_FIELDS = ("cohort", "kind", "seed", "query", "size", "tags", "trials", "searched_at", "next_search_at", "remark")


def answer_of_cohorts(cohorts: Sequence[Cohort], titles: Mapping[str, str] = {}) -> Answer:
    """Return the cohorts in every format. `titles` are those of their seeds, for the table."""
    columns = (
        Column("cohort", "Cohort"),
        Column("what", "What", lambda row: _what(row, titles), room=3),
        Column("trials", "Trials", right=True),
        Column("searched_at", "Searched", lambda row: row["searched_at"] or "not yet", spare=3, instant=True),
        Column("next_search_at", "Next", lambda row: row["next_search_at"] or "at once", spare=2, instant=True),
        Column("remark", "Not seen", lambda row: row["error"] or row["remark"] or "-", room=2, spare=1),
    )
    empty = "There is no cohort yet. Try: trialwatch similar NCT05349331 --watch"
    rows = msgspec.to_builtins(list(cohorts))
    return Answer({"cohorts": rows}, "cohorts", (*_FIELDS, "error"), columns, empty)


def _what(row: Any, titles: Mapping[str, str]) -> str:
    if row["seed"]:
        return f"the {row['size']} most like {trial_heading(row['seed'], titles.get(row['seed']))}"
    return ", ".join(f"{pair['name']}={pair['text']}" for pair in row["query"])
