"""The index of the stored trials: open it, bring it up to date with the store, ask it.

It is derived. It lies beside the store under the store's id, may be deleted at any time, and is then made again. If it
cannot be written, it is kept in memory and the user is told. Only what changed since the last time is read: a new
version goes to a new small segment, and its old row counts no more. Segments are joined as they grow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from storage.engine.database import Database
from storage.files.file_causes import file_cause
from storage.reads.in_session import SessionReader
from storage.versions import history, trials
from tracker.backfill.stored_records import readable_of
from tracker.context.progress import Progress
from tracker.errors import UnreadableVersion
from tracker.similar.filters import Facets
from tracker.similar.index import segment_files
from tracker.similar.index.segment import DIGEST, Entry, Segment, entry_of, joined_segments, segment_of
from tracker.similar.index.segment_files import DamagedIndex, IndexList, Listed
from tracker.similar.ranking.arrays import Marks, Names, Weights
from tracker.similar.ranking.background import Background, shipped
from tracker.similar.ranking.postings import Query, counts_of

__all__ = ["StoredIndex", "open_index"]

AT_ONCE = 5_000
"""How many trials are read before they are saved. A process that is killed loses no more than these."""
GROWTH = 3
"""A segment is joined with the next one unless it is at least so many times larger."""
OWN_FREQUENCIES = 20_000
"""From this many trials on, the store's own frequencies count too. They are counted again when it has doubled."""


@dataclass(slots=True)
class Part:
    """A segment and which of its rows count. `name` is "" for one that is not saved."""

    name: str
    segment: Segment
    live: Marks

    @property
    def size(self) -> int:
        return int(self.live.sum())


@dataclass(slots=True)
class StoredIndex:
    """All stored trials that can be read. `notices`: what a user should know, one sentence each.

    `folder`: where it is saved; None if it is in memory.
    """

    background: Background
    folder: Path | None = None
    parts: list[Part] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(part.size for part in self.parts)

    def scores(self, query: Query) -> list[tuple[Names, Weights]]:
        """Return for each part its trials and how similar each is. Rows that do not count have -1."""
        found = []
        for part in self.parts:
            scores = query.scores(part.segment.postings)
            scores[~part.live] = -1
            found.append((part.segment.trials, scores))
        return found

    def facets(self, part: int, row: int) -> Facets:
        return self.parts[part].segment.facets[row]

    def stored(self, names: Iterable[str]) -> set[str]:
        """Return those of these trials that the index holds."""
        asked = np.array([name.encode() for name in names] or [b""], np.bytes_)
        return {
            trial.decode()
            for part in self.parts
            for trial in part.segment.trials[part.live & np.isin(part.segment.trials, asked)].tolist()
        }


def open_index(database: Database, folder: Path | None, progress: Progress) -> StoredIndex:
    """Return the index, up to date with the store. `folder`: where indexes are kept; None keeps it in memory."""
    if folder is None:
        return _Update(database, None, progress).run()
    with database.read() as session:
        place = folder / history.store(session).store_id
    try:
        with segment_files.only_process(place, lambda: progress("Waiting for another process", 0, 0)):
            try:
                return _Update(database, place, progress).run()
            except DamagedIndex as damage:
                segment_files.write_list(place, IndexList())
                found = _Update(database, place, progress).run()
                found.notices.append(f"the index of stored trials was damaged ({damage}) and was made again")
                return found
    except OSError as error:
        found = _Update(database, None, progress).run()
        found.notices.append(
            f"the index of stored trials could not be saved, so it is made each time: {file_cause(error).why}"
        )
        return found


class _Update:
    """One opening of an index. `place`: its folder, held by this process; None to keep everything in memory."""

    def __init__(self, database: Database, place: Path | None, progress: Progress) -> None:
        self._database = database
        self._place = place
        self._progress = progress
        self._list = segment_files.read_list(place) if place else IndexList()
        self._background = self._frequencies()
        self._parts = [self._loaded(listed) for listed in self._list.segments]

    def run(self) -> StoredIndex:
        with self._database.read() as session:
            state = trials.state(session)
            current = trials.current_documents(session) if state != self._list.state else None
        if current is not None:
            self._follow(current)
            self._join()
            self._save(state)
        return StoredIndex(self._background, self._place, self._parts, [*self._list.unreadable.values()])

    def _frequencies(self) -> Background:
        if not self._list.frequencies:
            return shipped()
        assert self._place is not None
        return segment_files.load_frequencies(self._place, self._list.frequencies)

    def _loaded(self, listed: Listed) -> Part:
        assert self._place is not None
        segment = segment_files.load(self._place, listed.name)
        live = np.ones(len(segment), np.bool_)
        if listed.dead and max(listed.dead) >= len(segment):
            raise DamagedIndex(f"{listed.name}: the list names a row that it does not have")
        live[list(listed.dead)] = False
        return Part(listed.name, segment, live)

    def _follow(self, current: Mapping[str, str]) -> None:
        """Read what changed, and drop what is no longer current."""
        same: set[str] = set()
        for part in self._parts:
            names, digests = part.segment.trials.tolist(), part.segment.digests.tolist()
            for row in np.flatnonzero(part.live).tolist():
                trial = names[row].decode()
                if current.get(trial, "")[:DIGEST] == digests[row].decode():
                    same.add(trial)
                else:
                    part.live[row] = False
        # What could not be read is tried again, because the program may have learned to read it.
        self._list = msgspec.structs.replace(self._list, unreadable={})
        new = sorted(current.keys() - same)
        for start in range(0, len(new), AT_ONCE):
            self._read(new[start : start + AT_ONCE], start, len(new))
            if start + AT_ONCE < len(new):
                self._save("")

    def _read(self, names: Sequence[str], done: int, total: int) -> None:
        entries: list[Entry] = []
        left_out: list[UnreadableVersion] = []
        with self._database.read() as session:
            versions = history.current_of(session, names)
            for version, record in readable_of(SessionReader(session), versions, left_out):
                entries.append(entry_of(record, version.raw_sha256, self._background))
                self._progress("Reading stored trials", done + len(entries), total)
        self._list.unreadable.update({error.subject: error.message for error in left_out})
        if entries:
            segment = segment_of(entries, self._background)
            self._parts.append(Part("", segment, np.ones(len(segment), np.bool_)))

    def _join(self) -> None:
        """Join small segments, and count the store's own frequencies if it is large."""
        self._parts = [part for part in self._parts if part.size]
        size = sum(part.size for part in self._parts)
        if size >= max(OWN_FREQUENCIES, 2 * self._list.counted):
            self._progress("Counting words", 0, 0)
            terms, counts = counts_of([(part.segment.postings, part.live) for part in self._parts])
            self._background = shipped().with_own(size, terms, counts)
            self._list = msgspec.structs.replace(self._list, frequencies="", counted=size)
            self._parts = [self._joined(self._parts)]
        while len(self._parts) > 1 and self._parts[-2].size < GROWTH * self._parts[-1].size:
            self._parts[-2:] = [self._joined(self._parts[-2:])]

    def _joined(self, parts: Sequence[Part]) -> Part:
        segment = joined_segments([(part.segment, part.live) for part in parts], self._background)
        return Part("", segment, np.ones(len(segment), np.bool_))

    def _save(self, state: str) -> None:
        if self._place is None:
            return
        for part in self._parts:
            if not part.name:
                part.name = segment_files.save(self._place, part.segment)
        if self._list.counted and not self._list.frequencies:
            name = segment_files.save_frequencies(self._place, self._background)
            self._list = msgspec.structs.replace(self._list, frequencies=name)
        listed = tuple(Listed(part.name, tuple(np.flatnonzero(~part.live).tolist())) for part in self._parts)
        self._list = msgspec.structs.replace(self._list, state=state, segments=listed)
        segment_files.write_list(self._place, self._list)
        segment_files.remove_others(self._place, [*(part.name for part in self._parts), self._list.frequencies])
