"""Which parts of a ClinicalTrials.gov document are content, and which are noise.

The content hash shows if the page has changed. It covers the document without the values that the registry changes by
itself every day. Lists count as sets. Texts are equal if they differ only in escaping, Unicode form, white space or
invisible marks. To silence a noisy path for good, add it here. No other place needs to know.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from tracker.records.json_objects import RawRecord
from tracker.records.text import fold

__all__ = ["NOISE", "content", "content_hash", "data_day", "digests", "is_noise", "light_hash"]

NoiseTree = dict[str, Any]
_DROP = "drop"
_OTHERS = "*"


def _false(value: Any, _owner: Mapping[str, Any]) -> bool:
    return value is False


def _postcode_known(_value: Any, owner: Mapping[str, Any]) -> bool:
    postcode = owner.get("zip")
    return isinstance(postcode, str) and bool(postcode.strip())


# A tree over the document. A value is "drop", a test (value, owning object) -> drop?, or a subtree. "*" matches all
# other keys. Lists are transparent: the subtree applies to each of their elements.
NOISE: NoiseTree = {
    "protocolSection": {
        # The registry writes false or leaves the field out at random.
        "statusModule": {"expandedAccessInfo": {"hasExpandedAccess": _false}},
        # Coordinates alternate between two geocodings, and the registry renames cities. The postcode identifies the
        # place.
        "contactsLocationsModule": {"locations": {"geoPoint": _DROP, "city": _postcode_known}},
    },
    # The registry derives these from the record again and again (subject headings, the day of the data set,
    # predictions). Only the submission rounds of pending results are news, and they are stored nowhere else.
    "derivedSection": {
        _OTHERS: _DROP,
        "miscInfoModule": {_OTHERS: _DROP, "submissionTracking": {}},
    },
}
_NOTHING: NoiseTree = {}


def is_noise(rule: Any, value: Any, owner: Mapping[str, Any]) -> bool:
    """Return True if a rule of the tree drops a value of this object."""
    return rule is _DROP or (callable(rule) and bool(rule(value, owner)))


class _Words(dict[str, str]):
    """The folds of short texts: codes, dates and units are frequent, while whole sentences rarely repeat."""

    def __missing__(self, text: str) -> str:
        found = fold(text)
        if len(text) < _WORD:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[text] = found
        return found


_WORD = 32
_MOST_WORDS = 16_384
_words = _Words()


def _reduce(value: Any, noise: NoiseTree) -> Any:
    kind = type(value)
    if kind is str:
        return _words[value]
    if kind is dict:
        return _reduce_object(value, noise) if noise else _reduce_plain(value)
    if kind is list:
        return _reduce_list(value, noise)
    return value


def _reduce_plain(value: RawRecord) -> RawRecord | None:
    """Reduce an object without noise. Nearly all objects are like this, so it calls as little as it can."""
    kept: RawRecord = {}
    for key, item in value.items():
        kind, reduced = type(item), item
        if kind is str:
            reduced = _words[item]
        elif kind is list:
            reduced = _reduce_list(item, _NOTHING)
        elif kind is dict:
            reduced = _reduce_plain(item)
        if reduced is not None and reduced != "":
            kept[key] = reduced
    return kept or None


def _reduce_object(value: RawRecord, noise: NoiseTree) -> RawRecord | None:
    others = noise.get(_OTHERS)
    kept: RawRecord = {}
    for key, item in value.items():
        rule = noise.get(key, others)
        if rule is _DROP or (callable(rule) and rule(item, value)):
            continue
        reduced = _reduce(item, rule if type(rule) is dict else _NOTHING)
        if reduced is not None and reduced != "":
            kept[key] = reduced
    return kept or None


def _reduce_list(value: list[Any], noise: NoiseTree) -> Any:
    """Reduce a list to a set that keeps duplicates: the canonical bytes of its elements, sorted."""
    reduced = [_reduce(item, noise) for item in value]
    if len(reduced) < 2:
        return reduced or None
    if type(reduced[0]) is str and all(type(item) is str for item in reduced):
        return sorted(reduced)
    parts = sorted([orjson.dumps(item, option=orjson.OPT_SORT_KEYS) for item in reduced])
    return orjson.Fragment(b"[%b]" % b",".join(parts))


def content(value: Any, noise: NoiseTree | None = None) -> bytes:
    """Return the canonical bytes of the content of `value`. Equal bytes mean equal content."""
    return orjson.dumps(_reduce(value, _NOTHING if noise is None else noise), option=orjson.OPT_SORT_KEYS)


def digests(document: Mapping[str, Any], *, only: Collection[str] | None = None) -> dict[str, str]:
    """Return SHA-256 hex of the content of each part of the document. The key is ``section.module`` if a section has
    modules. `only`: of these sections.
    """
    found: dict[str, str] = {}
    for name, section in document.items():
        if only is not None and name not in only:
            continue
        noise = NOISE.get(name, _NOTHING)
        parts = section.items() if type(section) is dict else [("", section)]
        others = noise.get(_OTHERS)
        for part, value in parts:
            rule = noise.get(part, others)
            if rule is not _DROP:
                reduced = content(value, rule if type(rule) is dict else _NOTHING)
                if reduced != b"null":
                    found[f"{name}.{part}" if part else name] = hashlib.sha256(reduced).hexdigest()
    return found


def content_hash(parts: Mapping[str, str]) -> str:
    """Return the single hash of a document from its `digests`. It does not identify a version of the registry."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def light_hash(document: Mapping[str, Any]) -> str:
    """Return SHA-256 hex of the document without the day of its data set. If it is equal, nothing has changed. If not,
    a full check follows.
    """
    derived = document.get("derivedSection")
    misc = derived.get("miscInfoModule") if isinstance(derived, dict) else None
    if isinstance(derived, dict) and isinstance(misc, dict):
        misc = {key: item for key, item in misc.items() if key != "versionHolder"}
        document = {**document, "derivedSection": {**derived, "miscInfoModule": misc}}
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def data_day(document: Mapping[str, Any]) -> str:
    """Return the day of the data set that the document came from (``versionHolder``). Empty if it is missing."""
    try:
        day = document["derivedSection"]["miscInfoModule"]["versionHolder"]
    except (KeyError, TypeError):
        return ""
    return day if isinstance(day, str) else ""
