"""What a run has decided about the first document of a trial, beside the staged document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staged", sa.Column("decision", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
