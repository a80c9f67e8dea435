"""The numbers of other registers that each record names, so that a trial is found from either side."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = AutoString()


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("other", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_link_trial_trial"),
        sa.PrimaryKeyConstraint("trial", "other", name="pk_link"),
    )
    op.create_index("ix_link_other", "link", ["other"])


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
