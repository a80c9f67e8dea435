"""When two papers, outcomes, arms, interventions, documents or organizations under two labels are one. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from tracker.changes.alike_words import common_share, containment, garbled, numbers, words_of
from tracker.changes.pairing import Kind, Likeness

__all__ = ["KINDS"]

Item = Mapping[str, Any]
_NONE = Likeness(0, "")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_SMALL_WORD = re.compile(r"(?:^|\s)[a-z][\w-]+")
_DOI = re.compile(r"10\.\d{4,9}/[^\s;,]+[^\s;,.]")
_TITLE_WORDS = 3
_JOINS = frozenset("plus with and combination combined followed then versus vs".split())
_FEW = frozenset(
    """a an the of in to for and or by on at from with as is are be will was were that which this it its patients patient
    participants participant subjects subject number percentage proportion rate change baseline assessed measured using
    defined per up until within after before during who have had has group arm study treatment""".split()
)
_EVERYONE = "*"
_WORDS = lru_cache(maxsize=8192)(words_of)


def _own(text: str | None) -> frozenset[str]:
    return frozenset(_WORDS(text)) - _FEW


@lru_cache(maxsize=4096)
def title_words(citation: str) -> tuple[str, ...]:
    """The words of a citation's title: of its sentences, the one with most words that begin with a small letter."""
    parts = _SENTENCE.split(citation)
    best = max(parts, key=lambda part: (len(_SMALL_WORD.findall(part)), len(part)))
    return words_of(best if len(_SMALL_WORD.findall(best)) >= _TITLE_WORDS else citation)


def paper(one: Item, two: Item) -> Likeness:
    """Papers are known by DOI and title; authors and journals of one group are alike in all its papers."""
    first, second = (it.get("citation") or "" for it in (one, two))
    if not first or not second:
        return _NONE
    titles = title_words(first), title_words(second)
    same_doi = {it.casefold() for it in _DOI.findall(first)} & {it.casefold() for it in _DOI.findall(second)}
    if same_doi and len(same_doi) == 1:
        return Likeness(0.95, "the same DOI")
    share = min(containment(titles[0], _WORDS(second)), containment(titles[1], _WORDS(first)))
    if titles[0] == titles[1]:
        share = 1.0
    if len(set(titles[0])) < _TITLE_WORDS or len(set(titles[1])) < _TITLE_WORDS:
        share = common_share(_WORDS(first), _WORDS(second))
    elsewhere = one.get("pmid") and two.get("pmid") and one["pmid"] != two["pmid"]
    if share < (0.98 if elsewhere else 0.8):
        return _NONE
    close = common_share(_WORDS(first), _WORDS(second))
    if elsewhere and close < 0.95:
        return _NONE
    return Likeness(0.7 * share + 0.3 * close, "the same title")


def outcome(one: Item, two: Item) -> Likeness:
    """By the words of the measure, then its description and time frame."""
    first, second = one.get("measure"), two.get("measure")
    if _WORDS(first) == _WORDS(second):
        return Likeness(0.95 + 0.05 * _equal(one, two, "time_frame"), "the same words")
    own = _own(first), _own(second)
    described = _texts(one, two, "description")
    timed = _equal(one, two, "time_frame")
    left, right = own[0] - own[1], own[1] - own[0]
    words = 0.5 * common_share(*own) + 0.5 * common_share(_WORDS(first), _WORDS(second))
    if described is not None and described >= 0.9:
        return Likeness(0.7 + 0.2 * words + 0.1 * timed, "the same description")
    if numbers(first) != numbers(second) and numbers(first) and numbers(second):
        return _NONE
    if own[0] and own[1] and (not left or not right):
        share = max(words, 0.5 * words + 0.45)
        why = "the same measure in fewer words"
    elif garbled("".join(sorted(left)), "".join(sorted(right))):
        share, why = max(words, 0.85), "the same words in other letters"
    else:
        share, why = words, "words in common"
    score = share + (0.05 if timed else -0.05) + (0.2 * (described - 0.5) if described is not None else 0.0)
    return Likeness(score, why)


def arm(one: Item, two: Item) -> Likeness:
    """By description and label; what is given in it, and its type, speak against."""
    return _given(one, two, "label", "interventions")


def intervention(one: Item, two: Item) -> Likeness:
    """By name, other names and description. Two drugs are two, whatever else they share."""
    if any(_named_by(it, other) for it, other in ((one, two), (two, one))):
        return Likeness(0.9, "known as the other's name")
    return _given(one, two, "name", "arms")


def _named_by(one: Item, two: Item) -> bool:
    return any(_WORDS(name) == _WORDS(one.get("name")) for name in two.get("other_names") or ())


def _given(one: Item, two: Item, label: str, parts: str) -> Likeness:
    first, second = one.get(label) or "", two.get(label) or ""
    typed = not (one.get("type") and two.get("type")) or one["type"] == two["type"]
    same_parts = _equal(one, two, parts) and bool(one.get(parts))
    described = _texts(one, two, "description")
    if _WORDS(first) == _WORDS(second):
        return Likeness(0.95 if typed else 0.7, "the same words")
    if described == 1.0 and typed and len(_WORDS(one.get("description"))) >= _TITLE_WORDS:
        return Likeness(0.85 + 0.05 * same_parts, "the same description")
    if not typed or numbers(first) != numbers(second) and numbers(first) and numbers(second):
        return _NONE
    left, right = _own(first) - _own(second), _own(second) - _own(first)
    if (_JOINS & {*_WORDS(first)}) != (_JOINS & {*_WORDS(second)}) or ("+" in first) != ("+" in second):
        return _NONE
    support = 0.1 * same_parts + (0.3 * (described - 0.5) if described is not None else 0.0)
    if garbled("".join(_WORDS(first)), "".join(_WORDS(second))) and not (
        left and right and not garbled("".join(sorted(left)), "".join(sorted(right)))
    ):
        return Likeness(0.8 + support, "the same words in other letters")
    if not left or not right:
        return Likeness((0.7 if _own(first) & _own(second) else 0.3) + support, "the same name in fewer words")
    if described is not None and described >= 0.8 and same_parts:
        return Likeness(0.65 + 0.2 * common_share(_own(first), _own(second)), "nearly the same description")
    return _NONE


def document(one: Item, two: Item) -> Likeness:
    """A file is the same file when its type, its day and its size are: a new upload is a new document."""
    same = all(_equal(one, two, part) for part in ("type", "date")) and one.get("date")
    sized = one.get("size") and _equal(one, two, "size")
    uploaded = one.get("uploaded") and _equal(one, two, "uploaded")
    return Likeness(0.9, "the same type, day and size") if same and (sized or uploaded) else _NONE


def organization(one: Item, two: Item) -> Likeness:
    first, second = "".join(_WORDS(one.get("name"))), "".join(_WORDS(two.get("name")))
    return Likeness(0.9, "the same name in other letters") if first and garbled(first, second) else _NONE


def _equal(one: Item, two: Item, part: str) -> bool:
    first, second = one.get(part), two.get(part)
    if isinstance(first, str) and isinstance(second, str):
        return _WORDS(first) == _WORDS(second)
    return bool((first or None) == (second or None))


def _texts(one: Item, two: Item, part: str) -> float | None:
    """How alike two texts are; None where one says nothing. Other numbers make them at most nearly alike."""
    first, second = one.get(part), two.get(part)
    if not first or not second:
        return None
    words = _WORDS(first), _WORDS(second)
    if words[0] == words[1]:
        return 1.0
    share = common_share(*words)
    return min(share, 0.85) if numbers(first) != numbers(second) else min(share, 0.99)


def _blocks(*parts: str) -> Callable[[Item], Iterable[str]]:
    def blocks(item: Item) -> Iterable[str]:
        """All items meet while they are few; of many, those that share a word of their label."""
        yield _EVERYONE
        for part in parts:
            text = item.get(part)
            words = _WORDS(text) if isinstance(text, str) else ()
            yield " ".join((part, *words))
            yield from (f"{part} {word}" for word in set(words) - _FEW)

    return blocks


def _content(item: Item) -> str:
    return repr(sorted((name, str(value)) for name, value in item.items() if value))


KINDS: dict[str, Kind[Item]] = {
    "references": Kind(_blocks("citation"), paper, _content),
    "outcomes": Kind(_blocks("measure", "description"), outcome, _content),
    "arms": Kind(_blocks("label", "description"), arm, _content),
    "interventions": Kind(_blocks("name", "description"), intervention, _content),
    "documents": Kind(_blocks("type", "date"), document, _content),
    "sponsor": Kind(_blocks("name"), organization, _content),
}
"""By the family of the record they belong to."""
