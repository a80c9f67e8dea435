"""Cohorts: sets of trials that are searched for regularly, their members, and the trials kept out of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = AutoString()
INSTANT = UTCDateTime()


def upgrade() -> None:
    _cohorts()
    _members()


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")


def _cohorts() -> None:
    op.create_table(
        "cohort",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("registry_name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("seed", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", INSTANT, nullable=True),
        sa.Column("filled_at", INSTANT, nullable=True),
        sa.Column("searched_at", INSTANT, nullable=True),
        sa.Column("next_search_at", INSTANT, nullable=True),
        sa.Column("mark", TEXT, nullable=True),
        sa.Column("remark", TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cohort"),
    )
    op.create_index("ix_cohort_next_search_at", "cohort", ["next_search_at"])


def _members() -> None:
    op.create_table(
        "cohort_member",
        sa.Column("cohort", TEXT, nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("brought", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["cohort"], ["cohort.name"], name="fk_cohort_member_cohort_cohort"),
        sa.ForeignKeyConstraint(["trial"], ["trial.trial"], name="fk_cohort_member_trial_trial"),
        sa.PrimaryKeyConstraint("cohort", "trial", name="pk_cohort_member"),
    )
    op.create_table(
        "cohort_rejected",
        sa.Column("cohort", TEXT, nullable=False),
        sa.Column("trial", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("cohort", "trial", name="pk_cohort_rejected"),
    )
