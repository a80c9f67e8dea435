"""The index of stored trials follows the store, outlives its process, and is never worth more than the store."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from schedules.clock import ManualClock
from tests.support.harness import QUICK, START, Harness, settings_for
from tests.support.records.similar_factories import nct, study
from tests.support.registry.embedded_registry import RegistryServer
from tracker.app import open_context
from tracker.context.progress import silent
from tracker.registries.ctgov.reader import read
from tracker.similar.index import stored_index
from tracker.similar.index.stored_index import StoredIndex, open_index
from tracker.similar.ranking.order import in_order
from tracker.similar.ranking.postings import query_of
from tracker.similar.ranking.vectors import vector_of

TITLES = [
    "Liver resection after conversion therapy",
    "Liver resection or watching",
    "Sorafenib in liver cancer",
    "Kidney stones in summer",
    "A vaccine against cedar pollen",
    "Nightmares and imagery rehearsal",
]
COUNT = len(TITLES)


class World(Harness):
    """A store with six trials, and how its index is opened. `read` counts the trials that the last opening read."""

    read = 0

    def open(self) -> StoredIndex:
        self.read = 0
        return open_index(self.context.database, self.context.derived, self._count)

    def _count(self, what: str, done: int, total: int) -> None:
        if what == "Reading stored trials":
            self.read = done

    @property
    def folder(self) -> Path:
        assert self.context.derived is not None
        [place] = self.context.derived.iterdir()
        return place

    def nearest(self, index: StoredIndex, seed: int = 1) -> dict[str, float]:
        record = read(self.registry.studies[nct(seed)]).record
        query = query_of(vector_of(record, index.background), index.background)
        return {it.trial: it.score for it in in_order(index.scores(query))}

    def from_scratch(self) -> dict[str, float]:
        return self.nearest(open_index(self.context.database, None, silent))

    def rename(self, number: int, title: str) -> None:
        self.day()
        self.module(nct(number), "identificationModule")["briefTitle"] = title
        self.status(nct(number))["lastUpdateSubmitDate"] = self.clock.now().date().isoformat()
        assert self.poll().outcome == "complete"


@pytest.fixture
def world(empty_url: str, tmp_path: Path) -> Iterator[World]:
    studies = [study(number, title, [title.split()[0]]) for number, title in enumerate(TITLES, 1)]
    with RegistryServer(studies) as registry, ExitStack() as opened:
        clock, settings = ManualClock(START), settings_for(empty_url, registry)
        context = opened.enter_context(open_context(settings, clock, QUICK))
        object.__setattr__(context, "derived", tmp_path / "derived")
        world = World(settings, registry, clock, context)
        world.settled()
        yield world


def test_what_was_read_once_is_not_read_again(world: World) -> None:
    assert len(world.open()) == COUNT and world.read == COUNT
    again = world.open()
    assert len(again) == COUNT and world.read == 0 and again.notices == []
    assert world.nearest(again) == world.from_scratch()
    best = list(world.nearest(again))
    assert best[:2] == [nct(1), nct(2)]


def test_only_a_new_version_is_read_and_the_old_one_counts_no_more(world: World) -> None:
    world.open()
    world.rename(4, "Liver resection after conversion therapy, again")
    after = world.open()
    assert (len(after), world.read) == (COUNT, 1)
    found = world.nearest(after)
    assert found == world.from_scratch() and list(found)[:2] == [nct(1), nct(4)]
    assert len(found) == COUNT  # not twice, under both titles
    assert world.open() and world.read == 0


def test_a_poll_without_news_changes_nothing(world: World) -> None:
    world.open()
    before = (world.folder / "index.json").read_bytes()
    world.day()
    assert world.poll().outcome == "complete"
    world.open()
    assert world.read == 0 and (world.folder / "index.json").read_bytes() == before


def test_segments_are_joined_as_they_grow(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_index, "AT_ONCE", 2)
    assert world.nearest(world.open()) == world.from_scratch()
    for number in range(1, COUNT + 1):
        world.rename(number, f"{TITLES[number - 1]}, renamed")
        found = world.open()
        assert world.read == 1 and world.nearest(found) == world.from_scratch()
        sizes = [part.size for part in found.parts]
        assert sum(sizes) == COUNT
        assert all(one >= stored_index.GROWTH * after for one, after in pairwise(sizes))
    listed = {it["name"] for it in json.loads((world.folder / "index.json").read_bytes())["segments"]}
    assert {place.name for place in (world.folder / "segments").iterdir()} == listed  # the old ones are gone


def test_a_deleted_index_is_made_again(world: World) -> None:
    world.open()
    for file in sorted(world.folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    found = world.open()
    assert world.read == COUNT and found.notices == [] and world.nearest(found) == world.from_scratch()


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "zeros", "list", "dead", "mixed"])
def test_a_damaged_index_is_made_again_and_said(world: World, harm: str) -> None:
    world.open()
    rows = next(world.folder.glob("segments/*/rows.npy"))
    if harm == "cut":
        rows.write_bytes(rows.read_bytes()[:-5])
    elif harm == "empty":
        rows.write_bytes(b"")
    elif harm == "gone":
        rows.unlink()
    elif harm == "zeros":
        rows.write_bytes(bytes(rows.stat().st_size))
    elif harm == "dead":
        file = world.folder / "index.json"
        found = json.loads(file.read_text())
        found["segments"][0]["dead"] = [COUNT]
        file.write_text(json.dumps(found))
    elif harm == "list":
        (world.folder / "index.json").write_text('{"segments": 7}')
    else:
        np.save(rows, np.load(rows)[:-1])
    found = world.open()
    assert [("damaged" in notice and "made again" in notice) for notice in found.notices] == [True]
    assert world.read == COUNT and world.nearest(found) == world.from_scratch()
    assert world.open().notices == [] and world.read == 0


def test_an_index_of_another_format_is_made_again_in_silence(world: World) -> None:
    world.open()
    file = world.folder / "index.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 0}))
    found = world.open()
    assert world.read == COUNT and found.notices == [] and world.nearest(found) == world.from_scratch()


def test_an_index_that_cannot_be_saved_still_answers_and_says_why(world: World, tmp_path: Path) -> None:
    (tmp_path / "derived").write_text("a file where the folder should be")
    found = world.open()
    assert len(found) == COUNT and world.nearest(found) == world.from_scratch()
    assert ["could not be saved" in notice for notice in found.notices] == [True]


def test_what_cannot_be_read_is_named_each_time_but_tried_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def read_but_one(session: object, versions: list[object], left_out: list[object]) -> Iterator[object]:
        for version, record in reader(session, versions, left_out):  # type: ignore[arg-type]
            tried.append(version.trial)
            if version.trial == nct(3):
                left_out.append(stored_index.UnreadableVersion(nct(3), 1, "a fault of today's reader"))
            else:
                yield version, record

    reader = stored_index.readable_of
    monkeypatch.setattr(stored_index, "readable_of", read_but_one)
    for _ in range(2):
        found = world.open()
        assert len(found) == COUNT - 1
        assert [nct(3) in notice for notice in found.notices] == [True]
    assert tried == [nct(number) for number in range(1, COUNT + 1)]
    world.rename(3, "Another title")
    monkeypatch.setattr(stored_index, "readable_of", reader)
    assert len(world.open()) == COUNT


def test_a_large_store_counts_its_own_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_index, "OWN_FREQUENCIES", COUNT)
    for number in range(1, COUNT + 1):
        world.module(nct(number), "descriptionModule")["briefSummary"] = "zzqx"
        world.rename(number, f"{TITLES[number - 1]} zzqx")
    first = world.open()
    plain = open_index(world.context.database, None, silent)
    again = world.open()
    assert world.read == 0
    for index in (first, again):
        assert index.background.trials == plain.background.trials  # also counted in memory
        assert index.background.trials > COUNT + 8_000
    assert world.nearest(first) == world.nearest(again) == world.nearest(plain)
    monkeypatch.setattr(stored_index, "OWN_FREQUENCIES", 20_000)
    alone = world.from_scratch()
    assert world.nearest(again)[nct(4)] < alone[nct(4)]  # they share only the made-up word, now a common one


def test_two_processes_share_one_index(world: World) -> None:
    """The second waits until the first lets go, then finds what the first has made."""
    world.open()
    handle = os.open(world.folder / "lock", os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    child = _child(world)
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    time.sleep(1)
    assert child.poll() is None  # without the lock it would be done in milliseconds
    os.close(handle)
    assert child.communicate(timeout=60)[0].split() == ["0", str(COUNT)]


def test_a_killed_process_leaves_no_harm_and_its_work_counts(world: World) -> None:
    child = _child(world, "kill")
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    leftovers = {place.name for place in (world.folder / "segments").iterdir()}
    assert len(leftovers) == 3  # two that the list names, and one that was being written
    found = world.open()
    assert world.read == COUNT - 4 and found.notices == [] and world.nearest(found) == world.from_scratch()
    assert len(list((world.folder / "segments").iterdir())) == len(found.parts)


CHILD = """
import os, signal, sys
from pathlib import Path
from storage.engine.database import Database
from tracker.similar.index import stored_index, segment_files
read = [0]
def progress(what, done, total):
    read[0] = done if what.startswith("Reading") else read[0]
if sys.argv[3:] == ["kill"]:
    stored_index.AT_ONCE, saved, save = 2, [], segment_files.save
    def killed_at_the_third(folder, segment):
        saved.append(save(folder, segment))
        if len(saved) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return saved[-1]
    segment_files.save = killed_at_the_third
database = Database.open(sys.argv[1])
print("ready", flush=True)
count = len(stored_index.open_index(database, Path(sys.argv[2]), progress))
print(read[0], count)
"""


def _child(world: World, *words: str) -> subprocess.Popen[str]:
    arguments = [world.settings.database_url, str(world.context.derived), *words]
    return subprocess.Popen([sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, text=True)
