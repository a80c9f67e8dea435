"""What a server keeps up to date, after a backup was restored under it."""

from __future__ import annotations

from pathlib import Path

from tests.integration.services.test_pages import Lived, lived
from tests.integration.storage.test_backups import back_up, put
from tests.support.harness import ONE
from tests.support.store.store_factories import add_event
from tracker.services.listing.trials_page import TrialSort
from tracker.services.results.kept.keep_standings import refresh

__all__ = ["lived"]


def test_a_restored_store_is_worked_out_too(lived: Lived, tmp_path: Path) -> None:
    refresh(lived.database)
    head = lived.harness.head(ONE).current_version
    with lived.database.write() as session:
        add_event(session, ONE, head, kind="trial.gone", effective="2026-12-24", from_version=head, to_version=head)
    back_up(lived.database, tmp_path / "backup.db")  # before the server has worked it out
    lived.harness.day()
    lived.harness.poll()
    with lived.database.write() as session:
        add_event(session, ONE, head, kind="trial.back", effective="2026-12-25", from_version=head, to_version=head)
    mark = refresh(lived.database).mark
    put(lived.harness.settings.database_url, tmp_path / "backup.db", tmp_path, replace=True)
    assert refresh(lived.database, mark).rows == 1
    assert lived.page(sort=TrialSort.CHANGED).rows[0].changed == "2026-12-24"
