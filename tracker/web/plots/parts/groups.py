"""Short names of the groups of a measure. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.changes.wording.words import Names, told_apart
from tracker.records.results.reported import ReportedGroup
from tracker.web.plots.parts.words import text_words

__all__ = ["group_names"]


def group_names(groups: Mapping[str, ReportedGroup], room: int = 44) -> dict[str, str]:
    """Return short names by key that can be told apart."""
    titles = {key: text_words(group.title) or "(no name)" for key, group in groups.items()}
    known = Names(titles.values())
    return {key: told_apart(title, known, room) for key, title in titles.items()}
