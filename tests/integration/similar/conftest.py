"""A context on a store of its own, beside a registry that answers searches."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from schedules.clock import ManualClock
from storage.watching import watches
from tests.support.harness import QUICK, START, settings_for
from tests.support.records.similar_factories import nct, story, study
from tracker.app import open_context
from tracker.context.context import Context
from tracker.demo.demo_registry import DemoRegistry
from tracker.polling.poll import poll

SEED, TWIN, COUSIN, STRANGER, GERMAN = (nct(number) for number in range(1, 6))
STUDIES = [
    study(
        1,
        "Conversion therapy then liver resection or watching",
        ["Hepatocellular Carcinoma"],
        conditionsModule={"conditions": ["Hepatocellular Carcinoma"], "keywords": ["hepatectomy", "watch and wait"]},
        designModule={"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
    ),
    study(
        2,
        "Liver resection after conversion therapy",
        ["Hepatocellular Carcinoma"],
        conditionsModule={"conditions": ["Hepatocellular Carcinoma"], "keywords": ["hepatectomy"]},
        designModule={"studyType": "INTERVENTIONAL", "phases": ["PHASE3"]},
    ),
    study(3, "Watch and wait in rectal cancer", ["Rectal Cancer"]),
    study(4, "Kidney stones in summer", ["Nephrolithiasis"]),
    study(
        5,
        "Sorafenib",
        ["Hepatocellular Carcinoma"],
        contactsLocationsModule={"locations": [{"facility": "A", "city": "Ulm", "country": "Germany"}]},
    ),
]

MakeContext = Callable[[Any], Context]


@pytest.fixture
def registry() -> Iterator[DemoRegistry]:
    with DemoRegistry(story(*STUDIES)) as registry:
        yield registry


@pytest.fixture
def make_context(tmp_path: Path, _sqlite_template: Path) -> Iterator[MakeContext]:
    """Opens the one store of this test, asking the registry given."""
    path = tmp_path / "store.db"
    shutil.copy(_sqlite_template, path)
    with ExitStack() as open_things:
        yield lambda registry: open_things.enter_context(
            open_context(settings_for(f"sqlite:///{path}", registry), ManualClock(START), QUICK)
        )


@pytest.fixture
def context(make_context: MakeContext, registry: DemoRegistry) -> Context:
    return make_context(registry)


def keep(context: Context, *names: str) -> None:
    """Watch these, so that they are stored."""
    with context.database.write() as session:
        for trial in names:
            watches.watch(session, trial, "ctgov", context.clock.now())
    assert poll(context).outcome == "complete"
