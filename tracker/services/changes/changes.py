"""Find the changes that match, for a reader who sees each of them once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import Session

from storage.engine.database import Database
from storage.values.severity import Severity, at_least
from storage.versions import history
from storage.versions.history import FIRST_SEEN, ChangeFilter
from tracker.api.changes import Change, QuietPoll
from tracker.backfill.stored_records import titles_of
from tracker.errors import RecordError
from tracker.recording.row_mapping import change_out
from tracker.services.changes.quiet_polls import quiet_polls
from tracker.services.known_tags import check_tag
from tracker.services.known_trials import known_trials

__all__ = ["ChangeReader", "ChangesRequest", "FoundChanges", "changes", "each_part"]


@dataclass(frozen=True, slots=True)
class ChangeReader:
    """Who asks, so that the same person sees each change in a store once.

    A question with filters keeps its own position, because it leaves out changes that the person has not seen. It never
    goes back behind what the same person was shown without filters.
    """

    user: str
    question: str

    @classmethod
    def of(
        cls, user: str, ids: Sequence[str] | None, kinds: Sequence[str] | None, min_severity: str, *rest: str | None
    ) -> ChangeReader:
        """Return the reader of a question, from its filters as they were typed. `rest` is tag, since and until."""
        if not (ids or kinds or min_severity != Severity.ADMIN or any(rest)):
            return cls(user, user)
        question = (sorted(ids or ()), sorted(kinds or ()), min_severity, *rest)
        digest = sha256(repr(question).encode(errors="backslashreplace")).hexdigest()
        return cls(user, f"{user}:{digest[:16]}")

    def last_shown(self, session: Session) -> int:
        return max(history.shown(session, self.user), history.shown(session, self.question))

    def mark_shown(self, session: Session, seq: int) -> None:
        """Note what was shown. Call this after the output: a change that could not be printed was not shown."""
        history.mark_shown(session, self.question, seq)


@dataclass(frozen=True, slots=True)
class ChangesRequest:
    """Which changes to find."""

    #: Only these. None for all.
    trials: Sequence[str] | None
    #: All other conditions, with their `limit` if one was given.
    filter: ChangeFilter
    #: Only changes that this reader has not been shown. What comes with a trial that is new here is not among them,
    #: unless the filter names its kind.
    new_for: ChangeReader | None = None
    #: Where a reader begins who has not been shown anything. For a filter without a since.
    new_since: datetime | None = None
    #: The latest so many, if nothing else limits them.
    at_most: int | None = None
    #: Say why each change has its severity.
    explain: bool = False
    #: Leave out administrative changes, and count them. For a filter without severities.
    without_admin: bool = False


@dataclass(frozen=True, slots=True)
class FoundChanges:
    """The changes that match."""

    changes: Sequence[Change]
    #: The titles of the trials, by id.
    titles: Mapping[str, str]
    #: Trials about which nothing is stored.
    unknown: Sequence[str]
    #: Versions that could not be read for the explanation.
    left_out: Sequence[RecordError]
    #: The answer covers all changes up to this one.
    last_seq: int
    #: Polls of the named trials that reported nothing, and why. None unless they are to be explained.
    quiet: Sequence[QuietPoll] | None = None
    #: The number of administrative changes that match and were left out.
    left_out_admin: int = 0
    #: The number of changes that match and came with a trial that was new here. Only for a reader.
    left_out_past: int = 0
    #: The number of changes that match and are older than where a new reader begins.
    left_out_earlier: int = 0
    #: The answer begins after this change. None for the first.
    after_seq: int | None = None

    def and_then(self, part: FoundChanges) -> FoundChanges:
        """Return what this and the next part say together. The changes and titles are those of this part."""
        return replace(
            self,
            last_seq=part.last_seq,
            left_out_admin=self.left_out_admin + part.left_out_admin,
            left_out_past=self.left_out_past + part.left_out_past,
            left_out_earlier=self.left_out_earlier + part.left_out_earlier,
        )


def changes(session: Session, request: ChangesRequest) -> FoundChanges:
    """Return the matching changes in seq order. Raise UnknownTrial if nothing is stored about any named trial.

    Raise UsageError for a tag that nothing has.
    """
    wanted, unknown = request.filter, list[str]()
    check_tag(session, wanted.tag)
    if request.trials:
        known, unknown = known_trials(session, request.trials)
        wanted = replace(wanted, trials=tuple(known))
    wanted, left = _narrowed(session, request, wanted)
    if request.without_admin:
        left["left_out_admin"] = replace(wanted, severities=(Severity.ADMIN,))
        wanted = replace(wanted, severities=at_least(Severity.MINOR))
    is_limited = bool(wanted.limit)
    if not is_limited and wanted.after_seq is None:
        wanted = replace(wanted, limit=request.at_most)
    stored = history.changes(session, wanted)
    found = [change_out(row, fields) for row, fields in stored]
    left_out: list[RecordError] = []
    quiet = quiet_polls(session, wanted.trials, wanted) if request.explain and wanted.trials else None
    if request.explain:
        from tracker.services.changes.changes_explained import explained  # noqa: PLC0415  (the comparison costs 200 ms)

        found = explained(session, found, [row.subject for row, _ in stored], left_out)
    titles = titles_of(session, {row.trial for row in found} | {it.trial for it in quiet or ()})
    last = found[-1].seq if found and is_limited else history.last_seq(session)
    counts = {name: history.count_changes(session, of, up_to=last) for name, of in left.items()}
    return FoundChanges(found, titles, unknown, left_out, last, quiet, **counts, after_seq=wanted.after_seq)


_AT_ONCE = 1_000


def each_part(database: Database, request: ChangesRequest) -> Iterator[FoundChanges]:
    """Yield the answer of `changes` in parts of a thousand changes, each read in a transaction of its own.

    `request` has no limit of its own, and asks for no explanations. The last part has no changes, and covers what was
    stored until then.
    """
    after: int = request.filter.after_seq or 0
    while True:
        wanted = replace(request.filter, after_seq=after, limit=_AT_ONCE)
        with database.read() as session:
            part = changes(session, replace(request, filter=wanted))
        yield part
        after = part.last_seq
        if not part.changes:
            return


def _narrowed(
    session: Session, request: ChangesRequest, wanted: ChangeFilter
) -> tuple[ChangeFilter, dict[str, ChangeFilter]]:
    """Return the filter for a reader, and filters for what it leaves out, by the name of their count."""
    left: dict[str, ChangeFilter] = {}
    if request.new_for is None:
        return wanted, left
    shown = request.new_for.last_shown(session)
    wanted = replace(wanted, after_seq=max(wanted.after_seq or 0, shown))
    if FIRST_SEEN not in (wanted.kinds or ()):
        left["left_out_past"] = replace(wanted, past=True)
        wanted = replace(wanted, past=False)
    if not shown and request.new_since is not None:
        before = request.new_since - timedelta(microseconds=1)
        left["left_out_earlier"] = replace(wanted, until_instant=before)
        wanted = replace(wanted, since_instant=request.new_since)
    return wanted, left
