"""The ranking that chose the trials of a cohort. Cohorts until now were chosen by an older one.

When the ranking changes, other trials belong to a cohort, and that is no news of any trial.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cohort", sa.Column("ranking", sa.Integer(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
