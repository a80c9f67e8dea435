"""A page is split into its records where it has the registry's usual form, and read as before where it has not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.registries.test_strict_json import RECORDS
from tracker.registries.page_split import TooManyRecords, split_page
from tracker.registries.strict_json import TooManyValues, read_page
from tracker.registries.value_count import MOST_RECORDS, MOST_VALUES

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "ctgov" / "search_pages"


def _page(records: list[dict[str, object]], *, total: int | None = None, token: str = "") -> bytes:
    """As the registry writes it: one record a line."""
    count = "" if total is None else f'"totalCount":{total},'
    lines = ",\n".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records)
    following = f',"nextPageToken":"{token}"' if token else ""
    return f'{{{count}"studies":[\n{lines}\n]{following}}}'.encode()


def test_the_registrys_own_form_is_split() -> None:
    found = split_page(_page([{"a": "]}"}, {"b": [{"c": "é"}]}], total=7, token="aB_-9"))
    assert found is not None
    assert (found.total, found.token) == (7, "aB_-9")
    assert [bytes(it) for it in found.records] == [b'{"a":"]}"}', '{"b":[{"c":"é"}]}'.encode()]
    assert split_page(_page([])) == (None, None, [])


@pytest.mark.parametrize(
    "text",
    [
        '{"studies":[{}],"nextPageToken":"a\\u0062"}', '{"studies":[{}],"nextPageToken":null}', '{ "studies":[{}]}',
        '{"studies":[{}],"studies":[{}]}', '{"studies":[{}]} x', '{"studies":[{},]}', '{"studies":[{"a":NaN}]}',
        '{"studies":[{}],"new":[{}]}',
        '{"studies":[{}]}\x0b', '{"totalCount":007,"studies":[{}]}',
        '{"totalCount":-1,"studies":[{}]}', '{"studies":[{}]', '{"studies":"[{}]"}',
        '\ufeff{"studies":[{}]}', '{"studies":' + "[" * 100_000 + "]" * 100_000 + "}", "", "[{}]",
    ],
)  # fmt: skip
def test_another_form_is_not_split(text: str) -> None:
    assert split_page(text.encode()) is None


def test_a_page_of_millions_of_elements_is_not_split() -> None:
    """Each view would take a hundred bytes, and 60 MB hold twenty million."""
    assert split_page(b'{"studies":[%b{}]}' % (b"{}," * MOST_VALUES)) is None


def test_more_records_than_a_page_has_are_refused_before_they_are_looked_at() -> None:
    data = b'{"studies":[%b{}]}' % (b"{}," * MOST_RECORDS)
    with pytest.raises(TooManyRecords):
        split_page(data)
    with pytest.raises(TooManyValues, match="more than 1,000 records"):
        read_page(data)


@given(st.lists(RECORDS, max_size=4), st.none() | st.integers(0, 10**9), st.sampled_from(["", "x", "a+b/c="]))
def test_both_ways_read_the_same(records: list[dict[str, object]], total: int | None, token: str) -> None:
    data = _page(records, total=total, token=token)
    # A blank in front is no longer the registry's form.
    quick, slow = read_page(data), read_page(b" " + data)
    assert split_page(data) is not None and split_page(b" " + data) is None
    assert [item.value for item in quick.items] == [item.value for item in slow.items] == records
    assert [item.body for item in quick.items] == [item.body for item in slow.items]
    assert (quick.total, quick.token) == (slow.total, slow.token) == (total, token or None)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pages are not here")
def test_pages_of_the_real_registry_have_this_form() -> None:
    pages = [path.read_bytes() for path in REAL.glob("*fullmatch_*.json")]
    assert len(pages) > 3
    for page in pages:
        assert split_page(page) is not None
        quick, slow = read_page(page).items, read_page(b" " + page).items
        assert [(item.value, item.body) for item in quick] == [(item.value, item.body) for item in slow]
