"""What a search of the registry may ask for, and its query language, Essie, written so that a text stays a text.

A saved query is pairs of a name and a text (`cond=hepatocellular carcinoma`). Pairs of one name widen, different names
narrow, as with every filter of ours. A text of an area is one phrase of plain words; what is written in a language of
its own (`advanced`, `agg`, `geo`) is sent as it was typed, once its shape is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tracker.errors import UsageError
from tracker.registries.ctgov.codes import STATUSES

__all__ = ["LONGEST", "NAMES", "Pairs", "parse", "quoted", "sent"]

Pairs = tuple[tuple[str, str], ...]
_SPECIAL = re.compile(r"[^\w\s.,%/+\'’-]|[\x00-\x1f\x7f]")
LONGEST = 16
"""Words of a text that are searched for: longer ones are sentences, and addresses have an end."""

_AREAS = ("cond", "term", "locn", "titles", "intr", "outc", "spons", "lead", "id", "patient")
NAMES: Mapping[str, str] = {
    **{area: f"query.{area}" for area in _AREAS},
    "status": "filter.overallStatus",
    "geo": "filter.geo",
    "advanced": "filter.advanced",
    "agg": "aggFilters",
}
"""Our name of a parameter -> the registry's. Either may be typed."""
_OURS = {theirs.lower(): name for name, theirs in NAMES.items()}
_GEO = re.compile(r"distance\(-?\d+(\.\d+)?,-?\d+(\.\d+)?,\d+(\.\d+)?(km|mi)?\)")
_AGG = re.compile(r"[A-Za-z]+:[A-Za-z0-9_]+( [A-Za-z0-9_]+)*([,|][A-Za-z]+:[A-Za-z0-9_]+( [A-Za-z0-9_]+)*)*")


def quoted(text: str) -> str:
    """The words of `text` as one phrase of the query language, "" when it has none; the first 16 of a longer text.

    Quotes, brackets and backslashes become spaces, and all letters small: operators are written in capitals, and no
    reading of a phrase of small plain words makes it more than a phrase. Matching ignores both anyway.
    """
    words = _words(text)
    return f'"{" ".join(words[:LONGEST])}"' if words else ""


def _words(text: str) -> list[str]:
    return [word for word in _SPECIAL.sub(" ", text).lower().split() if re.search(r"\w", word)]


def parse(typed: Iterable[str]) -> Pairs:
    """What a person typed (`name=text` each) as pairs in one order, each once. Raises UsageError by the word."""
    found: dict[tuple[str, str], None] = {}
    for word in typed:
        name, equals, text = word.partition("=")
        name, text = name.strip().lower(), " ".join(text.split())
        ours = name if name in NAMES else _OURS.get(name)
        if not equals or ours is None:
            raise UsageError(
                f"{word[:40]!r} is no query: write name=text with one of the names {', '.join(NAMES)}",
                subject=word[:40],
            )
        found[ours, _checked(ours, text)] = None
    order = list(NAMES)
    pairs = tuple(sorted(found, key=lambda pair: (order.index(pair[0]), pair[1])))
    if sum(name == "geo" for name, _ in pairs) > 1:
        raise UsageError("A search has one place: give geo once", subject="geo")
    return pairs


def _checked(name: str, text: str) -> str:
    """The text as it is kept. Raises UsageError for one that cannot be searched for."""
    if name == "status":
        codes = [re.sub(r"\W+", "_", part.strip()).upper() for part in re.split("[,|]", text)]
        if unknown := [code for code in codes if code not in STATUSES]:
            raise UsageError(f"status is one of {', '.join(sorted(STATUSES))}, not {unknown[0][:40]!r}", subject=text)
        return "|".join(sorted(set(codes)))
    shape = {"geo": _GEO, "agg": _AGG}.get(name)
    if shape is not None and not shape.fullmatch(text):
        like = "distance(39.0,-77.1,50mi)" if name == "geo" else "results:with,phase:2 3"
        raise UsageError(f"{name} is written like {like}, not {text[:40]!r}", subject=text[:40])
    words = _words(text) if name != "advanced" else [text] if text.isprintable() else []
    if not "".join(words):
        raise UsageError(f"{name}= has no words to search for", subject=name)
    if len(words) > LONGEST:
        raise UsageError(f"{name}= has {len(words)} words; a phrase has {LONGEST} at most", subject=name)
    return text


def sent(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parameters of the request that asks for these pairs."""
    by_name: dict[str, list[str]] = {}
    for name, text in pairs:
        by_name.setdefault(name, []).append(text)
    return {NAMES[name]: _value(name, texts) for name, texts in by_name.items()}


def _value(name: str, texts: Sequence[str]) -> str:
    if name == "status":
        return "|".join(texts)
    if name in ("geo", "agg"):
        return ",".join(texts)
    if name == "advanced":
        return texts[0] if len(texts) == 1 else " OR ".join(f"({text})" for text in texts)
    return " OR ".join(map(quoted, texts))
