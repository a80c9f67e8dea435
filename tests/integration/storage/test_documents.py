"""Canonical bytes, and keeping them."""

from __future__ import annotations

import json
import math
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.documents.documents import MAX_DEPTH, NotCanonical, canonical, digest, keep, pack, unpack
from storage.documents.read_documents import load, load_many
from storage.engine.database import Database
from storage.errors import Damaged
from storage.reads.in_session import SessionReader
from storage.tables.models import DocumentRow

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


class Colour(StrEnum):
    RED = "red"


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@given(VALUES)
def test_canonical_bytes_say_the_same_and_say_it_once(value: object) -> None:
    data = canonical(value)
    assert json.loads(data) == value
    assert canonical(json.loads(data)) == data


@given(st.dictionaries(TEXT, st.integers(0, 9)))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"a": "\ud800"}, "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        ([2**64], "64-bit"),
        ([-(2**63) - 1], "64-bit"),
        ({"a": [math.nan]}, "NaN"),
        (-math.inf, "NaN and infinities"),
        ({1: 2}, "str"),
        ({None: 2}, "str"),
        ({"a": {1, 2}}, "set"),
        ({"a": b"bytes"}, "bytes"),
        ([Colour.RED], "Colour"),
        (nested(MAX_DEPTH + 1), "deeper than 200"),
    ],
)
def test_what_has_no_one_form_is_refused_with_its_reason(value: object, reason: str) -> None:
    """Fault C04 among others."""
    with pytest.raises(NotCanonical, match=reason):
        canonical(value)


def test_the_deepest_allowed_is_allowed() -> None:
    assert canonical(nested(MAX_DEPTH)) == b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH


def test_documents_come_back_as_they_were(database: Database) -> None:
    raws = [canonical({"n": number, "text": "ä\x00'; --" * number}) for number in range(450)]
    items = [(digest(raw), raw) for raw in raws]
    with database.write() as session:
        keep(session, items[:300])
    with database.write() as session:
        keep(session, iter(items))
    with database.read() as session:
        assert load_many(SessionReader(session), [sha for sha, _ in items]) == dict(items)
        assert load(SessionReader(session), items[7][0]) == raws[7]


def test_a_document_kept_twice_in_one_call_is_kept_once(database: Database) -> None:
    raw = canonical([1])
    with database.write() as session:
        keep(session, [(digest(raw), raw)] * 2)
        assert load(SessionReader(session), digest(raw)) == raw


def test_a_missing_document_is_damage_and_named(database: Database) -> None:
    with database.read() as session, pytest.raises(Damaged, match="document abc"):
        load(SessionReader(session), "abc")


def test_altered_bytes_are_found_on_loading(database: Database) -> None:
    raw = canonical({"a": 1})
    with database.write() as session:
        keep(session, [(digest(raw), raw)])
        row = session.get(DocumentRow, digest(raw))
        assert row
        row.body = pack(canonical({"a": 2}))
    with database.read() as session, pytest.raises(Damaged, match=digest(raw)):
        load(SessionReader(session), digest(raw))


@pytest.mark.parametrize(
    "body", [b"", b"junk", pack(b"x" * 1000)[:-3], b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8 + b"\x00" * 8]
)
def test_a_body_that_is_no_frame_is_damage_and_no_memory(body: bytes) -> None:
    with pytest.raises(Damaged, match="document s"):
        unpack(body, ("document", "s"))


@pytest.mark.parametrize("decoded", [False, True])
def test_nesting_is_bounded_alike_for_values_we_made_and_values_we_decoded(decoded: bool) -> None:
    def nested(depth: int) -> object:
        value: object = {}
        for _ in range(depth - 1):
            value = {"a": value}
        return value

    assert canonical(nested(MAX_DEPTH), decoded=decoded)
    with pytest.raises(NotCanonical, match="deeper"):
        canonical(nested(MAX_DEPTH + 2), decoded=decoded)
