"""Changes read in parts: together they are what one question gives, whatever it leaves out and counts."""

from __future__ import annotations

from contextlib import closing, nullcontext
from datetime import timedelta
from functools import partial, reduce

import pytest

from storage.reads.door import ReadDoor
from storage.values.severity import Severity
from storage.versions.history import ChangeFilter
from tests.support.harness import IDS, ONE, TWO, Harness
from tracker.services.changes import changes as module
from tracker.services.changes.changes import ChangeReader, ChangesRequest, FoundChanges, changes, each_part

WHO = ChangeReader("cli:one", "cli:one")


def _told(harness: Harness) -> None:
    harness.settled(*IDS)
    for number, status in enumerate(("COMPLETED", "RECRUITING", "SUSPENDED")):
        harness.day(4)
        harness.status(TWO)["overallStatus"] = status
        harness.module(ONE, "identificationModule")["organization"] = {"fullName": f"Group {number}"}
        harness.poll()


@pytest.mark.parametrize("at_once", [1, 2, 3, 1_000])
@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        pytest.param(ChangeFilter(), {}, id="all"),
        pytest.param(ChangeFilter(), {"new_for": WHO, "without_admin": True}, id="new"),
        pytest.param(ChangeFilter(after_seq=4), {"new_for": WHO, "days": 6}, id="first-new-after"),
        pytest.param(ChangeFilter(), {"new_for": WHO, "days": 6}, id="first-new"),
        pytest.param(ChangeFilter(severities=(Severity.MAJOR,)), {}, id="severity"),
        pytest.param(ChangeFilter(kinds=("nothing.at_all",)), {}, id="none"),
        pytest.param(ChangeFilter(), {"trials": (TWO,)}, id="trial"),
    ],
)
def test_the_parts_are_the_whole(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, wanted: ChangeFilter, options: dict[str, object], at_once: int
) -> None:
    _told(harness)
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    database = harness.context.database
    days = options.pop("days", None) if "days" in (options := dict(options)) else None
    since = harness.clock.now() - timedelta(days=days) if isinstance(days, int) else None
    request = ChangesRequest(options.pop("trials", None), wanted, new_since=since, **options)  # type: ignore[arg-type]
    store = partial(nullcontext, database)
    with closing(ReadDoor.open(database.where)) as door:
        whole = changes(door, store, request)
        parts = list(each_part(door, store, request))
    together = reduce(FoundChanges.and_then, parts)
    assert [change for part in parts for change in part.changes] == list(whole.changes)
    assert all(0 < len(part.changes) <= at_once for part in parts[:-1]) and not parts[-1].changes
    for name in ("last_seq", "left_out_admin", "left_out_past", "left_out_earlier", "unknown"):
        assert getattr(together, name) == getattr(whole, name), name
