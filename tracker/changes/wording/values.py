"""Fields and values of changes for people: no codes, paths or keys. Pure.

JSON, CSV and the store keep names and values as they are. All text for people comes through this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tracker.changes.fields import KEY, field_of
from tracker.changes.wording.code_words import code_words, holds_codes
from tracker.changes.wording.words import parted, phase_words, shortened
from tracker.records.clean import clean

__all__ = ["NOTHING", "field_words", "item_name", "item_of", "told_keys", "value_words", "values_apart"]

NOTHING = "—"
PARTS = "results.summary.modules."
_MOST_NAME = 80
_MOST_TEXT = 100
"""Maximum length of an item's description when the whole item was added or removed."""
_KEYED = {
    **dict.fromkeys(
        ("sites", "arms", "interventions", "references", "identifiers", "documents", "links", "fda_notices", "parts"), 1
    ),
    **dict.fromkeys(("outcomes", "contacts", "sponsor"), 2),
}
"""Families of keyed items -> number of names before the key."""
_SPONSORS = "collaborators"
_CALLED = ("facility", "city", "state", "zip", "country", "measure", "time_frame", "label", "name", "title", "citation")
_UNSAID = frozenset({"zip", "contacts", "sha256"})
_IDENTITY = {
    "sites": ("facility", "city", "country"),
    "outcomes": ("measure",),
    "arms": ("label",),
    "interventions": ("name",),
    "references": ("citation", "pmid"),
    "documents": ("label", "filename"),
    "fda_notices": ("type",),
    "identifiers": ("id",),
    "links": ("label", "url"),
    "contacts": ("name",),
    "sponsor": ("name",),
}
_PLAIN = {
    "fda_regulated_drug": "FDA-regulated drug",
    "fda_regulated_device": "FDA-regulated device",
    "fdaaa801_violation": "violation of FDAAA 801",
    "has_dmc": "data monitoring committee",
    "info_types": "what is shared",
    "lead_kind": "kind of the lead sponsor",
    "organization_kind": "kind of the organization",
    "pmid": "PubMed number",
    "uploaded": "day of upload",
    "us_export": "export from the US",
    "who_masked": "who is masked",
    "zip": "postcode",
}
_HUMP = re.compile(r"(?=[A-Z])")


def item_of(field: str) -> str:
    """Return the path of the item that a field is a detail of (`sites.<key>`), or "" for other fields."""
    parts = field.split(".")
    before = _KEYED.get(parts[0], len(parts))
    if parts[0] == "sponsor" and parts[1:2] != [_SPONSORS]:
        return ""
    return ".".join(parts[: before + 1]) if len(parts) > before + 1 else ""


def told_keys(fields: Iterable[str]) -> frozenset[str]:
    """Return the new keys of items of which another field is among `fields`. People need not see them: a key is made of
    the words of its item, and these are fields of their own where they changed.
    """
    paths = set(fields)
    items = {item_of(path) for path in paths if not _is_key(path)}
    return frozenset(path for path in paths if _is_key(path) and item_of(path) in items)


def _is_key(field: str) -> bool:
    return field.endswith(f".{KEY}") and bool(item_of(field))


def item_name(item: str, value: Mapping[str, Any]) -> str:
    """Return the name of an item (by its path and value) as the record spells it, or "" if it has none."""
    family = item.partition(".")[0]
    names = [str(value[name]) for name in _IDENTITY.get(family, ()) if isinstance(value.get(name), str) and value[name]]
    names = names if family == "sites" else names[:1]
    return shortened(_line(", ".join(names)), _MOST_NAME)


def field_words(field: str, label: str, names: Mapping[str, str] = {}) -> str:
    """Return a field in words, with the detail and the item: `Site status: A hospital, Berlin`.

    `names` has the names of items by path (see `item_of`).
    """
    if field.startswith("reported."):
        # The label of a change has all the titles that lead to the value. That of the table has none.
        parts = field.split(".")
        if label != field_of(tuple(parts)).label:
            return _line(label)
        # "-" stands for a class or category without a title
        return _line(f"{label}: {', '.join(part.replace('_', ' ') for part in parts[1:] if part != '-')}")
    item = item_of(field)
    detail, name = _detail(field, item), (names.get(item) if item else None) or _named_by_itself(field)
    return _line(f"{label}{f', {detail}' if detail else ''}{f': {name}' if name else ''}")


def _named_by_itself(field: str) -> str:
    """Return what the path alone says: a part of the results, a country, or a field that only the registry names."""
    family, _, rest = field.partition(".")
    if field.startswith(PARTS):
        return _apart(rest.rpartition(".")[2].removesuffix("Module"))
    if family == "parts":
        return rest.partition(".")[0]
    return _apart(rest.rpartition(".")[2]) if family == "other" else ""


def _apart(name: str) -> str:
    return _HUMP.sub(" ", name.replace("_", " ")).strip().lower()


def _detail(field: str, item: str) -> str:
    """Return the detail that the label leaves open if one row of the table covers several fields."""
    pattern = field_of(tuple(field.split("."))).pattern
    if not pattern.endswith("**") or field.startswith("other.") or _is_item(field):
        return ""
    parts = field.removeprefix(f"{item}." if item else pattern.removesuffix("**")).split(".")
    if item.startswith("sites.") and parts[0] == "contacts":
        parts = parts[2:]  # the label already says that it is a contact
    return ", ".join(_PLAIN.get(part, part.replace("_", " ")) for part in parts)


def _is_item(field: str) -> bool:
    """Return whether a field is a whole item."""
    return item_of(f"{field}.any") == field


def values_apart(field: str, before: Any, after: Any, room: int) -> tuple[str, str]:
    """Return two values in words, each of at most `room` characters. Long ones start shortly before they differ."""
    if field.startswith(PARTS):
        return _part(before, "as posted"), _part(after, "posted" if before is None else "other content")
    return parted(value_words(field, before), value_words(field, after), room)


def _part(value: Any, text: str) -> str:
    """Return a part of the results in words. It is stored as a hash, which says nothing to people."""
    return NOTHING if value is None else text


def value_words(field: str, value: Any) -> str:
    """Return one value in words, on one line."""
    if _is_key(field) and isinstance(value, str):
        return _line(value.partition("~")[0].replace("-", " ")) or NOTHING
    if field == "results.submissions" and isinstance(value, list) and value:
        return _rounds(value)
    return _line(_said(field, value)) or NOTHING


def _said(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return code_words(value, field) if holds_codes(field) else value
    if isinstance(value, dict):
        return _thing(field, value)
    if isinstance(value, (list, tuple)):
        if field == "phases" and all(isinstance(it, str) for it in value):
            return phase_words(value) if value else ""
        return ", ".join(words for it in value if (words := _said(field, it)))
    return str(value)


def _rounds(value: list[Any]) -> str:
    """Return rounds of submission: `submitted 2026-11-17, returned 2026-12-14; submitted 2027-01-08`."""
    rounds = [
        ", ".join(f"{step} {it[step]}" for step in ("submitted", "returned", "cancelled") if it.get(step))
        for it in value
        if isinstance(it, dict)
    ]
    return _line("; ".join(it or "a round without dates" for it in rounds))


def _thing(field: str, value: Mapping[str, Any]) -> str:
    """Return an item in words: its name first, then its other values, then codes in brackets."""
    names = [*(name for name in _CALLED if name in value), *(name for name in value if name not in _CALLED)]
    parts = [(name, _said(f"{field}.{name}", value[name])) for name in names if name not in _UNSAID]
    plain, codes = [], []
    for name, words in parts:
        if not words:
            continue
        if holds_codes(f"{field}.{name}"):
            codes.append(f"({words})")
        elif isinstance(value[name], str):
            plain.append(shortened(words, _MOST_TEXT) if name == "description" else words)
        elif isinstance(value[name], bool):
            plain += [name.replace("_", " ")] if value[name] else []
        else:
            plain.append(f"{name.replace('_', ' ')}: {words}")
    return " ".join([", ".join(plain), *codes]).strip()


def _line(text: str) -> str:
    return clean(" ".join(text.split()))
