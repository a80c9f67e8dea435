"""Refusals: why a host is paused, and whether a saved query was refused.

A person may ask despite a refusal, but not despite a pause that the host asked for. A query that the registry refuses
is asked again in a week, not in an hour.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("host", sa.Column("pause_cause", AutoString(), nullable=False, server_default=""))
    op.add_column("cohort", sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
