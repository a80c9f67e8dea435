"""What the searches for one trial found, kept until the registry has other data. Derived, so it may be deleted."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import zstandard

from storage.files.atomic_files import write_whole
from storage.files.private_files import make_folder
from tracker.records.trial import TrialRecord

__all__ = ["Kept", "KeptSearches"]

_FOLDER = "searches"
_MOST_FILES = 50
_LARGEST = 1 << 28


class Kept(msgspec.Struct, frozen=True):
    """The records that were found, and what the user was told about the searches."""

    question: str
    records: list[TrialRecord]
    notices: list[str]


class KeptSearches:
    """The place of one trial's searches. `asked`: everything that the answer depends on, but the registry's data.

    Without a `folder` or a `data_timestamp`, nothing is kept.
    """

    def __init__(self, folder: Path | None, trial: str, asked: Sequence[object], data_timestamp: str | None) -> None:
        self._file = folder / _FOLDER / f"{trial}.zst" if folder and data_timestamp else None
        self._question = sha256(repr((data_timestamp, *asked)).encode("utf-8", "surrogatepass")).hexdigest()

    def load(self) -> Kept | None:
        """Return what was kept. None if there is nothing, or if it answers another question."""
        if self._file is None:
            return None
        try:
            data = zstandard.ZstdDecompressor().decompress(self._file.read_bytes(), max_output_size=_LARGEST)
            kept = msgspec.msgpack.decode(data, type=Kept)
        except (OSError, zstandard.ZstdError, msgspec.MsgspecError):
            return None  # it is asked again
        return kept if kept.question == self._question else None

    def save(self, records: list[TrialRecord], notices: list[str]) -> None:
        """Keep an answer. Raise OSError."""
        if self._file is None:
            return
        data = msgspec.msgpack.encode(Kept(self._question, records, notices))
        if len(data) > _LARGEST:
            return
        make_folder(self._file.parent)
        write_whole(self._file, zstandard.ZstdCompressor(level=1).compress(data), force=True)
        for old in sorted(self._file.parent.glob("*.zst"), key=lambda file: -file.stat().st_mtime)[_MOST_FILES:]:
            old.unlink(missing_ok=True)
