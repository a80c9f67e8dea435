"""Which outcome and which measure are the same thing: a score for each pair, and the best pairs first.

A score of `SAME` and more means the same thing, from `LIKE` on perhaps the same thing. The weights and the two
thresholds were chosen on one half of 147 trials that experts read, and checked on the other half
(docs/explanation/registered-against-reported.md).

Each outcome and each measure has at most one partner. So the method cannot know of outcomes that were merged, or split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tracker.results.registered.times import Days, likeness
from tracker.results.registered.title_words import Words, weight

__all__ = ["LIKE", "MOST_PAIRS", "SAME", "Item", "Key", "Likeness", "Pairing", "item", "pair_up", "score"]

SAME: Final = 0.5
LIKE: Final = 0.3
MOST_PAIRS: Final = 90_000
"""So many pairs are scored at most: 300 outcomes with 300 measures. The largest real record has 115 measures."""
_TITLES, _CONTAINED, _TIMES, _BOTH_PRIMARY, _ONE_PRIMARY = 0.6, 0.3, 0.15, 0.1, -0.2

Key = tuple[str, str]
"""Role and key: unique in a list of outcomes, or of measures."""


class Item(NamedTuple):
    """An outcome or a measure, as it is compared. `text` has the words of the title and of the description."""

    key: Key
    title: Words
    text: Words
    days: Days
    #: Of the words of the title.
    weight: float

    @property
    def primary(self) -> bool:
        return self.key[0] == "primary"


def item(key: Key, title: Words, description: Words, days: Days) -> Item:
    """Return an outcome or a measure, from the words of its title and of its description, and its times in days."""
    return Item(key, title, title | description, days, weight(title))


class Likeness(NamedTuple):
    """The other one of a pair, and the score of the pair."""

    key: Key
    score: float


class Pairing(NamedTuple):
    """What `pair_up` found. `complete` is False if there were too many pairs to score them all."""

    #: Outcome -> its measure.
    partners: dict[Key, Likeness]
    #: Outcome -> the measure most like it, and measure -> the outcome most like it, paired or not.
    nearest_measure: dict[Key, Likeness]
    nearest_outcome: dict[Key, Likeness]
    scored: int
    complete: bool


def score(outcome: Item, measure: Item) -> float:
    """Return how much two things are alike: 0 to 1.15.

    It is made of the words that the titles share (Dice), the words of each title that are in the other's title or
    description, the time frames, and whether one or both are primary.
    """
    ours, theirs = outcome.weight, measure.weight
    if not ours or not theirs:
        return 0.0
    titles = 2 * weight(outcome.title & measure.title) / (ours + theirs)
    contained = (weight(outcome.title & measure.text) / ours + weight(measure.title & outcome.text) / theirs) / 2
    found = _TITLES * titles + _CONTAINED * contained + _TIMES * likeness(outcome.days, measure.days)
    if outcome.primary or measure.primary:
        found += _BOTH_PRIMARY if outcome.primary and measure.primary else _ONE_PRIMARY
    return max(0.0, found)


def pair_up(outcomes: Sequence[Item], measures: Sequence[Item]) -> Pairing:
    """Return the pairs with a score of `LIKE` and more, the best first. The order of the arguments does not count.

    At most `MOST_PAIRS` pairs are scored, or one for each outcome if there are more outcomes than that. If all pairs
    are more, each outcome is compared only with measures that share the rarest words of its title.
    """
    complete = len(outcomes) * len(measures) <= MOST_PAIRS
    likely = _all_pairs(outcomes, measures) if complete else _likely_pairs(outcomes, measures)
    scores = [(-score(outcome, measure), outcome.key, measure.key) for outcome, measure in likely]
    scores.sort()
    partners: dict[Key, Likeness] = {}
    nearest_measure: dict[Key, Likeness] = {}
    nearest_outcome: dict[Key, Likeness] = {}
    taken: set[Key] = set()
    for negative, outcome, measure in scores:
        nearest_measure.setdefault(outcome, Likeness(measure, -negative))
        nearest_outcome.setdefault(measure, Likeness(outcome, -negative))
        if -negative >= LIKE and outcome not in partners and measure not in taken:
            partners[outcome] = Likeness(measure, -negative)
            taken.add(measure)
    return Pairing(partners, nearest_measure, nearest_outcome, len(scores), complete)


def _all_pairs(outcomes: Sequence[Item], measures: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    return ((outcome, measure) for outcome in outcomes for measure in measures)


def _likely_pairs(outcomes: Sequence[Item], measures: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    """For each outcome the measures with its rarest words, and no more of them than its share of `MOST_PAIRS`."""
    with_word: dict[str, list[Item]] = defaultdict(list)
    for measure in sorted(measures, key=lambda measure: measure.key):
        for word in measure.title:
            with_word[word].append(measure)
    share = max(1, MOST_PAIRS // len(outcomes))
    for outcome in outcomes:
        found: dict[Key, Item] = {}
        for word in sorted(outcome.title & with_word.keys(), key=lambda word: (len(with_word[word]), word)):
            for measure in with_word[word][: share - len(found)]:
                found[measure.key] = measure
        yield from ((outcome, measure) for measure in found.values())
