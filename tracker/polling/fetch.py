"""Get full records, count the unchanged ones, stage the others, and note the missing ones.

It works page by page, so memory does not grow with the number of trials. Staged records are not part of any timeline.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from sqlmodel import Session

from storage.documents import documents
from storage.documents.documents import Compressed, StoreDictionary
from storage.engine.turn import take_turn
from storage.polling import runs, wire_hashes
from storage.polling.runs import StagedRow
from storage.versions import trials
from storage.versions.trials import Head
from tracker.errors import NotBefore, ReaderFault, RecordError
from tracker.polling.absences import Absences
from tracker.polling.first_look import LookAnswer, Run
from tracker.polling.look import Differing, Refused, Same, is_current
from tracker.polling.looks import Found, Looking, Looks
from tracker.polling.merge_claims import Merges
from tracker.polling.quarantine import RefusedDocument, set_aside
from tracker.polling.run.batch import PollWork
from tracker.polling.run.report import FailureKind
from tracker.polling.run.run_kinds import RefusalKind
from tracker.polling.run_survey import RunSurvey
from tracker.registries.answers import Batch, KnownAnswer, RawTrial, SameBytes, Unread

__all__ = ["Fetch"]

T = TypeVar("T")


class _Page(NamedTuple):
    """What a page brought. Decoded records are large, so they are let go once they were looked at."""

    notices: Sequence[str]
    unread: Sequence[Unread]
    undecodable: Sequence[RawTrial]
    same_bytes: Sequence[Same]
    looking: Looking


@dataclass(slots=True)
class Fetch:
    """The fetching part of one poll."""

    work: PollWork
    merges: Merges = field(init=False)
    absences: Absences = field(init=False)
    survey: RunSurvey = field(init=False)

    def __post_init__(self) -> None:
        self.survey = RunSurvey(self.work)
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
                found = page.looking.found()  # it may take long, and other writers wait for a transaction
                with work.context.database.write() as session:
                    take_turn(session)  # no import may move a trial to another version between this check and its note
                    self._take(session, page, found)
            with work.context.database.read() as session:
                gone, merged_into = self.merges.weigh(session)
            found = self._look(looks, merged_into).found()
        with work.context.database.write() as session:
            take_turn(session)
            self._keep(session, found)
            for absent in gone:
                self.absences.missing(session, absent)
        self.survey.finish()

    def _pages(self, looks: Looks, due: Sequence[str]) -> Iterator[_Page]:
        """Yield what was read, page by page. While helpers look at one page, the next one is read."""
        done = 0
        begun: deque[_Page] = deque()
        for batch in self.work.client.fetch(due, self._known):
            begun.append(self._page(looks, batch, len(due) - done))
            done += len(batch.answers)
            del batch  # or its records would stay until the next ones are decoded
            if len(begun) > looks.are_helped:
                yield begun.popleft()
            self.work.progress("Reading the registry", min(done, len(due)), len(due))
        yield from begun

    def _page(self, looks: Looks, batch: Batch, left: int) -> _Page:
        """Begin to look at the records of a page. `left`: see `Looks.begin`."""
        records = self.merges.take(batch)
        same_bytes = [Same(*it.known) for it in _of(batch.answers, SameBytes)]
        undecodable = [answer for answer in records if answer.problem]
        unread = list(_of(batch.answers, Unread))
        return _Page(batch.notices, unread, undecodable, same_bytes, self._look(looks, records, left))

    def _known(self, trials: Sequence[str]) -> Mapping[str, KnownAnswer]:
        with self.work.context.database.read() as session:
            found = wire_hashes.current(session, trials)
        return {wire: KnownAnswer(trial, light) for wire, (trial, light) in found.items()}

    def _look(self, looks: Looks, records: Sequence[RawTrial], left: int = 0) -> Looking:
        """Begin to look at those of the records that could be decoded. `left`: see `Looks.begin`."""
        decoded = [answer for answer in records if not answer.problem]
        with self.work.context.database.read() as session:
            heads = trials.heads(session, [it.trial for it in decoded])
        return looks.begin(decoded, heads, self._newest_dictionary, left)

    def _newest_dictionary(self) -> StoreDictionary | None:
        with self.work.context.database.read() as session:
            return documents.newest_dictionary(session)

    def _take(self, session: Session, page: _Page, found: Found) -> None:
        self.work.counters.notices.extend(page.notices)
        for answer in page.undecodable:
            about = (answer.trial, RefusalKind.UNDECODABLE, answer.body, "", answer.problem, answer.url)
            set_aside(session, self.work, RefusedDocument(*about))
        self._keep(session, found, page.same_bytes, [answer.trial for answer in page.undecodable if answer.trial])
        for unread in page.unread:
            kind = FailureKind.TOLD_TO_WAIT if isinstance(unread.error, NotBefore) else FailureKind.OTHER
            self.work.counters.fail(unread.trial, unread.error.message, kind)

    def _keep(
        self, session: Session, found: Found, same_bytes: Sequence[Same] = (), undecodable: Sequence[str] = ()
    ) -> None:
        """Stage the records that differ from what we have, note the others as seen, and set aside what is no record.

        `undecodable`: trials of the same page whose records could not be decoded. The registry knows them.
        """
        for refused in _of(found.looked, Refused):
            self._refuse(session, refused.answer, refused.error)
        same, differing = [*_of(found.looked, Same), *same_bytes], list(_of(found.looked, Differing))
        heads = trials.heads(session, [*(it.trial for it in (*found.looked, *same_bytes)), *undecodable])
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
        firsts = [found.firsts.get(it.sha256, LookAnswer()) for it in differing]
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
        self.survey.changed(session, differing, heads)

    def _same(self, session: Session, same: set[str], heads: dict[str, Head]) -> None:
        work = self.work
        kept = [trial for trial in same if trial in heads and heads[trial].versions]
        trials.seen(session, kept, data_timestamp=work.data_timestamp, day=work.day, now=work.now)
        runs.lift_quarantine(session, kept, work.now)
        work.counters.unchanged += len(kept)
        self.survey.unchanged(heads[trial].raw_sha256 for trial in kept)
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


def _of(answers: Sequence[object], kind: type[T]) -> Iterator[T]:
    return (answer for answer in answers if isinstance(answer, kind))
