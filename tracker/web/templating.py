"""The templates of the pages, and the words they take from the rest of the program.

All text is escaped, as texts of a registry are not ours. Templates are files of the program, never such texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tracker.changes.wording.code_words import code_words
from tracker.changes.wording.days import day_words, minute_words
from tracker.changes.wording.words import count_of, phase_words, status_words
from tracker.records.clean import clean
from tracker.web.assets import asset

__all__ = ["render"]


def render(template: str, **values: Any) -> str:
    """Return a template with these values. Raise for a value that the template uses and does not get."""
    return _TEMPLATES.get_template(template).render(values)


def _shown(value: object) -> object:
    """Return a value as it goes into a page. Characters that change the direction of a text or have no shape are
    written as escapes.
    """
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _link(url: object) -> str:
    """Return an address that may be followed, "" for one that is not on the web."""
    try:
        parts = urlsplit(str(url))
        return str(url) if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""


def _changed(query: Mapping[str, Any], **changed: Any) -> str:
    """Return the query of a link: the values of now with some changed. A value of None is left out."""
    merged = {name: value for name, value in {**query, **changed}.items() if value not in (None, "", False)}
    return f"?{urlencode(merged, doseq=True)}" if merged else "?"


def _weekday(day: date) -> str:
    return f"{day:%A}, {day_words(day.isoformat())}"


def _words(codes: str | Sequence[str] | None, field: str) -> str:
    """Return the codes of a field in words."""
    return ", ".join(code_words(code, field) for code in ([codes] if isinstance(codes, str) else codes or ()))


def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("tracker.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_shown,
    )
    made.globals |= {"asset": asset, "query": _changed}
    made.filters |= {
        "day": lambda text: day_words(str(text), short=True) if text else "",
        "long_day": lambda text: day_words(str(text)) if text else "",
        "weekday": _weekday,
        "minute": lambda text: minute_words(text) if text else "",
        "number": lambda value: f"{value:,}",
        "count": count_of,
        "code": lambda code: status_words(code) if code else "",
        "words": _words,
        "phases": phase_words,
        "link": _link,
        "path": lambda text: quote(str(text), safe=""),
    }
    return made


_TEMPLATES = _templates()
