"""Find the changes that match, for a reader who sees each of them once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.reads.changes import stored_changes
from storage.reads.changes.change_fields import fields_of
from storage.reads.door import ReadDoor, Reader
from storage.values.change_filter import FIRST_SEEN, ChangeFilter
from storage.values.severity import Severity, at_least
from tracker.api.changes import Change, QuietPoll
from tracker.errors import RecordError
from tracker.recording.row_mapping import change_out
from tracker.services.known_by_door import of_stored
from tracker.services.tag_by_door import OpenStore
from tracker.services.titles import titles_of

__all__ = ["ChangeReader", "ChangesRequest", "FoundChanges", "changes", "each_part", "last_seq"]


class ChangeReader(NamedTuple):
    """Who asks, so that the same person sees each change in a store once.

    A question with filters keeps its own position, because it leaves out changes that the person has not seen. It never
    goes back behind what the same person was shown without filters. `mark_shown` notes what was shown.
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
        from hashlib import sha256  # noqa: PLC0415  (it loads OpenSSL, and most questions have no filter)

        question = (sorted(ids or ()), sorted(kinds or ()), min_severity, *rest)
        digest = sha256(repr(question).encode(errors="backslashreplace")).hexdigest()
        return cls(user, f"{user}:{digest[:16]}")

    def last_shown(self, reader: Reader) -> int:
        rows = (reader.first(stored_changes.SHOWN, reader=name) for name in (self.user, self.question))
        return max(row.number if row else 0 for row in rows)


class ChangesRequest(NamedTuple):
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
    #: Give the titles of the trials too.
    titled: bool = True


class FoundChanges(NamedTuple):
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
        """Return what this and the next part say together. The changes are those of this part."""
        return self._replace(
            last_seq=part.last_seq,
            left_out_admin=self.left_out_admin + part.left_out_admin,
            left_out_past=self.left_out_past + part.left_out_past,
            left_out_earlier=self.left_out_earlier + part.left_out_earlier,
        )


def changes(door: ReadDoor, store: OpenStore, request: ChangesRequest) -> FoundChanges:
    """Return the matching changes in seq order. `store` opens the store for what the door cannot answer.

    Raise UnknownTrial if nothing is stored about any named trial, and UsageError for a tag that nothing has.
    """
    wanted, unknown = of_stored(door, store, _named(request))
    with door.read() as reader:
        found, subjects = _found(reader, request, wanted)
    found = found._replace(unknown=unknown)
    return _with_reasons(door, store, found, subjects, wanted) if request.explain else found


def _named(request: ChangesRequest) -> ChangeFilter:
    return request.filter._replace(trials=tuple(request.trials)) if request.trials else request.filter


def _found(reader: Reader, request: ChangesRequest, wanted: ChangeFilter) -> tuple[FoundChanges, list[str]]:
    """Return the answer without its explanations, and the subjects of its changes, which explanations need."""
    wanted, left = _narrowed(reader, request, wanted)
    if request.without_admin:
        left["left_out_admin"] = wanted._replace(severities=(Severity.ADMIN,))
        wanted = wanted._replace(severities=at_least(Severity.MINOR))
    is_limited = bool(wanted.limit)
    most = wanted.limit if is_limited or wanted.after_seq is not None else request.at_most
    query, named = stored_changes.choose(wanted, most)
    rows = sorted(reader.rows(query, **named), key=lambda row: row.seq)
    fields = fields_of(reader, [row.seq for row in rows])
    last = rows[-1].seq if rows and is_limited else reader.one(stored_changes.LAST_SEQ).number
    counts = {name: _count(reader, of, last) for name, of in left.items()}
    found = FoundChanges(
        changes=[change_out(row, fields[row.seq]) for row in rows],
        titles=titles_of(reader, {row.trial for row in rows}) if request.titled else {},
        unknown=(),
        left_out=(),
        last_seq=last,
        left_out_admin=counts.get("left_out_admin", 0),
        left_out_past=counts.get("left_out_past", 0),
        left_out_earlier=counts.get("left_out_earlier", 0),
        after_seq=wanted.after_seq,
    )
    return found, [row.subject for row in rows]


def _with_reasons(
    door: ReadDoor, store: OpenStore, found: FoundChanges, subjects: Sequence[str], wanted: ChangeFilter
) -> FoundChanges:
    """Add why each change has its severity, and for named trials the polls that told nothing."""
    from tracker.services.changes.changes_explained import explained  # noqa: PLC0415  (the comparison costs 200 ms)
    from tracker.services.changes.quiet_polls import quiet_polls  # noqa: PLC0415  (SQLAlchemy)

    left_out: list[RecordError] = []
    with store() as database, database.read() as session:
        quiet = quiet_polls(session, wanted.trials, wanted) if wanted.trials else None
        reasoned = explained(session, found.changes, subjects, left_out)
    with door.read() as reader:
        titles = {**titles_of(reader, {it.trial for it in quiet or ()}), **found.titles}
    return found._replace(changes=reasoned, quiet=quiet, left_out=left_out, titles=titles)


def _count(reader: Reader, wanted: ChangeFilter, up_to: int) -> int:
    query, named = stored_changes.count(wanted, up_to)
    return reader.one(query, **named).number


_AT_ONCE = 1_000


def each_part(door: ReadDoor, store: OpenStore, request: ChangesRequest) -> Iterator[FoundChanges]:
    """Yield the answer of `changes` in parts of a thousand changes, each read in a transaction of its own.

    `request` has no limit of its own, and asks for no explanations. The parts have no titles. The last part has no
    changes, and covers what was stored until then.
    """
    after: int = request.filter.after_seq or 0
    # Once: an id that led to another needs a session.
    stored, unknown = of_stored(door, store, _named(request))
    while True:
        wanted = stored._replace(after_seq=after, limit=_AT_ONCE)
        part = changes(door, store, request._replace(trials=None, filter=wanted, titled=False))
        yield part._replace(unknown=unknown)
        after = part.last_seq
        if not part.changes:
            return


def last_seq(door: ReadDoor) -> int:
    """Return the seq of the last change, 0 before the first."""
    with door.read() as reader:
        return reader.one(stored_changes.LAST_SEQ).number


def _narrowed(
    reader: Reader, request: ChangesRequest, wanted: ChangeFilter
) -> tuple[ChangeFilter, dict[str, ChangeFilter]]:
    """Return the filter for a reader, and filters for what it leaves out, by the name of their count."""
    left: dict[str, ChangeFilter] = {}
    if request.new_for is None:
        return wanted, left
    shown = request.new_for.last_shown(reader)
    wanted = wanted._replace(after_seq=max(wanted.after_seq or 0, shown))
    if FIRST_SEEN not in (wanted.kinds or ()):
        left["left_out_past"] = wanted._replace(past=True)
        wanted = wanted._replace(past=False)
    if not shown and request.new_since is not None:
        before = request.new_since - timedelta(microseconds=1)
        left["left_out_earlier"] = wanted._replace(until_instant=before)
        wanted = wanted._replace(since_instant=request.new_since)
    return wanted, left
