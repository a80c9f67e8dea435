"""One field that differs between two records, and which fields are maps of things by key. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from tracker.changes.fields import name_of

__all__ = ["FieldChange", "Path", "is_keyed"]


Path = tuple[str, ...]


_KEYED = frozenset(
    tuple(path.split("."))
    for path in (
        "identifiers arms interventions outcomes.primary outcomes.secondary outcomes.other sponsor.collaborators "
        "contacts.central contacts.officials sites sites.*.contacts references links documents fda_notices parts other"
    ).split()
)


class FieldChange(NamedTuple):
    """One field, before and after; None for absent. `path` are the keys from the record's root."""

    path: Path
    before: Any
    after: Any

    @property
    def field(self) -> str:
        """The name of the field in the outside contract, such as ``dates.start`` or ``sites.<key>.status``."""
        return ".".join(name_of(self.path))


def is_keyed(path: Path) -> bool:
    """Whether the things below this path go by keys of their own words: one spelled anew comes under another key."""
    return path in _KEYED or (len(path) == 3 and path[0] == "sites" and path[2] == "contacts")
