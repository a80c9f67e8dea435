"""Whom the joint statement of 2017 binds: who signed it, by whole names, for trials that began after their policies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from tests.support.records.results_records import SIGNED, trial
from tests.unit.results.test_duties import duty
from tests.unit.results.test_scorecard import after, standing
from tracker.changes.events.due_events import due_events
from tracker.records.trial import Identifier, Organization, Sponsor, TrialRecord
from tracker.results.rules.signatories import SIGNATORIES, supporters
from tracker.results.scorecard import SponsorCount, days_late, days_overdue, first_due, is_due
from tracker.web.feeds.calendar import calendar_of

TODAY = dt.date(2026, 11, 22)
FIRST = {
    "Indian Council of Medical Research", "Research Council of Norway", "UK Medical Research Council",
    "Médecins Sans Frontières", "Epicentre", "PATH", "Coalition for Epidemic Preparedness Innovations",
    "Institut Pasteur", "Bill & Melinda Gates Foundation", "Wellcome Trust",
}  # fmt: skip


def named(record: TrialRecord) -> list[str]:
    return [it.name for it in supporters(record)]


@pytest.mark.fault("R-B10")
def test_the_ten_of_the_day_and_those_with_a_source() -> None:
    signed = {it.name: it for it in SIGNATORIES}
    assert {name for name, it in signed.items() if it.signed == dt.date(2017, 5, 18)} == FIRST
    assert all(it.source and it.policy_from == it.signed.replace(year=it.signed.year + 1) for it in SIGNATORIES)
    assert {it.source for name, it in signed.items() if name not in FIRST} == {
        "TranspariMED, 22 August 2018: funders that have signed so far, without the day"
    }


@pytest.mark.fault("R-B10")
@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("Medical Research Council", "UK Medical Research Council"),
        ("MEDECINS SANS FRONTIERES", "Médecins Sans Frontières"),
        ("Medecins Sans Frontieres, Netherlands", "Médecins Sans Frontières"),
        ("Bill and Melinda Gates Foundation", "Bill & Melinda Gates Foundation"),
        ("The Wellcome Trust", "Wellcome Trust"),
        ("The Research Council of Norway", "Research Council of Norway"),
        ("CEPI", "Coalition for Epidemic Preparedness Innovations"),
        ("PATH", "PATH"),
        ("Institut National de la Santé Et de la Recherche Médicale, France", "Inserm"),
    ],
)
def test_a_signatory_under_the_spelling_of_the_registry(spelled: str, name: str) -> None:
    assert named(trial(sponsor=spelled)) == [name]


@pytest.mark.fault("R-B10")
@pytest.mark.parametrize(
    "spelled",
    [
        *("Medical Research Council of Southeast Sweden", "National Health and Medical Research Council, Australia"),
        *("Institut Pasteur de Lille", "Medical Research Council, South Africa", "Sun Yat-sen University", ""),
        *("PATHogen Research", "Pathway Health", "Warpath", "Wellcome Leap", "Gates Medical Research Institute"),
    ],
)
def test_a_like_name_is_another_body(spelled: str) -> None:
    assert named(trial(sponsor=spelled)) == []


@pytest.mark.fault("R-B10")
def test_collaborators_and_funders_of_grants_count() -> None:
    record = trial(sponsor="A University")
    joined = Sponsor("A University", collaborators={"p": Organization("PATH"), "b": Organization("B")})
    assert named(msgspec.structs.replace(record, sponsor=joined)) == ["PATH"]
    grant = {"g": Identifier("200-1", "OTHER_GRANT", "Wellcome Trust"), "o": Identifier("PATH")}
    assert named(msgspec.structs.replace(record, identifiers=grant)) == ["Wellcome Trust"]


@pytest.mark.fault("R-B10")
def test_what_is_only_asked_for_is_said_and_never_late() -> None:
    found = duty("who-2017", trial(start="1999-01", primary="2000-05-24", sponsor="A University"), TODAY)
    assert (found.applies, found.due, found.days_late, found.asked_by) == (None, dt.date(2001, 5, 24), None, "WHO")
    assert found.why == (
        "The WHO joint statement of 2017 does not bind this trial: the record names none of those who signed it as "
        "sponsor, collaborator or funder. WHO asks for results by 2001-05-24 all the same, and they would be due then "
        "if it did: one year after primary completion 2000-05-24."
    )
    bound = duty("who-2017", trial(**SIGNED), TODAY)
    assert (bound.applies, bound.asked_by) == (True, None) and bound.days_late is not None


@pytest.mark.fault("R-B10")
@pytest.mark.parametrize("facts", [{}, {"sponsor": "Wellcome Trust", "start": "2001-01"}])
def test_what_is_only_asked_for_is_in_no_count(facts: dict[str, Any]) -> None:
    one = standing(drug=False, **facts)
    today = after(9_312)
    assert (first_due(one), is_due(one, today)) == (None, False)
    assert (days_late(one, today), days_overdue(one, today)) == (None, None)
    count = SponsorCount()
    count.add(one, None, today)
    card = count.card("A")
    assert (card.trials, card.due, card.late, card.overdue) == (1, 0, 0, 0)
    asked = duty("who-2017", trial(drug=False, **facts), today)
    assert due_events([asked], today, (), watched_since=dt.date.min) == []
    rows = [{"trial": "NCT1", "title": "", "duties": [msgspec.to_builtins(asked)]}]
    assert "VEVENT" not in calendar_of(rows, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
