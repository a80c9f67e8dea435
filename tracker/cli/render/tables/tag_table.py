"""The table of trials with their tags that `tag` and `untag` print."""

from __future__ import annotations

import msgspec

from tracker.api.notes import Tagged
from tracker.cli.render.column import Column
from tracker.cli.render.output import Answer

__all__ = ["answer_of_tags"]


def answer_of_tags(found: Tagged) -> Answer:
    """Return the trials with their tags in every format."""
    return Answer(
        msgspec.to_builtins(found),
        "trials",
        ("trial", "title", "tags", "changed"),
        (
            Column("trial", "Trial"),
            Column("title", "Title", lambda row: row["title"] or "not read yet", room=2, line=True),
            Column("tags", "Tags", lambda row: ", ".join(row["tags"]) or "-", room=1),
        ),
    )
