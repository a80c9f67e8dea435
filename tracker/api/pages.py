"""The JSON twins of pages that no command prints as a whole."""

from __future__ import annotations

from typing import Annotated

from tracker.api.alerts import CheckedConfig, Message, PreviewedMessage
from tracker.api.base import Day, Instant, Shape, described
from tracker.api.changes import Change, Explained
from tracker.api.poll import Check, Status
from tracker.api.results import Owed, TrialResults
from tracker.api.similar import Cohort
from tracker.api.trials import Shown, Trial, VersionRow

__all__ = [
    "AlertsPage",
    "ChangePage",
    "ChangesPage",
    "DueNext",
    "EvidenceSide",
    "NewChanges",
    "OwedList",
    "PlannedLook",
    "PollLine",
    "SetMember",
    "SetWithTrials",
    "SetsPage",
    "SponsorOwing",
    "StatusPage",
    "StoredDoubt",
    "TodayPage",
    "TrialPage",
    "TrialsList",
]


class PollLine(Shape, frozen=True):
    """One poll in a list."""

    run: int
    register: Annotated[str, described("The register that was asked.")]
    began: Instant
    outcome: Annotated[str, described("complete, partial, unchanged, held, failed or running.")]
    checked: int
    new: int
    changed: int
    requests: int


class StoredDoubt(Shape, frozen=True):
    """A record that came and could not be read. Its document is kept."""

    trial: str
    reason: str
    since: Instant


class TrialPage(Shape, frozen=True):
    """`/trials/ID`."""

    trial: Annotated[Trial | None, described("As in `list`.")]
    shown: Annotated[Shown, described("The version that was asked for, as in `show`.")]
    results: Annotated[
        TrialResults | None, described("As in `results`; null for a trial of which only a page is stored.")
    ]
    versions: Annotated[list[VersionRow], described("As in `history`.")]
    changes: Annotated[list[Change], described("The latest 300, the latest first.")]


class EvidenceSide(Shape, frozen=True):
    """What proves one version of a trial, as `evidence` writes it into its manifest."""

    version: int
    registry_version: int | None
    url: Annotated[str | None, described("The registry's page; null for a version that cannot be read.")]
    source: Annotated[str, described("poll, import, backfill or page.")]
    effective: str
    effective_basis: str
    first_held_at: Instant
    fetched_from: Annotated[Instant | None, described("When the poll that fetched it began.")]
    fetched_until: Instant | None
    registry_data: Annotated[str | None, described("The registry's data were of then.")]
    raw_sha256: Annotated[str, described("SHA-256 of the raw document in canonical form.")]
    content_sha256: Annotated[str, described("SHA-256 of what is compared of it.")]
    chain: Annotated[str, described("The hash that binds the version to all before it.")]


class ChangePage(Shape, frozen=True):
    """`/changes/EVENT`."""

    change: Change
    store: str
    last_seq: int
    chain: Annotated[str, described("The hash that binds the change to all before it.")]
    before: EvidenceSide | None
    after: EvidenceSide | None
    explained: Annotated[Explained | None, described("Null if its versions cannot be read.")]
    messages: Annotated[list[Message], described("Who was told, with each attempt.")]
    previous_change: Annotated[str | None, described("The id of the one before it about the same trial.")]
    next_change: str | None


class SetMember(Shape, frozen=True):
    """A trial of a set."""

    trial: str
    title: str | None
    entered_at: Instant
    brought: Annotated[bool, described("It was not watched before it entered.")]
    missing: Annotated[int, described("How many searches in a row did not find it.")]


class SetWithTrials(Shape, frozen=True):
    """A set with its trials, and who entered or left it."""

    cohort: Cohort
    trials: list[SetMember]
    turns: Annotated[list[Change], described("Trials that entered or left, the latest 50, the latest first.")]


class SetsPage(Shape, frozen=True):
    """`/sets`."""

    sets: list[SetWithTrials]


class AlertsPage(Shape, frozen=True):
    """`/alerts`."""

    check: CheckedConfig
    messages: Annotated[list[Message], described("The latest 100 that match, the latest first.")]
    preview: Annotated[
        list[PreviewedMessage] | None,
        described("With `preview=30d`: what today's rules make of the changes since then, the latest first."),
    ]


class TodayPage(Shape, frozen=True):
    """`/`: what changed since the visit before, or in the last 7 days."""

    changes: Annotated[list[Change], described("Without housekeeping and without what came with the past of a trial.")]
    watched: int
    overdue: Annotated[list[Owed], described("Most days late first.")]
    due: Annotated[list[str], described("Trials whose results are due next.")]
    healthy: bool
    last_seq: int


class NewChanges(Shape, frozen=True):
    """`/events`: how many changes have come since a page was made."""

    store: Annotated[str, described("The id of the store.")]
    count: Annotated[int, described("Changes after `after` that the page would show.")]
    up_to: Annotated[int, described("The seq of the last change of the store.")]


class TrialsList(Shape, frozen=True):
    """`/trials`."""

    trials: list[Trial]
    total: Annotated[int, described("Trials that match, on all pages.")]
    next: Annotated[str | None, described("The address of the next page; null at the end.")]


class ChangesPage(Shape, frozen=True):
    """`/changes`."""

    changes: Annotated[list[Change], described("The latest first.")]
    total: Annotated[int, described("Changes that match, on all pages.")]
    next: Annotated[str | None, described("The address of the next page; null at the end.")]


class DueNext(Shape, frozen=True):
    """Results that are due today or later."""

    trial: str
    title: str | None
    sponsor: str | None
    rule: str
    due: Day
    days: Annotated[int, described("Days from today.")]
    state: str | None


class SponsorOwing(Shape, frozen=True):
    """What one sponsor owes."""

    sponsor: str | None
    trials: int
    due: Annotated[int, described("Trials whose first due day has passed.")]
    overdue: Annotated[int, described("Trials whose results are missing past the grace.")]
    longest: Annotated[int | None, described("The most days late.")]
    pending: int
    posted: int


class OwedList(Shape, frozen=True):
    """`/results`."""

    owing: list[Owed]
    total: Annotated[int, described("Rows on all pages.")]
    due: Annotated[list[DueNext], described("Due within a year.")]
    sponsors: list[SponsorOwing]
    perhaps: Annotated[int, described("Trials past the day of a rule that applies only perhaps.")]


class PlannedLook(Shape, frozen=True):
    """When a watched trial is looked at next."""

    trial: str
    title: str | None
    at: Instant


class StatusPage(Shape, frozen=True):
    """`/status`."""

    status: Status
    looks: Annotated[list[PlannedLook], described("The next 10, the soonest first.")]
    polls: Annotated[list[PollLine], described("The latest 20, the latest first.")]
    quarantined: list[StoredDoubt]
    checks: Annotated[list[Check] | None, described("With `checks=1`: what `doctor --offline` finds.")]
