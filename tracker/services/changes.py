"""Find the changes that match, for a reader who is to be shown each of them once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from storage.engine.database import Database
from storage.versions import history
from storage.versions.history import ChangeFilter
from tracker.backfill.stored_records import titles_of
from tracker.errors import RecordError
from tracker.recording.row_mapping import change_out
from tracker.services.known_trials import known_trials

__all__ = ["ChangeReader", "ChangesRequest", "FoundChanges", "changes"]


@dataclass(frozen=True, slots=True)
class ChangeReader:
    """Who asks, so that the same person at the same store is shown a change once.

    A question with filters keeps its own place, since it leaves out what the person has not seen. It never goes back
    behind what the same person was shown of everything.
    """

    user: str
    question: str

    @classmethod
    def of(
        cls, user: str, ids: Sequence[str] | None, kinds: Sequence[str] | None, min_severity: str, *rest: str | None
    ) -> ChangeReader:
        """The reader of a question, by its filters as they were typed. `rest`: tag, since and until."""
        if not (ids or kinds or min_severity != "admin" or any(rest)):
            return cls(user, user)
        question = (sorted(ids or ()), sorted(kinds or ()), min_severity, *rest)
        digest = sha256(repr(question).encode(errors="backslashreplace")).hexdigest()
        return cls(user, f"{user}:{digest[:16]}")

    def last_shown(self, session: Session) -> int:
        return max(history.shown(session, self.user), history.shown(session, self.question))

    def mark_shown(self, database: Database, seq: int) -> None:
        """Call it after the changes have reached the reader: what could not be printed has not been shown."""
        with database.write() as session:
            history.mark_shown(session, self.question, seq)


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """`trials`: only these; None for all. `filter`: all else that is asked, and its `limit` if one was given.

    `new_for`: only what this reader has not been shown. `at_most`: the latest so many, where nothing else limits them.
    `explain`: say why each has its severity.
    """

    trials: Sequence[str] | None
    filter: ChangeFilter
    new_for: ChangeReader | None = None
    at_most: int | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True)
class FoundChanges:
    """`unknown`: trials about which nothing is stored. `left_out`: versions that could not be read to explain.

    `last_seq`: up to which change this answers the question; `titles`: of the trials, by id.
    """

    changes: Sequence[dict[str, Any]]
    titles: Mapping[str, str]
    unknown: Sequence[str]
    left_out: Sequence[RecordError]
    last_seq: int


def changes(session: Session, request: ChangesRequest) -> FoundChanges:
    """The changes that match, in the order of seq. Raises UnknownTrial when nothing is stored of any trial named."""
    wanted, unknown = request.filter, list[str]()
    if request.trials:
        known, unknown = known_trials(session, request.trials)
        wanted = replace(wanted, trials=tuple(known))
    if request.new_for is not None:
        wanted = replace(wanted, after_seq=max(wanted.after_seq or 0, request.new_for.last_shown(session)))
    is_limited = bool(wanted.limit)
    if not is_limited and wanted.after_seq is None:
        wanted = replace(wanted, limit=request.at_most)
    stored = history.changes(session, wanted)
    found = [change_out(row, fields) for row, fields in stored]
    left_out: list[RecordError] = []
    if request.explain:
        from tracker.services.changes_explained import explained  # noqa: PLC0415  (the comparison costs 200 ms)

        found = explained(session, found, [row.subject for row, _ in stored], left_out)
    titles = titles_of(session, {row["trial"] for row in found})
    last = found[-1]["seq"] if found and is_limited else history.last_seq(session)
    return FoundChanges(found, titles, unknown, left_out, last)
