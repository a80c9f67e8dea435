"""What `watch --dry-run` says of a query."""

from __future__ import annotations

import msgspec

from tracker.changes.wording.words import count_of
from tracker.cli.render.output import Answer
from tracker.cli.render.terminal import console
from tracker.records.clean import clean
from tracker.services.similar.cohorts import query_of
from tracker.services.similar.watch_cohorts import CountedQuery

__all__ = ["answer_of_count"]


def answer_of_count(counted: CountedQuery) -> Answer:
    """Return how many trials a query would bring, for `watch --dry-run`."""
    cohort, found = counted.cohort, counted.found
    row = {
        "cohort": cohort.name,
        "query": msgspec.to_builtins(query_of(cohort)),
        "found": found,
        "cap": cohort.size,
        "would_watch": counted.would_watch,
    }

    def sentences() -> None:
        cut = f"; the {cohort.size:,} registered last would be watched (--cap)" if found > cohort.size else ""
        console().print(
            clean(f"{count_of(found, 'trial')} found{cut}. Nothing was written: {cohort.name} is its name.")
        )

    return Answer({"query": row}, "query", ("cohort", "query", "found", "cap", "would_watch"), table=sentences)
