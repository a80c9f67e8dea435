"""Replace the store with a backup."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from storage.backup import restore as backup
from storage.backup.restore import Restored, Wanted
from storage.engine.unchecked_rows import Progress
from storage.errors import Damaged, StoreRefused
from tracker.config.settings import Settings
from tracker.processes.process_name import holder_name

__all__ = ["Wanted", "restore"]


def restore(settings: Settings, file: Path, wanted: Wanted, now: datetime, tell: Progress) -> Restored:
    """Put a backup in the place of the settings' store, after all checks. Raise a StorageError if it cannot be."""
    wanted = replace(wanted, holder=holder_name())
    try:
        return backup.restore(settings.database, file, wanted, home=settings.home, now=now, tell=tell)
    except Damaged as error:
        if (error.table, error.row) != ("database", str(file)):
            raise
        # The store is fine. The named file is at fault.
        reason = f"{error.reason}; name a file that trialwatch backup has written"
        raise StoreRefused(str(file), reason) from error
