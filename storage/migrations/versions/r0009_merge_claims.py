"""Merge claims: what the registry says about obsolete numbers, until it is believed.

A number is merged into another only when newer data confirm it. Until then the claim is stored here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merge_claim",
        sa.Column("alias", AutoString(), nullable=False),
        sa.Column("trial", AutoString(), nullable=False),
        sa.Column("first_stamp", AutoString(), nullable=True),
        sa.Column("last_stamp", AutoString(), nullable=True),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=False),
        sa.Column("refused_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("alias", "trial", name="pk_merge_claim"),
    )


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
