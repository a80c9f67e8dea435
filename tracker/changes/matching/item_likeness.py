"""When papers, outcomes, arms, interventions, documents or organizations under two labels are the same. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tracker.changes.matching.label_likeness import FEW, WORDS, Label, joined, labels_alike, own_words
from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import (
    common_share,
    containment,
    garbled,
    numbers,
    numbers_differ,
    numbers_of_things,
    slipped,
    words_of,
)

__all__ = ["KINDS", "ItemView", "viewer"]

Item = Mapping[str, Any]
_LABELS = ("measure", "filename", "label", "name")
"""The field with the name of an outcome, a document, an arm, an intervention or an organization."""
_NONE = Likeness(0, "")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_SMALL_WORD = re.compile(r"(?:^|\s)[a-z][\w-]+")
_DOI = re.compile(r"10\.\d{4,9}/[^\s;,]+[^\s;,.]")
_TITLE_WORDS = 3
_EVERYONE = "*"
# Weights of the evidence. docs/signal.md ("Identity") measures them on planted pairs of real records.
_SAID = 6
"""A description of fewer words tells nothing."""
_SAME_TEXT, _HALF = 0.9, 0.5
_TIME = 0.08
_KIN, _ONE_PATTERN = 0.3, 0.5
_REPLACED = 0.6
"""Weight of common words if each label also has words that the other lacks."""


@lru_cache(maxsize=4096)
def title_words(citation: str) -> tuple[str, ...]:
    """Return the words of a citation's title: the sentence with the most words in small letters."""
    parts = _SENTENCE.split(citation)
    best = max(parts, key=lambda part: (len(_SMALL_WORD.findall(part)), len(part)))
    return words_of(best if len(_SMALL_WORD.findall(best)) >= _TITLE_WORDS else citation)


def paper(one: Item, two: Item) -> Likeness:
    """Compare papers by DOI and title. Authors and journal are alike in all papers of a group, so they say little."""
    first, second = (it.get("citation") or "" for it in (one, two))
    if not first or not second:
        return _NONE
    titles = title_words(first), title_words(second)
    same_doi = {it.casefold() for it in _DOI.findall(first)} & {it.casefold() for it in _DOI.findall(second)}
    if same_doi and len(same_doi) == 1:
        return Likeness(0.95, "the same DOI")
    share = min(containment(titles[0], WORDS(second)), containment(titles[1], WORDS(first)))
    if titles[0] == titles[1]:
        share = 1.0
    if len(set(titles[0])) < _TITLE_WORDS or len(set(titles[1])) < _TITLE_WORDS:
        share = common_share(WORDS(first), WORDS(second))
    elsewhere = one.get("pmid") and two.get("pmid") and one["pmid"] != two["pmid"]
    # Two PubMed numbers usually mean two papers. Only an almost identical citation says otherwise.
    if share < (0.98 if elsewhere else 0.8):
        return _NONE
    close = common_share(WORDS(first), WORDS(second))
    if elsewhere and close < 0.95:
        return _NONE
    return Likeness(0.7 * share + 0.3 * close, "the same title")


class ItemView(NamedTuple):
    """The parts of an item that are compared, computed once."""

    #: The item, without a description that other items of its record share.
    item: Item
    label: str
    #: The description, shared or not.
    text: str | None
    #: All words and numbers anywhere in the item.
    words: frozenset[str]
    #: Everything except the label.
    rest: str
    #: No other item of the record has a label of the same words.
    alone: bool
    content: str


def viewer(everyone: Iterable[Item]) -> Callable[[Mapping[str, Item]], dict[str, ItemView]]:
    """Return a function that makes views of items. `everyone` has all items of the record, to find shared texts."""
    whole = list(everyone)
    texts = Counter(WORDS(item.get("description")) for item in whole)
    labels = Counter(WORDS(_label_of(item)) for item in whole)

    def views(items: Mapping[str, Item]) -> dict[str, ItemView]:
        return {
            key: _view(item, texts[WORDS(item.get("description"))] < 2, labels[WORDS(_label_of(item))] < 2)
            for key, item in items.items()
        }

    return views


def _label_of(item: Item) -> str:
    """Return the name of an item."""
    return next((item[part] for part in _LABELS if item.get(part)), "")


def _view(item: Item, own_text: bool, alone: bool) -> ItemView:
    label = _label_of(item)
    rest = sorted((name, _folded(value)) for name, value in item.items() if value and name not in _LABELS)
    texts = " ".join((label, *(str(value) for value in item.values())))
    words = frozenset(WORDS(texts)) | numbers(texts)
    content = repr(sorted((name, str(value)) for name, value in item.items() if value))
    return ItemView(
        item if own_text else {**item, "description": None},
        label,
        item.get("description"),
        words,
        repr(rest),
        alone,
        content,
    )


def _folded(value: Any) -> str:
    """Return the words of a text, or of all texts of a list in alphabetical order."""
    parts = (
        [value] if isinstance(value, str) else sorted(map(str, value)) if isinstance(value, list | tuple) else [value]
    )
    return " ".join(word for part in parts for word in WORDS(str(part)))


def outcome(one: ItemView, two: ItemView) -> Likeness:
    """Compare outcomes by the words of the measure, then by description and time frame."""
    label = labels_alike(one.label, two.label)
    timed = _timed(one.item.get("time_frame"), two.item.get("time_frame"))
    text, row = _texts(one.item, two.item), _of_a_row(one, two, label)
    # First the cases that look alike and are still two outcomes: namesakes, opposites ("with" and "without"), other
    # doses or days. Then the evidence for one outcome, the strongest first.
    if label.same and not (one.alone and two.alone) and not _one_of_namesakes(one, two):
        return _NONE
    if label.turns or (label.replaced and numbers_differ(one.label, two.label)):
        return _NONE
    row = row or _speaks_of_both(one.item.get("description"), label)
    # A registrant who rewrites a measure often leaves its description alone. A description that several measures
    # share, or that names both, proves nothing.
    if text == 1.0 and not label.same and _telling(one, two) and not row:
        return Likeness(1.0 + 0.2 * label.share + timed, "the same description")
    if not label.replaced and not (label.parted and _other_texts(one.item, two.item)):
        return Likeness(label.share + timed + _support(text), label.why)
    if text is not None and text > _SAME_TEXT and label.share >= _KIN and _telling(one, two) and not row:
        return Likeness(0.5 + 0.4 * label.share + timed, "the same description")
    return Likeness(_REPLACED * label.share + timed / 2, label.why)


def _timed(one: str | None, two: str | None) -> float:
    """Return what equal time frames add to the likeness of two labels."""
    return 0.0 if numbers_differ(one, two) else _TIME * common_share(WORDS(one), WORDS(two))


def _other_texts(one: Item, two: Item) -> bool:
    """Return whether two descriptions say different things. If one only says more, they do not."""
    own = own_words(one.get("description")), own_words(two.get("description"))
    return all(own) and containment(*own) < _HALF


def _one_of_namesakes(one: ItemView, two: ItemView) -> bool:
    """Return whether outcomes with the same words are the same, judged by their time frames or descriptions."""
    times = one.item.get("time_frame"), two.item.get("time_frame")
    days = numbers(times[0]), numbers(times[1])
    if days[0] != days[1] or (not days[0] and _reworded(WORDS(times[0]), WORDS(times[1]))):
        return False
    return not numbers_differ(one.text, two.text) and not _reworded(WORDS(one.text), WORDS(two.text))


def _reworded(one: Sequence[str], two: Sequence[str]) -> bool:
    """Return whether each of two texts has words that the other lacks, beyond typing errors."""
    first, second = frozenset(one), frozenset(two)
    return bool(first - second and second - first) and not slipped(one, two)


def arm(one: ItemView, two: ItemView) -> Likeness:
    """Compare arms by label, or by description if that is the arm's own. Arms of two types are never the same."""
    if not _typed(one.item, two.item):
        return _NONE
    label, text = labels_alike(one.label, two.label), _texts(one.item, two.item)
    given = 0.05 if _equal(one.item, two.item, "interventions") and one.item.get("interventions") else 0.0
    row, telling = _of_a_row(one, two, label), _telling(one, two)
    if text == 1.0 and telling and not row and not label.slip:
        return Likeness(1.0 + 0.2 * label.share + given, "the same description")
    if label.slip or (not label.turns and not label.replaced and not joined(one.label, two.label)):
        return Likeness(label.share + given + _support(text), label.why)
    if not row and one.rest == two.rest and _drawn(one, two):
        return Likeness(0.7 + 0.2 * label.share, "all but the label, which says what the arm is given")
    if text is not None and text >= _SAME_TEXT and telling and not row and not label.turns:
        return Likeness(0.6 + 0.3 * label.share + given, "the same description")
    return _NONE


def _drawn(one: ItemView, two: ItemView) -> bool:
    """Return whether one of the labels has no words beyond those found in the other item."""
    return any(own_words(it.label) <= other.words and own_words(it.label) for it, other in ((one, two), (two, one)))


def _telling(one: ItemView, two: ItemView) -> bool:
    """Return whether both items have a description of their own that is long enough to tell something."""
    return all(len(WORDS(it.item.get("description"))) >= _SAID for it in (one, two))


def _of_a_row(one: ItemView, two: ItemView, label: Label) -> bool:
    """Return whether two labels of one pattern name two things of a series (Cohort 1, Cohort 2).

    They do if numbers, letters or opposites differ that the other item does not mention anywhere. They also do if the
    descriptions differ as the labels do. Then it does not matter what else the items share.
    """
    if label.share < _KIN:
        return False
    first, second = numbers_of_things(one.label), numbers_of_things(two.label)
    if (first - second).keys() - two.words and (second - first).keys() - one.words:
        return True
    if (label.turns & {*WORDS(one.label)}) - two.words or (label.turns & {*WORDS(two.label)}) - one.words:
        return True
    texts = [frozenset(WORDS(it.item.get("description"))) for it in (one, two)]
    return label.replaced and bool(texts[0] - texts[1] and texts[1] - texts[0])


def _speaks_of_both(text: str | None, label: Label) -> bool:
    """Return whether a description mentions what each label has of its own. It then describes a pair of things."""
    words = frozenset(WORDS(text))
    return label.share >= _ONE_PATTERN and bool(label.left & words and label.right & words)


def intervention(one: ItemView, two: ItemView) -> Likeness:
    """Compare interventions by name and other names. Two drugs are two, even if they share everything else."""
    label, text = labels_alike(one.label, two.label), _texts(one.item, two.item)
    given = _equal(one.item, two.item, "arms")
    support = 0.05 * given + _support(text)
    if any(_named_by(it, other) for it, other in ((one.item, two.item), (two.item, one.item))):
        return Likeness(1.1 + support, "known as the other's name")
    if label.turns or label.replaced or not _typed(one.item, two.item):
        return _NONE
    if label.parted and (joined(one.label, two.label) or _other_texts(one.item, two.item)):
        return _NONE
    if label.same and not given and not (one.alone and two.alone):
        # The same words under two keys: one drug listed per arm, perhaps in two doses.
        return (
            _NONE if numbers_differ(one.text, two.text) else Likeness(0.75 + support, "the same words, in another arm")
        )
    return Likeness(label.share + support, label.why)


def _typed(one: Item, two: Item) -> bool:
    return not (one.get("type") and two.get("type")) or bool(one["type"] == two["type"])


def _named_by(one: Item, two: Item) -> bool:
    return any(WORDS(name) == WORDS(one.get("name")) for name in two.get("other_names") or ())


def _support(text: float | None) -> float:
    """Return what a description adds to a label. An identical one decides between labels that are nearly alike."""
    return 0.0 if text is None else 0.2 if text == 1.0 else 0.2 * (text - 0.5)


def document(one: Item, two: Item) -> Likeness:
    """Compare files by type, day and size. A new upload is a new document."""
    same = all(_equal(one, two, part) for part in ("type", "date")) and one.get("date")
    sized = one.get("size") and _equal(one, two, "size")
    uploaded = one.get("uploaded") and _equal(one, two, "uploaded")
    return Likeness(0.9, "the same type, day and size") if same and (sized or uploaded) else _NONE


def organization(one: Item, two: Item) -> Likeness:
    first, second = "".join(WORDS(one.get("name"))), "".join(WORDS(two.get("name")))
    return Likeness(0.9, "the same name in other letters") if first and garbled(first, second) else _NONE


def _equal(one: Item, two: Item, part: str) -> bool:
    first, second = one.get(part), two.get(part)
    if isinstance(first, str) and isinstance(second, str):
        return WORDS(first) == WORDS(second)
    return bool((first or None) == (second or None))


def _texts(one: Item, two: Item) -> float | None:
    """Return how alike the descriptions are, or None if one is empty. Different numbers limit the result."""
    first, second = one.get("description"), two.get("description")
    if not first or not second:
        return None
    words = WORDS(first), WORDS(second)
    if words[0] == words[1] or slipped(*words):
        return 1.0
    share = common_share(*words)
    return min(share, 0.85) if numbers(first) != numbers(second) else min(share, 0.99)


def _blocks(*parts: str) -> Callable[[ItemView], Iterable[str]]:
    def blocks(view: ItemView) -> Iterable[str]:
        """Yield one block that all items share and one per word. Pairing drops the first if there are many items."""
        yield _EVERYONE
        for part in parts:
            text = view.item.get(part)
            words = WORDS(text) if isinstance(text, str) else ()
            yield " ".join((part, *words))
            yield from (f"{part} {word}" for word in set(words) - FEW)

    return blocks


def _kind(likeness: Callable[[ItemView, ItemView], Likeness], *parts: str) -> Kind[ItemView]:
    return Kind(_blocks(*parts), likeness, lambda view: view.content)


def _of_items(likeness: Callable[[Item, Item], Likeness]) -> Callable[[ItemView, ItemView], Likeness]:
    return lambda one, two: likeness(one.item, two.item)


KINDS: dict[str, Kind[ItemView]] = {
    "references": _kind(_of_items(paper), "citation"),
    "outcomes": _kind(outcome, "measure", "description"),
    "arms": _kind(arm, "label", "description"),
    "interventions": _kind(intervention, "name", "description"),
    "documents": _kind(_of_items(document), "type", "date"),
    "sponsor": _kind(_of_items(organization), "name"),
}
"""Kinds by family of the record."""
