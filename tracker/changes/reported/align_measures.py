"""Align tables of values: outcome measures and measures of the baseline. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import common_share, words_of
from tracker.changes.reported.align_groups import aligned_groups
from tracker.changes.reported.partners import Keys, Renamings, moved, partners, scaled
from tracker.records.results.reported import Analysis, Baseline, Cell, Denominator, Measure

__all__ = ["aligned_baseline", "aligned_measures"]


def aligned_measures(
    before: Mapping[str, Measure], after: Mapping[str, Measure], path: tuple[str, ...], found: Renamings
) -> dict[str, Measure]:
    keys = partners(before, after, _MEASURES, _bodies)
    result = {}
    for old, measure in before.items():
        key = keys.get(old)
        if key is None:
            result[old] = measure
            continue
        newer = after[key]
        found.note("measure", (*path, key), (measure.title, newer.title))
        result[key] = measure if measure == newer else _measure(measure, newer, (*path, key), found)
    return result


def _measure(before: Measure, after: Measure, path: tuple[str, ...], found: Renamings) -> Measure:
    columns = {side: _columns(measure) for side, measure in (("before", before), ("after", after))}
    groups = aligned_groups(before.groups, after.groups, columns["before"], columns["after"], (*path, "groups"), found)
    return _table(msgspec.structs.replace(before, groups=moved(before.groups, groups)), after, groups, path, found)


def _table(before: Measure, after: Measure, groups: Keys, path: tuple[str, ...], found: Renamings) -> Measure:
    """Align the classes, categories, cells and analyses of one table, whose groups have a partner in `groups`."""
    rows = {
        name: {category: moved(cells, groups) for category, cells in categories.items()}
        for name, categories in before.rows.items()
    }
    classes = partners(_titled_rows(before, rows), _titled_rows(after, after.rows), _ROWS)
    kept: dict[str, dict[str, dict[str, Cell]]] = {}
    heads = {}
    for old, head in before.classes.items():
        key = classes.get(old, old)
        newer = after.classes.get(key) if old in classes else None
        categories: Keys = {}
        if newer is not None:
            found.note("class", (*path, "rows", key), (head.title, newer.title))
            mine = {name: _Rows(title, {name: rows[old].get(name, {})}) for name, title in head.categories.items()}
            theirs = {
                name: _Rows(title, {name: after.rows[key].get(name, {})}) for name, title in newer.categories.items()
            }
            categories = partners(mine, theirs, _CATEGORIES)
            for was, now in categories.items():
                titles = (head.categories[was], newer.categories[now])
                found.note("category", (*path, "rows", key, now), titles)
        kept[key] = moved(rows[old], categories)
        heads[key] = msgspec.structs.replace(
            head,
            categories=moved(head.categories, categories),
            denominators=_denominators(head.denominators, groups),
        )
    return msgspec.structs.replace(
        before,
        denominators=_denominators(before.denominators, groups),
        classes=heads,
        rows=kept,
        analyses=_analyses(before, after, groups),
    )


def _denominators(before: Mapping[str, Denominator], groups: Keys) -> dict[str, Denominator]:
    return {unit: Denominator(it.units, moved(it.counts, groups)) for unit, it in before.items()}


def _analyses(before: Measure, after: Measure, groups: Keys) -> dict[str, Analysis]:
    analyses = {
        key: msgspec.structs.replace(it, groups=tuple(sorted(groups.get(name, name) for name in it.groups)))
        for key, it in before.analyses.items()
    }
    return moved(analyses, partners(analyses, after.analyses, _ANALYSES))


@dataclass(frozen=True, slots=True)
class _Rows:
    """A class or a category: its title, and its cells."""

    title: str
    rows: Mapping[str, Mapping[str, Cell]]


def _titled_rows(measure: Measure, rows: Mapping[str, Mapping[str, Mapping[str, Cell]]]) -> dict[str, _Rows]:
    return {name: _Rows(head.title, rows[name]) for name, head in measure.classes.items()}


def _cells(measure: Measure) -> Iterator[tuple[tuple[str, str, str], object]]:
    for name, categories in measure.rows.items():
        for category, cells in categories.items():
            for group, cell in cells.items():
                yield (name, category, group), (cell.value, cell.spread, cell.lower, cell.upper)


def _columns(measure: Measure) -> dict[str, list[object]]:
    """Return the denominators and the values of each group, in the order of the table's keys."""
    found: dict[str, list[object]] = {name: [] for name in measure.groups}
    for unit, it in sorted(measure.denominators.items()):
        for group, count in it.counts.items():
            found.setdefault(group, []).append((unit, count))
    for (name, category, group), cell in sorted(_cells(measure), key=lambda it: it[0]):
        found.setdefault(group, []).append((name, category, cell))
    return found


def _bodies(before: Mapping[str, Measure], after: Mapping[str, Measure]) -> dict[str, str]:
    """Pair measures whose cells are all the same, if no other measure on either side has the same ones."""

    def unique(measures: Mapping[str, Measure]) -> dict[Hashable, str]:
        bodies = {key: frozenset(_cells(measure)) for key, measure in measures.items()}
        often = Counter(bodies.values())
        return {body: key for key, body in bodies.items() if len(body) > 1 and often[body] == 1}

    mine, theirs = unique(before), unique(after)
    return {key: theirs[body] for body, key in mine.items() if body in theirs}


def _measure_likeness(one: Measure, two: Measure) -> Likeness:
    words = common_share(words_of(one.title), words_of(two.title))
    frame = common_share(words_of(one.time_frame), words_of(two.time_frame))
    mine, theirs = dict(_cells(one)), dict(_cells(two))
    if not mine and not theirs:
        return Likeness(scaled(0.8 * words + 0.2 * frame), "titles")
    places = 2 * len(mine.keys() & theirs.keys()) / (len(mine) + len(theirs))
    equal = 2 * sum(theirs.get(place) == cell for place, cell in mine.items()) / (len(mine) + len(theirs))
    return Likeness(scaled(0.4 * words + 0.1 * frame + 0.4 * equal + 0.1 * places), "titles and values")


def _measure_blocks(measure: Measure) -> Iterable[Hashable]:
    yield from words_of(measure.title)
    yield from _cells(measure)


_MEASURES: Kind[Measure] = Kind(_measure_blocks, _measure_likeness, lambda it: frozenset(_cells(it)))


def _row_likeness(one: _Rows, two: _Rows) -> Likeness:
    mine, theirs = _flat(one), _flat(two)
    words = common_share(words_of(one.title), words_of(two.title))
    if not mine or not theirs:
        return Likeness(scaled(words), "titles")
    equal = 2 * sum((mine & theirs).values()) / (mine.total() + theirs.total())
    return Likeness(scaled(0.4 * words + 0.6 * equal), "titles and values")


def _flat(rows: _Rows) -> Counter[Hashable]:
    """Return the values by group, whatever the categories are called."""
    return Counter((group, cell) for cells in rows.rows.values() for group, cell in _values(cells))


def _values(cells: Mapping[str, Cell]) -> Iterator[tuple[str, Hashable]]:
    for group, cell in cells.items():
        yield group, cell.value


def _row_blocks(rows: _Rows) -> Iterable[Hashable]:
    yield from words_of(rows.title)
    yield from _flat(rows)


_ROWS: Kind[_Rows] = Kind(_row_blocks, _row_likeness, lambda it: frozenset(_flat(it).items()))
_CATEGORIES = _ROWS


def _analysis_numbers(it: Analysis) -> tuple[str | None, ...]:
    return (it.p_value, it.estimate_value, it.lower, it.upper)


def _analysis_likeness(one: Analysis, two: Analysis) -> Likeness:
    """Analyses of the same groups are one if their numbers agree, or if their words do."""
    if one.groups != two.groups:
        return Likeness(0.0, "other groups")
    numbers = [(a, b) for a, b in zip(_analysis_numbers(one), _analysis_numbers(two), strict=True) if a or b]
    equal = sum(a == b for a, b in numbers) / len(numbers) if numbers else 0.0
    words = common_share(words_of(_analysis_words(one)), words_of(_analysis_words(two)))
    return Likeness(scaled(0.5 * equal + 0.5 * words), "groups, numbers and words")


def _analysis_words(it: Analysis) -> str:
    return " ".join(filter(None, (it.method, it.estimate, it.group_description)))


_ANALYSES: Kind[Analysis] = Kind(lambda it: [it.groups], _analysis_likeness, _analysis_numbers)


def aligned_baseline(before: Baseline, after: Baseline, found: Renamings) -> Baseline:
    if before == after:
        return before
    columns, newer = _baseline_columns(before), _baseline_columns(after)
    groups = aligned_groups(before.groups, after.groups, columns, newer, ("baseline", "groups"), found)
    regrouped = {key: _regrouped(measure, groups) for key, measure in before.measures.items()}
    keys = partners(regrouped, after.measures, _MEASURES, _bodies)
    measures = {}
    for old, measure in regrouped.items():
        key = keys.get(old, old)
        if old not in keys or measure == after.measures[key]:
            measures[key] = measure
            continue
        path = ("baseline", "measures", key)
        found.note("measure", path, (measure.title, after.measures[key].title))
        measures[key] = _table(measure, after.measures[key], {}, path, found)
    return msgspec.structs.replace(
        before,
        groups=moved(before.groups, groups),
        denominators=_denominators(before.denominators, groups),
        measures=measures,
    )


def _regrouped(measure: Measure, groups: Keys) -> Measure:
    return msgspec.structs.replace(
        measure,
        denominators=_denominators(measure.denominators, groups),
        classes={
            key: msgspec.structs.replace(it, denominators=_denominators(it.denominators, groups))
            for key, it in measure.classes.items()
        },
        rows={
            name: {category: moved(cells, groups) for category, cells in categories.items()}
            for name, categories in measure.rows.items()
        },
    )


def _baseline_columns(baseline: Baseline) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {name: [] for name in baseline.groups}
    for unit, it in baseline.denominators.items():
        for group, count in it.counts.items():
            found.setdefault(group, []).append((unit, count))
    for key, measure in baseline.measures.items():
        for (name, category, group), cell in _cells(measure):
            found.setdefault(group, []).append((key, name, category, cell))
    return found
