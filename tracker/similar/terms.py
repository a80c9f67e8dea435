"""The words of a record: its whole text, the terms to compare, and how a term is written in the text."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain, pairwise

from snowballstemmer import stemmer

from tracker.records.trial import TrialRecord

__all__ = ["phrases_in", "stems", "telling", "terms", "text_of", "titles_of"]

_WORD = re.compile(r"\w\w+")
_TOGETHER = frozenset(" -")
_ENGLISH = stemmer("english")
_EMPTY = frozenset(
    "a about above after all also an and any are as at be been before below between both but by can could did do "
    "does during each either first for from had has have if in including into is it its may more most must no nor "
    "not of on one only or other our out over per should since so such than that the their them then there these "
    "they this those three through to two under until up upon was we were what when where whether which while who "
    "will with within without would".split()
)
"""Words without a meaning of their own. No phrase that is shown or searched begins or ends with one."""
_COMMON = frozenset(
    "day days disease dose drug group groups judged months number part participants patient patients primary study "
    "subjects test therapy time treatment trial week weeks year years".split()
)
"""Words of any trial. They are telling only next to another word."""


@lru_cache(maxsize=1 << 18)
def _stem(word: str) -> str:
    return str(_ENGLISH.stemWord(word))


def stems(text: str) -> list[str]:
    """Return the stems of the words of a text, in order."""
    return [_stem(word) for word in _WORD.findall(text.lower())]


def terms(text: str) -> list[str]:
    """Return the stems of the words of a text, then the pairs of neighbouring stems, joined by a space."""
    single = stems(text)
    return single + [f"{one} {next_}" for one, next_ in pairwise(single)]


def phrases_in(text: str) -> dict[str, set[str]]:
    """Return how each term is written in the text, in lower case.

    Pairs only if no other character is between the words.
    """
    found: dict[str, set[str]] = {}
    words = list(_WORD.finditer(text.lower()))
    for word in words:
        found.setdefault(_stem(word[0]), set()).add(word[0])
    for one, next_ in pairwise(words):
        if (between := one.string[one.end() : next_.start()]) in _TOGETHER:
            found.setdefault(f"{_stem(one[0])} {_stem(next_[0])}", set()).add(f"{one[0]}{between}{next_[0]}")
    return found


def telling(phrase: str) -> bool:
    """Whether to show or search a phrase: no empty word at either end, and not only numbers and common words."""
    words = re.split("[ -]", phrase)
    own = [word for word in words if word not in _COMMON and not word.isdecimal()]
    return bool(own) and _EMPTY.isdisjoint((words[0], words[-1]))


def titles_of(record: TrialRecord) -> str:
    return _lines([record.title.brief, record.title.official])


def text_of(record: TrialRecord) -> str:
    """Return everything a trial says about its subject, one field per line. No people, places or identifiers."""
    things = record.interventions.values()
    outcomes = chain(
        record.outcomes.primary.values(), record.outcomes.secondary.values(), record.outcomes.other.values()
    )
    return _lines(
        [
            record.title.brief,
            record.title.official,
            record.title.acronym,
            *record.conditions,
            *record.mesh.conditions,
            *record.mesh.interventions,
            *(name for thing in things for name in (thing.name, *thing.other_names)),
            *record.keywords,
            record.summary,
            record.description,
            record.eligibility.criteria,
            *(outcome.measure for outcome in outcomes),
        ]
    )


def _lines(fields: list[str | None]) -> str:
    return "\n".join(" ".join(field.split()) for field in fields if field)
