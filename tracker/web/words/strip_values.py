"""The versions of a trial as its strip takes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from tracker.api.trials import Enrollment, VersionRow

__all__ = ["strip_values"]

_NEVER = "1970-01-01T00:00:00Z"


class _Mark(Protocol):
    @property
    def version(self) -> int: ...
    @property
    def effective(self) -> str: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def results(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...


def strip_values(marks: Iterable[_Mark]) -> tuple[Sequence[VersionRow], Mapping[int, str]]:
    """Return the versions, and the gravest severity of the changes of each by its number."""
    found = list(marks)
    rows = [
        VersionRow(
            version=it.version,
            registry_version=None,
            effective=it.effective,
            effective_basis="",
            observed_at=_NEVER,
            source="",
            status=it.status,
            enrollment=Enrollment(count=None, type=None),
            results=it.results,
            sha256="",
        )
        for it in found
    ]
    return rows, {it.version: it.severity for it in found if it.severity}
