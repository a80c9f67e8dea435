"""What the system refuses with real files is told in words, with what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.files.file_causes import file_cause
from tracker.text_files import read_bytes


def _no_file(folder: Path) -> object:
    return (folder / "none").read_bytes()


def _a_folder(folder: Path) -> object:
    return folder.read_bytes()


def _below_a_file(folder: Path) -> object:
    (folder / "file").write_text("")
    return (folder / "file" / "x").read_bytes()


def _there_already(folder: Path) -> object:
    return folder.mkdir()


def _full_disk(_: Path) -> object:
    with Path("/dev/full").open("wb", buffering=0) as full:
        return full.write(b"x")


def _long_name(folder: Path) -> object:
    return (folder / ("x" * 300)).read_bytes()


def _circle(folder: Path) -> object:
    (folder / "circle").symlink_to("circle")
    return (folder / "circle").read_bytes()


def _device(_: Path) -> object:
    return read_bytes(Path("/dev/null"))


def _pipe(_: Path) -> object:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return os.write(writing, b"x")
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    ("act", "why", "step"),
    [
        (_no_file, "it does not exist", "check how its path"),
        (_a_folder, "it is a folder", "name a file"),
        (_below_a_file, "a part of its path is a file", "name a folder"),
        (_there_already, "something else has that name", "name another place"),
        pytest.param(
            *(_full_disk, "its disk is full", "make room"),
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk here"),
        ),
        (_long_name, "its name is too long", "shorter"),
        (_circle, "its links lead in a circle", "links right"),
        (_device, "it is not a plain file", "name another place"),
        (_pipe, "what reads it has stopped", "behind the pipe"),
    ],
)
def test_a_cause_is_in_words_and_has_a_step(tmp_path: Path, act: Callable[[Path], object], why: str, step: str) -> None:
    with pytest.raises(OSError) as caught:
        act(tmp_path)
    found = file_cause(caught.value)
    assert found.why.startswith(why) and step in found.step


def test_a_rare_code_keeps_the_words_of_the_system() -> None:
    assert file_cause(OSError(71, "Protocol error")).why == "the system refuses it (protocol error)"
    assert file_cause(OSError("odd")).why == "the system refuses it"
