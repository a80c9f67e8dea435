"""Texts, groups and denominators of a results section. Shared by the readers of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from tracker.records.one_line import one_line
from tracker.records.results.reported import Denominator, ReportedGroup
from tracker.records.results.reported_keys import by_key, key, put
from tracker.records.text import squeezed, tidy
from tracker.registries.ctgov.results.raw import RawDenominator, RawGroup

__all__ = ["GroupKeys", "denominators", "grouped", "line", "text"]


class GroupKeys(dict[str, str]):
    """The registry's code of a group -> the key of the group, within one list of groups.

    A code that its list lacks keeps its own name, so that no value is lost.
    """

    def __missing__(self, code: str) -> str:
        return key(code)


@lru_cache(maxsize=8192)
def _tidied(raw: str) -> str | None:
    tidied = tidy(raw)
    return (tidied or None) if tidied.isascii() or squeezed(tidied) else None


def text(raw: str | None) -> str | None:
    """Return the text without escapes. None if it shows nothing, as for the content hash."""
    return None if raw is None else _tidied(raw)


@lru_cache(maxsize=16384)
def line(raw: str | None) -> str | None:
    """Return the text on one line."""
    found = text(raw)
    return found if found is None else one_line(found)


def grouped(raw: Sequence[RawGroup]) -> tuple[dict[str, ReportedGroup], GroupKeys]:
    """Return the groups of one list by key, and the key for each of the registry's codes."""
    items = [ReportedGroup(line(it.title) or "", text(it.description), code=it.id or None) for it in raw]
    groups = by_key(items, lambda it: it.title, lambda it: it.description or "")
    return groups, GroupKeys({it.code: mine for mine, it in groups.items() if it.code})


def denominators(raw: Sequence[RawDenominator], group: GroupKeys) -> dict[str, Denominator]:
    """Return how many were analyzed, by the key of their unit."""
    found: dict[str, Denominator] = {}
    for it in raw:
        counts: dict[str, str] = {}
        for count in it.counts:
            if value := text(count.value):
                put(counts, group[count.group_id], value)
        units = line(it.units) or ""
        put(found, key(units), Denominator(units, counts))
    return found
