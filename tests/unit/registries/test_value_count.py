"""What a text holds is counted before it becomes objects, and a bomb is refused by its number of values."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.registries import strict_json, value_count
from tracker.registries.strict_json import TooManyValues, each_value, loads, read_page, read_record
from tracker.registries.value_count import (
    MOST_BYTES,
    MOST_ITEMS,
    MOST_ON_A_PAGE,
    MOST_RECORDS,
    MOST_VALUES,
    crowded,
    holds_more,
)

pytestmark = pytest.mark.fault("R-G4")

TEXT = st.text(st.sampled_from('{}[],:"\\ aé中')) | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)


def counted(value: Any) -> int:
    """Brackets, commas and colons outside of strings, from the value itself."""
    if isinstance(value, dict):
        return 1 + max(len(value) - 1, 0) + len(value) + sum(map(counted, value.values()))
    return 1 + max(len(value) - 1, 0) + sum(map(counted, value)) if isinstance(value, list) else 0


@given(value=VALUES, spaced=st.booleans(), slice_size=st.integers(1, 9))
@example(value=['\\",{'], spaced=False, slice_size=1)
@example(value={"\\": ["\\\\"], '"': [",,,"]}, spaced=True, slice_size=2)
def test_marks_in_texts_are_not_counted(value: Any, spaced: bool, slice_size: int) -> None:
    data = (json.dumps(value) if spaced else orjson.dumps(value).decode()).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(value_count, "_SLICE", slice_size)
        number = counted(value)
        assert not holds_more(data, number)
        assert number == 0 or holds_more(data, number - 1)


BOMBS = {
    "objects": b"[" + b"{}," * MOST_VALUES + b"{}]",
    "lists": b"[" + b"[]," * MOST_VALUES + b"[]]",
    "texts": b"[" + b'"",' * MOST_VALUES + b'""]',
    "numbers": b"[" + b"1," * MOST_VALUES + b"1]",
    "objects of one key": b"[" + b'{"":0},' * (MOST_VALUES // 2) + b"0]",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_wherever_json_is_read(name: str) -> None:
    bomb = BOMBS[name]
    for read in (loads, read_record):
        with pytest.raises(TooManyValues, match="more than 1,000,000 values"):
            read(bomb)
    twice = b",".join([bomb, bomb, bomb])
    with pytest.raises(TooManyValues, match="more than 2,000,000 values"):
        read_page(b'{"studies":[{"a":[%b]}]}' % twice)


def test_a_page_of_too_many_records_is_refused() -> None:
    assert len(read_page(b'{"studies":[%b]}' % b",".join([b"{}"] * MOST_RECORDS)).items) == MOST_RECORDS
    with pytest.raises(TooManyValues, match="more than 1,000 records"):
        read_page(b'{"studies":[%b]}' % b",".join([b"{}"] * (MOST_RECORDS + 1)))


CROWDED = {
    "a long list": ({"a": [0] * (MOST_ITEMS + 1)}, "more than 50,000 items in one list"),
    "a list of things without a name": ({"a": [{"b": [{}] * (MOST_ITEMS + 1)}]}, "more than 50,000 items in one list"),
    "many keys": ({"a": {str(key): 0 for key in range(MOST_ITEMS + 1)}}, "more than 50,000 keys in one object"),
    "many values": ({str(key): [0] * 30_000 for key in range(40)}, "more than 1,000,000 values"),
}


@pytest.mark.parametrize("name", CROWDED)
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_crowded_record_of_a_page_is_refused_alone(name: str, separators: tuple[str, str]) -> None:
    value, reason = CROWDED[name]
    page = read_page(json.dumps({"studies": [{"b": 1}, value, {"c": 1}]}, separators=separators).encode())
    assert [item.value for item in page.items] == [{"b": 1}, None, {"c": 1}]
    assert page.items[1].problem == reason


def test_braces_in_texts_crowd_nothing() -> None:
    value = {"a": ",{[:" * MOST_ON_A_PAGE}
    assert loads(json.dumps(value).encode()) == value
    assert read_page(json.dumps({"studies": [value]}).encode()).items[0].value == value
    assert crowded({"a": [0] * MOST_ITEMS}) == ""


@pytest.mark.parametrize("form", ["[{}]", '{{"totalCount": 2, "studies": [{}], "x": [1]}}'])
def test_a_long_text_is_read_record_by_record(form: str) -> None:
    records = [{"n": number, "t": ["é", {}] * 40_000} for number in range(9)]
    text = form.format(", ".join(json.dumps(record) for record in records))
    assert [value for value, _ in each_value(text.encode())] == records


def test_a_long_text_is_read_up_to_its_bomb() -> None:
    text = b'[{"a": 1}, 5, {"a": NaN}, %b, {"b": 2}]' % BOMBS["objects"]
    found = each_value(text)
    assert [next(found) for _ in range(2)] == [({"a": 1}, ""), (5, "")]
    assert next(found)[1] == "NaN is not JSON"
    with pytest.raises(TooManyValues):
        next(found)


def test_a_long_record_that_is_no_list_is_refused() -> None:
    half = b",".join([b"0"] * 600_000)
    with pytest.raises(TooManyValues):
        list(each_value(b'{"a": [%b], "b": [%b]}' % (half, half)))


def test_values_of_a_page_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting takes 0.1 s a megabyte, and a page of marks inside of texts passes the quick check record by record."""
    counted: list[int] = []

    def count(data: bytes, most: int) -> bool:
        counted.append(len(data))
        return holds_more(data, most)

    monkeypatch.setattr(strict_json, "holds_more", count)
    data = b'{"studies":[%b]}' % b",".join([b'{"a":"%b"}' % (b":" * 30_000)] * 100)
    assert len(read_page(data).items) == 100
    assert counted == [len(data)]


@pytest.mark.parametrize("begin", [b'{"studies":[', b' {"studies":['])
def test_a_record_of_too_many_bytes_is_refused_alone(begin: bytes) -> None:
    """In the registry's own form and in another."""
    data = begin + b'{"b":1},{"a":"%b"},{"c":1}]}' % (b"x" * MOST_BYTES)
    page = read_page(data)
    assert [item.value for item in page.items] == [{"b": 1}, None, {"c": 1}]
    assert page.items[1].problem == "more than 32,000,000 bytes; its first 65,536 bytes are kept"
    assert page.items[1].body == (b'{"a":"' + b"x" * 65_536)[:65_536]
