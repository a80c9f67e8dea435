"""Pages of lists, as the API gives them."""

from __future__ import annotations

from typing import Annotated

from tracker.api.alerts import Message
from tracker.api.base import Shape, described
from tracker.api.changes import Change
from tracker.api.pages import DueNext, SponsorOwing
from tracker.api.results import Owed
from tracker.api.trials import Trial

__all__ = ["ChangeList", "MessageList", "OneChange", "OwedResults", "StoreReset", "TrialList"]

_NEXT = described("Give it as `after` to get the next page. Null on the last page.")
_UNREAD = described("Shown trials with a version that cannot be read.")
_WAITING = described("Trials whose results status is not worked out yet. Sort and filter by it lag for them.")


class TrialList(Shape, frozen=True):
    """`/trials`: trials that match."""

    trials: list[Trial]
    total: Annotated[int, described("How many match, on all pages.")]
    waiting: Annotated[int, _WAITING]
    unread: Annotated[list[str], _UNREAD]
    next: Annotated[str | None, _NEXT]


class ChangeList(Shape, frozen=True):
    """`/changes`: changes that match, in the order of `seq`."""

    store: Annotated[str, described("The id of the store. When it is another one, read from the beginning again.")]
    changes: list[Change]
    up_to: Annotated[int, described("All that matches up to this seq was given. Ask later with it as `after`.")]
    next: Annotated[int | None, _NEXT]
    unknown: Annotated[list[str], described("Named trials about which nothing is stored.")]


class StoreReset(Shape, frozen=True):
    """`/changes/stream`: the data of `reset`. The store is another one, and what was read of the old one is void."""

    store: Annotated[str | None, described("The id of the store. Null if this server cannot read it before a restart.")]
    after: Annotated[int, described("The stream goes on after this seq: 0.")]


class OneChange(Shape, frozen=True):
    """`/changes/KEY`: one change."""

    store: Annotated[str, described("The id of the store.")]
    change: Change
    title: Annotated[str | None, described("The title of its trial.")]


class OwedResults(Shape, frozen=True):
    """`/results`: results that are due and not there, and those that will be due."""

    owing: list[Owed]
    total: Annotated[int, described("Rows that match, on all pages.")]
    late: Annotated[int, described("Of these, rows past the days of grace.")]
    trials: Annotated[int, described("The trials of all rows.")]
    perhaps: Annotated[int, described("Other trials that may owe results: a rule applies to them only perhaps.")]
    due: Annotated[list[DueNext], described("Due today or later, the next first. At most `limit`.")]
    due_total: Annotated[int, described("How many are due within the days of `ahead`.")]
    sponsors: Annotated[list[SponsorOwing], described("The 20 sponsors that owe most.")]
    waiting: Annotated[int, _WAITING]
    unread: Annotated[list[str], _UNREAD]
    next: Annotated[str | None, _NEXT]


class MessageList(Shape, frozen=True):
    """`/outbox`: messages in the order in which they were made."""

    messages: list[Message]
    next: Annotated[str | None, _NEXT]
