"""Read what arrives over HTTP without trusting it: bodies, Retry-After, error messages. Pure; independent of httpx."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tracker.errors import DamagedAnswer, TooLarge

__all__ = ["one_sentence", "read_body", "retry_after", "shows_its_end"]

_PIECE = 1 << 20
_GZIP_ONLY = 16 + zlib.MAX_WBITS
_SECONDS = re.compile(r"\d+(?:\.\d+)?(?:[eE]\d{1,3})?")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def read_body(chunks: Iterable[bytes], encoding: str, *, limit: int, host: str) -> bytes:
    """Return the complete decoded body of at most `limit` bytes. `encoding`: the Content-Encoding, "" for none.

    Raise TooLarge over the limit. Raise DamagedAnswer if a gzip stream is broken or ends early (the transport cannot
    see that if Content-Length fits the shortened bytes), and for any encoding other than gzip.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return _joined(chunks, limit, host)
    if coding not in ("gzip", "x-gzip"):
        raise DamagedAnswer(f"{host} answered in the encoding {coding[:40]!r}; only gzip was offered", subject=host)
    return _joined(_gunzip(chunks, host), limit, host)


def _joined(pieces: Iterable[bytes], limit: int, host: str) -> bytes:
    body = bytearray()
    for piece in pieces:
        if len(body) + len(piece) > limit:
            raise TooLarge(f"{host} sent more than {limit:,} bytes", subject=host)
        body += piece
    return bytes(body)


def _gunzip(chunks: Iterable[bytes], host: str) -> Iterable[bytes]:
    """Yield the decompressed stream in pieces of at most 1 MiB, so that a gzip bomb is detected early."""
    member = zlib.decompressobj(_GZIP_ONLY)
    for chunk in chunks:
        data = chunk
        while data:
            # Several members in a row are one valid stream. What follows a finished member begins the next.
            if member.eof:
                member = zlib.decompressobj(_GZIP_ONLY)
            try:
                yield member.decompress(data, _PIECE)
            except zlib.error as error:
                raise DamagedAnswer(f"{host} sent a broken gzip stream ({error})", subject=host) from error
            data = member.unused_data if member.eof else member.unconsumed_tail
    # A member may hold back output after its last input byte. Reading it also shows whether the member is complete.
    while not member.eof and (piece := member.decompress(b"", _PIECE)):
        yield piece
    if not member.eof:
        raise DamagedAnswer(f"{host} cut its gzip stream short", subject=host)


def shows_its_end(body: bytes) -> bool:
    """Whether a page ends like HTML. Used if nothing else (length, chunks, gzip) marks the end of the body."""
    return b"</html" in body[-1024:].lower()


def retry_after(value: str | None, now: datetime, longest: timedelta) -> datetime | None:
    """Return the time that a Retry-After header gives, in seconds or as an HTTP-date, at most `longest` ahead.

    Return None if it is missing, past, negative or not a time. Then our own pauses apply.
    """
    text = (value or "").strip()
    if not text.isascii():
        return None
    wait = float(text) if _SECONDS.fullmatch(text) else _seconds_until(text, now)
    if wait <= 0:
        return None
    # A larger number of seconds would overflow timedelta.
    return now + min(timedelta(seconds=min(wait, 1e9)), longest)


def _seconds_until(text: str, now: datetime) -> float:
    try:
        instant = parsedate_to_datetime(text[:64])
        aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
        return (aware - now).total_seconds()
    except (ValueError, OverflowError):
        return 0.0


def one_sentence(body: bytes, longest: int = 200) -> str:
    """Return a plain-text error message in a safe form: one line, no control or bidi characters, limited in length."""
    text = _UNPRINTABLE.sub(" ", body[: longest * 8].decode("utf-8", "replace"))
    return " ".join(text.split())[:longest]
