"""Streams and folders where a command takes a file: done, or refused in a sentence, and no file of a strange name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.program.program import COMMAND, Program

WRITERS = (
    ("backup", "{0}"),
    ("evidence", "4", "--to", "{0}"),
    ("verify", "--write-anchor", "{0}"),
    ("doctor", "--live", "--report", "{0}"),
)


def run_in(folder: Path, program: Program, *words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command in a folder, with pipes for its streams."""
    environment = program.environment()
    return subprocess.run([*COMMAND, *words], cwd=folder, env=environment, input=data, capture_output=True, check=False)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
@pytest.mark.parametrize("words", WRITERS, ids=lambda it: it[0])
def test_what_is_a_file_is_not_written_to_a_stream(
    lived: Program, empty: Path, words: tuple[str, ...], name: str
) -> None:
    run = run_in(empty, lived, *(word.format(name) for word in words))
    assert (run.returncode, run.stdout) == (2, b"")
    assert f"{name}: this is not written to standard output; name a file.".encode() in run.stderr
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("words", [*WRITERS, ("results", "--ical", "{0}")], ids=lambda it: it[0])
def test_a_folder_that_is_not_there_is_no_file(lived: Program, empty: Path, words: tuple[str, ...]) -> None:
    for name in ("out/", ""):
        run = run_in(empty, lived, *(word.format(name) for word in words))
        assert (run.returncode, run.stdout) == (2, b"")
        assert b"names no file; name the file to write" in run.stderr
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("words", WRITERS, ids=lambda it: it[0])
def test_a_pipe_or_device_is_no_file(lived: Program, empty: Path, words: tuple[str, ...]) -> None:
    (empty / "null").symlink_to("/dev/null")
    for name in ("null", "/dev/null", "/dev/stderr"):
        run = run_in(empty, lived, *(word.format(name) for word in words))
        assert run.returncode == 1 and b"it is not a plain file; name another." in run.stderr, run
    assert {it.name for it in empty.iterdir()} == {"null"}


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_a_calendar_goes_to_standard_output_alone(lived: Program, empty: Path, name: str) -> None:
    run_in(empty, lived, "results", "--ical", "due.ics")
    written = (empty / "due.ics").read_bytes()
    run = run_in(empty, lived, "results", "--ical", name)
    assert run.returncode == 0 and run.stdout == written and written.startswith(b"BEGIN:VCALENDAR\r\n")
    assert {it.name for it in empty.iterdir()} == {"due.ics"}


def test_an_anchor_is_read_from_a_stream(lived: Program, empty: Path) -> None:
    run_in(empty, lived, "verify", "--write-anchor", "anchor.json")
    anchor = (empty / "anchor.json").read_bytes()
    for name in ("-", "/dev/stdin"):
        assert run_in(empty, lived, "verify", "--anchor", name, data=anchor).returncode == 0
        altered = anchor.replace(b"NCT00000003", b"NCT00000004")
        broken = run_in(empty, lived, "verify", "--anchor", name, data=altered)
        assert broken.returncode == 1 and b"standard input: this anchor was altered" in broken.stderr
    nothing = run_in(empty, lived, "verify", "--anchor", "-")
    assert nothing.returncode == 1 and b"standard input: it is not an anchor" in nothing.stderr
    command = ["sh", "-c", f"{sys.executable} -m tracker verify --anchor - <&-"]
    closed = subprocess.run(command, env=lived.environment(), capture_output=True, check=False)
    assert closed.returncode == 2 and b"standard input is not open; name the file" in closed.stderr


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_backup_is_not_restored_from_a_stream(lived: Program, empty: Path, name: str) -> None:
    run_in(empty, lived, "backup", "b.db")
    before = shutil.copy(lived.home / "trialwatch.db", empty / "before.db")
    run = run_in(empty, lived, "restore", name, "--replace", data=(empty / "b.db").read_bytes())
    assert run.returncode == 1 and b"it is not a file; name a file that trialwatch backup has written" in run.stderr
    assert (lived.home / "trialwatch.db").read_bytes() == before.read_bytes()
