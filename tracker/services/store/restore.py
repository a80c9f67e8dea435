"""Replace the store with a backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.backup import restore as backup
from storage.backup.restore import Restored, Wanted
from storage.engine.unchecked_rows import Progress
from storage.errors import Damaged, StoreRefused
from storage.integrity.anchors import Anchor
from tracker.config.settings import Settings
from tracker.processes.process_name import holder_name

__all__ = ["RestoreRequest", "restore"]


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """What to restore.

    `replace`: also replace a store that has trials. `as_is`: accept a file that `backup` did not write. `keep_pending`:
    send what was pending. `anchors`: what the backup must contain.
    """

    file: Path
    replace: bool = False
    as_is: bool = False
    keep_pending: bool = False
    anchors: Sequence[Anchor] = ()


def restore(settings: Settings, request: RestoreRequest, now: datetime, tell: Progress) -> Restored:
    """Put the backup in the place of the settings' store, after all checks. Raise a StorageError if it cannot be."""
    wanted = Wanted(request.replace, request.as_is, request.keep_pending, tuple(request.anchors), holder_name())
    try:
        return backup.restore(settings.database, request.file, wanted, home=settings.home, now=now, tell=tell)
    except Damaged as error:
        if (error.table, error.row) != ("database", str(request.file)):
            raise
        # The store is fine. The named file is at fault.
        reason = f"{error.reason}; name a file that trialwatch backup has written"
        raise StoreRefused(str(request.file), reason) from error
