"""Notes that users write on trials."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial", AutoString(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_note_trial_trial"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_note_trial", "note", ["trial"])


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
