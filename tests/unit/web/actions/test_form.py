"""A form is read strictly."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.actions.form import WrongForm, fields_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(TEXTS, TEXTS)
def test_what_a_browser_sends_is_read_as_it_was(first: str, second: str) -> None:
    body = urlencode({"a": first, "b": second}).encode()
    assert fields_of(body, ["a"], ["b", "c"]) == {"a": first, "b": second, "c": ""}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"a=1&a=2", "the field a twice"),
        (b"a=1&x=2", "does not belong to it: 'x'"),
        (b"b=1", "no field a"),
        (b"", "no field a"),
        (b"a=1&b", "cannot be read"),
        (b"a=1;b=2&", "cannot be read"),
        (b"a=%ff", "cannot be read"),
        (b"a=%ed%a0%80", "cannot be read"),
        (b"a=\xff", "cannot be read"),
        ("a=é".encode(), "cannot be read"),
        (b"a=%00", "no text has"),
        (b"&".join([b"a=1"] * 21), "cannot be read"),
        (b"a=1&\xe2\x80\xae=2", "cannot be read"),
    ],
)
def test_anything_else_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(WrongForm) as refused:
        fields_of(body, ["a"], ["b"])
    assert why in refused.value.failure.message
    assert refused.value.failure.status == 400


@given(st.binary(max_size=200))
def test_no_bytes_lead_to_another_error(body: bytes) -> None:
    try:
        found = fields_of(body, [], ["a"])
    except WrongForm:
        return
    assert found.keys() == {"a"}
