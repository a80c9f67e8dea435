"""Which registry an id belongs to."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidTrialId
from tracker.registries.ids import by_registry, parse_id, registry_of
from tracker.registries.listed import REGISTRIES


@pytest.mark.parametrize(("typed", "trial"), [(" nct05349331 ", "NCT05349331"), ("NCT05349331", "NCT05349331")])
def test_an_id_has_one_form_whoever_types_it(typed: str, trial: str) -> None:
    assert parse_id(typed) == trial
    assert registry_of(trial) == "ctgov"


@pytest.mark.parametrize("typed", ["", "NCT", "NCT123456789", "ISRCTN12345678", "x" * 10_000, "NCT0534933١"])
def test_what_is_no_id_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidTrialId, match="NCT05349331"):
        parse_id(typed)


@pytest.mark.parametrize("trial", ["nct05349331", "NCT5349331", "", "NCT00000000"])
def test_only_the_one_form_belongs_to_a_registry(trial: str) -> None:
    with pytest.raises(InvalidTrialId):
        registry_of(trial)


def test_each_registry_owns_what_its_parser_gives_and_nothing_of_the_others() -> None:
    for registry, found in REGISTRIES.items():
        trial = parse_id(found.ids.example.lower())
        assert [name for name, it in REGISTRIES.items() if it.ids.owns(trial)] == [registry] == [registry_of(trial)]
        assert parse_id(trial.lower()) == trial


def test_ids_are_sorted_by_registry_in_the_order_given() -> None:
    assert by_registry(["NCT00000002", "NCT00000001"]) == {"ctgov": ["NCT00000002", "NCT00000001"]}
    mixed = by_registry(["EUCTR2011-005852-33", "NCT00000001"])
    assert list(mixed.items()) == [("ctgov", ["NCT00000001"]), ("euctr", ["EUCTR2011-005852-33"])]
    assert by_registry([]) == {}
