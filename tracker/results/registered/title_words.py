"""The words of an outcome's title, in a form in which a rewording changes little.

Sponsors rewrite titles when they post results: an objective becomes a measure, a name becomes an abbreviation, patients
become participants. So words without content are left out, synonyms become one word, endings are cut off, and an
abbreviation that the record itself defines stands for its words.

The words cannot tell: a negation or the opposite (relapse, abstinence), another instrument under the same words, a
general word ("safety") that became a count of something named ("participants with adverse events").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tracker.records.text import compared

__all__ = ["Abbreviations", "Words", "abbreviations", "weight", "words_of"]

Words = frozenset[str]

Abbreviations = Mapping[str, Words]
"""Abbreviation in lower case -> the words it stands for."""

_WORD = re.compile(r"[^\W_]+(?:\.\d+)?")
_BRACKETED = re.compile(r"([(\[])([^()\[\]]{2,120})[)\]]")
_SHORT = re.compile(r"[^\W_](?:[^\W_]|[-/.&]){1,9}")
_BEFORE = 160
"""So many characters before a bracket are searched for the words of an abbreviation."""

_ENDINGS = ("ations", "ation", "ities", "ing", "ies", "ity", "ed", "es", "al", "ic", "s", "e", "y")
_SHORTEST_STEM = 4
_EMPTY_WORDS = """
    a an and any are as at be been between both by during each either every for from had has have if in into is it its
    no not of on or other over per such than that the their then there these this those to up use used using versus vs
    was were when which who will with within without
    after before until day days week month year hour visit baseline point
    aim analysis analyse analyze assess assessment based characterize compare comparing comparison demonstrate describe
    determine effect efficacy effectiveness endpoint establish estimate evaluate evaluable examine explore goal
    hypothesis investigate main measure measurement method objective obtain outcome parameter primary purpose secondary
    show study term test trial value variable verify
"""
_SYNONYM_GROUPS = (
    "participant patient subject people person individual volunteer",
    "number proportion percentage percent rate incidence frequency frequencies count occurrence prevalence",
    "tumor tumour",
    "drug medication medicine",
    "death mortality died dead",
    "treatment therapy therapies",
    "adverse unwanted undesirable side",
    "event reaction",
    "severe serious",
    "change difference",
    "glycated glycosylated glycohemoglobin",
)
"""The first word of each group stands for the others."""
_LIGHT_WORDS = """
    number participant change treatment event score level time mean total overall free dose ratio scale index group arm
    response clinical absolute relative volume status average symptom least 1 2 3 reduction increase improvement
    achieve experience
"""
_LIGHT_WEIGHT = 0.3
_KNOWN_ABBREVIATIONS = {
    "6mwd": "6 minute walk distance", "6mwt": "6 minute walk distance", "ae": "adverse event", "aes": "adverse event",
    "auc": "area under curve", "bmi": "body mass index", "bp": "blood pressure", "cr": "complete response",
    "dfs": "disease free survival", "dlt": "dose limiting toxicity", "dlts": "dose limiting toxicity",
    "efs": "event free survival", "egfr": "glomerular filtration", "fev1": "forced expiratory volume",
    "hba1c": "hemoglobin a1c", "iop": "intraocular pressure", "ldl": "low density lipoprotein",
    "mtd": "maximum tolerated dose", "orr": "objective response rate", "os": "overall survival",
    "pfs": "progression free survival", "pk": "pharmacokinetic", "qol": "quality life", "sae": "serious adverse event",
    "saes": "serious adverse event", "teae": "adverse event", "teaes": "adverse event", "vas": "visual analog scale",
}  # fmt: skip
"""Abbreviations that are in general use, for records that do not define them."""


def _stem(word: str) -> str:
    word = word.replace("aem", "em").replace("oed", "ed")  # haemoglobin, oedema
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


_EMPTY = frozenset(map(_stem, _EMPTY_WORDS.split()))
_SYNONYMS = {_stem(word): _stem(group.split()[0]) for group in _SYNONYM_GROUPS for word in group.split()}
_LIGHT = frozenset(map(_stem, _LIGHT_WORDS.split()))


def abbreviations(texts: Iterable[str]) -> dict[str, Words]:
    """Return the abbreviations that are defined in `texts`, as "Mean Arterial Pressure (MAP)" or the other way round.

    An abbreviation that is defined twice keeps its words from the first text in alphabetical order.
    """
    found: dict[str, Words] = {}
    for text in sorted(set(texts)):
        plain = compared(text)
        for bracket in _BRACKETED.finditer(plain):
            inside, before = bracket[2].strip(), plain[max(0, bracket.start() - _BEFORE) : bracket.start()].rstrip()
            last = before.rpartition(" ")[2]
            for short, long in ((inside, before), (last, inside)):
                stands_for = _spelled_out(short, long)
                if stands_for:
                    found.setdefault(short.casefold(), words_of(stands_for, {}))
    return found


def _spelled_out(short: str, long: str) -> str:
    """Return the end of `long` whose letters give `short`, or "". Letters are found from the end, each once.

    The first letter must begin a word (Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation
    definitions in biomedical text").
    """
    if not _SHORT.fullmatch(short) or not any(map(str.isupper, short)) or len(long) <= len(short):
        return ""
    place = len(long)
    letters = [letter.casefold() for letter in short if letter.isalnum()]
    lower = long.casefold()
    for number, letter in enumerate(reversed(letters), 1):
        place = lower.rfind(letter, 0, place)
        while number == len(letters) and place > 0 and lower[place - 1].isalnum():
            place = lower.rfind(letter, 0, place)
        if place < 0:
            return ""
    found = long[place:]
    most = min(len(letters) + 5, 2 * len(letters))
    return found if 1 < len(_WORD.findall(found)) <= most or len(letters) <= len(found) // 4 else ""


def words_of(text: str, defined: Abbreviations) -> Words:
    """Return the words of `text` that say something, each in its plain form. `defined`: what `abbreviations` gave.

    A text of empty words alone ("Efficacy") keeps them, because it has no others.
    """
    found: set[str] = set()
    for word in set(_WORD.findall(compared(text).casefold())):
        found |= defined.get(word) or _KNOWN.get(word) or {_plain(word)}
    return frozenset(found - _EMPTY or found)


@lru_cache(maxsize=4096)  # a record has the same few hundred words in all its outcomes; bounded for a daemon
def _plain(word: str) -> str:
    stem = _stem(word)
    return _SYNONYMS.get(stem, stem)


_KNOWN = {short: frozenset(map(_plain, long.split())) for short, long in _KNOWN_ABBREVIATIONS.items()}


def weight(words: Words) -> float:
    """Return how much `words` say: 1 for each word, less for a word that many outcomes have, whatever they measure."""
    return len(words) - (1 - _LIGHT_WEIGHT) * len(words & _LIGHT)
