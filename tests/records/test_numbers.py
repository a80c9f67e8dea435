"""What a trial is called in other registers, known by the shape of the number, whatever field it stands in."""

from __future__ import annotations

import pytest

from tracker.records.maps import by_identifier
from tracker.records.numbers import numbers_of
from tracker.records.trial import Identifier, TrialRecord


def named(*ids: str, trial: str = "NCT05349331", aliases: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    identifiers = by_identifier(Identifier(id_) for id_ in ids)
    record = TrialRecord(trial=trial, registry="x", status="COMPLETED", identifiers=identifiers, aliases=aliases)
    return [tuple(number) for number in numbers_of(record)]


@pytest.mark.parametrize(
    ("id_", "number"),
    [
        ("2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("EudraCT 2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("EUDRACT-2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("EudraCT Number: 2011-005852-33", ("EUCTR2011-005852-33", "euctr")),
        ("2022-500244-37-00", ("CTIS2022-500244-37-00", "ctis")),
        ("EU CT 2022-500244-37", ("CTIS2022-500244-37", "ctis")),
        (" isrctn12345678 ", ("ISRCTN12345678", "isrctn")),
        ("ChiCTR2100049129", ("ChiCTR2100049129", "chictr")),
        ("ChiCTR-TRC-13003126", ("ChiCTR-TRC-13003126", "chictr")),
        ("nct01234567", ("NCT01234567", "ctgov")),
    ],
)
def test_a_number_of_another_register_is_known_by_its_shape(id_: str, number: tuple[str, str]) -> None:
    assert named(id_) == [number]


@pytest.mark.parametrize(
    "id_", ["B2022-119-X01", "WA18696", "2011-005852", "U1111-1111-1111", "NCT123", "x" * 9999, ""]
)
def test_what_has_no_such_shape_is_the_sponsors_own(id_: str) -> None:
    assert named(id_) == []


def test_a_trial_is_not_another_of_itself() -> None:
    assert named("NCT05349331", "NCT00000001", aliases=("NCT00000001",)) == []
    assert named("2011-005852-33", trial="EUCTR2011-005852-33") == []
    assert named("2011-005852-33", trial="EUCTR2011-005852-33-PT") == []
    assert named("2011-005852-33", "EudraCT 2011-005852-33") == [("EUCTR2011-005852-33", "euctr")]
