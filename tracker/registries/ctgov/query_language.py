"""What a search of the registry may contain, in its query language, Essie.

A saved query is pairs of a name and a text (`cond=hepatocellular carcinoma`). Pairs with the same name widen the
search, different names narrow it, as with all our filters. The text is in the registry's own language and is sent as
typed: words, quoted phrases, `AND`, `OR`, `NOT`, brackets, `AREA[Phase]PHASE3`. Text that the registry would refuse or
misread is refused here, and the error says how to write it. Text from a record becomes a phrase of plain words instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from tracker.errors import UsageError
from tracker.registries.ctgov.codes import PHASES, STATUSES
from tracker.registries.search import Pairs

__all__ = ["ESSIE", "MOST_WORDS", "NAMES", "Essie", "notes", "parse", "phrase_words", "quoted", "sent"]

_SPECIAL = re.compile(r"[^\w\s.,%/+\'’-]|[\x00-\x1f\x7f]")
MOST_WORDS = 12
"""Most words in one part of a search. Twelve pass, fourteen are a "Too complicated query", as others measured
in 2026.
"""

_AREAS = ("cond", "term", "locn", "titles", "intr", "outc", "spons", "lead", "id", "patient")
NAMES: Mapping[str, str] = {
    **{area: f"query.{area}" for area in _AREAS},
    "status": "filter.overallStatus",
    "geo": "filter.geo",
    "advanced": "filter.advanced",
    "agg": "aggFilters",
}
"""Our name of a parameter -> the registry's. A person may type either."""
_OURS = {theirs.lower(): name for name, theirs in NAMES.items()}
_GEO = re.compile(r"distance\(-?\d+(\.\d+)?,-?\d+(\.\d+)?,\d+(\.\d+)?(km|mi)?\)")
_AGG = re.compile(r"[A-Za-z]+:[A-Za-z0-9_]+( [A-Za-z0-9_]+)*([,|][A-Za-z]+:[A-Za-z0-9_]+( [A-Za-z0-9_]+)*)*")
_OPERATOR = re.compile(r"AND|OR|NOT|[()\"]+")
_SMALL_OPERATOR = re.compile(r"\b(and|or|not)\b", re.IGNORECASE)
_NUMBER = re.compile(r"NCT\s?0*\d{1,8}", re.IGNORECASE)
_PAIRS = (("(", ")"), ("[", "]"))


def quoted(text: str) -> str:
    """Return the words of `text` as one phrase of the query language, at most 12 of them. "" if it has none.

    For text from a record. Quotes, brackets and backslashes become spaces, and all letters become small. Operators are
    written in capitals, so a phrase of small plain words is always just a phrase. Matching ignores case and these marks
    anyway.
    """
    words = phrase_words(text)
    return f'"{" ".join(words[:MOST_WORDS])}"' if words else ""


def phrase_words(text: str) -> list[str]:
    """Return the plain words of `text`, in small letters."""
    return [word for word in _SPECIAL.sub(" ", text).lower().split() if re.search(r"\w", word)]


def parse(typed: Iterable[str]) -> Pairs:
    """Parse what a person typed (`name=text` each) into pairs in a fixed order, each once. Raise UsageError that names
    the bad word.
    """
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
    for name in dict.fromkeys(name for name, _ in pairs if name in _AREAS):
        _check_length(name, [text for other, text in pairs if other == name])
    return pairs


def _checked(name: str, text: str) -> str:
    """Return the text as it is stored. Raise UsageError if it cannot be searched for."""
    if name == "status":
        codes = [re.sub(r"\W+", "_", part.strip()).upper() for part in re.split("[,|]", text)]
        if unknown := [code for code in codes if code not in STATUSES]:
            raise UsageError(f"status is one of {', '.join(sorted(STATUSES))}, not {unknown[0][:40]!r}", subject=text)
        return "|".join(sorted(set(codes)))
    shape = {"geo": _GEO, "agg": _AGG}.get(name)
    if shape is not None and not shape.fullmatch(text):
        like = "distance(39.0,-77.1,50mi)" if name == "geo" else "results:with,phase:2 3"
        raise UsageError(f"{name} is written like {like}, not {text[:40]!r}", subject=text[:40])
    if not text.isprintable() or not re.search(r"\w", text):
        raise UsageError(f"{name}= has no words to search for", subject=name)
    if shape is None:
        _check_language(name, text)
    return text


def _check_language(name: str, text: str) -> None:
    """Refuse text that the registry cannot read, or reads in another way than was meant."""
    if text.count('"') % 2:
        raise UsageError(f'{name}= has a quotation mark too many: {text[:60]}. Phrases stand in "..."', subject=name)
    for opening, closing in _PAIRS:
        if text.count(opening) != text.count(closing):
            raise UsageError(f"{name}= has a {opening} without its {closing}: {text[:60]}", subject=name)
    numbers = _NUMBER.findall(text)
    if numbers and not _SPECIAL.sub(" ", _OPERATOR.sub(" ", _NUMBER.sub(" ", text))).strip(" ,"):
        ids = " ".join(f"NCT{int(re.sub(r'[^0-9]', '', number)):08d}" for number in numbers)
        raise UsageError(
            f"{name}= holds only trial numbers, and the registry then ignores every other part of the search. "
            f"Watch them by number: trialwatch watch {ids}",
            subject=name,
        )


def _check_length(name: str, texts: Sequence[str]) -> None:
    words = [word for text in texts for word in _OPERATOR.sub(" ", text).split()]
    if len(words) > MOST_WORDS:
        raise UsageError(
            f"{name}= has {len(words)} words in all; the registry refuses more than {MOST_WORDS}. Leave some out, or "
            "search for a part of them in another area",
            subject=name,
        )


def notes(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return one sentence for each effect of these pairs that a person may not expect."""
    found = []
    for name, text in pairs:
        plain = re.sub(r'"[^"]*"', " ", text)
        small = {word for word in _SMALL_OPERATOR.findall(plain) if not word.isupper()}
        if name in (*_AREAS, "advanced") and small:
            word = min(small)
            found.append(
                f"{word!r} in {name}= is searched for as a word. If it should join or exclude, write {word.upper()}"
            )
    return found


def sent(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the request parameters for these pairs."""
    by_name: dict[str, list[str]] = {}
    for name, text in pairs:
        by_name.setdefault(name, []).append(text)
    return {NAMES[name]: _value(name, texts) for name, texts in by_name.items()}


def _value(name: str, texts: Sequence[str]) -> str:
    if name == "status":
        return "|".join(texts)
    if name in ("geo", "agg"):
        return ",".join(texts)
    return texts[0] if len(texts) == 1 else " OR ".join(f"({text})" for text in texts)


_TEXT_FIELDS = ",".join(
    f"{module}Module"
    for module in (
        *("Identification", "Status", "SponsorCollaborators", "Description", "Conditions", "Design"),
        *("ArmsInterventions", "Outcomes", "Eligibility", "ConditionBrowse", "InterventionBrowse", "MiscInfo"),
    )
)
_TEXT_FIELDS += ",LocationCountry,HasResults"
"""What a trial says about its subject, and what the filters look at: half of the bytes of a record. No contacts."""


class Essie:
    """Implements `tracker.registries.search.SearchLanguage`."""

    most_words = MOST_WORDS
    statuses = STATUSES
    phases = PHASES

    def parse(self, typed: Iterable[str]) -> Pairs:
        return parse(typed)

    def notes(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        return notes(pairs)

    def quoted(self, text: str) -> str:
        return quoted(text)

    def phrase_words(self, text: str) -> list[str]:
        return phrase_words(text)

    def sent(self, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        return sent(pairs)

    def likest_first(self, params: Mapping[str, str]) -> dict[str, str]:
        return {**params, "fields": _TEXT_FIELDS, "sort": "@relevance"}

    def newest_first(self, params: Mapping[str, str]) -> dict[str, str]:
        return {**params, "fields": "NCTId,BriefTitle", "sort": "StudyFirstPostDate"}

    def title(self, document: object) -> str:
        found = document
        for key in ("protocolSection", "identificationModule", "briefTitle"):
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""


ESSIE = Essie()
