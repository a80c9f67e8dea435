"""Text as both databases can store it."""

from __future__ import annotations

__all__ = ["storable"]


def storable(text: str) -> str:
    """Return `text` as both databases can store it: NUL and lone surrogates become U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "�")
    if not text.isascii():
        # In UTF-16, a valid pair of surrogates becomes one character. Only lone ones are replaced.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
