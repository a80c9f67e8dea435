"""One field that differs between two records, and which fields are maps of keyed items. Pure."""

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
    """One field before and after, None if absent. `path` has the keys from the root of the record."""

    path: Path
    before: Any
    after: Any
    #: What the field is called here, if that takes more than its row of the table. Else "".
    label: str = ""

    @property
    def field(self) -> str:
        """Return the public name of the field, such as ``dates.start`` or ``sites.<key>.status``."""
        return ".".join(name_of(self.path))


def is_keyed(path: Path) -> bool:
    """Return whether the map at this path has keys made of words. A respelled item then has another key."""
    return path in _KEYED or (len(path) == 3 and path[0] == "sites" and path[2] == "contacts")
