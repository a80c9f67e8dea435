"""A wave of new trials is looked at in helper processes. What is written is the same, also if a helper dies."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import select

from storage.tables.models import EventRow, RegisterLinkRow, SightingRow, SnapshotRow, TrialRow, WireHashRow
from tests.support.harness import IDS, Harness, another_process, is_list, record, settings_for
from tests.support.registry.embedded_registry import Reply, Request
from tracker.app import open_context
from tracker.polling import looks
from tracker.processes import helper_process

NAMES = [f"NCT{number:08d}" for number in range(1, 661)]
MODULE = "tracker.polling.look_process"
TABLES = (SnapshotRow, EventRow, TrialRow, SightingRow, WireHashRow, RegisterLinkRow)


def _helpers() -> list[int]:
    """Return the helper processes of this one."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if MODULE.encode() in words and int(parent) == os.getpid():
            found.append(int(folder.name))
    return found


def _wave(harness: Harness) -> None:
    harness.registry.studies = {trial: record(trial) for trial in NAMES}
    for at, trial in enumerate(NAMES):
        module = harness.module(trial, "identificationModule")
        module["briefTitle"] = f"Study {at} of a wave"
        module["secondaryIdInfos"] = [{"id": f"2019-{at + 100000:06d}-21"}] if at % 7 == 0 else []
    harness.status(NAMES[300])["overallStatus"] = "A_NEW_WORD"
    del harness.status(NAMES[400])["overallStatus"]
    harness.watch(*NAMES)


def _written(harness: Harness) -> dict[str, list[str]]:
    with harness.context.database.read() as session:
        return {
            table.__name__: sorted(repr(sorted(row.model_dump().items())) for row in session.exec(select(table)))
            for table in TABLES
        }


def _told(harness: Harness) -> list[str]:
    """Return what the last run says about its helpers."""
    return [it for it in orjson.loads(harness.last_run().detail)["notices"] if "helper" in it]


@contextmanager
def _beside(harness: Harness, folder: Path) -> Iterator[Harness]:
    """A second store for the same registry, at the same time."""
    settings = settings_for(f"sqlite:///{folder / 'beside.db'}", harness.registry)
    with open_context(settings, harness.clock) as context:
        yield Harness(settings, harness.registry, harness.clock, context)


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers are worth it from the first page on, as if many more trials were to come."""
    monkeypatch.setattr(looks, "MANY", 1)
    monkeypatch.setattr(looks, "HELPERS", 2)


def test_the_store_is_the_same_with_and_without_helpers(
    empty_url: str, make_world: Callable[[str], Harness], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on the other database: the store without helpers is SQLite."""
    harness = make_world(empty_url)
    _wave(harness)
    with _beside(harness, tmp_path) as alone:
        alone.watch(*NAMES)
        monkeypatch.setattr(looks, "MANY", len(NAMES) + 1)
        without = alone.poll()
        expected = _written(alone)
    monkeypatch.setattr(looks, "MANY", 1)
    monkeypatch.setattr(looks, "HELPERS", 2)
    running: set[int] = set()
    report = harness.poll(progress=lambda *_: running.update(_helpers()))
    assert len(running) == 2
    assert _helpers() == []
    assert (report.outcome, report.new, len(report.quarantined)) == (without.outcome, len(NAMES) - 1, 1)
    assert _written(harness) == expected
    assert harness.faults() == []
    with harness.context.database.read() as session:
        kinds: dict[str, int] = dict(
            session.connection().execute(text("SELECT encoding, count(*) FROM document GROUP BY 1")).all()
        )
    assert kinds["zstd-dictionary"] > len(NAMES) // 2  # the helpers compress, too


@pytest.mark.usefixtures("helped")
@pytest.mark.parametrize("signals", [[signal.SIGKILL], [signal.SIGKILL, signal.SIGKILL]], ids=["one", "both"])
def test_a_helper_that_dies_is_told_and_its_work_is_done_here(harness: Harness, signals: list[signal.Signals]) -> None:
    _wave(harness)
    killed: list[int] = []

    def fault(request: Request) -> Reply | None:
        if is_list(request) and NAMES[250] in request.ids and not killed:
            for pid, stop in zip(_helpers(), signals, strict=False):
                os.kill(pid, stop)
                killed.append(pid)
        return None

    harness.registry.faults = fault
    report = harness.poll()
    assert len(killed) == len(signals)
    assert (report.new, len(report.quarantined), harness.faults()) == (len(NAMES) - 1, 1, [])
    told = _told(harness)
    assert 1 <= len(told) <= len(signals)
    assert all(it.endswith("its work is done here") for it in told)


@pytest.mark.usefixtures("helped")
def test_a_machine_that_starts_no_helper_is_told(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    _wave(harness)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    report = harness.poll()
    assert report.new == len(NAMES) - 1
    assert (
        _told(harness)
        == [
            "no helper process could be started: [Errno 2] No such file or directory: '/nonexistent/python'; "
            "its work is done here"
        ]
        * 2
    )


@pytest.mark.usefixtures("helped")
def test_known_trials_start_no_helper(harness: Harness) -> None:
    harness.settled()
    harness.day()
    running: set[int] = set()
    assert harness.poll(progress=lambda *_: running.update(_helpers())).outcome == "complete"
    assert running == set()


@pytest.mark.usefixtures("helped")
def test_helpers_end_with_a_poll_that_fails(harness: Harness) -> None:
    _wave(harness)
    running: set[int] = set()

    def broken(step: str, done: int, _total: int) -> None:
        running.update(_helpers())
        if done > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harness.poll(progress=broken)
    assert (len(running), _helpers()) == (2, [])


@pytest.mark.usefixtures("helped")
def test_a_helper_runs_nothing_of_the_folder_somebody_is_in(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wave(harness)
    here, mark = tmp_path / "here", tmp_path / "mark"
    here.mkdir()
    (here / "msgspec.py").write_text(f"open({str(mark)!r}, 'w')\n", encoding="utf-8")
    monkeypatch.chdir(here)
    assert harness.poll().new == len(NAMES) - 1
    assert not mark.exists()
    assert _told(harness) == []


@pytest.mark.usefixtures("helped")
def test_a_program_that_was_updated_meanwhile_does_not_answer(
    harness: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon goes on after an update, and the helpers it starts are of the new program."""
    root = Path(looks.__file__).parents[2]
    for name in ("tracker", "storage", "schedules"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    normalizer = harness.context.registries["ctgov"].normalizer
    source = tmp_path / "tracker/registries/ctgov/normalize.py"
    now, later = f"NORMALIZER = {normalizer}\n", f"NORMALIZER = {normalizer + 1}\n"
    assert now in source.read_text("utf-8")
    source.write_text(source.read_text("utf-8").replace(now, later), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    _wave(harness)
    assert harness.poll().new == len(NAMES) - 1
    assert {it.normalizer for name in NAMES[:5] for it in harness.versions(name)} == {normalizer}
    assert len(_told(harness)) == 2


@pytest.mark.usefixtures("helped")
def test_an_interpreter_without_a_program_has_no_helpers(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    _wave(harness)
    monkeypatch.setattr(sys, "executable", None)
    assert harness.poll().new == len(NAMES) - 1
    assert "the program of Python is not known" in _told(harness)[0]


@pytest.mark.usefixtures("helped")
def test_others_can_write_while_a_helper_hangs_and_it_is_given_up(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    _wave(harness)
    monkeypatch.setattr(helper_process, "_LONGEST_SECONDS", 3.0)
    took: list[float] = []

    def stop_and_write(_: Request) -> Reply | None:
        if took or not (found := _helpers()):
            return None
        took.append(0.0)
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        threading.Thread(target=write).start()
        return None

    def write() -> None:
        time.sleep(1)
        started = time.monotonic()
        with another_process(harness) as other, other.context.database.write():
            took[0] = time.monotonic() - started

    harness.registry.faults = stop_and_write
    assert harness.poll().new == len(NAMES) - 1
    assert 0 < took[0] < 1.5
    assert all(it.startswith("a helper process ended") for it in _told(harness))


def test_a_registry_that_sends_one_record_at_a_time_has_no_helpers(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "MANY", 1)
    monkeypatch.setattr(looks, "HELPERS", 2)
    harness.watch(*IDS)
    running: set[int] = set()
    assert harness.poll(progress=lambda *_: running.update(_helpers())).new == len(IDS)
    assert running == set()
