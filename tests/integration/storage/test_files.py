"""Faults C18: a file is written where it was asked for, whole, over nothing, through no link, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.errors import StoreRefused
from storage.files.atomic_files import place_for, placed, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.fault("C18")
def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    with pytest.raises(RuntimeError), placed(path, force=False) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert names(tmp_path) == []
    write_whole(path, b"whole", force=False)
    assert path.read_bytes() == b"whole" and names(tmp_path) == ["made.txt"]


@pytest.mark.fault("C18")
def test_nothing_is_written_over_unless_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "there.txt"
    path.write_text("before")
    with pytest.raises(StoreRefused, match="--force"):
        write_whole(path, b"after", force=False)
    assert path.read_text() == "before"
    write_whole(path, b"after", force=True)
    assert path.read_text() == "after"


@pytest.mark.fault("C18")
def test_one_that_comes_up_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    with pytest.raises(StoreRefused, match="exists"), placed(path, force=False) as beside:
        beside.write_text("ours")
        path.write_text("theirs")
    assert path.read_text() == "theirs" and names(tmp_path) == ["made.txt"]


@pytest.mark.fault("C18")
@pytest.mark.parametrize("force", [False, True])
def test_no_link_is_followed(tmp_path: Path, force: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name, target in (("to-file", victim), ("to-nothing", tmp_path / "elsewhere"), ("to-folder", tmp_path)):
        (tmp_path / name).symlink_to(target)
        with pytest.raises(StoreRefused, match="symbolic link"):
            write_whole(tmp_path / name, b"x", force=force)
    assert victim.read_text() == "mine" and not (tmp_path / "elsewhere").exists()


@pytest.mark.fault("C18")
def test_a_link_laid_where_the_half_written_file_goes_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f".made.txt.{os.getpid()}.part").symlink_to(victim)
    write_whole(tmp_path / "made.txt", b"x", force=False)
    assert victim.read_text() == "mine" and names(tmp_path) == ["made.txt", "victim"]


@pytest.mark.fault("C18")
def test_what_is_no_plain_file_in_a_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path, "a folder"),
        (tmp_path / "no" / "file", "create it first"),
        (tmp_path / "pipe", "not a plain file"),
        (Path("/dev/null"), "not a plain file"),
    ):
        with pytest.raises(StoreRefused, match=words):
            place_for(path, force=True)


def test_a_name_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    write_whole(tmp_path / ("n" * 255), b"x", force=False)
    assert names(tmp_path) == ["n" * 255]
