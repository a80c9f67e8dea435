"""The tables of polls: the runs, what they have read and not decided on, and what they could not read."""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from datetime import datetime
from typing import ClassVar

from sqlmodel import Field

from storage.tables.base_table import Table

__all__ = ["QuarantineRow", "RunRow", "StagedDocumentRow", "WireHashRow"]


class RunRow(Table, table=True):
    """One poll. `outcome` is "running" until it is finished. `detail` is JSON text."""

    __tablename__ = "run"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    registry_name: str
    started_at: datetime
    finished_at: datetime | None = None
    data_timestamp: str | None = None
    outcome: str
    checked: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    requests: int = 0
    detail: str = "{}"


class QuarantineRow(Table, table=True):
    """A document that was not accepted as a record, with its compressed bytes and the reason.

    `kind` is the reason for programs, `reason` for people. `kind` is "" in rows older than kinds, except for doubts.
    """

    __tablename__ = "quarantine"

    trial: str = Field(primary_key=True)
    raw_sha256: str = Field(primary_key=True)
    normalizer: int
    path: str
    reason: str
    body: bytes
    url: str
    first_seen_at: datetime
    last_seen_at: datetime
    cleared_at: datetime | None = None
    kind: str = Field(default="", sa_column_kwargs={"server_default": ""})


class StagedDocumentRow(Table, table=True):
    """A raw document that a run has read but not committed. `decision` is what to write about the first of a trial."""

    __tablename__ = "staged"

    run: int = Field(primary_key=True, foreign_key="run.id")
    trial: str = Field(primary_key=True)
    raw_sha256: str = Field(foreign_key="document.sha256", index=True)
    light_hash: str
    url: str
    fetched_at: datetime
    decision: bytes | None = None


class WireHashRow(Table, table=True):
    """The wire hash of the last answer about a trial, and the light hash of the document in it.

    Both are of the same bytes, so a row never becomes wrong. It says nothing about which version is current.
    """

    __tablename__ = "wire_hash"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    light_hash: str
    wire_hash: str
