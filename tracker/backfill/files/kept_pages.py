"""Pages of a trial from another place: kept beside its timeline, never current, never news."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage.documents import documents
from storage.engine.turn import take_turn
from storage.values.states import VersionSource
from storage.versions import history, snapshots, trials
from storage.versions.snapshots import NewStep
from tracker.changes.effective_date import Dated
from tracker.recording.new_rows import version_row
from tracker.registries.registry import Reading
from tracker.registries.trialpage import NORMALIZER

__all__ = ["keep_page"]


def keep_page(session: Session, document: Mapping[str, Any], reading: Reading, now: datetime) -> bool:
    """Keep a page as a version of its trial with the source `page`. Return False if one with the same content exists.

    It takes effect on the day the page names, otherwise today. The trial must have its row.
    """
    take_turn(session)
    trial = reading.record.trial
    held = history.pages(session, trial)
    if any(page.content_hash == reading.content_hash for page in held):
        return False
    raw = documents.canonical(document, decoded=True)
    sha = documents.digest(raw)
    documents.keep(session, [(sha, raw)], {sha: held[-1].raw_sha256} if held else {})
    day = reading.data_day
    version = version_row(
        reading,
        Dated(day or now.date().isoformat(), "page" if day else "data"),
        raw_sha256=sha,
        light_hash="",
        observed_at=now,
        source=VersionSource.PAGE,
        run=None,
        normalizer=NORMALIZER,
        seen_day=None,
    )
    head = trials.heads(session, [trial])[trial]
    snapshots.commit(session, [NewStep(version, (), head.current_version)])
    return True
