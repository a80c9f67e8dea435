"""The tables of cohorts: sets of trials that are searched for regularly."""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from datetime import datetime

from sqlalchemy import false, text
from sqlmodel import Field

from storage.tables.base_table import Table

__all__ = ["CohortMemberRow", "CohortRejectedRow", "CohortRow"]


class CohortRow(Table, table=True):
    """A set of trials and how to find it. `name` is also the tag of its trials.

    `kind`: "similar" for the `size` trials most similar to `seed`, or "query" for at most `size` trials that `query`
    finds (JSON text of name-text pairs). `tags`: further tags, JSON text. `filled_at`: the end of the first search that
    was not cut off; trials that enter before are not reported. `data_timestamp`: that of the last search. `remark`:
    what that search did not see, or "". `error`: why the last `failures` searches failed. `refused`: the registry
    refuses the query itself. `ranking`: the ranking that chose its trials, if it is of the similar kind.
    """

    __tablename__ = "cohort"

    name: str = Field(primary_key=True)
    registry_name: str
    kind: str
    seed: str = ""
    query: str = "[]"
    size: int
    tags: str = "[]"
    created_at: datetime
    active: bool = True
    stopped_at: datetime | None = None
    filled_at: datetime | None = None
    searched_at: datetime | None = None
    next_search_at: datetime | None = Field(default=None, index=True)
    data_timestamp: str | None = Field(default=None, sa_column_kwargs={"name": "mark", "key": "data_timestamp"})
    remark: str = ""
    failures: int = 0
    error: str = ""
    refused: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    ranking: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class CohortMemberRow(Table, table=True):
    """A trial of a cohort.

    `missing`: how many complete searches in a row did not find it. `brought`: it was not watched before it entered the
    cohort.
    """

    __tablename__ = "cohort_member"

    cohort: str = Field(primary_key=True, foreign_key="cohort.name")
    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    entered_at: datetime
    missing: int = 0
    brought: bool = False


class CohortRejectedRow(Table, table=True):
    """A trial that a person keeps out of a cohort for good. The cohort need not exist."""

    __tablename__ = "cohort_rejected"

    cohort: str = Field(primary_key=True)
    trial: str = Field(primary_key=True)
    at: datetime
