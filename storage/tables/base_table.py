"""The base of all tables: one metadata, whose constraints have names that a migration can use."""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from typing import ClassVar

from sqlalchemy import MetaData
from sqlmodel import SQLModel

__all__ = ["Table"]


class Table(SQLModel):
    """Base of all tables, with a metadata of our own."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
