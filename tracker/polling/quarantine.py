"""A record that cannot be read is kept as it came, named, and the poll goes on."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session

from storage.documents import documents
from storage.polling import runs
from storage.versions import trials
from tracker.errors import ReaderFault
from tracker.isolation import where
from tracker.polling.batch import PollRun
from tracker.polling.kinds import RefusalKind
from tracker.polling.report import QuarantinedTrial, RecordFault

__all__ = ["RefusedDocument", "set_aside"]


class RefusedDocument(NamedTuple):
    """`body`: the bytes as they came. `path`: where in the record; empty when it is no record at all.

    `kind` UNDECODABLE: not even JSON we accept. That may be the connection's fault, so the trial's mark stays.
    `fault`: our own code failed on it.
    """

    trial: str
    kind: RefusalKind
    body: bytes
    path: str
    reason: str
    url: str
    fault: ReaderFault | None = None


def set_aside(session: Session, work: PollRun, refused: RefusedDocument) -> None:
    """Keep it, and count it. It is news only when the trial was not in quarantine for this very reason before.

    The registry stamps each record with the day anew, so the bytes alone would make it news every day.
    """
    standing = runs.active_quarantines(session, refused.trial)
    known = any(
        row.reason == refused.reason and row.path == refused.path and row.normalizer >= work.registry.normalizer
        for row in standing
    )
    if standing:
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
        trials.marked(session, [refused.trial], data_timestamp=work.data_timestamp, now=work.now)
    work.counters.quarantined.append(QuarantinedTrial(refused.trial, refused.reason, new=not known))
    if refused.fault is not None and not known:
        work.counters.faults.append(RecordFault(refused.trial, where(refused.fault)))
