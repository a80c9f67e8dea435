"""Compress bytes to a zstd frame and back: alone, with a dictionary, or as the difference from a similar document."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache

import zstandard

from storage.errors import Damaged

__all__ = ["pack", "pack_against", "pack_with", "trained", "unpack", "unpack_against", "unpack_with"]

MAX_BYTES = 1 << 30
"""More bytes than any document may have. A damaged header must not make us allocate all memory."""
_LEVEL = 3
_DICTIONARY_LEVEL = 9
"""Documents are written once and kept for ever. From 6 to 9 costs 0.14 ms a document and saves 4 %; above 9, little."""
_BASE_LEVEL = 6
_WINDOW_LOGS = (10, 27)
"""The smallest and the largest window (log2 of bytes) that a reader accepts without an option."""
_PIECE = 4000
"""The dictionary trainer looks for what pieces of about this many bytes have in common."""
_PIECES = 3
"""How many pieces to take from each sample. After its beginning, a long document is mostly repetitive lists."""


def pack(data: bytes) -> bytes:
    """Compress `data`. The result contains its length."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(data)


def pack_with(dictionary: bytes, many: Iterable[bytes]) -> list[bytes]:
    """Compress each of `many` with a dictionary made by `trained`."""
    # Threads may share the dictionary, but never a compressor: its state is overwritten while it works.
    compressor = zstandard.ZstdCompressor(level=_DICTIONARY_LEVEL, dict_data=_precomputed(dictionary))
    return [compressor.compress(data) for data in many]


def pack_against(base: bytes, data: bytes) -> bytes:
    """Compress `data` to its difference from `base`: a few dozen bytes for a usual edit of a large document."""
    # The window must span both documents, or the compressor cannot refer to the beginning of `base`.
    window_log = min(max((len(base) + len(data)).bit_length(), _WINDOW_LOGS[0]), _WINDOW_LOGS[1])
    parameters = zstandard.ZstdCompressionParameters.from_level(
        _BASE_LEVEL, source_size=len(data), dict_size=len(base), window_log=window_log
    )
    return zstandard.ZstdCompressor(dict_data=_raw(base), compression_params=parameters).compress(data)


def unpack(body: bytes, where: tuple[str, str]) -> bytes:
    """Undo `pack`. Raise Damaged, naming `where` (table and row), if `body` is not a complete frame of sane size."""
    return _decompressed(body, zstandard.ZstdDecompressor(), where)


def unpack_with(dictionary: bytes, body: bytes, where: tuple[str, str]) -> bytes:
    """Undo `pack_with`. Raise Damaged as `unpack` does."""
    return _decompressed(body, _decompressor(dictionary, threading.get_ident()), where)


def unpack_against(base: bytes, body: bytes, where: tuple[str, str]) -> bytes:
    """Undo `pack_against`. Raise Damaged as `unpack` does."""
    return _decompressed(body, zstandard.ZstdDecompressor(dict_data=_raw(base)), where)


def trained(samples: Sequence[bytes], size: int) -> bytes:
    """Train a dictionary of at most `size` bytes from the samples. Return b"" if they share too little."""
    pieces: list[bytes | bytearray | memoryview[int]] = [
        data[at : at + _PIECE] for data in samples for at in range(0, min(len(data), _PIECES * _PIECE), _PIECE)
    ]
    try:
        return zstandard.train_dictionary(size, pieces).as_bytes()
    except zstandard.ZstdError:
        return b""


def _decompressed(body: object, decompressor: zstandard.ZstdDecompressor, where: tuple[str, str]) -> bytes:
    if not isinstance(body, bytes):
        raise Damaged(*where, "is not binary data")
    try:
        size = zstandard.frame_content_size(body)
        # -1 means that the frame does not give its size. `pack` always writes it.
        if not 0 <= size <= MAX_BYTES:
            raise Damaged(*where, "its header gives an impossible size")
        return decompressor.decompress(body)
    except zstandard.ZstdError as error:
        raise Damaged(*where, f"does not decompress ({error})") from error


def _raw(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


@lru_cache(maxsize=8)
def _decompressor(dictionary: bytes, thread: int) -> zstandard.ZstdDecompressor:  # noqa: ARG001  (a part of the key)
    # To make one takes as long as to use it. Threads may share the dictionary, but never a decompressor.
    return zstandard.ZstdDecompressor(dict_data=_prepared(dictionary))


@lru_cache(maxsize=8)
def _prepared(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_FULLDICT)


@lru_cache(maxsize=2)
def _precomputed(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    # Precomputed once: otherwise every document would pay 5 ms for it.
    ready = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_FULLDICT)
    ready.precompute_compress(level=_DICTIONARY_LEVEL)
    return ready
