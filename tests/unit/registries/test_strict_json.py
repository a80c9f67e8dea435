"""JSON nobody vouches for: one bad record on a page spoils only itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.registries.strict_json import BadJson, loads, read_page, read_record

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ATOMS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FINITE | TEXT
VALUES = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)
RECORDS = st.dictionaries(TEXT, VALUES, max_size=3)

BAD_RECORDS = {
    "c02-nan": ('{"a": NaN}', "NaN"),
    "c02-infinity": ('{"a": [1, Infinity]}', "Infinity"),
    "c02-minus-infinity": ('{"a": -Infinity}', "-Infinity"),
    "c02-duplicate-key": ('{"a": {"b": 1, "b": 1}}', "twice"),
    "c02-duplicate-in-disguise": ('{"\\u0061": 1, "a": 2}', "twice"),
    "c03-5000-digits": ('{"a": ' + "9" * 5000 + "}", "64 bits"),
    "c03-2-to-63": ('{"a": 9223372036854775808}', "64 bits"),
    "c03-below": ('{"a": -9223372036854775809}', "64 bits"),
    "c03-1e400": ('{"a": 1e400}', "too large"),
    "c03-minus-1e400": ('{"a": -1e400}', "too large"),
    "c04-lone-surrogate": ('{"a": "\\ud800"}', "surrogate"),
    "c04-in-a-key": ('{"\\uDFFF x": 1}', "surrogate"),
    "no-object": ("[1]", "not an object"),
    "null": ("null", "not an object"),
}


@pytest.mark.fault("C02")
@pytest.mark.fault("C03")
@pytest.mark.fault("C04")
@pytest.mark.parametrize("name", BAD_RECORDS)
@pytest.mark.parametrize("compact", [False, True])
def test_one_record_spoils_only_itself(name: str, compact: bool) -> None:
    text, reason = BAD_RECORDS[name]
    if compact:
        text = text.replace(": ", ":").replace(", ", ",")
        page = read_page(f'{{"totalCount":3,"studies":[{{"é":1}},\n{text},\n{{"c":1.5}}]}}'.encode())
        assert [item.value for item in page.items] == [{"é": 1}, None, {"c": 1.5}]
        assert reason in page.items[1].problem
        return
    page = read_page(f'{{"totalCount": 3, "studies": [{{"é": 1}},\n {text} , {{"c": 1.5}}]}}'.encode())
    assert [item.value for item in page.items] == [{"é": 1}, None, {"c": 1.5}]
    assert [bool(item.problem) for item in page.items] == [False, True, False]
    assert reason in page.items[1].problem
    assert [item.body for item in page.items] == ['{"é": 1}'.encode(), text.encode(), b'{"c": 1.5}']
    assert read_record(text.encode()).problem == page.items[1].problem


@pytest.mark.parametrize("name", [name for name in BAD_RECORDS if name.startswith("c")])
def test_a_whole_text_with_any_of_these_is_refused(name: str) -> None:
    text, reason = BAD_RECORDS[name]
    with pytest.raises(BadJson, match=reason):
        loads(text.encode())


@pytest.mark.fault("C01")
@pytest.mark.parametrize("depth", [100_000, 1_000_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_too_deep_refuses_the_page(depth: int, opening: str, closing: str) -> None:
    deep = opening * depth + "1" + closing * depth
    for read, text in (
        (loads, deep),
        (read_page, f'{{"studies": [{{"a": {deep}}}]}}'),
        (read_page, f'{{"x": {deep}}}'),
    ):
        with pytest.raises(BadJson, match=r"too deep|more than"):
            read(text.encode())
    assert loads(b"[[1]]") == [[1]]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "[]", "null", "{}", '{"studies": {}}', '{"studies": null}', '{"studies": []} x', '{"studies": []',
        '{"studies": [{}', '{"studies": [{},]}', '{"studies": [,]}', '{"studies": []}{}', '{"studies": [], }',
        '{"studies": [] "x": 1}', '{studies: []}', '{"studies" []}', '{1: 2, "studies": []}', '{"studies": [{}]]}',
        '{"studies": [], "studies": []}', '{"studies": [], "totalCount": "7"}', '{"studies": [], "totalCount": true}',
        '{"studies": [], "nextPageToken": 7}', '{"studies": [], "x": NaN}', '{"studies": [{"a": }]}',
        "<html></html>", '{"studies": [{"a": "\t"}]}', '{"studies": []}\0', '{"studies": []}\u00a0',
    ],
)  # fmt: skip
def test_a_page_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadJson):
        read_page(text.encode())


@pytest.mark.fault("A20")
@pytest.mark.parametrize(
    "data",
    [
        '{"studies": []}'.encode("utf-16"), '{"studies": []}'.encode("utf-16-le"), b'{"studies": ["\xe9"]}',
        b'{"studies": ["\xed\xa0\x80"]}', b'{"studies": ["\xc0\xaf"]}', b'\xef\xbb\xbf\xef\xbb\xbf{"studies": []}',
    ],
)  # fmt: skip
def test_only_utf8_is_read(data: bytes) -> None:
    with pytest.raises(BadJson):
        read_page(data)
    with pytest.raises(BadJson):
        loads(data)


@pytest.mark.fault("A20")
def test_one_byte_order_mark_is_passed_over() -> None:
    assert read_page(b'\xef\xbb\xbf{"studies": []}').items == []
    assert loads(b"\xef\xbb\xbf1") == 1


def test_a_page_says_what_it_says() -> None:
    page = read_page(b'{"totalCount": 7, "studies": [], "nextPageToken": "abc", "new": {"deep": [1]}}')
    assert (page.total, page.token, page.items) == (7, "abc", [])
    page = read_page(b' {"studies" : [ ] , "nextPageToken": null, "totalCount": null}\n')
    assert (page.total, page.token) == (None, None)
    assert read_page(b'{"studies": [], "nextPageToken": ""}').token is None


def test_surrogates_in_pairs_are_characters() -> None:
    assert loads(b'"\\ud83d\\ude00 \\\\ud800"') == "\U0001f600 \\ud800"


@given(VALUES, st.booleans())
def test_what_is_sound_is_read_as_the_standard_library_reads_it(value: object, escaped: bool) -> None:
    data = json.dumps(value, ensure_ascii=escaped).encode()
    assert loads(data) == json.loads(data) == value


COMPACT = (",", ":")


@given(st.lists(RECORDS, max_size=3), st.sampled_from([None, 0, 2]), st.sampled_from([None, COMPACT]))
def test_a_page_is_the_list_of_its_records(
    records: list[dict[str, object]], indent: int | None, separators: tuple[str, str] | None
) -> None:
    """Compact pages, as the registry writes them, take a quicker way than others; both read the same."""
    page_value = {"totalCount": len(records), "studies": records}
    data = json.dumps(page_value, indent=indent, separators=separators, ensure_ascii=False).encode()
    page = read_page(data)
    assert [item.value for item in page.items] == records
    assert [json.loads(item.body) for item in page.items] == records
    assert page.total == len(records)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (loads, read_page, read_record):
        try:
            read(data)
        except BadJson:
            continue
