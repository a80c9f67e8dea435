"""Convert cohorts to rows of the store and back."""

from __future__ import annotations

from datetime import datetime

import orjson

from storage.engine.bulk import storable
from storage.tables.models import CohortRow
from tracker.similar.cohorts.cohort_definition import Definition

__all__ = ["definition_of", "row_of"]


def definition_of(row: CohortRow) -> Definition:
    """Return the cohort of a row."""
    query = tuple((str(name), str(text)) for name, text in orjson.loads(row.query))
    return Definition(row.name, row.kind, row.size, row.registry_name, row.seed, query, tuple(orjson.loads(row.tags)))


def row_of(cohort: Definition, now: datetime) -> CohortRow:
    """Return the row of a new cohort."""
    query = [[name, storable(text)] for name, text in cohort.query]
    return CohortRow(
        name=cohort.name,
        registry_name=cohort.registry,
        kind=cohort.kind,
        seed=cohort.seed,
        query=orjson.dumps(query).decode(),
        size=cohort.size,
        tags=orjson.dumps([storable(tag) for tag in cohort.tags]).decode(),
        created_at=now,
    )
