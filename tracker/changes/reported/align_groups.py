"""Align the groups of one list: the columns of a table. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tracker.changes.matching.pairing import Kind, Likeness
from tracker.changes.matching.word_likeness import common_share, words_of
from tracker.changes.reported.partners import Keys, Renamings, partners, scaled
from tracker.records.results.reported import ReportedGroup

__all__ = ["aligned_groups"]


def aligned_groups(
    before: Mapping[str, ReportedGroup],
    after: Mapping[str, ReportedGroup],
    columns: Mapping[str, list[object]],
    newer_columns: Mapping[str, list[object]],
    path: tuple[str, ...],
    found: Renamings,
) -> Keys:
    """Return the new key of each group: the same title, else the same description, else the same column."""
    mine = {
        key: _Column(it.title, it.description, tuple(map(repr, columns.get(key, ())))) for key, it in before.items()
    }
    theirs = {
        key: _Column(it.title, it.description, tuple(map(repr, newer_columns.get(key, ()))))
        for key, it in after.items()
    }
    keys = partners(mine, theirs, _COLUMNS, _described)
    for old, new in keys.items():
        found.note("group", (*path, new), (before[old].title, after[new].title))
    return keys


@dataclass(frozen=True, slots=True)
class _Column:
    """A group of one list: its title, what describes it, and all that is reported for it."""

    title: str
    description: str | None
    cells: tuple[str, ...]


def _described(before: Mapping[str, _Column], after: Mapping[str, _Column]) -> dict[str, str]:
    """Pair groups with the same description, if no other group on either side has it."""

    def unique(columns: Mapping[str, _Column]) -> dict[str, str]:
        often = Counter(it.description for it in columns.values())
        return {it.description: key for key, it in columns.items() if it.description and often[it.description] == 1}

    mine, theirs = unique(before), unique(after)
    return {key: theirs[text] for text, key in mine.items() if text in theirs}


def _column_likeness(one: _Column, two: _Column) -> Likeness:
    words = common_share(words_of(one.title), words_of(two.title))
    mine, theirs = Counter(one.cells), Counter(two.cells)
    if not mine or not theirs:
        return Likeness(scaled(words), "titles")
    equal = 2 * sum((mine & theirs).values()) / (mine.total() + theirs.total())
    return Likeness(scaled(0.3 * words + 0.7 * equal), "titles and values")


_COLUMNS: Kind[_Column] = Kind(
    lambda it: {*words_of(it.title), *it.cells}, _column_likeness, lambda it: (it.description, it.cells)
)
