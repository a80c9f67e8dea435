"""The formats of -o, and the options that were given."""

from __future__ import annotations

from enum import StrEnum

from tracker.services.spelling import as_option
from tracker.services.typed.choices import check_choice

__all__ = ["OUTPUT_VARIABLE", "Format", "format_of", "given"]

OUTPUT_VARIABLE = "TRIALWATCH_OUTPUT"
"""The environment variable with the default of -o."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def given(**options: object) -> list[str]:
    """Return those options that were given a value, as they are typed: `posted_since` is --posted-since."""
    return [as_option(name) for name, value in options.items() if value not in (None, False)]


def format_of(word: str, option: str = "-o") -> Format:
    """Return the output format of that name. Raise UsageError."""
    return Format(check_choice(option, word, list(Format)))
