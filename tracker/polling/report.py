"""What a poll counts while it runs, and what it says at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from tracker.changes.guards import Survey, Suspicion, judge
from tracker.polling.kinds import Quiet

__all__ = [
    "FailedTrial",
    "FailureKind",
    "HeldRun",
    "PollCounters",
    "PollReport",
    "QuarantinedTrial",
    "QuietTrial",
    "RecordFault",
    "together",
]

_MOST_QUIET = 1000
"""So many are named: a registry that changes its noise does so in every record."""
_WORST_FIRST = ("held", "partial", "complete", "unchanged")


class QuarantinedTrial(msgspec.Struct, frozen=True):
    """A record that could not be read. `new`: not for this reason before."""

    trial: str
    reason: str
    new: bool


class FailureKind(StrEnum):
    """Why a trial could not be read."""

    UNKNOWN_TRIAL = "unknown_trial"
    """The registry does not know its number."""
    OTHER = "other"


class FailedTrial(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind` is no part of the outside contract: see `PollReport.document`."""

    trial: str
    reason: str
    kind: FailureKind = FailureKind.OTHER

    def document(self) -> dict[str, str]:
        return {"trial": self.trial, "reason": self.reason}


class HeldRun(msgspec.Struct, frozen=True):
    reason: str


class QuietTrial(msgspec.Struct, frozen=True):
    """A document that differed from the one we hold, and why nothing is told of it."""

    trial: str
    reason: Quiet


class RecordFault(msgspec.Struct, frozen=True):
    """A fault of our own that was met on one record for the first time. `trace`: where in the program."""

    trial: str
    trace: str


class PollReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One poll. `outcome`: complete, partial, unchanged, held or failed.

    `faults` and `quiet` are left out when there are none.
    """

    run: int
    outcome: str
    data_timestamp: str | None
    checked: int
    new: int
    changed: int
    unchanged: int
    quarantined: tuple[QuarantinedTrial, ...]
    failed: tuple[FailedTrial, ...]
    held: tuple[HeldRun, ...]
    requests: int
    faults: tuple[RecordFault, ...] = ()
    quiet: tuple[QuietTrial, ...] = ()

    def document(self) -> dict[str, Any]:
        """The report in the shape of the outside contract."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built | {"failed": [item.document() for item in self.failed]}


@dataclass(slots=True)
class PollCounters:
    """The counts of a poll under way. `current`: those not asked about, being as new as the registry's data.

    `released`: a suspicion was confirmed by newer data, so that what vanished everywhere is no news of any one trial.
    `fallen_back_from`: newer data than these were read before: the registry's answers come from a stale copy.
    `unknown`: trials that were never read and that the registry does not know; only the first time they are failures.
    `drift`: what the registry says that we do not know, by what tells one such thing from another.
    `claims`: what it says for the first time of a number that is said to be another trial's, by that number.
    """

    checked: int = 0
    current: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: list[QuarantinedTrial] = field(default_factory=list)
    failed: list[FailedTrial] = field(default_factory=list)
    faults: list[RecordFault] = field(default_factory=list)
    quiet: list[QuietTrial] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    held: list[Suspicion] = field(default_factory=list)
    drift: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    released: bool = False
    fallen_back_from: str = ""

    def fail(self, trial: str, reason: str, kind: FailureKind = FailureKind.OTHER) -> None:
        self.failed.append(FailedTrial(trial, reason, kind))

    def be_quiet(self, trial: str, reason: Quiet) -> None:
        if len(self.quiet) < _MOST_QUIET:
            self.quiet.append(QuietTrial(trial, reason))

    def hold(self, survey: Survey, known_paths: Iterable[str], confirmed: Collection[str]) -> bool:
        """Judge the whole run: whether it must be held. What is only new is noted as drift.

        `confirmed`: what the run before was held for, on older data; seen again, it is the registry's word.
        """
        for suspicion in judge(survey, self.unchanged, known_paths):
            if suspicion.held:
                self.held.append(suspicion)
            else:
                self.drift[suspicion.path] = suspicion.reason
        paths = {item.path for item in self.held}
        if (
            paths and "*" not in paths and paths <= set(confirmed)
        ):  # records missing in masses are for a person to judge
            self.released = True
            self.notices += [f"{item.reason}, as on the data before: believed" for item in self.held]
            self.held.clear()
        return bool(self.held)

    def outcome(self) -> str:
        """`failed` when nothing at all could be read, `partial` when something newly could not."""
        read = self.current + self.new + self.changed + self.unchanged
        if not read and (self.failed or self.quarantined):
            return "failed"
        return "partial" if self.failed or any(item.new for item in self.quarantined) else "complete"

    def detail(self) -> dict[str, Any]:
        """What of the run's row is no number."""
        return {
            "quarantined": [msgspec.to_builtins(item) for item in self.quarantined],
            "failed": [item.document() for item in self.failed[:1000]],
            "faults": [msgspec.to_builtins(item) for item in self.faults[:100]],
            "quiet": [msgspec.to_builtins(item) for item in self.quiet],
            "held": [item.reason for item in self.held],
            "held_paths": [item.path for item in self.held],
            "drift": list(self.drift.values()),
            "notices": self.notices[:100],
        }

    def report(self, *, run: int, outcome: str, data_timestamp: str | None, requests: int) -> PollReport:
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
            held=tuple(HeldRun(item.reason) for item in self.held),
            requests=requests,
            faults=tuple(self.faults),
            quiet=tuple(self.quiet),
        )


def together(reports: Sequence[PollReport]) -> PollReport:
    """The reports of several registries' polls, at least one, as one; a held one gives it its run, else the first.

    Nothing could be read anywhere: `failed`; nothing of one registry, but something of another: `partial`.
    """
    if len(reports) == 1:
        return reports[0]
    outcomes = {report.outcome for report in reports}
    whole = outcomes - {"failed"}
    outcome = next((it for it in _WORST_FIRST if it in whole), "failed")
    if "failed" in outcomes and outcome in ("complete", "unchanged"):
        outcome = "partial"
    named = next((report for report in reports if report.outcome == "held"), reports[0])
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
