"""What the registry says now of a trial that is not stored. Nothing of it is stored."""

from __future__ import annotations

from storage.reads.in_session import SessionReader
from tracker.context.context import Context
from tracker.polling.ask_registry import FreshRecord, ask_registry
from tracker.recording.instants import instant_out
from tracker.records.json_objects import RawRecord
from tracker.services.versions.show import ShownVersion
from tracker.services.watching.linked_trials import linked_of

__all__ = ["show_unstored", "show_unstored_raw"]

SOURCE = "registry"


def show_unstored(context: Context, trial: str) -> ShownVersion:
    """Return the registry's record of a trial. Raise what `ask_registry` raises."""
    found = ask_registry(context, trial)
    now, record = context.clock.now(), found.reading.record
    with context.database.read() as session:
        linked = linked_of(SessionReader(session), record)
    document = {
        "trial": record.trial,
        "version": None,
        "effective": _effective(found) or now.date().isoformat(),
        "observed_at": instant_out(now),
        "source": SOURCE,
        "url": record.url,
        "linked": linked,
        "notes": [],
        "record": record.document(),
    }
    return ShownVersion(record, document)


def show_unstored_raw(context: Context, trial: str) -> RawRecord:
    """Return the registry's own document of a trial. Raise what `ask_registry` raises."""
    return ask_registry(context, trial).document


def _effective(found: FreshRecord) -> str:
    """Return the day from which the public record said this, as far as the record tells."""
    return found.reading.posted or found.reading.data_day
