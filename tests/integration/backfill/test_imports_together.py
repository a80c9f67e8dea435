"""An import beside others that work on the store: housekeeping, a second import, the same files in another order."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from storage.polling.locks import import_lock, no_import
from tests.support.harness import ONE, Harness, another_process, record
from tracker.backfill.import_files import ImportReport, import_files
from tracker.context.context import Context
from tracker.daemon.housekeeping import clean_up

MANY = [f"NCT0600{number:04}" for number in range(1, 131)]
"""More than are placed in one transaction."""


def saved(folder: Path, names: Sequence[str]) -> list[Path]:
    folder.mkdir()
    paths = []
    for name in names:
        document = record(name)
        document["derivedSection"] = {"miscInfoModule": {"versionHolder": "2026-05-01"}}
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(json.dumps(document))
    return paths


def interrupted(harness: Harness, folder: Path, between: Callable[[], object]) -> ImportReport:
    """Import, and let another process work after the first versions were placed."""

    def progress(doing: str, done: int, total: int) -> None:
        if doing == "Placing versions" and done < total:
            between()

    return import_files(harness.context, [folder], progress=progress)


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def world(request: pytest.FixtureRequest) -> Harness:
    url = request.getfixturevalue(request.param)  # first, so that it is dropped last
    made: Harness = request.getfixturevalue("make_world")(url)
    return made


def test_housekeeping_leaves_an_import_what_it_has_kept(world: Harness, tmp_path: Path) -> None:
    saved(tmp_path / "mine", MANY)
    with another_process(world) as daemon:
        dropped: list[int] = []
        clean = lambda: dropped.append(clean_up(daemon.context, daemon.clock.now()))  # noqa: E731
        report = interrupted(world, tmp_path / "mine", clean)
    assert (report.stored, report.rejected, dropped) == (len(MANY), [], [0])


def test_an_import_leaves_another_one_what_it_has_kept(world: Harness, tmp_path: Path) -> None:
    saved(tmp_path / "mine", MANY)
    saved(tmp_path / "other", [ONE])
    with another_process(world) as second:
        report = interrupted(world, tmp_path / "mine", lambda: import_files(second.context, [tmp_path / "other"]))
    assert (report.stored, report.rejected) == (len(MANY), [])


def test_imports_share_their_lock_and_what_deletes_needs_it_alone(world: Harness) -> None:
    database = world.context.database
    with another_process(world) as second, import_lock(database):
        with import_lock(second.context.database), no_import(second.context.database) as is_alone:
            assert not is_alone
    with no_import(database) as is_alone:
        assert is_alone


def test_two_imports_of_the_same_files_in_another_order_both_end(world: Harness, tmp_path: Path) -> None:
    files = saved(tmp_path / "mine", MANY)
    wrong: list[BaseException] = []
    start = threading.Barrier(2)

    def bring_in(context: Context, order: Sequence[Path]) -> None:
        start.wait()
        try:
            import_files(context, order)
        except Exception as error:  # noqa: BLE001  (whatever it is, the test shows it)
            wrong.append(error)

    with another_process(world) as second:
        threads = [
            threading.Thread(target=bring_in, args=(world.context, files)),
            threading.Thread(target=bring_in, args=(second.context, files[::-1])),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert wrong == []
