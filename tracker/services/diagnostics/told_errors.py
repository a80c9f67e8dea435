"""What an error means to a program that asked: a kind, a sentence with the next step, and what it is about."""

from __future__ import annotations

from typing import NamedTuple

from storage.engine.redaction import redacted
from storage.errors import StorageError
from tracker.errors import TrialwatchError
from tracker.services.diagnostics.store_steps import next_step

__all__ = ["ToldError", "told_error"]


class ToldError(NamedTuple):
    """`kind` is for programs, `message` is a sentence."""

    kind: str
    message: str
    subject: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether nothing expected this error."""
        return self.kind == "fault"


def told_error(error: Exception) -> ToldError:
    """Return what an error says. One that is not ours shows nothing of its text."""
    if isinstance(error, TrialwatchError):
        return ToldError(error.kind, error.message, error.subject)
    if isinstance(error, StorageError):
        return ToldError(error.kind, redacted(f"{error}{next_step(error)}"), error.subject)
    return ToldError("fault", "This is a fault of Trialwatch itself. The log of the server says where.")
