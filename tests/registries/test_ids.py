"""Fault B30: what is typed as an id, and what never becomes one."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidTrialId
from tracker.registries.ctgov.ids import is_nct, parse_nct


@pytest.mark.parametrize(
    "typed", ["NCT05349331", "nct05349331", " NCT05349331\n", "Nct5349331", "NCT0000000005349331", "\tnCT005349331 "]
)
def test_b30_an_id_in_any_dress_has_one_form(typed: str) -> None:
    assert parse_nct(typed) == "NCT05349331"
    assert is_nct(parse_nct(typed))


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "NCT", "NCT0", "NCT00000000", "NCT123456789", "NCT../../x", "NCT05349331/..", "NCT05349331?x=1",
        "NCT05349331|NCT1", "NCT 05349331", "NCT05349331\x00", "NCT٠٥٣٤٩٣٣١", "ＮCT05349331", "%4eCT05349331",
        "2011-005852-33", "NCT" + "0" * 1_000_000 + "1", " " * 1_000_000 + "NCT1", "\ud800",
    ],
    ids=lambda typed: ascii(typed[:24]),
)  # fmt: skip
def test_b30_anything_else_is_refused_and_named_briefly(typed: str) -> None:
    assert not is_nct(typed)
    with pytest.raises(InvalidTrialId) as caught:
        parse_nct(typed)
    assert len(caught.value.message) < 500
    assert caught.value.message.isascii() or "…" in caught.value.message


@pytest.mark.parametrize("value", [None, 5, ["NCT05349331"], "nct05349331", "NCT5349331", "NCT05349331\n"])
def test_b30_only_the_stored_form_is_one(value: object) -> None:
    assert not is_nct(value)
