"""Read staged documents, decide on them, and commit them, up to 100 trials in one transaction.

The decision is made outside the writing transaction. Inside it, the current version is checked again. If it has moved
in the meantime, the trial is decided on again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import orjson
from sqlmodel import Session

from storage.documents.read_documents import load_many
from storage.engine.turn import take_turn
from storage.polling import runs
from storage.polling.runs import StagedRow
from storage.reads.in_session import SessionReader
from storage.versions import trials
from storage.versions.trials import Head
from storage.watching import register_links
from tracker.backfill.stored_records import past_of
from tracker.polling.decide import Confirmed, Decision, Fetched, decide
from tracker.polling.first_look import staged_decision
from tracker.polling.planning.timestamps import is_ahead
from tracker.polling.quarantine import RefusedDocument, set_aside
from tracker.polling.run.batch import PollWork
from tracker.polling.run.run_kinds import Quiet, RefusalKind

__all__ = ["AT_ONCE", "Commit"]

AT_ONCE = 100
"""Trials per transaction."""


@dataclass(frozen=True, slots=True)
class _Decided:
    row: StagedRow
    head: Head
    decision: Decision
    #: The document, for the quarantine.
    raw: bytes = b""


@dataclass(slots=True)
class Commit:
    """The committing part of one poll."""

    work: PollWork

    def commit_staged(self, run: int) -> None:
        """Commit all that `run` has staged, then delete the staged rows. `run` is this run or an accepted held run."""
        database = self.work.context.database
        with database.read() as session:
            total = runs.staged_count(session, run)
        done, after = 0, ""
        while True:
            with database.read() as session:
                rows = runs.staged(session, run, after=after, limit=AT_ONCE)
            if not rows:
                break
            moved = rows
            while moved:
                moved = self._chunk(run, moved)
            after = rows[-1].trial
            done += len(rows)
            self.work.progress("Comparing", done, total)
        with database.write() as session:
            runs.unstage(session, run)

    def _chunk(self, run: int, rows: Sequence[StagedRow]) -> list[StagedRow]:
        """Decide on these rows and commit them. Return those whose current version moved in between."""
        with self.work.context.database.read() as session:
            decided = self._decide(session, run, rows)
        with self.work.context.database.write() as session:
            take_turn(session)
            steps = [item.decision.step for item in decided if item.decision.step is not None]
            moved = {answer.trial for answer in self.work.enter(session, steps) if answer.moved}
            moved |= _moved(session, [item.head for item in decided if item.decision.step is None])
            settled = [item for item in decided if item.row.trial not in moved]
            self._settle(session, settled)
            if run == self.work.run:
                # Now, and not at the end: their room in the file is used again for what the next ones write. What was
                # held stays until all of it is accepted, so that a killed acceptance can be done again.
                runs.unstage(session, run, [item.row.trial for item in settled])
        return [item.row for item in decided if item.row.trial in moved]

    def _decide(self, session: Session, run: int, rows: Sequence[StagedRow]) -> list[_Decided]:
        heads = trials.heads(session, [row.trial for row in rows])
        # A held run is committed by the run that accepts it, whose number its versions carry. So it decides again.
        mine = rows if run == self.work.run else ()
        found = [
            _Decided(row, heads[row.trial], decision)
            for row in mine
            if (decision := staged_decision(row.decision, heads[row.trial])) is not None
        ]
        ready = {item.row.trial for item in found}
        if open_rows := [row for row in rows if row.trial not in ready]:
            found += self._decide_now(session, open_rows, heads)
        return sorted(found, key=lambda item: item.row.trial)

    def _decide_now(self, session: Session, rows: Sequence[StagedRow], heads: Mapping[str, Head]) -> list[_Decided]:
        """Read these documents and those of their current versions, and decide on them."""
        raws = load_many(SessionReader(session), [row.raw_sha256 for row in rows])
        before = load_many(SessionReader(session), [it.raw_sha256 for row in rows if (it := heads[row.trial]).versions])
        work, decided = self.work, []
        refused = runs.refusals(session, [row.trial for row in rows])
        for row in rows:
            head, raw = heads[row.trial], raws[row.raw_sha256]
            if any(is_ahead(read, work.data_timestamp, work.now) for read in head.reads):
                # Newer data were read since this was staged: the run was held long ago, or the registry fell back to
                # old data.
                work.counters.unchanged += 1
                work.counters.be_quiet(row.trial, Quiet.NEWER_READ)
                continue
            previous = orjson.loads(before[head.raw_sha256]) if head.versions else None
            fetched = Fetched(orjson.loads(raw), previous, row.raw_sha256, row.light_hash, row.url)
            # The same doubt in the quarantine means that an earlier answer raised it too. A trial in quarantine
            # is asked for again only with newer data, a newer normalizer or in the weekly read. Then it is believed.
            doubt = refused.get(row.trial)
            older, shrunk = doubt == RefusalKind.OLDER, doubt == RefusalKind.SHRUNK
            confirmed = Confirmed(older, shrunk, vanished=work.counters.released)
            decision = self._decision(fetched, row, head, confirmed)
            if decision.wants_past:
                fetched = replace(fetched, past=past_of(SessionReader(session), row.trial))
                decision = self._decision(fetched, row, head, confirmed)
            decided.append(_Decided(row, head, decision, raw))
        return decided

    def _decision(self, fetched: Fetched, row: StagedRow, head: Head, confirmed: Confirmed) -> Decision:
        work = self.work
        return decide(
            work.registry,
            fetched,
            head,
            trial=row.trial,
            day=work.day,
            now=row.fetched_at,
            run=work.run,
            confirmed=confirmed,
        )

    def _settle(self, session: Session, decided: Sequence[_Decided]) -> None:
        """Update data timestamps, sightings and counts by what was decided."""
        work, counters = self.work, self.work.counters
        for item in decided:
            refusal, quiet = item.decision.refusal, item.decision.quiet
            if quiet is not None:
                counters.be_quiet(item.row.trial, quiet)
            if refusal is not None:
                about = (item.row.trial, refusal.kind, item.raw, refusal.path, refusal.reason, item.row.url)
                set_aside(session, work, RefusedDocument(*about, fault=refusal.fault))
                continue
            counters.new += item.decision.first
            counters.changed += item.decision.changed
            counters.unchanged += not (item.decision.first or item.decision.changed)
            counters.drift.update((sentence, sentence) for sentence in item.decision.new_words)
            if item.head.gone_since is not None:
                trials.set_gone(session, item.row.trial, None)
        read = [item for item in decided if item.decision.refusal is None]
        trials.set_light_hash(session, {item.row.trial: item.row.light_hash for item in read})
        new = [item for item in read if item.decision.step is not None and item.decision.step.version is not None]
        register_links.set_links(session, {item.row.trial: item.decision.numbers for item in new})
        names = [item.row.trial for item in read]
        trials.seen(session, names, data_timestamp=work.data_timestamp, day=work.day, now=work.now)
        runs.lift_quarantine(session, names, work.now)


def _moved(session: Session, heads: Sequence[Head]) -> set[str]:
    """Return the trials whose current version is not that of these heads any more."""
    now = trials.heads(session, [head.trial for head in heads])
    return {head.trial for head in heads if now[head.trial].current_version != head.current_version}
