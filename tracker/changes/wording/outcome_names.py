"""Outcomes by name. One measure is often registered at several times, and then the name alone says nothing. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from tracker.changes.wording.words import Names, told_apart
from tracker.records.text import plain_words
from tracker.records.trial import OutcomeMeasure, TrialRecord

__all__ = ["OutcomeNames", "outcomes_of", "plain_name"]


class OutcomeNames:
    """The names of all outcomes that could be confused with one named in a summary."""

    def __init__(self, before: TrialRecord, after: TrialRecord) -> None:
        every = {item for record in (before, after) for item in outcomes_of(record)}
        self._names = Names(item.measure for item in every)
        self._frames: dict[tuple[str, ...], Counter[str | None]] = defaultdict(Counter)
        for item in every:
            self._frames[plain_name(item)][item.time_frame] += 1
        # Computed once: otherwise thousands of outcomes with one name would each sum up all time frames.
        self._named = {name: frames.total() for name, frames in self._frames.items()}

    def name(self, item: OutcomeMeasure, but: Collection[OutcomeMeasure] = ()) -> str:
        """Return the measure, with its time frame if several have the same name. Those in `but` do not count."""
        called = plain_name(item)
        others = self._named[called] - self._frames[called][item.time_frame]
        others -= sum(plain_name(one) == called and one.time_frame != item.time_frame for one in {item, *but})
        return f"{item.measure} [{item.time_frame}]" if item.time_frame and others else item.measure

    def shown(self, item: OutcomeMeasure, room: int, but: Collection[OutcomeMeasure] = ()) -> str:
        """Return the same with at most `room` characters, told apart from similar ones."""
        return told_apart(self.name(item, but), self._names, room, but=[one.measure for one in {item, *but}])


def plain_name(item: OutcomeMeasure) -> tuple[str, ...]:
    """Return the words of a name. Outcomes with equal ones are called the same."""
    return tuple(plain_words(item.measure))


def outcomes_of(record: TrialRecord) -> list[OutcomeMeasure]:
    """Return all registered outcomes of a record, the primary ones first."""
    found = record.outcomes
    return [item for items in (found.primary, found.secondary, found.other) for item in items.values()]
