"""Names of fields: which there are, and what stands under them."""

from __future__ import annotations

import pytest

from tracker.records.paths import NOTHING, is_field, value_at

DOCUMENT = {
    "status": "RECRUITING",
    "why_stopped": None,
    "dates": {"start": {"date": "2026-01", "type": "ACTUAL"}, "completion": None},
    "sites": {"lyon": {"status": "OPEN", "contacts": {}}},
    "other": {"protocolSection.newModule.flag": True, "protocolSection.newModule": {"deep": 1}},
}


@pytest.mark.parametrize(
    "name",
    [
        "status",
        "enrollment.count",
        "dates.start",
        "dates.start.type",
        "results.delay.first_submitted",
        "sites.lyon",
        "sites.lyon.status",
        "sites.any key.at all.status",
        "outcomes.primary.x.measure",
        "other.protocolSection.newModule.flag",
        "phases",
    ],
)
def test_what_a_record_has_is_a_field(name: str) -> None:
    assert is_field(name)


@pytest.mark.parametrize("name", ["", "statuss", "enrollment.size", "status.date", "dates.start.day", "phases.0", "."])
def test_what_no_record_has_is_none(name: str) -> None:
    assert not is_field(name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "RECRUITING"),
        ("why_stopped", None),
        ("dates.start", "2026-01"),
        ("dates.start.type", "ACTUAL"),
        ("dates.completion", None),
        ("dates.completion.type", None),
        ("sites.lyon", {"status": "OPEN", "contacts": {}}),
        ("sites.lyon.status", "OPEN"),
        ("sites.paris.status", NOTHING),
        ("status.word", NOTHING),
        ("other.protocolSection.newModule.flag", True),
        ("other.protocolSection.newModule.deep", 1),
    ],
)
def test_the_value_under_a_name(name: str, value: object) -> None:
    assert value_at(DOCUMENT, name) == value or value_at(DOCUMENT, name) is value
