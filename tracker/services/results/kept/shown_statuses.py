"""The results status of the few trials that a page shows: read from the cache, or worked out where it is outdated.

Nothing is written, so a page never waits for a writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from storage.engine.database import Database
from storage.reads.door import Reader
from storage.reads.trials import stored_trials
from storage.values.batches import batches
from tracker.errors import RecordError
from tracker.results.scorecard import ResultsStatus
from tracker.services.results.made_by import MADE_BY
from tracker.services.results.results_status import worked_out

__all__ = ["ShownStatus", "ShownStatuses", "read_statuses"]


@dataclass(frozen=True, slots=True)
class ShownStatus:
    """The results status of a trial now."""

    results: ResultsStatus
    #: Days by which its date moved, see `slips`.
    slip: int | None
    #: The day of its last change, housekeeping aside.
    changed: str | None


@dataclass(slots=True)
class ShownStatuses:
    """The statuses found so far, and the trials whose cached status is missing or outdated."""

    found: dict[str, ShownStatus] = field(default_factory=dict)
    outdated: list[str] = field(default_factory=list)
    left_out: list[RecordError] = field(default_factory=list)

    def work_out(self, database: Database) -> None:
        """Work out the outdated ones from their versions. Trials with one that cannot be read go to `left_out`."""
        for some in batches(self.outdated):
            with database.read() as session:
                for item in worked_out(session, some, self.left_out):
                    self.found[item.made.trial] = ShownStatus(item.results, item.made.slip, item.made.changed)


def read_statuses(reader: Reader, wanted: Sequence[str]) -> ShownStatuses:
    """Read the statuses of these trials. Those of `outdated` have to be worked out after the transaction."""
    statuses = ShownStatuses()
    for some in batches(wanted):
        for row in reader.rows(stored_trials.STANDINGS, trials=some, rules=MADE_BY):
            if row.is_valid:
                results = msgspec.json.decode(row.told, type=ResultsStatus)
                statuses.found[row.trial] = ShownStatus(results, row.slip, row.changed)
    statuses.outdated = [trial for trial in wanted if trial not in statuses.found]
    return statuses
