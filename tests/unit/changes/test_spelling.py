"""What is only spelled differently is housekeeping, whatever its kind; what means something else is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.support.records.strategies import pairs
from tests.unit.changes.test_noticed import MIDWAY
from tests.unit.changes.test_warning import aim, record
from tracker.changes.detect_changes import detect_changes
from tracker.records.text import plain_words
from tracker.records.trial import Arm, Eligibility, Organization, Oversight, Sponsor, Title
from tracker.registries.ctgov.reader import read


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str]]:
    events = detect_changes(record(**before), record(**after), MIDWAY)
    return [(event.kind, event.severity, event.summary) for event in events]


def sponsored(name: str, *with_: str) -> dict[str, Any]:
    return {"sponsor": Sponsor(name, collaborators={it.lower(): Organization(it) for it in with_})}


SPELLED = [
    ("letter case", aim("Overall survival @ 12 months"), aim("Overall Survival @ 12 Months"), "Primary outcome"),
    ("a stop", aim("Overall survival @ 12 months"), aim("Overall survival. @ 12 months"), "Primary outcome"),
    ("quotes", {"title": Title("A “new” drug")}, {"title": Title("A new drug")}, "Title"),
    ("an apostrophe", aim("The patient's pain @ 12 months"), aim("The patient’s pain @ 12 months"), "Primary outcome"),
    ("dashes", aim("Change of -2, weeks 9-12 @ 1"), aim("Change of −2, weeks 9–12 @ 1"), "Primary outcome"),
    ("a sponsor in capitals", sponsored("Pfizer Inc"), sponsored("PFIZER, INC."), "Lead sponsor"),
    ("a collaborator, too", sponsored("A", "Roche"), sponsored("A", "ROCHE"), "Collaborator"),
    ("conditions", {"conditions": ("Lung Cancer", "Pain")}, {"conditions": ("Pain", "lung cancer")}, "Conditions"),
    ("why it stopped", {"why_stopped": "slow accrual"}, {"why_stopped": "Slow accrual."}, "Why stopped"),
]


@pytest.mark.parametrize(("what", "before", "after", "label"), SPELLED, ids=[case[0] for case in SPELLED])
def test_what_is_only_spelled_anew_is_admin(
    what: str, before: dict[str, Any], after: dict[str, Any], label: str
) -> None:
    [(_, severity, summary)] = told(before, after)
    assert (severity, summary) == ("admin", f"Only spelled differently: {label}")


MEANT = [
    ("a sign", aim("Score < 5 @ 12 months"), aim("Score > 5 @ 12 months"), "major"),
    ("a decimal point", aim("Dose of 1.5 mg @ 12 months"), aim("Dose of 15 mg @ 12 months"), "major"),
    ("a point before a number", aim("Dose of .5 mg @ 12 months"), aim("Dose of 5 mg @ 12 months"), "major"),
    ("a minus", aim("Change of -2 @ 12 months"), aim("Change of 2 @ 12 months"), "major"),
    ("a word more", aim("Overall survival @ 12 months"), aim("Overall survival rate @ 12 months"), "major"),
    ("another sponsor", sponsored("Roche"), sponsored("Rochester"), "major"),
    ("a condition more", {"conditions": ("Pain",)}, {"conditions": ("Pain", "pain, chronic")}, "minor"),
    ("an arm", {"arms": {"a": Arm("A", "OTHER")}}, {"arms": {"b": Arm("B", "OTHER")}}, "minor"),
    (
        "an age from one bound to the other",
        {"eligibility": Eligibility(minimum_age="18 Years")},
        {"eligibility": Eligibility(maximum_age="18 Years")},
        "minor",
    ),
    (
        "a drug that is a device",
        {"oversight": Oversight(fda_regulated_drug=True)},
        {"oversight": Oversight(fda_regulated_device=True)},
        "minor",
    ),
    ("conditions that are keywords", {"conditions": ("Pain",)}, {"keywords": ("Pain",)}, "minor"),
    ("from secondary to primary in other letters", aim("A @ 1", secondary="OS @ 2"), aim("A @ 1", "os @ 2"), "major"),
]


@pytest.mark.parametrize(("what", "before", "after", "severity"), MEANT, ids=[case[0] for case in MEANT])
def test_what_means_something_else_is_not(
    what: str, before: dict[str, Any], after: dict[str, Any], severity: str
) -> None:
    assert told(before, after)[0][1] == severity


def test_an_outcome_spelled_anew_beside_one_that_went_hides_nothing() -> None:
    before, after = aim("Overall survival @ 12 months", "Pain @ 1 week"), aim("OVERALL SURVIVAL @ 12 months")
    [(kind, severity, summary)] = told(before, after)
    assert (kind, severity) == ("outcome.primary_changed", "major")
    assert summary == "Primary outcome dropped after the start: Pain"


def test_namesakes_spelled_anew_are_still_themselves() -> None:
    """Their keys hang on every letter; so they go and come under others, and say the same."""
    names = [f"Immune biomarkers {part} @ 3 years" for part in ("a", "b")]
    long = "of the participants who were treated with the study drug and were seen once after it "
    [(_, severity, summary)] = told(aim(*(long + it for it in names)), aim(*(long + it.upper() for it in names)))
    assert (severity, summary) == ("admin", "Only spelled differently: Primary outcome")


def test_a_promotion_is_seen_in_other_letters() -> None:
    [primary, _] = told(aim("A @ 1", secondary="OS @ 2"), aim("A @ 1", "os @ 2"))
    assert primary[2] == "Secondary outcome made primary after the start: OS"


def test_the_plain_words() -> None:
    found = plain_words("The (overall) Survival, at 1.5 mg; < 5 & -2.")
    assert found == "the overall survival at 1.5 mg < 5 & -2".split()
    assert plain_words(" ... ") == plain_words("") == []
    assert plain_words("(.5) ...5 .a ,5 5.") == [".5", ".5", "a", ",5", "5"]


@given(pairs())
def test_capitals_alone_are_never_above_admin(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, _ = pair
    after = {**before, "protocolSection": dict(before["protocolSection"])}
    identification = dict(after["protocolSection"]["identificationModule"])
    for name in ("briefTitle", "officialTitle"):
        text = identification.get(name, "")
        identification[name] = text.upper() if plain_words(text.upper()) == plain_words(text) else text
    after["protocolSection"]["identificationModule"] = identification
    for event in detect_changes(read(before).record, read(after).record, MIDWAY):
        assert event.severity == "admin"
