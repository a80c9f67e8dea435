"""The results status of each trial, stored next to its versions so that a list need not read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = AutoString()


def upgrade() -> None:
    op.create_table(
        "standing",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("told", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_standing_trial_trial"),
        sa.PrimaryKeyConstraint("trial", name="pk_standing"),
    )


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
