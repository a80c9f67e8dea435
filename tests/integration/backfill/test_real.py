"""The law of merging on real records of several versions, where they are beside the project."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from storage.reads.in_session import SessionReader
from storage.reads.trials.versions import as_of
from storage.versions import history
from tests.integration.backfill.test_law import fresh, silent_registry
from tests.integration.real.conftest import real_data
from tests.support.harness import Harness
from tests.support.registry.embedded_registry import Reply, as_json
from tracker.backfill.import_files import import_files
from tracker.backfill.stored_records import records_of

__all__ = ["real_data", "silent_registry"]


@pytest.fixture(scope="session")
def several(real_data: Path) -> dict[str, list[Path]]:
    """The files of each trial that has more than one."""
    by_trial: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((real_data / "records").glob("*.json")):
        by_trial[path.name[:11]].append(path)
    return {trial: paths for trial, paths in by_trial.items() if len(paths) > 1}


def told(harness: Harness, trial: str) -> Any:
    """Contents, effective days, field values, and what is said on every edge."""
    with harness.context.database.read() as session:
        rows = history.timeline(session, trial)
        days = sorted({row.effective for row in rows})
        asked = [as_of(SessionReader(session), trial, day) for day in days]
        dates = [record.document()["dates"] for record in records_of(SessionReader(session), rows)]
        current = harness.head(trial).content_hash
        contents = {row.version: row.content_hash for row in rows}
        return (
            [(row.effective, row.content_hash, row.submit_date) for row in rows],
            [contents[row.version] if row else None for row in asked],
            dates,
            current,
        )


def test_real_versions_in_any_order_and_any_number_of_imports(
    several: dict[str, list[Path]], _sqlite_template: Path, silent_registry: Any
) -> None:
    assert len(several) > 20
    outcomes = []
    for seed in range(4):
        files = [path for paths in several.values() for path in paths]
        chance = random.Random(seed)
        if seed:
            chance.shuffle(files)
        parts = [files] if seed == 0 else [files[start::seed] for start in range(seed)]
        with fresh(_sqlite_template, silent_registry) as harness:
            for part in parts:
                import_files(harness.context, part)
            outcomes.append({trial: told(harness, trial) for trial in several})
            assert harness.faults() == []
    for other in outcomes[1:]:
        assert other == outcomes[0]


def test_the_real_list_of_a_history_has_the_shape_we_check(real_data: Path, harness: Harness) -> None:
    sample = orjson.loads((real_data / "history" / "NCT03690141.history_true.json").read_bytes())

    def as_in_2023(request: Any) -> Reply | None:
        if request.path.endswith("/history"):
            return Reply(404)
        return as_json(sample) if "/api/int/" in request.path else None

    harness.registry.faults = as_in_2023
    past = harness.context.clients["ctgov"].past
    assert past is not None
    found = past.versions("NCT03690141")
    assert [version.number for version in found] == list(range(10))
    assert (found[0].submitted, found[-1].submitted) == ("2018-09-27", "2020-04-27")
