"""What lists sort and filter by, as columns beside each results status; and the open duties of each trial.

The index of events by time gets what lists of changes filter by, so that they are counted without reading the events.
What is rare and asked often has an index of its own rows: turns of sets, trials not found, watched trials.
The rows that are there do not know these values. They are a cache, so they are deleted and worked out again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = AutoString()
COLUMNS = (
    ("state", TEXT),
    ("sponsor", TEXT),
    ("due", TEXT),
    ("due_rule", TEXT),
    ("late_from", TEXT),
    ("came_late", sa.Integer()),
    ("posted", TEXT),
    ("slip", sa.Integer()),
    ("changed", TEXT),
    ("seq", sa.Integer()),
)
RARE = (
    ("ix_event_kind", "event", ["kind"], "kind IN ('cohort.entered', 'cohort.left')", ""),
    ("ix_trial_missing_count", "trial", ["missing_count"], "missing_count > 0", ""),
    ("ix_watch_registry_name_added_at", "watch", ["registry_name", "added_at"], "active = 1", "active"),
)
"""Name, table, columns, and for which rows on SQLite and on PostgreSQL."""


def upgrade() -> None:
    op.execute("DELETE FROM standing")
    for name, kind in COLUMNS:
        op.add_column("standing", sa.Column(name, kind, nullable=True))
    for name in ("changed", "due", "slip"):
        op.create_index(f"ix_standing_{name}_trial", "standing", [name, "trial"])
    op.create_table(
        "duty",
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("applies", sa.Boolean(), nullable=True),
        sa.Column("stands", sa.Boolean(), nullable=True),
        sa.Column("due", TEXT, nullable=False),
        sa.Column("late_from", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_duty_trial_trial"),
        sa.PrimaryKeyConstraint("trial", "rule", name="pk_duty"),
    )
    op.drop_index("ix_event_observed_at", "event")
    columns = ["observed_at", "severity", "backfilled", "effective", "kind"]
    op.create_index("ix_event_observed_at_severity_backfilled_effective_kind", "event", columns)
    for name, table, columns, where, on_server in RARE:
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(on_server or where))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
