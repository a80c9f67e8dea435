"""The state of a trial that a decision is made on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

__all__ = ["NOT_FOUND", "Head"]

NOT_FOUND = "missing_count > 0"
"""Of these rows there are few, so an index has them alone. A query has these very words, or no database uses it.

The migrations say the same for PostgreSQL. In the models that would load its dialect, a tenth of a second, into every
command.
"""


class Head(NamedTuple):
    """A trial as a decision needs it. Fields of the current version are None or "" if there is none."""

    trial: str
    current_version: int | None
    #: 0 while none is current. Pages lie beside the timeline, so they do not count.
    versions: int
    raw_sha256: str
    content_hash: str
    light_hash: str
    #: That of the last complete read that was understood. None before the first.
    data_timestamp: str | None
    full_read_at: datetime | None
    missing_data_timestamp: str | None
    missing_count: int
    gone_since: datetime | None
    effective: str
    submit_date: str
    last_checked_at: datetime | None = None
    #: That of the last refused read, if it came after.
    refused_data_timestamp: str | None = None
    #: Where the current version came from, as `VersionSource`.
    source: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """The data timestamps of its last complete reads, understood or refused."""
        return tuple(it for it in (self.data_timestamp, self.refused_data_timestamp) if it is not None)

    @property
    def is_unknown(self) -> bool:
        """Whether it was never read, and the registry did not know it when it was last asked."""
        return self.versions == 0 and not self.reads and self.missing_count > 0
