"""Kinds of refusals. Until now a path told whether a refused record was older than ours, or had shrunk.

What is in quarantine keeps its meaning: the same answer on newer data is believed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KIND_OF_PATH = {"dates.last_update": "older", "parts that were there": "shrunk"}


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("kind", AutoString(), nullable=False, server_default=""))
    quarantine = sa.table("quarantine", sa.column("path"), sa.column("kind"))
    for path, kind in _KIND_OF_PATH.items():
        op.execute(quarantine.update().where(quarantine.c.path == path).values(kind=kind))


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
