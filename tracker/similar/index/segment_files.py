"""Segments and the list of them as files: whole or absent, and mapped into memory when they are read.

The folder of a store holds `segments`, with one folder each, and `index.json`, which names those that count. A segment
is written and synced before the list names it. One process at a time opens or changes the index of a store. What it has
mapped or read stays, even if another process removes the files afterwards.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from zipfile import BadZipFile

import msgspec
import numpy as np

from storage.files.atomic_files import sync, write_whole
from storage.files.private_files import FILE_MODE, make_folder
from tracker.similar.filters import Facets
from tracker.similar.index.segment import Segment
from tracker.similar.ranking.background import Background, background_of
from tracker.similar.ranking.postings import Postings

__all__ = [
    "FORMAT",
    "DamagedIndex",
    "IndexList",
    "Listed",
    "load",
    "only_process",
    "read_list",
    "remove_others",
    "save",
    "write_list",
]

FORMAT = 1
"""Raised whenever what a vector holds or how it is written changes. An index of another format is made again."""
_LIST = "index.json"
_SEGMENTS = "segments"
_POSTINGS = ("terms", "starts", "rows", "amounts", "lengths")


class DamagedIndex(Exception):
    """Files of the index do not fit together. It is derived, so it is made again."""


class Listed(msgspec.Struct, frozen=True):
    """A segment of the list. `dead`: rows that count no more, because the trial changed or is gone."""

    name: str
    dead: tuple[int, ...] = ()


class IndexList(msgspec.Struct, frozen=True):
    """The segments that count. `state`: the state of the store they were made from.

    `unreadable`: trial -> why its document cannot be read. `frequencies`: the file with the frequencies that were last
    counted, in an index of `counted` trials. "" for those that come with the program.
    """

    format: int = FORMAT
    state: str = ""
    segments: tuple[Listed, ...] = ()
    unreadable: dict[str, str] = {}
    frequencies: str = ""
    counted: int = 0


def read_list(folder: Path) -> IndexList:
    """Return the list of an index. An empty one if there is none, or one of another format."""
    try:
        found = msgspec.json.decode((folder / _LIST).read_bytes(), type=IndexList)
    except FileNotFoundError:
        return IndexList()
    except msgspec.MsgspecError as error:
        raise DamagedIndex(f"{_LIST}: {error}") from error
    return found if found.format == FORMAT else IndexList()


def write_list(folder: Path, index: IndexList) -> None:
    make_folder(folder)
    write_whole(folder / _LIST, msgspec.json.encode(index), force=True)


def save(folder: Path, segment: Segment) -> str:
    """Write a segment under a new name, and return the name."""
    name = token_hex(8)
    place = folder / _SEGMENTS / name
    make_folder(place)
    arrays = {"trials": segment.trials, "digests": segment.digests}
    arrays |= {part: getattr(segment.postings, part) for part in _POSTINGS}
    for part, array in arrays.items():
        np.save(place / f"{part}.npy", array, allow_pickle=False)
    (place / "facets.json").write_bytes(msgspec.json.encode(list(segment.facets)))
    for file in place.iterdir():
        sync(file)
    sync(place)
    return name


def load(folder: Path, name: str) -> Segment:
    """Return a saved segment. Raise DamagedIndex, also if it is no longer there.

    Its arrays are mapped and not read. Its facets are read at once, because another process may remove their file.
    """
    place = folder / _SEGMENTS / name

    def array(part: str) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
        return np.load(place / f"{part}.npy", mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]

    try:
        postings = Postings(*(array(part) for part in _POSTINGS))  # type: ignore[arg-type]
        facets = msgspec.json.decode((place / "facets.json").read_bytes(), type=list[Facets])
        segment = Segment(array("trials"), array("digests"), postings, facets)  # type: ignore[arg-type]
    except (OSError, ValueError, EOFError, msgspec.MsgspecError) as error:
        raise DamagedIndex(f"{name}: {error}") from error
    if not _fits(segment):
        raise DamagedIndex(f"{name}: its files do not fit together")
    return segment


def save_frequencies(folder: Path, background: Background) -> str:
    """Write frequencies under a new name, and return the name."""
    name = token_hex(8)
    place = folder / _SEGMENTS / name
    make_folder(place)
    with (place / "frequencies.npz").open("wb") as file:
        background.save(file)
    sync(place / "frequencies.npz")
    sync(place)
    return name


def load_frequencies(folder: Path, name: str) -> Background:
    """Return saved frequencies. Raise DamagedIndex."""
    try:
        with (folder / _SEGMENTS / name / "frequencies.npz").open("rb") as file:
            return background_of(file)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise DamagedIndex(f"{name}/frequencies.npz: {error}") from error


def _fits(segment: Segment) -> bool:
    found, count = segment.postings, len(segment)
    return (
        segment.digests.size == found.lengths.size == len(segment.facets) == count
        and found.starts.size == found.terms.size + 1
        and found.rows.size == found.amounts.size == int(found.starts[-1])
    )


def remove_others(folder: Path, kept: Iterable[str]) -> None:
    """Remove the segments that are not `kept`: old ones, and those of a process that was killed."""
    names = {*kept}
    for place in folder.glob(f"{_SEGMENTS}/*"):
        if place.name not in names:
            rmtree(place)


@contextmanager
def only_process(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the index of a store, made if needed. Raise OSError.

    While another process holds it, call `waiting` once and wait.
    """
    make_folder(folder)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
