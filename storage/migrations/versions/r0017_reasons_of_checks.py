"""Why the next check of a trial is planned for when it is, as the poll that planned it knew. Empty in older plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trial", sa.Column("next_check_reason", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
