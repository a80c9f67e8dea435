"""When two papers, outcomes, arms, interventions, documents or organizations under two labels are one. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import (
    common_share,
    containment,
    garbled,
    numbers,
    numbers_differ,
    slipped,
    words_of,
)

__all__ = ["KINDS", "without_common_texts"]

Item = Mapping[str, Any]
_NONE = Likeness(0, "")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_SMALL_WORD = re.compile(r"(?:^|\s)[a-z][\w-]+")
_DOI = re.compile(r"10\.\d{4,9}/[^\s;,]+[^\s;,.]")
_TITLE_WORDS = 3
_JOINS = frozenset("plus with and combination combined followed then versus vs".split())
_FEW = frozenset(
    """a an the of in to for and or by on at from with as is are be will was were that which this it its patient
    patients participants participant subjects subject number percentage proportion rate change baseline assessed
    measured using defined per up until within after before during who have had has group arm study treatment""".split()
)
_EVERYONE = "*"
_TURNS = frozenset("no non not without sham placebo serious re dis free matching control only".split())
"""Words that make another thing of a label they are added to."""
_SAID = 6
"""Words of a description that says something."""
_SAME_TEXT = 0.9
_KIN = 0.3
_REPLACED = 0.6
"""What words in common are worth where each label has words the other lacks."""
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


class _Label(NamedTuple):
    """How alike two labels are. `replaced`: each has words of its own that the other lacks."""

    share: float
    why: str
    replaced: bool = False
    left: frozenset[str] = frozenset()
    right: frozenset[str] = frozenset()
    turned: bool = False


def _labels(first: str, second: str) -> _Label:
    words = _WORDS(first), _WORDS(second)
    if words[0] == words[1]:
        return _Label(1.0, "the same words")
    own = _own(first), _own(second)
    share = common_share(*words)
    left, right = own[0] - own[1], own[1] - own[0]
    if slipped(words[0], words[1]):
        return _Label(0.85 + 0.1 * share, "the same words in other letters")
    if (_TURNS & {*words[0]}) ^ (_TURNS & {*words[1]}):
        return _Label(0.0, "", True, turned=True)
    turned = numbers_differ(first, second)
    if not turned and not (left and right) and own[0] & own[1]:
        return _Label(0.75 + 0.2 * share, "the same label in fewer words")
    if not turned and not left and not right:
        return _Label(0.4 + 0.5 * share, "the same label in other common words")
    return _Label(0.5 * common_share(*own) + 0.5 * share, "words in common", True, left, right)


def outcome(one: Item, two: Item) -> Likeness:
    """By the words of the measure, then its description and time frame."""
    label = _labels(one.get("measure") or "", two.get("measure") or "")
    described = _described(one, two, label)
    timed = 0.08 if _equal(one, two, "time_frame") else 0.0
    if label.share == 1.0 and not _one_of_namesakes(one, two, described):
        return _NONE
    if label.turned:
        return _NONE
    if not label.replaced:
        texts = _texts(one, two, "description")
        return Likeness(label.share + timed + (0.2 * (texts - 0.5) if texts is not None else 0.0), label.why)
    if numbers_differ(one.get("measure"), two.get("measure")):
        return _NONE
    if described is not None and described > _SAME_TEXT and label.share >= _KIN:
        return Likeness(0.5 + 0.4 * label.share + timed, "the same description")
    return Likeness(_REPLACED * label.share + timed / 2, label.why)


def _one_of_namesakes(one: Item, two: Item, described: float | None) -> bool:
    """Outcomes of the same words are several: other numbers in the time frame, or another description, tell which."""
    other_time = numbers(one.get("time_frame")) != numbers(two.get("time_frame"))
    other = other_time or numbers_differ(one.get("description"), two.get("description"))
    return not other and (described is None or described >= _SAME_TEXT)


def arm(one: Item, two: Item) -> Likeness:
    """By label; by description where that is the arm's own; never where the types differ."""
    label = _labels(one.get("label") or "", two.get("label") or "")
    if label.turned:
        return _NONE
    described = _described(one, two, label)
    given = 0.05 if _equal(one, two, "interventions") and one.get("interventions") else 0.0
    if not _typed(one, two):
        return _NONE
    if not label.replaced and not _joined(one, two, "label"):
        return Likeness(label.share + given + 0.1 * (described or 0.0), label.why)
    if described is not None and described >= _SAME_TEXT:
        return Likeness(0.6 + 0.3 * label.share + given, "the same description")
    return _NONE


def intervention(one: Item, two: Item) -> Likeness:
    """By name and other names. Two drugs are two, whatever else they share."""
    label = _labels(one.get("name") or "", two.get("name") or "")
    support = 0.05 * _equal(one, two, "arms") + 0.1 * (_described(one, two, label) or 0.0)
    if any(_named_by(it, other) for it, other in ((one, two), (two, one))):
        return Likeness(0.9 + support, "known as the other's name")
    if label.replaced or not _typed(one, two):
        return _NONE
    return _NONE if _joined(one, two, "name") else Likeness(label.share + support, label.why)


def _joined(one: Item, two: Item, part: str) -> bool:
    """Whether one of two labels joins several things and the other does not."""
    first, second = one.get(part) or "", two.get(part) or ""
    return (_JOINS & {*_WORDS(first)}) != (_JOINS & {*_WORDS(second)}) or ("+" in first) != ("+" in second)


def _typed(one: Item, two: Item) -> bool:
    return not (one.get("type") and two.get("type")) or bool(one["type"] == two["type"])


def _named_by(one: Item, two: Item) -> bool:
    return any(_WORDS(name) == _WORDS(one.get("name")) for name in two.get("other_names") or ())


def _described(one: Item, two: Item, label: _Label) -> float | None:
    """How alike the descriptions are; None where they say too little or repeat what differs in the labels."""
    share = _texts(one, two, "description")
    words = _WORDS(one.get("description")), _WORDS(two.get("description"))
    if share is None or min(map(len, words)) < _SAID:
        return None
    first, second = set(words[0]), set(words[1])
    return None if label.left & (first - second) and label.right & (second - first) else share


def without_common_texts(items: Mapping[str, Item], everyone: Iterable[Item]) -> dict[str, Item]:
    """The items without descriptions that others of their record share: those say nothing of which item it is."""
    often = Counter(_WORDS(item.get("description")) for item in everyone)
    return {
        key: {**item, "description": None} if often[_WORDS(item.get("description"))] > 1 else item
        for key, item in items.items()
    }


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
