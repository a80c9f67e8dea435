"""The formats of -o."""

from __future__ import annotations

from enum import StrEnum

from tracker.services.typed.choices import check_choice

__all__ = ["OUTPUT_VARIABLE", "Format", "format_of"]

OUTPUT_VARIABLE = "TRIALWATCH_OUTPUT"
"""The environment variable with the default of -o."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def format_of(word: str, option: str = "-o") -> Format:
    """Return the output format of that name. Raise UsageError."""
    return Format(check_choice(option, word, list(Format)))
