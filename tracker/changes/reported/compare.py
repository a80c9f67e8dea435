"""Compare the posted results of two versions, value by value. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from storage.values.severity import Severity
from tracker.changes.reported.align import aligned
from tracker.changes.reported.difference import LONGEST_NAME, Difference, What, by_weight, made
from tracker.changes.reported.measure_differences import TOLD_BY_OUTCOMES, MeasureDifferences
from tracker.changes.reported.other_differences import (
    baseline_differences,
    flow_differences,
    safety_differences,
    text_differences,
)
from tracker.changes.reported.partners import Renamed
from tracker.changes.reported.posted_values import same_words
from tracker.changes.wording.words import Names, count_of, told_apart
from tracker.records.results.reported import PRIMARY, Measure, Reported
from tracker.records.text import compared
from tracker.records.trial import Outcomes, TrialRecord

__all__ = ["ReportedChanges", "ReportedSides", "compare_reported", "wants_reported"]

_RANKS = {"primary": PRIMARY, "secondary": "SECONDARY", "other": "OTHER_PRE_SPECIFIED"}
_PARTS = ("measures", "adverse_events", "flow", "baseline")


@dataclass(frozen=True, slots=True)
class ReportedSides:
    """What both versions report. None for a version without results.

    `problem` says why the results of one of them cannot be read. Then neither side is given.
    """

    before: Reported | None = None
    after: Reported | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReportedChanges:
    """All differences, most important first in each part. `before` has the keys of `after`."""

    before: Reported
    after: Reported
    measures: tuple[Difference, ...] = ()
    safety: tuple[Difference, ...] = ()
    flow: tuple[Difference, ...] = ()
    baseline: tuple[Difference, ...] = ()
    texts: tuple[Difference, ...] = ()
    #: Keys of measures that came, went or were edited together with their registered outcome, which is told already.
    told: frozenset[str] = frozenset()

    @property
    def all(self) -> tuple[Difference, ...]:
        return (*self.measures, *self.safety, *self.flow, *self.baseline, *self.texts)


def wants_reported(before: TrialRecord, after: TrialRecord) -> bool:
    """Return whether the posted results came or differ, so that it takes the whole of them to say what happened."""
    old, new = before.results.summary, after.results.summary
    return new is not None and (old is None or old.modules != new.modules)


def compare_reported(
    before: Reported, after: Reported, records: tuple[TrialRecord, TrialRecord] | None = None
) -> ReportedChanges:
    """Return what differs.

    `records` are the records of both versions. A measure that is retitled, retimed, moved, dropped or added there as a
    registered outcome too is told by the events of outcomes, so not again here.
    """
    found = aligned(before, after)
    old = found.before
    registered = tuple(_registered(record.outcomes) for record in records) if records else ({}, {})
    told = frozenset(
        key
        for side, measures, others in ((0, old.measures, after.measures), (1, after.measures, old.measures))
        for key, measure in measures.items()
        if key not in others and _twin(measure) in registered[side] and _twin(measure) not in registered[1 - side]
    )
    told |= {
        key
        for key, was in old.measures.items()
        if (now := after.measures.get(key)) is not None
        and any(getattr(was, name) != getattr(now, name) for name in _told_texts(was, now, registered))
    }
    renamed = _renamed(found.renamed)
    return ReportedChanges(
        old,
        after,
        measures=_sorted(_measures(old.measures, after.measures, registered, told), renamed["measures"]),
        safety=_sorted(safety_differences(old.adverse_events, after.adverse_events), renamed["adverse_events"]),
        flow=_sorted(flow_differences(old.flow, after.flow), renamed["flow"]),
        baseline=_sorted(baseline_differences(old.baseline, after.baseline), renamed["baseline"]),
        texts=tuple(text_differences(old, after)),
        told=told,
    )


def _sorted(found: Iterator[Difference], renamed: list[Difference]) -> tuple[Difference, ...]:
    return tuple(sorted([*found, *renamed], key=by_weight))


_Twin = tuple[str | None, ...]
_Registered = Mapping[_Twin, str]
"""Type, title and time frame of each registered outcome -> its description."""


def _twin(measure: Measure) -> _Twin:
    return (measure.type, *(compared(text or "") for text in (measure.title, measure.time_frame)))


def _registered(outcomes: Outcomes) -> _Registered:
    """Return the registered outcomes as a measure would have them. The registry keeps both sides equal."""
    return {
        (code, compared(it.measure), compared(it.time_frame or "")): compared(it.description or "")
        for rank, code in _RANKS.items()
        for it in getattr(outcomes, rank).values()
    }


def _measures(
    before: Mapping[str, Measure],
    after: Mapping[str, Measure],
    registered: tuple[_Registered, ...],
    told: frozenset[str],
) -> Iterator[Difference]:
    called = (_called(before), _called(after))
    titles = Names([*called[0].values(), *called[1].values()])
    for key, measure in after.items():
        was = before.get(key)
        if was is not None:
            if was == measure:
                continue
            yield from MeasureDifferences(
                ("measures", key),
                was,
                measure,
                name=told_apart(called[1][key], titles, LONGEST_NAME, but=(called[0][key],)),
                grave=_grave(was, measure),
                groups=(was.groups, measure.groups),
                told=_told_texts(was, measure, registered),
            )
        elif key not in told:
            yield _whole(key, None, measure, told_apart(called[1][key], titles, LONGEST_NAME))
    for key, was in before.items():
        if key not in after and key not in told:
            yield _whole(key, was, None, told_apart(called[0][key], titles, LONGEST_NAME))


def _called(measures: Mapping[str, Measure]) -> dict[str, str]:
    """Return what each measure is called: its title, with the time frame if another one has the same title."""
    often = Counter(it.title for it in measures.values())
    return {
        key: f"{it.title} [{it.time_frame}]" if often[it.title] > 1 and it.time_frame else it.title
        for key, it in measures.items()
    }


def _told_texts(was: Measure, now: Measure, registered: tuple[_Registered, ...]) -> frozenset[str]:
    """Return the texts in which the registered outcome is the same as the measure, before and after.

    An edit of these is told by the events of outcomes.
    """
    sides = list(zip((was, now), registered, strict=True))
    if not all(_twin(measure) in outcomes for measure, outcomes in sides):
        return frozenset()
    described = all(outcomes[_twin(measure)] == compared(measure.description or "") for measure, outcomes in sides)
    return frozenset(it for it in TOLD_BY_OUTCOMES if described or it != "description")


def _grave(*measures: Measure | None) -> Severity:
    return Severity.MAJOR if any(it is not None and it.is_primary for it in measures) else Severity.MINOR


def _whole(key: str, before: Measure | None, after: Measure | None, name: str) -> Difference:
    """Return the difference of a measure that came or went. Its values are not repeated: they are in the version."""
    measure = after or before
    assert measure is not None  # one of the two is there
    values = tuple(None if it is None else {"title": it.title, "type": it.type} for it in (before, after))
    what = What.CAME if before is None else What.WENT
    return made(("measures", key), (values[0], values[1]), (name,), what, _grave(before, after))


def _renamed(found: tuple[Renamed, ...]) -> dict[str, list[Difference]]:
    """Return one difference for each renaming, however often it was made, in the first part that has it."""
    # The titles of measures and terms are compared as their fields.
    real = [it for it in found if it.what != "measure" and not same_words(it.before, it.after)]
    often = Counter((it.what, it.before, it.after) for it in real)
    parts: dict[str, list[Difference]] = {part: [] for part in _PARTS}
    for it in sorted(real, key=lambda it: _PARTS.index(it.path[0])):
        times = often.pop((it.what, it.before, it.after), 0)
        if not times:
            continue
        where = f" (in {count_of(times, 'place')})" if times > 1 else ""
        path, names = (*it.path, "title"), (f"{it.what.capitalize()} renamed{where}",)
        parts[it.path[0]].append(made(path, (it.before, it.after), names, What.RENAMED, Severity.MINOR))
    return parts
