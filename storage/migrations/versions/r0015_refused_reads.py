"""The data timestamp of a refused read, apart from that of a read that was understood.

One column held both, so a trial whose first record was refused counted as polled. Where nothing shows that a poll ever
understood a trial, its timestamp moves over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# An import may note sightings too. So only one of a version from the registry's history proves a poll.
_MOVED = """
UPDATE trial SET refused_data_timestamp = mark, mark = NULL
WHERE mark IS NOT NULL
AND EXISTS (SELECT 1 FROM quarantine q WHERE q.trial = trial.trial AND q.cleared_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM snapshot s WHERE s.trial = trial.trial AND s.source = 'poll')
AND NOT EXISTS (
    SELECT 1 FROM sighting g JOIN snapshot s ON s.trial = g.trial AND s.version = g.version
    WHERE g.trial = trial.trial AND s.source = 'backfill'
)
"""


def upgrade() -> None:
    op.add_column("trial", sa.Column("refused_data_timestamp", AutoString(), nullable=True))
    op.execute(sa.text(_MOVED))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
