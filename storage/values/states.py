"""The names of states that the store keeps as text. A member equals its text."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["READ_SOMETHING", "AttemptState", "MessageState", "ResultsState", "RunOutcome", "VersionSource"]


class ResultsState(StrEnum):
    """Where the results of a trial stand. Each but NONE is also the name of the step that leads to it."""

    NONE = "none"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    """Quality control sent them back."""
    CANCELLED = "cancelled"
    """The sponsor took them back."""
    POSTED = "posted"


class RunOutcome(StrEnum):
    """What came of a poll. RUNNING stands in the row of a run that has not ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    UNCHANGED = "unchanged"
    """The registry had no newer data."""
    HELD = "held"
    """The answers look wrong, so no version was written."""
    FAILED = "failed"


READ_SOMETHING = (RunOutcome.COMPLETE, RunOutcome.PARTIAL, RunOutcome.UNCHANGED, RunOutcome.HELD)
"""The outcomes of runs to which the registry gave an answer that could be read."""


class VersionSource(StrEnum):
    """Where a version came from."""

    POLL = "poll"
    IMPORT = "import"
    BACKFILL = "backfill"
    PAGE = "page"
    """What another place says about the trial. Such a version lies beside the timeline. Like every version, it has a
    number and a link in the chain, but it is never current.
    """


class MessageState(StrEnum):
    """The state of a message in the outbox."""

    PENDING = "pending"
    HELD = "held"
    """Never stored. A pending message is shown so while something has to happen before it is sent."""
    GROUPED = "grouped"
    """It is sent as part of another message."""
    SENT = "sent"
    DEAD = "dead"
    """Given up."""


class AttemptState(StrEnum):
    """What came of an attempt to send a message. ASKED and TOLD stand in rows that are no attempt."""

    RUNNING = "running"
    """Not ended, or interrupted: the message may have arrived or not."""
    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    ASKED = "asked"
    """A person asked to send it again."""
    TOLD = "told"
    """A person was told in another way that it was given up."""
