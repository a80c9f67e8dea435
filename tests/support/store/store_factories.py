"""Small stores for tests: versions and events with defaults for everything that a test does not care about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlmodel import Session

from storage.documents import documents
from storage.values.write_models import THIS_VERSION, Committed, NewEvent, NewField, NewStep, NewVersion
from storage.versions import snapshots, trials

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TRIAL = "NCT00000001"
BLANK_MESSAGE = {
    "kind": "x",
    "severity": "major",
    "rules": "[]",
    "recipients": "{}",
    "trial": "",
    "batch": "",
    "within": "",
}
"""What a row of a message needs beside its key, channel, state and times."""


def kept(session: Session, value: object) -> str:
    """Keep a document and return its digest."""
    raw = documents.canonical(value)
    sha = documents.digest(raw)
    documents.keep(session, [(sha, raw)])
    return sha


def version(sha: str, trial: str = TRIAL, effective: str = "2026-01-01", **changes: object) -> NewVersion:
    made = NewVersion(
        trial=trial,
        raw_sha256=sha,
        content_hash="content-" + sha[:8],
        light_hash="light-" + sha[:8],
        effective=effective,
        effective_basis="posted",
        submit_date="",
        registry_version=None,
        observed_at=NOW,
        source="poll",
        run=None,
        normalizer=1,
        title="A trial of " + sha[:4],
        status="RECRUITING",
        enrollment_count=40,
        enrollment_type="ESTIMATED",
        results=None,
        seen_day=effective,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def event(trial: str = TRIAL, kind: str = "status.changed", **changes: object) -> NewEvent:
    made = NewEvent(
        trial=trial,
        kind=kind,
        severity="major",
        summary="it changed",
        subject="",
        effective="2026-01-01",
        backfilled=False,
        from_content="a",
        to_content="b",
        from_version=None,
        to_version=None,
        observed_at=NOW,
        run=None,
        fields=(NewField("status", "Status", "RECRUITING", "COMPLETED"),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def add_version(
    session: Session, content: object, *, head: int | None, trial: str = TRIAL, events: int = 1, **changes: object
) -> Committed:
    """Commit one version with the document `{"content": content}`, and so many events that name it."""
    trials.add(session, [trial], "ctgov")
    new = version(kept(session, {"content": content}), trial, **changes)  # type: ignore[arg-type]
    told = tuple(
        event(trial, subject=str(number), to_content=new.content_hash, to_version=THIS_VERSION)
        for number in range(events)
    )
    return snapshots.commit(session, [NewStep(new, told, head)])[0]


def add_event(session: Session, trial: str = TRIAL, head: int | None = None, **changes: object) -> int:
    """Commit one event without a version, and return its seq."""
    step = NewStep(None, (event(trial, **changes),), head)  # type: ignore[arg-type]
    return snapshots.commit(session, [step])[0].seqs[0]


def small_store(session: Session, names: Sequence[str] = (TRIAL, "NCT00000002")) -> None:
    """Commit two trials with three versions each, two events per version."""
    for trial in names:
        for number, day in enumerate(("2026-01-01", "2026-02-01", "2026-03-01")):
            add_version(session, f"{trial} {number}", head=number or None, trial=trial, effective=day, events=2)
