"""Keep a record that cannot be read as it came, and report it by name. The poll goes on."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session

from storage.documents import documents
from storage.polling import runs
from storage.versions import trials
from tracker.api.poll import QuarantinedTrial, RecordFault
from tracker.errors import ReaderFault
from tracker.isolation import where
from tracker.polling.run.batch import PollWork
from tracker.polling.run.run_kinds import RefusalKind

__all__ = ["RefusedDocument", "set_aside"]


class RefusedDocument(NamedTuple):
    """A document that is refused."""

    trial: str
    #: UNDECODABLE means not even JSON we accept. The connection may be at fault, so the data timestamp stays as it was.
    kind: RefusalKind
    #: The bytes as they came.
    body: bytes
    #: Where in the record. Empty if it is no record at all.
    path: str
    reason: str
    url: str
    #: Set when our own code failed on it.
    fault: ReaderFault | None = None


def set_aside(session: Session, work: PollWork, refused: RefusedDocument) -> None:
    """Keep and count a refused document. It is news only if the trial was not quarantined for the same reason before.

    The registry writes a new day into each record, so comparing bytes would make it news every day.
    """
    active = runs.active_quarantines(session, refused.trial)
    known = any(
        row.reason == refused.reason and row.path == refused.path and row.normalizer >= work.registry.normalizer
        for row in active
    )
    if active:
        runs.cleared(session, refused.trial, work.now)
    runs.quarantine(
        session,
        refused.trial,
        refused.body,
        documents.digest(refused.body),
        work.registry.normalizer,
        refused.path,
        refused.reason,
        refused.url,
        work.now,
        kind=refused.kind,
    )
    if refused.kind != RefusalKind.UNDECODABLE:
        trials.refused(session, refused.trial, data_timestamp=work.data_timestamp, now=work.now)
    work.counters.quarantined.append(QuarantinedTrial(refused.trial, refused.reason, new=not known))
    if refused.fault is not None and not known:
        work.counters.faults.append(RecordFault(trial=refused.trial, trace=where(refused.fault)))
