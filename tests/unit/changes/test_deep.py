"""Two hundred levels of nesting, the most that is kept, go through reading, hashing and comparing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from storage.documents.documents import MAX_DEPTH, NotCanonical, canonical
from tests.support.records.strategies import study
from tracker.changes.explain import explain
from tracker.changes.severity_reasons import ExplainedStep
from tracker.registries.ctgov.content import light_hash
from tracker.registries.ctgov.muted import muted
from tracker.registries.ctgov.reader import read, read_past

WHOLE = MAX_DEPTH - 2
"""Levels inside of a module: the section and the document are the two others."""


def nested(leaf: str, levels: int, kinds: str) -> dict[str, Any]:
    value: Any = leaf
    for level in range(levels):
        value = {"a": value} if kinds[level % len(kinds)] == "o" else [value]
    return study(moduleOfTheFuture=value)


@pytest.mark.fault("R-G1")
@pytest.mark.parametrize("kinds", ["o", "l", "ol"])
def test_the_deepest_record_is_read_hashed_and_compared(kinds: str) -> None:
    one, two = (nested(leaf, WHOLE, kinds) for leaf in ("x", "y"))
    assert canonical(one, decoded=True) != canonical(two, decoded=True)
    assert light_hash(one) != light_hash(two)
    before, after = read(one), read(two)
    assert before.content_hash != after.content_hash
    [event] = explain(before.record, after.record)
    assert event.fields[0].field.startswith("other.")
    assert explain(read(study()).record, after.record) != ()
    assert explain(before.record, read_past(two).record) != ()
    named = [item.field for item in ExplainedStep(before.record, after.record, dt.date(2026, 1, 1), []).muted()]
    assert named and all(name.startswith("other.") for name in named)
    assert muted(one, two) == []


def test_one_level_more_is_refused() -> None:
    with pytest.raises(NotCanonical):
        canonical(nested("x", WHOLE + 2, "o"), decoded=True)
