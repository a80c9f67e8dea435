"""Check the whole store, also against anchors, and write a new anchor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from storage.engine.unchecked_rows import Progress
from storage.files.atomic_files import write_whole
from storage.integrity.anchors import Anchor, anchor_faults, take, to_json
from storage.integrity.fault import Fault
from storage.integrity.verify import verify
from storage.versions.history import store

__all__ = ["Verified", "verify_store", "write_anchor"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What is wrong, and the ids of the stores that wrote the anchors, as far as they differ from this one's `own`."""

    faults: Sequence[Fault]
    own: str
    others: Sequence[str]


def verify_store(session: Session, anchors: Sequence[Anchor], tell: Progress) -> Verified:
    """Check every stored byte, every chain, and what the anchors know."""
    faults = [*verify(session, tell), *(fault for each in anchors for fault in anchor_faults(session, each))]
    own = store(session).store_id
    return Verified(faults, own, [it for it in dict.fromkeys(each.store for each in anchors) if it != own])


def write_anchor(session: Session, path: Path, now: datetime, *, force: bool) -> None:
    """Write an anchor with the heads of all chains of a verified store. Raise StoreRefused or OSError."""
    write_whole(path, to_json(take(session, now)), force=force)
