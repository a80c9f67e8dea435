"""The tables. No relationships and no lazy loading: a row is read completely and stays with its reader.

Codes are text, because a registry may add one any day. JSON is text, instants are aware UTC datetimes, days are ISO
text. These classes do not validate their values; the frozen types elsewhere do.
"""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from storage.tables.base_table import Table
from storage.tables.cohort_models import CohortMemberRow, CohortRejectedRow, CohortRow
from storage.tables.note_models import NoteRow
from storage.tables.outbox_models import AttemptRow, ChannelRow, MessageEventRow, MessageRow, MuteRow
from storage.tables.polling_models import QuarantineRow, RunRow, StagedDocumentRow, WireHashRow
from storage.tables.results_models import DutyRow, ResultsStatusRow
from storage.values.change_filter import SET_TURNS
from storage.values.trial_head import NOT_FOUND

__all__ = [
    "AliasRow",
    "AttemptRow",
    "ChannelRow",
    "CohortMemberRow",
    "CohortRejectedRow",
    "CohortRow",
    "DictionaryRow",
    "DocumentRow",
    "DutyRow",
    "EventRow",
    "FieldChangeRow",
    "HostRow",
    "JobRow",
    "MergeClaimRow",
    "MessageEventRow",
    "MessageRow",
    "MuteRow",
    "NoteRow",
    "PollRequestRow",
    "QuarantineRow",
    "RegisterLinkRow",
    "ResultsStatusRow",
    "RunRow",
    "ShownRow",
    "SightingRow",
    "SnapshotRow",
    "StagedDocumentRow",
    "StoreRow",
    "Table",
    "TagRow",
    "TrialRow",
    "WatchRow",
    "WireHashRow",
]


class StoreRow(Table, table=True):
    """One row: the identity of this store, and the head of its event chain."""

    __tablename__ = "store"

    id: int = Field(default=1, primary_key=True)
    store_id: str
    created_at: datetime | None = None
    seq: int = 0
    event_head: str = ""
    canonical: str


class TrialRow(Table, table=True):
    """A known trial: the listing columns of its current version, and how far it has been read.

    `data_timestamp`: that of its last complete read. `missing_data_timestamp`: that of the last counted direct 404.
    `refused_data_timestamp`: that of a later read whose record was refused.
    Three columns keep their names of the first schema.
    """

    __tablename__ = "trial"
    __table_args__ = (Index(None, "missing_count", sqlite_where=text(NOT_FOUND)),)

    trial: str = Field(primary_key=True)
    registry_name: str
    current_version: int | None = None
    versions: int = 0
    light_hash: str = ""
    data_timestamp: str | None = Field(default=None, sa_column_kwargs={"name": "mark", "key": "data_timestamp"})
    full_read_at: datetime | None = None
    last_checked_at: datetime | None = None
    next_check_at: datetime | None = Field(
        default=None, index=True, sa_column_kwargs={"name": "next_look_at", "key": "next_check_at"}
    )
    next_check_reason: str = Field(default="", sa_column_kwargs={"server_default": ""})
    missing_data_timestamp: str | None = Field(
        default=None, sa_column_kwargs={"name": "missing_mark", "key": "missing_data_timestamp"}
    )
    missing_count: int = 0
    refused_data_timestamp: str | None = None
    gone_since: datetime | None = None
    title: str = ""
    status: str = ""
    enrollment_count: int | None = Field(default=None, sa_type=BigInteger)
    enrollment_type: str = ""
    results: str | None = None


class WatchRow(Table, table=True):
    __tablename__ = "watch"
    # Counts by registry read this index alone.
    __table_args__ = (Index(None, "registry_name", "added_at", sqlite_where=text("active = 1")),)

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    registry_name: str
    added_at: datetime
    active: bool = True
    stopped_at: datetime | None = None


class TagRow(Table, table=True):
    __tablename__ = "tag"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    tag: str = Field(primary_key=True, index=True)


class AliasRow(Table, table=True):
    """An obsolete id of a trial, and its current id."""

    __tablename__ = "alias"

    alias: str = Field(primary_key=True)
    trial: str
    noted_at: datetime


class MergeClaimRow(Table, table=True):
    """The registry's claim that `alias` is an obsolete id of `trial`, not believed so far.

    `first_stamp`: the oldest data timestamp since which both sides have said so without a break, None if they do not.
    `last_stamp`: that of the last answer about it. `leads`: in that answer, the number itself led to `trial`.
    `refused_at`: a person undid this merge, so it is never believed again.
    """

    __tablename__ = "merge_claim"

    alias: str = Field(primary_key=True)
    trial: str = Field(primary_key=True)
    first_stamp: str | None = None
    last_stamp: str | None = None
    leads: bool = False
    noted_at: datetime
    refused_at: datetime | None = None


class DictionaryRow(Table, table=True):
    """A zstd dictionary trained from the store's own documents, compressed. Never changed or deleted."""

    __tablename__ = "dictionary"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sha256: str
    body: bytes


class DocumentRow(Table, table=True):
    """The canonical bytes of one raw document, compressed, under their SHA-256.

    `base`: the document it is stored as the difference from, if any. `depth`: the number of steps to a complete
    document. `dictionary`: the one a complete document is compressed with.
    """

    __tablename__ = "document"
    # On PostgreSQL the index is partial too (r0003). Declaring that here would load that dialect at every start on
    # SQLite.
    __table_args__ = (Index(None, "base", sqlite_where=text("base IS NOT NULL")),)

    sha256: str = Field(primary_key=True)
    size: int
    encoding: str
    body: bytes
    base: str | None = Field(default=None, foreign_key="document.sha256")
    depth: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    dictionary: int | None = Field(default=None, foreign_key="dictionary.id")


class SnapshotRow(Table, table=True):
    """One version of one trial. The chain does not cover the listing columns and `registry_version`.

    `listed` is their hash; None in rows of the first two schemas.
    """

    __tablename__ = "snapshot"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    version: int = Field(primary_key=True)
    raw_sha256: str = Field(foreign_key="document.sha256", index=True)
    content_hash: str
    effective: str
    effective_basis: str
    submit_date: str = ""
    registry_version: int | None = None
    observed_at: datetime
    source: str
    run: int | None = None
    normalizer: int
    title: str = ""
    status: str = ""
    enrollment_count: int | None = Field(default=None, sa_type=BigInteger)
    enrollment_type: str = ""
    results: str | None = None
    previous: str
    chain: str
    listed: str | None = None


class SightingRow(Table, table=True):
    """A run of days on which a version was seen: the first and the last."""

    __tablename__ = "sighting"
    __table_args__ = (
        ForeignKeyConstraint(["trial", "version"], ["snapshot.trial", "snapshot.version"]),
        Index(None, "trial", "version"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    trial: str
    version: int
    first_day: str
    last_day: str


class EventRow(Table, table=True):
    """One thing that happened. `trial` is "" if it is about this program and not about a trial."""

    __tablename__ = "event"
    # Counts by severity read this index alone, whatever the filter.
    __table_args__ = (
        Index(None, "observed_at", "severity", "backfilled", "effective", "kind"),
        Index(None, "kind", sqlite_where=text(SET_TURNS)),
    )

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    identity: str = Field(index=True)
    trial: str = Field(index=True)
    kind: str
    severity: str
    summary: str
    subject: str = ""
    effective: str
    observed_at: datetime
    from_version: int | None = None
    to_version: int | None = None
    backfilled: bool = False
    run: int | None = None
    previous: str
    chain: str


class FieldChangeRow(Table, table=True):
    """One field of an event, before and after as JSON text."""

    __tablename__ = "field_change"

    seq: int = Field(primary_key=True, foreign_key="event.seq", sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    field: str
    label: str
    before: str
    after: str


class HostRow(Table, table=True):
    """The rate limit of one host, shared by all processes on this store.

    `not_before`: the host is not asked earlier, for the reason `pause_cause` ("refused", "asked", "failing", or "").
    `last_error`: the last failure, in words.
    """

    __tablename__ = "host"

    host: str = Field(primary_key=True)
    next_request_at: datetime | None = None
    not_before: datetime | None = None
    busy_until: datetime | None = None
    busy_by: str = ""
    failures: int = 0
    last_error: str = ""
    pause_cause: str = Field(default="", sa_column_kwargs={"server_default": ""})


class PollRequestRow(Table, table=True):
    """A request for a poll now, for the daemon to answer. `trials` is JSON text; "null" for all watched trials."""

    __tablename__ = "ask"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    asked_at: datetime
    trials: str
    run: int | None = None
    answer: str = ""


class JobRow(Table, table=True):
    """The state of one of the daemon's jobs.

    `failing_since` is None while it succeeds. `holder`: the process that runs it.
    """

    __tablename__ = "job"

    name: str = Field(primary_key=True)
    holder: str = ""
    started_at: datetime | None = None
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""


class RegisterLinkRow(Table, table=True):
    """`other`: a number in another register that the record of `trial` names. It may not be in this store."""

    __tablename__ = "link"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    other: str = Field(primary_key=True, index=True)


class ShownRow(Table, table=True):
    """How far a reader has been shown the events."""

    __tablename__ = "shown"

    reader: str = Field(primary_key=True)
    seq: int
