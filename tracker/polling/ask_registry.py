"""Ask the registry for the record of one trial, and store nothing."""

from __future__ import annotations

from typing import NamedTuple

from tracker.context.context import Context
from tracker.errors import RecordError, UnknownTrial
from tracker.isolation import one_record
from tracker.records.json_objects import RawRecord
from tracker.registries.answers import Gone, RawTrial, Redirected, Unread
from tracker.registries.ids import registry_of
from tracker.registries.registry import Reading

__all__ = ["FreshRecord", "ask_registry"]


class FreshRecord(NamedTuple):
    """What the registry says now."""

    document: RawRecord
    reading: Reading


def ask_registry(context: Context, trial: str) -> FreshRecord:
    """Return the registry's record of a trial. For an obsolete id, it is that of the trial its address leads to.

    Raise UnknownTrial if the registry does not have it, RecordError if its record cannot be read, RegistryError if the
    registry cannot be asked.
    """
    name = registry_of(trial)
    answers = [answer for batch in context.clients[name].fetch([trial]) for answer in batch.answers]
    meant = next((it.trial for it in answers if isinstance(it, Redirected) and it.asked == trial), trial)
    for answer in answers:
        if isinstance(answer, RawTrial) and answer.trial in (meant, ""):
            if answer.problem:
                raise RecordError(f"The registry's record of {trial} cannot be read: {answer.problem}", subject=trial)
            with one_record("reading", trial):
                return FreshRecord(answer.value, context.registries[name].read(answer.value))
        if isinstance(answer, Unread) and answer.trial == trial:
            raise answer.error
        if isinstance(answer, Gone) and answer.trial == trial:
            raise UnknownTrial(f"The registry does not know {trial}; check the number", subject=trial)
    raise UnknownTrial(f"The registry gave no record of {trial}; check the number", subject=trial)
