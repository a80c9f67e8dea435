"""Posted values as numbers, where they are numbers."""

from __future__ import annotations

import pytest

from tracker.records.results.reported import PValue, ReportedGroup, number_of, p_value_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("31.2", 31.2),
        (".5", 0.5),
        ("26,300", 26300.0),
        ("-4", -4.0),
        ("−4", -4.0),
        ("1e-4", 0.0001),
        ("5.", 5.0),
        (" 7 ", 7.0),
        ("NA", None),
        ("1,2", None),
        ("12-14", None),
        ("<0.1", None),
        ("", None),
        (".", None),
        ("E5", None),
        ("1e999", None),
        ("9" * 50, None),
        (None, None),
    ],
)
def test_a_number_is_one_only_if_it_is_written_as_one(text: str | None, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.0022", PValue("=", 0.0022)),
        ("<0.001", PValue("<", 0.001)),
        ("< .001", PValue("<", 0.001)),
        ("=0.0927", PValue("=", 0.0927)),
        ("≤ 0.05", PValue("<=", 0.05)),
        (">0.9999", PValue(">", 0.9999)),
        ("p<0.05", None),
        ("NA", None),
        ("", None),
        (None, None),
    ],
)
def test_a_p_value_keeps_its_sign(text: str | None, found: PValue | None) -> None:
    assert p_value_of(text) == found


def test_the_code_of_a_group_is_no_part_of_it() -> None:
    assert ReportedGroup("A", code="OG000") == ReportedGroup("A", code="OG001")
    assert ReportedGroup("A") != ReportedGroup("B")
    assert ReportedGroup("A") != "A"
