"""Get full records, count the unchanged ones, stage the others, and note the missing ones.

It works page by page, so memory does not grow with the number of trials. Staged records are not part of any timeline.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlmodel import Session

from storage.documents import documents
from storage.documents.documents import Compressed
from storage.documents.read_documents import load_many
from storage.engine.turn import take_turn
from storage.polling import runs, wire_hashes
from storage.polling.runs import StagedRow
from storage.reads.in_session import SessionReader
from storage.versions import trials
from storage.versions.trials import Head
from tracker.errors import NotBefore, ReaderFault, RecordError
from tracker.isolation import one_record
from tracker.polling.absences import Absences
from tracker.polling.first_look import LookAnswer, Run
from tracker.polling.look import Differing, Refused, Same, is_current
from tracker.polling.looks import Found, Looking, Looks
from tracker.polling.merge_claims import Merges
from tracker.polling.quarantine import RefusedDocument, set_aside
from tracker.polling.run.batch import PollWork
from tracker.polling.run.even_sample import EvenSample
from tracker.polling.run.report import FailureKind
from tracker.polling.run.run_kinds import RefusalKind
from tracker.records.dates import earliest
from tracker.records.json_objects import RawRecord
from tracker.registries.answers import Batch, KnownAnswer, RawTrial, SameBytes, Unread

__all__ = ["Fetch"]

T = TypeVar("T")
SAMPLE = 100
"""If a run loses a field, about this many unchanged documents are checked for it, less than twice as many."""
STORM_SAMPLE = 50
"""If one module differs nearly everywhere, about this many changed documents are compared in full."""
LONG_SILENCE_DAYS = 7
"""After this many days without a poll, many changed records are normal."""


class _Page(NamedTuple):
    """What a page brought: its records that were asked for, and what looking at them says."""

    batch: Batch
    records: Sequence[RawTrial]
    looking: Looking


@dataclass(slots=True)
class Fetch:
    """The fetching part of one poll."""

    work: PollWork
    merges: Merges = field(init=False)
    absences: Absences = field(init=False)
    _unchanged: EvenSample[str] = field(default_factory=lambda: EvenSample(SAMPLE))

    def __post_init__(self) -> None:
        self.merges = Merges(self.work)
        self.absences = Absences(self.work)

    def all(self, due: Sequence[str]) -> None:
        """Ask for all of these. Failures are counted, not raised."""
        work = self.work
        work.counters.checked = len(due)
        self.merges.asks(due)
        run = Run(work.registry.name, work.day, work.now, work.run)
        with Looks(work.registry, run, work.counters.notices.append) as looks:
            for page in self._pages(looks, due):
                with work.context.database.write() as session:
                    take_turn(session)  # no import may move a trial to another version between this check and its note
                    self._take(session, page)
            with work.context.database.write() as session:
                take_turn(session)
                gone, merged_into = self.merges.weigh(session)
                self._keep(session, merged_into, self._look(looks, merged_into).found())
                for absent in gone:
                    self.absences.missing(session, absent)
        if self.work.survey.dubious():
            self._survey_unchanged()
        storms = self.work.survey.storms(self.work.counters.unchanged)
        if storms:
            self._look_closer(storms)

    def _pages(self, looks: Looks, due: Sequence[str]) -> Iterator[_Page]:
        """Yield what was read, page by page. While helpers look at one page, the next one is read."""
        done = 0
        begun: deque[_Page] = deque()
        for batch in self.work.client.fetch(due, self._known):
            records = self.merges.take(batch)
            begun.append(_Page(batch, records, self._look(looks, records, len(due) - done)))
            if len(begun) > looks.are_helped:
                yield begun.popleft()
            done += len(batch.answers)
            self.work.progress("Reading the registry", min(done, len(due)), len(due))
        yield from begun

    def _known(self, trials: Sequence[str]) -> Mapping[str, KnownAnswer]:
        with self.work.context.database.read() as session:
            found = wire_hashes.current(session, trials)
        return {wire: KnownAnswer(trial, light) for wire, (trial, light) in found.items()}

    def _survey_unchanged(self) -> None:
        """Check an even sample of the unchanged documents: do they still have what others lost?"""
        with self.work.context.database.read() as session:
            sample = load_many(SessionReader(session), self._unchanged.kept)
        outlines = (self._outline(orjson.loads(raw)) for raw in sample.values())
        self.work.survey.add_unchanged((found for found in outlines if found is not None), self._unchanged.total)

    def _look_closer(self, storms: Sequence[str]) -> None:
        """Check in a sample whether modules that differ everywhere changed in content or only in noise.

        After a long silence, many records have changed for good reasons. Then nothing is suspected.
        """
        work = self.work
        with work.context.database.read() as session:
            rows = runs.staged(session, work.run, limit=runs.staged_count(session, work.run))
            some = rows[:: len(rows) // STORM_SAMPLE + 1]
            heads = trials.heads(session, [row.trial for row in some])
            pairs = [(row, heads[row.trial]) for row in some if heads[row.trial].versions]
            shas = [sha for row, head in pairs for sha in (row.raw_sha256, head.raw_sha256)]
            raws = {sha: orjson.loads(raw) for sha, raw in load_many(SessionReader(session), shas).items()}
        if any(_days(head.data_timestamp, work.day) > LONG_SILENCE_DAYS for _, head in pairs):
            return
        parts = [
            (old, new)
            for row, head in pairs
            if (old := self._parts(raws[head.raw_sha256])) is not None
            and (new := self._parts(raws[row.raw_sha256])) is not None
        ]
        for path in storms:
            really = sum(old.get(path) != new.get(path) for old, new in parts)
            work.survey.edited[path] = round(work.survey.touched[path] * really / len(parts)) if parts else 0

    def _outline(self, document: RawRecord) -> Mapping[str, Any] | None:
        """Return the outline of a document. None if it cannot be read, as may happen with old stored documents."""
        try:
            with one_record("the survey of the run"):
                return self.work.registry.outline(document)
        except RecordError as error:
            self._not_surveyed("a stored record", error)
            return None

    def _not_surveyed(self, trial: str, error: RecordError) -> None:
        """Leave a record out of the survey. Whether it is quarantined is decided when it is read."""
        if isinstance(error, ReaderFault):
            self.work.counters.notices.append(f"{trial} is left out of the survey of this run: {error.message}")

    def _parts(self, document: RawRecord) -> Mapping[str, str] | None:
        """Return the parts of a document. None if it cannot be read."""
        try:
            with one_record("the content hash"):
                return self.work.registry.parts(document)
        except RecordError as error:
            self._not_surveyed("a stored record", error)
            return None

    def _look(self, looks: Looks, records: Sequence[RawTrial], left: int = 0) -> Looking:
        """Begin to look at those of the records that could be decoded. `left`: see `Looks.begin`."""
        decoded = [answer for answer in records if not answer.problem]
        with self.work.context.database.read() as session:
            heads = trials.heads(session, [it.trial for it in decoded])
            dictionary = documents.newest_dictionary(session)
        return looks.begin(decoded, heads, dictionary, left)

    def _take(self, session: Session, page: _Page) -> None:
        batch = page.batch
        self.work.counters.notices.extend(batch.notices)
        same_bytes = [Same(*it.known) for it in _of(batch.answers, SameBytes)]
        self._keep(session, page.records, page.looking.found(), same_bytes)
        for unread in _of(batch.answers, Unread):
            kind = FailureKind.TOLD_TO_WAIT if isinstance(unread.error, NotBefore) else FailureKind.OTHER
            self.work.counters.fail(unread.trial, unread.error.message, kind)

    def _keep(
        self, session: Session, records: Sequence[RawTrial], found: Found, same_bytes: Sequence[Same] = ()
    ) -> None:
        """Stage the records that differ from what we have, note the others as seen, and set aside what is no record."""
        for answer in records:
            if answer.problem:
                about = (answer.trial, RefusalKind.UNDECODABLE, answer.body, "", answer.problem, answer.url)
                set_aside(session, self.work, RefusedDocument(*about))
        for refused in _of(found.looked, Refused):
            self._refuse(session, refused.answer, refused.error)
        same, differing = [*_of(found.looked, Same), *same_bytes], list(_of(found.looked, Differing))
        heads = trials.heads(session, filter(None, [*(it.trial for it in records), *(it.trial for it in same)]))
        trials.found(session, [name for name, head in heads.items() if head.is_unknown])
        self._stage(session, differing, heads, found)
        moved = {it.trial for it in same if not is_current(it, heads)}
        for trial in sorted(moved):
            self.work.counters.fail(trial, f"{trial} got another version while it was read; the next poll asks again")
        # What was set aside in this run was not read in full, whatever else came about it.
        aside = {item.trial for item in self.work.counters.quarantined}
        self._same(session, {item.trial for item in same} - moved - aside, heads)
        answered: list[Same | Differing] = [*same, *differing]
        wire_hashes.keep(session, [(it.trial, it.light_hash, it.wire_hash) for it in answered if it.wire_hash])

    def _refuse(self, session: Session, answer: RawTrial, error: RecordError) -> None:
        fault = error if isinstance(error, ReaderFault) else None
        body = answer.body or json.dumps(answer.value).encode()
        kind = RefusalKind.UNREADABLE if fault is None else RefusalKind.FAULT
        about = (answer.trial, kind, body, getattr(error, "path", ""), error.message, answer.url)
        set_aside(session, self.work, RefusedDocument(*about, fault=fault))

    def _stage(self, session: Session, differing: Sequence[Differing], heads: Mapping[str, Head], found: Found) -> None:
        if not differing:
            return
        work = self.work
        trials.add(session, [item.trial for item in differing], work.registry.name)
        bases = {it.sha256: heads[it.trial].raw_sha256 for it in differing if it.trial in heads}
        firsts = [found.firsts.get(it.trial, LookAnswer()) for it in differing]
        compressed = {
            it.sha256: Compressed(found.dictionary, first.packed)
            for it, first in zip(differing, firsts, strict=True)
            if found.dictionary is not None and first.packed is not None
        }
        documents.keep(session, ((item.sha256, item.raw) for item in differing), bases, compressed)
        rows = [
            StagedRow(it.trial, it.sha256, it.light_hash, it.url, work.now, first.decision)
            for it, first in zip(differing, firsts, strict=True)
        ]
        runs.stage(session, work.run, rows)
        known = {
            it.trial: heads[it.trial].raw_sha256
            for it in differing
            # Before the first poll is understood, there is nothing to compare it with: the past may have another shape.
            if it.trial in heads and heads[it.trial].versions and heads[it.trial].data_timestamp is not None
        }
        before = load_many(SessionReader(session), known.values())
        for item in differing:
            if item.trial in known:
                self._count(item.trial, orjson.loads(before[known[item.trial]]), item.document)

    def _count(self, trial: str, before: RawRecord, after: RawRecord) -> None:
        """Add a pair to the survey, if both documents can be read."""
        outline = self.work.registry.outline
        try:
            with one_record("the survey of the run", trial):
                self.work.survey.add(outline(before), outline(after))
        except RecordError as error:
            self._not_surveyed(trial, error)

    def _same(self, session: Session, same: set[str], heads: dict[str, Head]) -> None:
        work = self.work
        kept = [trial for trial in same if trial in heads and heads[trial].versions]
        trials.seen(session, kept, data_timestamp=work.data_timestamp, day=work.day, now=work.now)
        runs.lift_quarantine(session, kept, work.now)
        work.counters.unchanged += len(kept)
        self._unchanged.add(heads[trial].raw_sha256 for trial in kept)
        for trial in kept:
            if heads[trial].gone_since is not None:
                self.absences.back(heads[trial])

    def write_findings(self) -> None:
        """Write which trials are missing, are back, or were merged.

        Call this only after the run as a whole is believed: if many are missing at once, the registry is at fault.
        """
        with self.work.context.database.write() as session:
            take_turn(session)
            self.merges.write(session)
            self.absences.write(session)


def _days(timestamp: str | None, day: str) -> int:
    """Return the days from a data timestamp to a day of data. 0 if there is no data timestamp."""
    before, now = earliest((timestamp or "")[:10]), earliest(day)
    return (now - before).days if before and now else 0


def _of(answers: Sequence[object], kind: type[T]) -> Iterator[T]:
    return (answer for answer in answers if isinstance(answer, kind))
