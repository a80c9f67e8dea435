"""Thousands of mutants of real records, the same ones every day: each is read, or refused by name."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from storage.documents.documents import NotCanonical
from tests.soak.fuzz.mutations import KINDS, Document, mutants, own_records, real_records, walk
from tracker.errors import RecordError

TODAY = dt.date(2026, 11, 28)
REFUSED = (RecordError, NotCanonical, orjson.JSONEncodeError)
"""The last: for what is no JSON at all (half a pair, a number beyond 64 bits)."""


def escaped(records: list[Document], count: int, seed: int) -> tuple[list[str], int]:
    """What came out that has no name of ours, and how many were read."""
    found, well = [], 0
    for mutant in mutants(records, count, seed):
        try:
            walk(mutant, TODAY)
            well += 1
        except REFUSED:
            continue
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what we look for)
            found.append(f"{type(error).__name__} ({error}) for {mutant.kind} at {mutant.path}"[:300])
    return found, well


@pytest.mark.fault("R-G1")
def test_every_mutant_of_our_own_records_is_read_or_refused() -> None:
    found, well = escaped(own_records(), 2 * len(KINDS) * 10, seed=1)
    assert found == []
    assert well > 200


@pytest.mark.fault("R-G1")
def test_every_mutant_of_real_records_is_read_or_refused() -> None:
    records = real_records(40, seed=1)
    if not records:
        pytest.skip("the optional folder of real records (../shared/data/ctgov) is not on this machine")
    found, well = escaped(records, 3000, seed=1)
    assert found == []
    assert well > 600
