"""The tables. No relationships and no lazy loading: a row is read whole and goes no further than its reader.

Codes are text (a registry may add one any day), JSON is text, instants are aware UTC datetimes, days are ISO text.
The classes do not validate what they are given: frozen values elsewhere are what is validated.
"""

# No `from __future__ import annotations` here: SQLModel reads the annotations themselves.
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from storage.tables.base_table import Table
from storage.tables.cohort_models import CohortMemberRow, CohortRejectedRow, CohortRow
from storage.tables.outbox_models import AttemptRow, ChannelRow, MessageEventRow, MessageRow, MuteRow

__all__ = [
    "AliasRow",
    "AttemptRow",
    "ChannelRow",
    "CohortMemberRow",
    "CohortRejectedRow",
    "CohortRow",
    "DictionaryRow",
    "DocumentRow",
    "EventRow",
    "FieldChangeRow",
    "HostRow",
    "JobRow",
    "MergeClaimRow",
    "MessageEventRow",
    "MessageRow",
    "MuteRow",
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
]


class StoreRow(Table, table=True):
    """One row: who this store is, and the head of its event chain."""

    __tablename__ = "store"

    id: int = Field(default=1, primary_key=True)
    store_id: str
    created_at: datetime | None = None
    seq: int = 0
    event_head: str = ""
    canonical: str


class TrialRow(Table, table=True):
    """A trial we know: its current version's listing columns, and how far it has been read.

    `mark` is the data timestamp of its last complete read; `missing_mark` that of the last direct 404 counted.
    """

    __tablename__ = "trial"

    trial: str = Field(primary_key=True)
    registry_name: str
    current_version: int | None = None
    versions: int = 0
    light_hash: str = ""
    mark: str | None = None
    full_read_at: datetime | None = None
    last_checked_at: datetime | None = None
    next_look_at: datetime | None = Field(default=None, index=True)
    missing_mark: str | None = None
    missing_count: int = 0
    gone_since: datetime | None = None
    title: str = ""
    status: str = ""
    enrollment_count: int | None = Field(default=None, sa_type=BigInteger)
    enrollment_type: str = ""
    results: str | None = None


class WatchRow(Table, table=True):
    __tablename__ = "watch"

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
    """An obsolete id of a trial, and the id it goes by now."""

    __tablename__ = "alias"

    alias: str = Field(primary_key=True)
    trial: str
    noted_at: datetime


class MergeClaimRow(Table, table=True):
    """A claim of the registry that `alias` is an obsolete id of `trial`, not believed so far.

    `first_stamp`: the oldest data timestamp since which both sides have said so without a break, None when they do
    not; `last_stamp`: that of the last answer about it. `leads`: the number's own answer led to `trial` then.
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
    """A zstd dictionary trained from the store's own documents; compressed. Never changed, never dropped."""

    __tablename__ = "dictionary"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sha256: str
    body: bytes


class DocumentRow(Table, table=True):
    """The canonical bytes of one raw document, compressed, under their own SHA-256.

    `base`: the document it is written as the difference from, `depth` steps from one that is whole; `dictionary`: the
    one a whole document is compressed with.
    """

    __tablename__ = "document"
    # Partial on PostgreSQL too (r0003). Said here it would have every start on SQLite load that dialect.
    __table_args__ = (Index(None, "base", sqlite_where=text("base IS NOT NULL")),)

    sha256: str = Field(primary_key=True)
    size: int
    encoding: str
    body: bytes
    base: str | None = Field(default=None, foreign_key="document.sha256")
    depth: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    dictionary: int | None = Field(default=None, foreign_key="dictionary.id")


class StagedDocumentRow(Table, table=True):
    """A raw document a run has read and not yet decided on."""

    __tablename__ = "staged"

    run: int = Field(primary_key=True, foreign_key="run.id")
    trial: str = Field(primary_key=True)
    raw_sha256: str = Field(foreign_key="document.sha256", index=True)
    light_hash: str
    url: str
    fetched_at: datetime


class SnapshotRow(Table, table=True):
    """One version of one trial. The listing columns and `registry_version` lie outside the chain.

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
    """One run of days on which a version was seen, first and last."""

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
    """One thing that happened. `trial` is "" for what is about us and not about a trial."""

    __tablename__ = "event"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    identity: str = Field(index=True)
    trial: str = Field(index=True)
    kind: str
    severity: str
    summary: str
    subject: str = ""
    effective: str
    observed_at: datetime = Field(index=True)
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


class RunRow(Table, table=True):
    """One poll. `outcome` is "running" until it is finished; `detail` is JSON text."""

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
    """A document that was not taken as a record, with its bytes (compressed) and the reason.

    `kind` is the reason for programs, `reason` for people. It is "" in rows from before there were kinds, doubts apart.
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


class HostRow(Table, table=True):
    """The politeness owed to one host, shared by every process on this store.

    `not_before`: nobody asks before it, for the reason `pause_cause` ("refused", "asked", "failing", or "").
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
    """A wish for a look now, for the daemon to grant. `trials` is JSON text; "null" for all that are watched."""

    __tablename__ = "ask"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    asked_at: datetime
    trials: str
    run: int | None = None
    answer: str = ""


class JobRow(Table, table=True):
    """How one of the daemon's jobs is doing. `failing_since` is None while it succeeds; `holder`: who runs it."""

    __tablename__ = "job"

    name: str = Field(primary_key=True)
    holder: str = ""
    started_at: datetime | None = None
    succeeded_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""


class ResultsStatusRow(Table, table=True):
    """Where the results of a trial stand, made from its versions (so many, and that one current) by those rules.

    `told` is JSON text. Nothing rests on it: it is made anew whenever it does not fit.
    """

    __tablename__ = "standing"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    versions: int
    current_version: int
    rules: str
    told: str


class RegisterLinkRow(Table, table=True):
    """`other`: a number in another register that the record of `trial` names. It need not be a trial of this store."""

    __tablename__ = "link"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    other: str = Field(primary_key=True, index=True)


class ShownRow(Table, table=True):
    """How far a reader has been shown the events."""

    __tablename__ = "shown"

    reader: str = Field(primary_key=True)
    seq: int
