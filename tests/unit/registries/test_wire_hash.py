"""The wire hash: the same on another day, another for any other difference, none where it would prove nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.registries.ctgov.content import light_hash
from tracker.registries.ctgov.wire_hash import may_be_kept, wire_hash

DAY = "2026-08-14"


def _record(day: str = DAY, **more: object) -> dict[str, Any]:
    identification = {"nctId": "NCT00000001", "briefTitle": "A trial", **more}
    return {
        "protocolSection": {"identificationModule": identification},
        "derivedSection": {"miscInfoModule": {"versionHolder": day, "modelPredictions": {}}},
        "hasResults": False,
    }


def _hash(record: object) -> str:
    """The hash that is kept of a record, "" if none is."""
    body = memoryview(_bytes(record))
    return wire_hash(body) if may_be_kept(body) else ""


def _bytes(record: object) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def test_only_the_day_of_the_data_set_may_differ() -> None:
    assert len(_hash(_record())) == 64
    assert _hash(_record("2027-01-02")) == _hash(_record())


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_any_other_byte_makes_another_hash_or_none(at: int, value: int) -> None:
    data = bytearray(_bytes(_record()))
    place = data.index(DAY.encode())
    at %= len(data)
    changed = data[:at] + bytes([value]) + data[at + 1 :]
    if changed != data and not place <= at < place + len(DAY):
        assert wire_hash(memoryview(bytes(changed))) != _hash(_record())


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(_record("soon"), id="no-day"),
        pytest.param(_record("2026-8-14"), id="half-a-day"),
        pytest.param({**_record(), "derivedSection": {}}, id="none"),
        pytest.param(_record(versionHolder=DAY), id="two"),
        pytest.param(_record(nctIdAliases=["NCT00000002"]), id="obsolete-numbers"),
        pytest.param({"derivedSection": {"miscInfoModule": {"versionHolder": 20260814}}}, id="no-text"),
    ],
)
def test_of_what_has_to_be_read_no_hash_is_kept(record: object) -> None:
    assert _hash(record) == ""


def test_a_name_inside_of_a_text_is_only_text() -> None:
    quoted = _record(briefTitle='"versionHolder":"2026-08-14" and "nctIdAliases":["NCT00000002"]')
    assert _hash(quoted) not in ("", _hash(_record()))


@given(
    st.lists(st.sampled_from(['"versionHolder":"2026-08-14"', '"nctIdAliases":[]', '"x":1', "é"]), max_size=5),
    st.data(),
)
def test_what_is_recognized_could_be_kept_itself(parts: list[str], data: st.DataObject) -> None:
    """So obsolete numbers and a second day need to be looked for once, when a record is read."""
    one = ",".join(parts).encode()
    two = one.replace(b"2026-08-14", data.draw(st.sampled_from([b"2026-08-14", b"2026-08-15"])), 1)
    if wire_hash(memoryview(one)) == wire_hash(memoryview(two)) != "":
        assert may_be_kept(one) == may_be_kept(two)


@given(st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers(-9, 9), max_size=3), st.booleans())
def test_equal_wire_hashes_mean_equal_light_hashes(more: dict[str, object], other_day: bool) -> None:
    """What is recognized would have been found unchanged."""
    one = _record(**{f"x{key}": value for key, value in more.items()})
    two = json.loads(_bytes(one))
    two["derivedSection"]["miscInfoModule"]["versionHolder"] = "2026-09-01" if other_day else DAY
    assert _hash(one) == _hash(two) != ""
    assert light_hash(one) == light_hash(two)
