"""What differs between two raw documents and is not heard: named by path, with the reason."""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.strategies import documents, dressed, shuffled, study
from tracker.registries.ctgov.muted import muted
from tracker.registries.ctgov.reader import read

NOISE, DRESS = "noise: the registry changes it by itself", "only order, white space or escaping differs"
HOLDER = "derivedSection.miscInfoModule.versionHolder"


def with_day(document: dict[str, Any], day: str) -> dict[str, Any]:
    found = copy.deepcopy(document)
    found.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})["versionHolder"] = day
    return found


def test_nothing_differs() -> None:
    one = with_day(study(), "2026-01-01")
    assert muted(one, copy.deepcopy(one)) == []


def test_the_day_of_the_data_set_and_coordinates_are_noise() -> None:
    def located(latitude: float) -> dict[str, Any]:
        place = {"facility": "A", "zip": "1", "city": "Lyon", "country": "France", "geoPoint": {"lat": latitude}}
        return study(contactsLocationsModule={"locations": [place]})

    before, after = with_day(located(1.0), "2026-01-01"), with_day(located(2.0), "2026-01-02")
    assert muted(before, after) == [
        (HOLDER, NOISE),
        ("protocolSection.contactsLocationsModule.locations.geoPoint", NOISE),
    ]


def test_what_only_looks_different_is_named_as_that() -> None:
    before = study(conditionsModule={"conditions": ["A", "B &gt; C"]})
    after = study(conditionsModule={"conditions": ["B > C", "A"]})
    assert muted(before, after) == [("protocolSection.conditionsModule", DRESS)]


def test_what_is_heard_is_not_among_it() -> None:
    before, after = study(conditionsModule={"conditions": ["A"]}), study(conditionsModule={"conditions": ["B"]})
    assert muted(before, after) == []


randoms = st.builds(random.Random, st.integers(0, 2**32 - 1))


@given(documents(), randoms)
def test_a_document_in_another_dress_is_all_muted(document: dict[str, Any], rng: random.Random) -> None:
    """Two documents of one content differ only in what is named here: each module that differs is."""
    other = dressed(shuffled(document, rng), rng)
    assert read(other).content_hash == read(document).content_hash
    named = muted(document, other)
    assert named == sorted(named, key=lambda item: (item[1] != NOISE, item[0]))
    for section in document.keys() & other.keys():
        one, two = document[section], other[section]
        for name in one.keys() & two.keys() if isinstance(one, dict) and isinstance(two, dict) else ():
            if one[name] != two[name]:
                assert any(path.startswith(f"{section}.{name}") for path, _ in named), (section, name)


@given(documents())
def test_a_document_and_itself_differ_in_nothing(document: dict[str, Any]) -> None:
    assert muted(document, copy.deepcopy(document)) == []
