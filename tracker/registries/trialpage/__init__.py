"""An aggregator's page of one trial, saved by a person as HTML or text: another source of the same record.

It is never polled. A person imports a page. It is stored beside the trial's timeline, and compared with the registry's
record.
"""

from __future__ import annotations

import hashlib
import re

import orjson

from tracker.errors import Unreadable
from tracker.records.dates import precision
from tracker.records.json_objects import RawRecord
from tracker.records.text import folded
from tracker.registries.page.decode import decode
from tracker.registries.page.tree import ParsedPage, lines_of
from tracker.registries.registry import Reading
from tracker.registries.trialpage.labels import ORIGIN
from tracker.registries.trialpage.normalize import NORMALIZER, normalize
from tracker.registries.trialpage.outline import outline_of

__all__ = ["NORMALIZER", "document_of", "is_page_text", "read"]

_NOT_CONTENT = ("warnings", "url")
_ID_LINE = re.compile(rf"^[^\S\n]*{ORIGIN}\s*(?::\s*)?(?:NCT|$)", re.IGNORECASE | re.MULTILINE)


def document_of(body: bytes, *, html: bool) -> RawRecord:
    """Return the document that a saved page is stored as: its whole text. Raise PageRefused."""
    return {"page": {"format": "html" if html else "text", "text": decode(body)}}


def is_page_text(text: str) -> bool:
    """Return True if a text file looks like a saved page, and not like a list of ids."""
    return _ID_LINE.search(text) is not None


def read(document: RawRecord) -> Reading:
    """Read one stored page. Raise RecordError: PageRefused, LayoutChanged, Unreadable. Pure."""
    page = document.get("page")
    text = page.get("text") if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(text, str):
        raise Unreadable("page.text", "text", type(text).__name__)
    lines = ParsedPage.of(text).lines() if page.get("format") == "html" else lines_of(text)
    record = normalize(outline_of(lines))
    updated = record.dates.last_update_posted
    day = updated.date if updated and precision(updated.date) == "day" else ""
    kept = {key: item for key, item in record.document().items() if key not in _NOT_CONTENT}
    content = hashlib.sha256(orjson.dumps(folded(kept), option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Reading(record, content, data_day=day, posted=day, submitted="")
