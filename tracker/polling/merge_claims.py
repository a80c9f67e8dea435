"""Whether one number was merged into another trial: what a run hears about it, and what is believed (decision 0042).

A single answer changes nothing. Both sides must say so: the other trial's record lists the number, and the number
itself is gone or leads there. They must say it on two data sets. In between, the number must not have been read as a
record of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from storage.tables.models import MergeClaimRow
from storage.values.severity import Severity
from storage.versions import merges, trials
from storage.versions.snapshots import NewStep
from storage.versions.trials import Head
from tracker.changes.explain import trial_event
from tracker.polling.decide import lone_event
from tracker.polling.planning.timestamps import can_be, is_newer
from tracker.polling.run.asked_names import AskedNames
from tracker.polling.run.batch import PollWork
from tracker.registries.answers import Batch, Gone, RawTrial, Redirected, SameBytes

__all__ = ["ClaimEvidence", "Merges", "is_believed"]


@dataclass(frozen=True, slots=True)
class ClaimEvidence:
    """What one run says about whether `alias` belongs to `trial`."""

    alias: str
    trial: str
    #: The record of `trial` lists the number, and no other record does.
    listed: bool
    #: The number itself is gone or leads to `trial`.
    leads: bool
    #: The number answered with a record of its own.
    alive: bool

    @property
    def by_both(self) -> bool:
        return self.listed and self.leads and not self.alive


def is_believed(
    claim: ClaimEvidence, before: MergeClaimRow | None, head: Head | None, data_timestamp: str, now: datetime
) -> bool:
    """Return whether the number was merged. Pure.

    `before` is what older data than `data_timestamp` said about it.
    """
    if before is None or before.refused_at is not None or before.first_stamp is None:
        return False
    known = (before.first_stamp, *(head.reads if head is not None else ()))
    newer = all(is_newer(data_timestamp, it, now) for it in known)
    return claim.by_both and newer and can_be(data_timestamp, now)


@dataclass(slots=True)
class Merges:
    """The merge claims of one run.

    Call `take` for each batch, then `weigh` once. Call `write` only if the run as a whole is believed.
    """

    work: PollWork
    _asked: AskedNames = field(default_factory=AskedNames)
    _listed: dict[str, list[str]] = field(default_factory=dict)
    _led: dict[str, str] = field(default_factory=dict)
    _gone: dict[str, Gone] = field(default_factory=dict)
    _strangers: dict[str, RawTrial] = field(default_factory=dict)
    _said: list[ClaimEvidence] = field(default_factory=list)
    _before: Mapping[tuple[str, str], MergeClaimRow] = field(default_factory=dict)
    _believed: list[ClaimEvidence] = field(default_factory=list)

    def asks(self, due: Sequence[str]) -> None:
        """Note which trials this run asks for."""
        self._asked = AskedNames(due)

    def take(self, batch: Batch) -> list[RawTrial]:
        """Note what a batch says. Return the decoded records that were asked for. Others wait until their claim is
        believed.
        """
        for claim in batch.claims:
            self._listed.setdefault(claim.alias, []).append(claim.trial)
        mine = []
        for answer in batch.answers:
            if isinstance(answer, Redirected):
                self._led[answer.asked] = answer.trial
            elif isinstance(answer, Gone):
                self._gone[answer.trial] = answer
            elif isinstance(answer, SameBytes):
                self._asked.note_answer(answer.trial)
            elif isinstance(answer, RawTrial):
                if answer.trial and answer.trial not in self._asked:
                    self._strangers[answer.trial] = answer
                else:
                    if answer.trial:
                        self._asked.note_answer(answer.trial)
                    mine.append(answer)
        return mine

    def weigh(self, session: Session) -> tuple[list[Gone], list[RawTrial]]:
        """Judge what was said. Return the trials that are simply gone, and the records of merge targets."""
        self._said = [claim for alias in dict.fromkeys([*self._listed, *self._led]) for claim in self._about(alias)]
        names = [claim.alias for claim in self._said]
        self._before = merges.known(session, names)
        heads = trials.heads(session, names)
        data_timestamp, now = self.work.data_timestamp, self.work.now
        for claim in self._said:
            before = self._before.get((claim.alias, claim.trial))
            if is_believed(claim, before, heads.get(claim.alias), data_timestamp, now):
                self._believed.append(claim)
            self.work.survey.merged += before is None
        self.work.survey.elsewhere += len({claim.alias for claim in self._said if not claim.alive})
        taken = {
            claim.trial: self._strangers[claim.trial] for claim in self._believed if claim.trial in self._strangers
        }
        claimed = {claim.alias for claim in self._said if claim.leads}
        return [gone for name, gone in self._gone.items() if name not in claimed], list(taken.values())

    def _about(self, alias: str) -> list[ClaimEvidence]:
        """Return a claim for each trial the number may belong to. None while we do not know if the number is alive.

        A number leads to a trial if its own address answers with it. If the number is gone, it leads to the one trial
        that lists it.
        """
        claimants = list(dict.fromkeys(self._listed.get(alias, [])))
        alive, led = self._asked.has_answered(alias), self._led.get(alias)
        if not (alive or led or alias in self._gone):
            return []
        sole = len(claimants) == 1
        leads = {led} if led else set(claimants) if sole and not alive else set()
        names = dict.fromkeys([*claimants, *([led] if led else [])])
        return [ClaimEvidence(alias, name, sole and name in claimants, name in leads, alive) for name in names]

    def write(self, session: Session) -> None:
        """Move the watches of believed merges, and note and report the other claims."""
        believed = {claim.alias for claim in self._believed}
        for claim in self._believed:
            self._move(session, claim)
        for claim in self._said:
            if claim.alias not in believed:
                self._note(session, claim)
        self._forget(session, believed)

    def _move(self, session: Session, claim: ClaimEvidence) -> None:
        """Move the watch. A number with a past of its own was merged. One without a past was only typed in."""
        work = self.work
        trials.add(session, [claim.trial], work.registry.name)
        merges.settle(session, claim.alias, claim.trial, work.now)
        heads = trials.heads(session, [claim.alias, claim.trial])
        old, new = heads.get(claim.alias), heads[claim.trial]
        if old is None or not old.versions:
            return
        event = trial_event("trial.merged", Severity.MINOR, f"{claim.alias} is now registered as {claim.trial}")
        row = lone_event(event, new, work.day, work.now, work.run, to_content=old.content_hash)
        work.enter(session, [NewStep(None, (row,), new.current_version)])

    def _note(self, session: Session, claim: ClaimEvidence) -> None:
        work, before = self.work, self._before.get((claim.alias, claim.trial))
        first = before.first_stamp if before is not None and claim.by_both else None
        if first is None and claim.by_both and can_be(work.data_timestamp, work.now):
            first = work.data_timestamp
        data_timestamp = work.data_timestamp
        merges.note(
            session, claim.alias, claim.trial, first=first, last=data_timestamp, leads=claim.leads, now=work.now
        )
        if before is None:
            work.counters.claims[claim.alias] = _sentence(claim)

    def _forget(self, session: Session, believed: set[str]) -> None:
        """Forget claims that are no longer made. If made again, they start from the beginning."""
        current = {(it.alias, it.trial) for it in self._said}
        for row in merges.current_claims(session):
            told = self._asked.has_answered(row.alias) or row.alias in self._led or row.alias in self._gone
            if told and row.alias not in believed and (row.alias, row.trial) not in current:
                data_timestamp = self.work.data_timestamp
                merges.note(
                    session, row.alias, row.trial, first=None, last=data_timestamp, leads=False, now=self.work.now
                )


def _sentence(claim: ClaimEvidence) -> str:
    if claim.alive:
        return f"{claim.trial} lists {claim.alias} as an obsolete number, but {claim.alias} answers with its own record"
    if not claim.leads:
        return f"{claim.trial} lists {claim.alias} as an obsolete number, and is not alone in that"
    return f"{claim.alias} is answered with {claim.trial}" + ("" if claim.listed else ", which does not list it")
