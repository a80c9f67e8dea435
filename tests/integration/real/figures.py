"""Figures that are written into a page of the documentation, between two marks, from the real records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from tests.support.paths import SHARED

__all__ = ["page_with", "real_records"]

_RECORDS = SHARED / "data" / "ctgov" / "records"


def page_with(figures: str, page: Path, begin: str, end: str) -> str:
    """The text of `page` with these figures between the marks."""
    text = page.read_text(encoding="utf-8")
    return f"{text.partition(begin)[0]}{begin}{figures}{end}{text.partition(end)[2]}"


def real_records() -> list[Any]:
    """Every real record, in the order of the file names."""
    return [orjson.loads(path.read_bytes()) for path in sorted(_RECORDS.glob("*.json"))]
