"""Documents built on others, dictionaries trained from the store's own documents, and a hash of listing columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = AutoString()


def upgrade() -> None:
    op.create_table(
        "dictionary",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dictionary"),
    )
    # Plain SQL, because on SQLite Alembic would copy the whole table to add a column with a foreign key.
    for column in (
        "base VARCHAR CONSTRAINT fk_document_base REFERENCES document (sha256)",
        "depth INTEGER DEFAULT 0 NOT NULL",
        "dictionary INTEGER CONSTRAINT fk_document_dictionary REFERENCES dictionary (id)",
    ):
        op.execute(f"ALTER TABLE document ADD COLUMN {column}")
    with_base = sa.text("base IS NOT NULL")
    op.add_column("snapshot", sa.Column("listed", TEXT, nullable=True))
    op.create_index("ix_document_base", "document", ["base"], sqlite_where=with_base, postgresql_where=with_base)


def downgrade() -> None:
    raise NotImplementedError("a store only moves forward; restore a backup instead")
