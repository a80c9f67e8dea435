"""What a run looks like as a whole: what its documents lost, and what differs in all of them.

`tracker.changes.guards` judges it. Pairs of a changed document and the one before it are counted as they come. Of the
unchanged ones, and of what differs everywhere, a sample is read again at the end, and only if something is suspicious.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import orjson
from sqlmodel import Session

from storage.documents.read_documents import load_many
from storage.polling import runs
from storage.reads.in_session import SessionReader
from storage.versions import trials
from storage.versions.trials import Head
from tracker.errors import ReaderFault, RecordError
from tracker.isolation import one_record
from tracker.polling.look import Differing
from tracker.polling.run.batch import PollWork
from tracker.polling.run.even_sample import EvenSample
from tracker.records.dates import earliest
from tracker.records.json_objects import RawRecord

__all__ = ["RunSurvey"]

T = TypeVar("T")
_SAMPLE = 100
"""If a run loses a field, about this many unchanged documents are checked for it, less than twice as many."""
_STORM_SAMPLE = 50
"""If one module differs nearly everywhere, about this many changed documents are compared in full."""
_LONG_SILENCE_DAYS = 7
"""After this many days without a poll, many changed records are normal."""


@dataclass(slots=True)
class RunSurvey:
    """The survey of one run, which goes into `work.survey`. Call `finish` when all pages have been read."""

    work: PollWork
    _unchanged: EvenSample[str] = field(default_factory=lambda: EvenSample(_SAMPLE))

    def changed(self, session: Session, differing: Sequence[Differing], heads: Mapping[str, Head]) -> None:
        """Count documents that differ from those of their current versions."""
        known = {
            it.trial: heads[it.trial].raw_sha256
            for it in differing
            # Before the first poll is understood, there is nothing to compare it with: the past may have another shape.
            if it.trial in heads and heads[it.trial].versions and heads[it.trial].data_timestamp is not None
        }
        before = load_many(SessionReader(session), known.values())
        for item in differing:
            if item.trial in known:
                old = self._read(item.trial, self.work.registry.outline, orjson.loads(before[known[item.trial]]))
                new = self._read(item.trial, self.work.registry.outline, orjson.loads(item.raw))
                if old is not None and new is not None:
                    self.work.survey.add(old, new)

    def unchanged(self, shas: Iterable[str]) -> None:
        """Count stored documents that came again as they were."""
        self._unchanged.add(shas)

    def finish(self) -> None:
        survey = self.work.survey
        if survey.dubious():
            self._look_at_unchanged()
        if storms := survey.storms(self.work.counters.unchanged):
            self._look_closer(storms)

    def _look_at_unchanged(self) -> None:
        """Check an even sample of the unchanged documents: do they still have what others lost?"""
        with self.work.context.database.read() as session:
            sample = load_many(SessionReader(session), self._unchanged.kept)
        outlines = (
            self._read("a stored record", self.work.registry.outline, orjson.loads(it)) for it in sample.values()
        )
        self.work.survey.add_unchanged((found for found in outlines if found is not None), self._unchanged.total)

    def _look_closer(self, storms: Sequence[str]) -> None:
        """Check in a sample whether modules that differ everywhere changed in content or only in noise.

        After a long silence, many records have changed for good reasons. Then nothing is suspected.
        """
        work = self.work
        with work.context.database.read() as session:
            some = runs.staged_sample(session, work.run, _STORM_SAMPLE)
            heads = trials.heads(session, [row.trial for row in some])
            pairs = [(row, heads[row.trial]) for row in some if heads[row.trial].versions]
            shas = [sha for row, head in pairs for sha in (row.raw_sha256, head.raw_sha256)]
            raws = {sha: orjson.loads(raw) for sha, raw in load_many(SessionReader(session), shas).items()}
        if any(_days(head.data_timestamp, work.day) > _LONG_SILENCE_DAYS for _, head in pairs):
            return
        parts = [
            (old, new)
            for row, head in pairs
            if (old := self._read("a stored record", work.registry.parts, raws[head.raw_sha256])) is not None
            and (new := self._read("a stored record", work.registry.parts, raws[row.raw_sha256])) is not None
        ]
        for path in storms:
            really = sum(old.get(path) != new.get(path) for old, new in parts)
            work.survey.edited[path] = round(work.survey.touched[path] * really / len(parts)) if parts else 0

    def _read(
        self, name: str, reader: Callable[[RawRecord], Mapping[str, T]], document: RawRecord
    ) -> Mapping[str, T] | None:
        """Read a document for the survey. Leave it out if that fails: whether it is quarantined is decided later."""
        try:
            with one_record("the survey of the run", name):
                return reader(document)
        except RecordError as error:
            if isinstance(error, ReaderFault):
                self.work.counters.notices.append(f"{name} is left out of the survey of this run: {error.message}")
            return None


def _days(timestamp: str | None, day: str) -> int:
    """Return the days from a data timestamp to a day of data. 0 if there is no data timestamp."""
    before, now = earliest((timestamp or "")[:10]), earliest(day)
    return (now - before).days if before and now else 0
