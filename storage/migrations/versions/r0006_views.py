"""Views for people who use SQL: v_changes, v_versions, v_trials. docs/reference/tables.md promises their columns."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A migration that changes a table used by a view drops the view first and creates it again afterwards.
VIEWS = (
    """
    CREATE VIEW v_trials AS
    SELECT t.trial, t.registry_name AS registry, t.title, t.status, t.enrollment_count, t.enrollment_type, t.results,
           t.versions, t.current_version,
           EXISTS (SELECT 1 FROM watch w WHERE w.trial = t.trial AND w.active) AS watched,
           t.last_checked_at, t.gone_since
    FROM trial t
    """,
    """
    CREATE VIEW v_versions AS
    SELECT s.trial, s.version, s.registry_version, s.effective, s.effective_basis,
           (SELECT min(g.first_day) FROM sighting g WHERE g.trial = s.trial AND g.version = s.version) AS first_seen,
           (SELECT max(g.last_day) FROM sighting g WHERE g.trial = s.trial AND g.version = s.version) AS last_seen,
           s.observed_at, s.source, s.submit_date AS submitted, s.status, s.enrollment_count, s.enrollment_type,
           s.results, s.title, s.raw_sha256, s.content_hash AS content_sha256, t.current_version = s.version AS current
    FROM snapshot s JOIN trial t ON t.trial = s.trial
    """,
    """
    CREATE VIEW v_changes AS
    SELECT e.seq, e.id, e.trial, e.kind, e.severity, e.summary, e.effective, e.observed_at, e.from_version,
           e.to_version, e.backfilled, f.position, f.field, f.label, f.before, f.after
    FROM event e LEFT JOIN field_change f ON f.seq = e.seq
    """,
)


def upgrade() -> None:
    for view in VIEWS:
        op.execute(view.strip())


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
