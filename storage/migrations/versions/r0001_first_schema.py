"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = AutoString()
INSTANT = UTCDateTime()


def upgrade() -> None:
    _store_and_runs()
    _trials()
    _documents()
    _versions()
    _events()
    _daemon()


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")


def _store_and_runs() -> None:
    op.create_table(
        "store",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("store_id", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event_head", TEXT, nullable=False),
        sa.Column("canonical", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registry_name", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("data_timestamp", TEXT, nullable=True),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shown",
        sa.Column("reader", TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("reader", name="pk_shown"),
    )
    op.create_table(
        "host",
        sa.Column("host", TEXT, nullable=False),
        sa.Column("next_request_at", INSTANT, nullable=True),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("busy_until", INSTANT, nullable=True),
        sa.Column("busy_by", TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_host"),
    )


def _trials() -> None:
    op.create_table(
        "trial",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("registry_name", TEXT, nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=True),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("light_hash", TEXT, nullable=False),
        sa.Column("mark", TEXT, nullable=True),
        sa.Column("full_read_at", INSTANT, nullable=True),
        sa.Column("last_checked_at", INSTANT, nullable=True),
        sa.Column("next_look_at", INSTANT, nullable=True),
        sa.Column("missing_mark", TEXT, nullable=True),
        sa.Column("missing_count", sa.Integer(), nullable=False),
        sa.Column("gone_since", INSTANT, nullable=True),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("enrollment_count", sa.BigInteger(), nullable=True),
        sa.Column("enrollment_type", TEXT, nullable=False),
        sa.Column("results", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("trial", name="pk_trial"),
    )
    op.create_index("ix_trial_next_look_at", "trial", ["next_look_at"])
    op.create_table(
        "watch",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("registry_name", TEXT, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_watch_trial"),
        sa.PrimaryKeyConstraint("trial", name="pk_watch"),
    )
    op.create_table(
        "tag",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("tag", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_tag_trial"),
        sa.PrimaryKeyConstraint("trial", "tag", name="pk_tag"),
    )
    op.create_index("ix_tag_tag", "tag", ["tag"])
    op.create_table(
        "alias",
        sa.Column("alias", TEXT, nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("noted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("alias", name="pk_alias"),
    )


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("encoding", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_document"),
    )
    op.create_table(
        "staged",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("raw_sha256", TEXT, nullable=False),
        sa.Column("light_hash", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["raw_sha256"], ["document.sha256"], name="fk_staged_raw_sha256"),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name="fk_staged_run"),
        sa.PrimaryKeyConstraint("run", "trial", name="pk_staged"),
    )
    op.create_index("ix_staged_raw_sha256", "staged", ["raw_sha256"])
    op.create_table(
        "quarantine",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("raw_sha256", TEXT, nullable=False),
        sa.Column("normalizer", sa.Integer(), nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("trial", "raw_sha256", name="pk_quarantine"),
    )


def _versions() -> None:
    op.create_table(
        "snapshot",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("raw_sha256", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.Column("effective", TEXT, nullable=False),
        sa.Column("effective_basis", TEXT, nullable=False),
        sa.Column("submit_date", TEXT, nullable=False),
        sa.Column("registry_version", sa.Integer(), nullable=True),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("normalizer", sa.Integer(), nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("enrollment_count", sa.BigInteger(), nullable=True),
        sa.Column("enrollment_type", TEXT, nullable=False),
        sa.Column("results", TEXT, nullable=True),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("chain", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["raw_sha256"], ["document.sha256"], name="fk_snapshot_raw_sha256"),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_snapshot_trial"),
        sa.PrimaryKeyConstraint("trial", "version", name="pk_snapshot"),
    )
    op.create_index("ix_snapshot_raw_sha256", "snapshot", ["raw_sha256"])
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_day", TEXT, nullable=False),
        sa.Column("last_day", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["trial", "version"], ["snapshot.trial", "snapshot.version"], name="fk_sighting_trial_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sighting"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sighting_trial_version", "sighting", ["trial", "version"])


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("identity", TEXT, nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("effective", TEXT, nullable=False),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.Column("from_version", sa.Integer(), nullable=True),
        sa.Column("to_version", sa.Integer(), nullable=True),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("previous", TEXT, nullable=False),
        sa.Column("chain", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_event"),
        sa.UniqueConstraint("id", name="uq_event_id"),
    )
    op.create_index("ix_event_identity", "event", ["identity"])
    op.create_index("ix_event_observed_at", "event", ["observed_at"])
    op.create_index("ix_event_trial", "event", ["trial"])
    op.create_table(
        "field_change",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("before", TEXT, nullable=False),
        sa.Column("after", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["event.seq"], name="fk_field_change_seq"),
        sa.PrimaryKeyConstraint("seq", "position", name="pk_field_change"),
    )


def _daemon() -> None:
    op.create_table(
        "ask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("trials", TEXT, nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("answer", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ask"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "job",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("succeeded_at", INSTANT, nullable=True),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job"),
    )
