"""What a poll counts while it runs, and what it reports at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from storage.values.states import RunOutcome
from tracker.api.poll import HeldReason, QuarantinedTrial, RecordFault
from tracker.changes.guards import MISSING, Survey, Suspicion, judge
from tracker.polling.run.run_kinds import Quiet
from tracker.records.json_objects import JsonObject

__all__ = [
    "FailureKind",
    "PollCounters",
    "PollReport",
    "QuietRecord",
    "UnreadTrial",
    "together",
]

_MOST_QUIET = 1000
"""At most this many are listed. If a registry changes its noise, it does so in every record."""
_WORST_FIRST = (RunOutcome.HELD, RunOutcome.PARTIAL, RunOutcome.COMPLETE, RunOutcome.UNCHANGED)


class FailureKind(StrEnum):
    """Why a trial could not be read."""

    UNKNOWN_TRIAL = "unknown_trial"
    """The registry does not know its number."""
    TOLD_TO_WAIT = "told_to_wait"
    """The registry asked us to come back later."""
    OTHER = "other"


class UnreadTrial(msgspec.Struct, frozen=True, omit_defaults=True):
    """A trial that could not be read. The outside contract leaves `kind` out (see `PollReport.document`)."""

    trial: str
    reason: str
    kind: FailureKind = FailureKind.OTHER

    def document(self) -> dict[str, str]:
        return {"trial": self.trial, "reason": self.reason}


class QuietRecord(msgspec.Struct, frozen=True):
    """A document that differed from ours, and why nothing is reported about it."""

    trial: str
    reason: Quiet


class PollReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One poll. `outcome` is complete, partial, unchanged, held or failed.

    `faults` and `quiet` are left out if empty.
    """

    run: int
    outcome: RunOutcome
    data_timestamp: str | None
    checked: int
    new: int
    changed: int
    unchanged: int
    quarantined: tuple[QuarantinedTrial, ...]
    failed: tuple[UnreadTrial, ...]
    held: tuple[HeldReason, ...]
    requests: int
    faults: tuple[RecordFault, ...] = ()
    quiet: tuple[QuietRecord, ...] = ()

    def document(self) -> JsonObject:
        """Return the report in the shape of the outside contract."""
        built: JsonObject = msgspec.to_builtins(self)
        return built | {"failed": [item.document() for item in self.failed]}


@dataclass(slots=True)
class PollCounters:
    """The counts of a poll in progress."""

    checked: int = 0
    #: Trials not asked about, because we hold them from data as new as the registry's.
    current: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: list[QuarantinedTrial] = field(default_factory=list)
    failed: list[UnreadTrial] = field(default_factory=list)
    faults: list[RecordFault] = field(default_factory=list)
    quiet: list[QuietRecord] = field(default_factory=list)
    #: Trials that were never read and that the registry does not know. They are failures only the first time.
    unknown: set[str] = field(default_factory=set)
    held: list[Suspicion] = field(default_factory=list)
    #: What the registry says that we do not know, under a key that identifies each such thing.
    drift: dict[str, str] = field(default_factory=dict)
    #: New claims that a number belongs to another trial, by that number.
    claims: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    #: The missing trials of a held run, each with the status that the registry answered.
    absent: list[tuple[str, int]] = field(default_factory=list)
    #: Newer data or a person confirmed a suspicion. What vanished everywhere is then no news about a single trial.
    released: bool = False
    #: What a person accepts with this run: the paths that a run was held for.
    accepted: list[str] = field(default_factory=list)
    #: The newer data that we read before, if the registry now answers from a stale copy.
    fallen_back_from: str = ""

    def fail(self, trial: str, reason: str, kind: FailureKind = FailureKind.OTHER) -> None:
        self.failed.append(UnreadTrial(trial, reason, kind))

    def be_quiet(self, trial: str, reason: Quiet) -> None:
        if len(self.quiet) < _MOST_QUIET:
            self.quiet.append(QuietRecord(trial, reason))

    def hold(self, survey: Survey, known_paths: Iterable[str], confirmed: Collection[str]) -> bool:
        """Judge the whole run, and return whether it must be held. Paths that are only new are noted as drift.

        `confirmed` is what a person accepted, or what the run before was held for, on older data. If it shows up again,
        it is believed.
        """
        for suspicion in judge(survey, self.unchanged, known_paths):
            if suspicion.held:
                self.held.append(suspicion)
            else:
                self.drift[suspicion.path] = suspicion.reason
        # A run is released only if every suspicion is confirmed, and none is of missing records: those only a person
        # can judge, who accepts the run itself.
        paths = {item.path for item in self.held}
        if paths and MISSING not in paths and paths <= set(confirmed):
            self.released = True
            self.accepted.clear()
            self.notices += [f"{item.reason}, as on the data before: believed" for item in self.held]
            self.held.clear()
        return bool(self.held)

    def outcome(self) -> RunOutcome:
        """Return `failed` if nothing could be read, and `partial` if something became unreadable."""
        read = self.current + self.new + self.changed + self.unchanged
        if not read and (self.failed or self.quarantined):
            return RunOutcome.FAILED
        return RunOutcome.PARTIAL if self.failed or any(item.new for item in self.quarantined) else RunOutcome.COMPLETE

    def detail(self) -> JsonObject:
        """Return the parts of the run's row that are not numbers."""
        return {
            "quarantined": [msgspec.to_builtins(item) for item in self.quarantined],
            "failed": [item.document() for item in self.failed[:1000]],
            "faults": [msgspec.to_builtins(item) for item in self.faults[:100]],
            "quiet": [msgspec.to_builtins(item) for item in self.quiet],
            "held": [item.reason for item in self.held],
            "held_paths": [item.path for item in self.held],
            "drift": list(self.drift.values()),
            "notices": self.notices[:100],
            **({"absent": self.absent} if self.absent else {}),
            **({"accepted_paths": self.accepted} if self.accepted else {}),
        }

    def report(self, *, run: int, outcome: RunOutcome, data_timestamp: str | None, requests: int) -> PollReport:
        return PollReport(
            run=run,
            outcome=outcome,
            data_timestamp=data_timestamp,
            checked=self.checked,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            quarantined=tuple(self.quarantined),
            failed=tuple(self.failed),
            held=tuple(HeldReason(reason=item.reason) for item in self.held),
            requests=requests,
            faults=tuple(self.faults),
            quiet=tuple(self.quiet),
        )


def together(reports: Sequence[PollReport]) -> PollReport:
    """Combine the reports of several registries' polls, at least one, into one.

    A held report gives the result its run number, otherwise the first one does. If nothing could be read anywhere, the
    outcome is `failed`. If only one registry could not be read, it is `partial`.
    """
    if len(reports) == 1:
        return reports[0]
    outcomes = {report.outcome for report in reports}
    whole = outcomes - {RunOutcome.FAILED}
    outcome = next((it for it in _WORST_FIRST if it in whole), RunOutcome.FAILED)
    if RunOutcome.FAILED in outcomes and outcome in (RunOutcome.COMPLETE, RunOutcome.UNCHANGED):
        outcome = RunOutcome.PARTIAL
    named = next((report for report in reports if report.outcome == RunOutcome.HELD), reports[0])
    return PollReport(
        run=named.run,
        outcome=outcome,
        data_timestamp=named.data_timestamp,
        checked=sum(report.checked for report in reports),
        new=sum(report.new for report in reports),
        changed=sum(report.changed for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        quarantined=tuple(item for report in reports for item in report.quarantined),
        failed=tuple(item for report in reports for item in report.failed),
        held=tuple(item for report in reports for item in report.held),
        requests=sum(report.requests for report in reports),
        faults=tuple(item for report in reports for item in report.faults),
        quiet=tuple(item for report in reports for item in report.quiet),
    )
