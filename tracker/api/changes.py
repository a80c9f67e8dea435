"""Changes: `changes`, the data of webhooks, and `evidence`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tracker.api.base import Instant, Shape, described
from tracker.api.trials import FieldDifference

__all__ = ["Change", "ChangeObject", "Changes", "Explained", "MutedDifference", "QuietPoll", "SeverityReason"]


class SeverityReason(Shape, frozen=True):
    """Why a change has its severity."""

    by: Annotated[str, described("field, values, sign, pair, dates, duty, cohort or trial.")]
    name: Annotated[str, described("Which field, sign, pair or rule.")]
    severity: Annotated[str, described("The severity this reason gives.")]
    said: Annotated[str, described("In a sentence.")]
    evidence: Annotated[dict[str, Any], described("What a sign rests on.")]


class MutedDifference(Shape, frozen=True):
    """Something that differs and is not told, and why."""

    field: str
    because: str


class Explained(Shape, frozen=True):
    """With `--explain`: the reasons of a severity, and what of the same step is not told."""

    severity: str | None
    reasons: list[SeverityReason]
    muted: list[MutedDifference]


class Change(Shape, frozen=True):
    """One thing that happened to a trial."""

    seq: Annotated[int, described("Grows without gaps: a cursor for --after.")]
    id: Annotated[str, described("Stable for ever.")]
    trial: Annotated[str, described("Empty for what is about the watch itself (ops.*).")]
    kind: Annotated[str, described("See the kinds of events.")]
    severity: Annotated[str, described("critical, major, minor or admin.")]
    summary: Annotated[str, described("What happened, in a sentence.")]
    effective: Annotated[str, described("The day it took effect.")]
    observed_at: Instant
    from_version: int | None
    to_version: int | None
    backfilled: Annotated[bool, described("True for what did not come from a poll.")]
    fields: list[FieldDifference]
    explained: Annotated[Explained | msgspec.UnsetType, described("With --explain.")] = msgspec.UNSET


ChangeObject = dict[str, Any]
"""A `Change` as a JSON object, as webhooks carry it."""


class QuietPoll(Shape, frozen=True):
    """A poll in which the document of a trial differed and nothing was reported about it."""

    trial: str
    run: Annotated[int, described("Number of the poll.")]
    at: Annotated[Instant, described("When the poll began.")]
    reason: Annotated[str, described("One of the reasons that output.md lists.")]


class Changes(Shape, frozen=True):
    """`changes`: what happened, in the order of `seq`."""

    changes: list[Change]
    quiet: Annotated[
        list[QuietPoll] | msgspec.UnsetType, described("With --explain and named trials: the latest 20.")
    ] = msgspec.UNSET
