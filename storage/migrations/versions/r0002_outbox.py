"""The outbox: messages, their events, every attempt, and the state of the channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = AutoString()
INSTANT = UTCDateTime()


def upgrade() -> None:
    _messages()
    _told()
    _attempts()
    _channels()


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")


def _messages() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("batch", TEXT, nullable=False),
        sa.Column("within", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("lease_of", sa.Integer(), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", TEXT, nullable=False),
        sa.Column("recipients", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("key", name="uq_message_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_channel_state_next_attempt_at", "message", ["channel", "state", "next_attempt_at"])
    op.create_index("ix_message_channel_trial_state", "message", ["channel", "trial", "state"])
    op.create_index("ix_message_batch", "message", ["batch"])


def _told() -> None:
    op.create_table(
        "message_event",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["message.key"], name="fk_message_event_key_message"),
        sa.ForeignKeyConstraint(["seq"], ["event.seq"], name="fk_message_event_seq_event"),
        sa.PrimaryKeyConstraint("key", "seq", name="pk_message_event"),
    )
    op.create_index("ix_message_event_seq", "message_event", ["seq"])


def _attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("detail", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["key"], ["message.key"], name="fk_attempt_key_message"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempt_key", "attempt", ["key"])


def _channels() -> None:
    op.create_table(
        "channel",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("last_failure_at", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_channel"),
    )
    op.create_table(
        "muted",
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name="pk_muted"),
    )
