"""The hash of each trial's last answer as it came over the wire, so that the same bytes are not decoded again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXT = AutoString()


def upgrade() -> None:
    op.create_table(
        "wire_hash",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("light_hash", TEXT, nullable=False),
        sa.Column("wire_hash", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_wire_hash_trial_trial"),
        sa.PrimaryKeyConstraint("trial", name="pk_wire_hash"),
    )


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
