"""Which parts of an EU register document are content: its forms, not the rest of its pages. Pure.

A document holds the pages of a trial by country:
``{"euctr": {"number", "country", "pages": {"PT": {"url", "text"}}}}``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from tracker.errors import Unreadable
from tracker.records.json_objects import RawRecord
from tracker.records.text import fold
from tracker.registries.euctr.form import Form, read_form

__all__ = ["digests", "document_of", "forms_of", "lost", "outline"]

_MANY = 3


def document_of(number: str, country: str, pages: Mapping[str, tuple[str, str]]) -> RawRecord:
    """Return the document of a trial. `pages`: country -> address and text of its page."""
    texts = {name: {"url": url, "text": text} for name, (url, text) in sorted(pages.items())}
    return {"euctr": {"number": number, "country": country, "pages": texts}}


def forms_of(document: Mapping[str, Any]) -> dict[str, Form]:
    """Return the forms of a document by country. Raise RecordError."""
    held = document.get("euctr")
    pages = held.get("pages") if isinstance(held, dict) else None
    if not isinstance(held, dict) or not isinstance(pages, dict) or not pages:
        raise Unreadable("euctr.pages", "pages", type(pages).__name__)
    return {country: _form(page["text"], held["number"], country) for country, page in sorted(pages.items())}


@lru_cache(maxsize=128)
def _form(text: str, number: str, country: str) -> Form:
    """Read one page. Cached, because hash, outline and record all need it."""
    return read_form(text, number, country)


def digests(document: Mapping[str, Any]) -> dict[str, str]:
    """Return SHA-256 hex of the content of each country's page."""
    return {country: _digest(form) for country, form in forms_of(document).items()}


def _digest(form: Form) -> str:
    rows = sorted(("|".join(key), fold(value)) for key, value in form.rows.items())
    summary = sorted((label, fold(value)) for label, value in form.summary.items())
    return hashlib.sha256(orjson.dumps([summary, form.results_link, rows])).hexdigest()


def outline(document: Mapping[str, Any]) -> RawRecord:
    """Return the rows that have a value, by section, for the survey of a whole run."""
    found: dict[str, dict[str, bool]] = {}
    for form in forms_of(document).values():
        for _, code, label in form.rows:
            found.setdefault(code[:1] or "-", {})[f"{code} {label}"] = True
    return {"form": found}


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return why `after` looks like a damaged copy, or "". Rows of the form are missing, which never happens
    otherwise.
    """
    old, new = forms_of(before), forms_of(after)
    countries = sorted(old.keys() - new.keys())
    if countries:
        return f"the pages of {', '.join(countries[:_MANY])} are no longer there"
    gone = [
        f"{code} ({country})"
        for country, form in old.items()
        for _, code, _ in sorted(form.rows.keys() - new[country].rows.keys())
    ]
    if not gone:
        return ""
    more = f" and {len(gone) - _MANY} more" if len(gone) > _MANY else ""
    return f"rows of the form are gone that were there before: {', '.join(gone[:_MANY])}{more}"
