"""A helper process answers one question after the other. Only its owner ends it, however the owner ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracker.processes.helper_process import HelperEnded, HelperProcess

ECHO = "tests.support.program.echo_helper"
OWNER = f"""
from tracker.processes.helper_process import HelperProcess
helper = HelperProcess({ECHO!r})
helper.ask(b"x")
print(helper.pid, flush=True)
input()
"""


def _is_alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _open_files() -> list[str]:
    return sorted(it.name for it in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("question", [b"", b"short", os.urandom(5_000_000)], ids=["empty", "short", "long"])
def test_it_answers(question: bytes) -> None:
    helper = HelperProcess(ECHO)
    try:
        assert helper.ask(question) == question[::-1]
        assert helper.ask(b"again") == b"niaga"
    finally:
        helper.close()
    assert not _is_alive(helper.pid)


def test_what_a_module_prints_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('a greeting', flush=True)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    helper = HelperProcess(ECHO)
    try:
        assert helper.ask(b"hello") == b"olleh"
    finally:
        helper.close()


def test_no_pipe_is_left_open() -> None:
    before = _open_files()
    for _ in range(3):
        helper = HelperProcess(ECHO)
        helper.ask(b"hello")
        helper.close()
    assert _open_files() == before


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_what_stops_a_group_of_processes_does_not_stop_it(stop: signal.Signals) -> None:
    helper = HelperProcess(ECHO)
    try:
        helper.ask(b"it is there")
        os.kill(helper.pid, stop)
        assert helper.ask(b"still") == b"llits"
    finally:
        helper.close()


def test_one_that_was_killed_is_told() -> None:
    helper = HelperProcess(ECHO)
    helper.ask(b"it is there")
    os.kill(helper.pid, signal.SIGKILL)
    try:
        with pytest.raises(HelperEnded, match="a helper process ended"):
            helper.ask(b"x" * 5_000_000)
    finally:
        helper.close()


def test_one_that_fails_is_told() -> None:
    helper = HelperProcess("tests.support.program.no_such_helper")
    try:
        with pytest.raises(HelperEnded, match="a helper process ended"):
            helper.ask(b"anyone?")
    finally:
        helper.close()


def test_it_ends_with_an_owner_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert _is_alive(pid)
        owner.kill()
        owner.wait()
    deadline = time.monotonic() + 10
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(pid)
