"""The tables of what was worked out about the results of each trial. Both are caches, worked out from the versions."""

# No `from __future__ import annotations` here, because SQLModel reads the annotations themselves.
from sqlalchemy import Index
from sqlmodel import Field

from storage.tables.base_table import Table

__all__ = ["DutyRow", "ResultsStatusRow"]


class ResultsStatusRow(Table, table=True):
    """The results status of a trial, worked out from its versions by the rules `rules`.

    It is valid for this number of `versions` and this `current_version`. `told` is JSON text. This is a cache: it is
    worked out again whenever it does not match.

    The columns after it are what lists sort and filter by. Days are ISO text. None stands where there is no such value,
    and all of them are None in rows older than the columns.

    - `state`, `sponsor`, `posted`: as in `told`.
    - `due`: the first due day of a rule that surely applies. `due_rule`: the rules it is due by, joined by ", ".
    - `late_from`: the first day on which results count as missing past the grace.
    - `came_late`: the most days by which a submission that stands came after a due day.
    - `slip`: days by which the primary completion date (else the completion date) moved over all versions.
    - `changed`: the day of the last change that was more than housekeeping.
    - `seq`: the store's seq when the row was worked out. `slip` and `changed` do not know later events.
    """

    __tablename__ = "standing"
    # A page of a list in such an order is read along an index.
    __table_args__ = tuple(Index(None, name, "trial") for name in ("changed", "due", "slip"))

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    versions: int
    current_version: int
    rules: str
    told: str
    state: str | None = None
    sponsor: str | None = None
    due: str | None = None
    due_rule: str | None = None
    late_from: str | None = None
    came_late: int | None = None
    posted: str | None = None
    slip: int | None = None
    changed: str | None = None
    seq: int | None = None


class DutyRow(Table, table=True):
    """A duty that is open, as far as is known: results are due on the day `due` by `rule`, and none stand submitted.

    `applies` is None if the record cannot tell whether the rule applies. `stands` is False if nothing stands submitted,
    None if the source cannot tell. `late_from`: the first day past the grace, None unless the rule surely applies and
    nothing stands submitted. The rows of a trial are written together with its results status.
    """

    __tablename__ = "duty"

    trial: str = Field(primary_key=True, foreign_key="trial.trial")
    rule: str = Field(primary_key=True)
    applies: bool | None = None
    stands: bool | None = None
    due: str
    late_from: str | None = None
