"""The revisions of the schema, known without a database."""

from __future__ import annotations

from storage.errors import NewerSchema

__all__ = ["REVISIONS", "newer_schema"]

REVISIONS = (
    *("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012"),
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
)
"""Every schema this program can read, oldest first. It writes the last one. A test compares this with `migrations`."""


def newer_schema(subject: str, revision: str) -> NewerSchema:
    """Return the error for a store of a revision that is not in `REVISIONS`."""
    return NewerSchema(
        subject, f"its schema is {revision}, newer than this program's {REVISIONS[-1]}; update trialwatch"
    )
