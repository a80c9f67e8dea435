"""Whatever a person reads is in words: every code list of the registries, and every field of the table of fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.support.channels.mail_factories import html_of, spec, text_of
from tracker.alerts.message import Alert, ReportedChange
from tracker.alerts.render.mail import mail_bytes
from tracker.alerts.render.message_body import message_body
from tracker.changes.fields import FIELDS, field_of
from tracker.changes.wording.code_words import code_words, holds_codes
from tracker.changes.wording.values import field_words, item_name, item_of, value_words
from tracker.cli.render.page import print_page
from tracker.records.trial import TrialRecord
from tracker.registries.ctgov import codes
from tracker.registries.euctr.labels import STATUSES

pytestmark = pytest.mark.fault("R-C7")

CODE = re.compile(r"[A-Z]{2,}_|_[A-Z]{2,}|\b(?!NCT\b|FDAAA\b|DNA\b|FDA\b|EU\b|CTIS\b|ISRCTN\b|WHO\b|US\b)[A-Z]{4,}\b")
"""A code word as registries write them: capitals, joined by underlines."""

LISTS = {
    "SITE_STATUSES": "sites.a.status",
    "STATUSES": "status",
    "STUDY_TYPES": "study_type",
    "PHASES": "phases",
    "DATE_TYPES": "dates.start.type",
    "ALLOCATIONS": "design.allocation",
    "MODELS": "design.model",
    "PURPOSES": "design.purpose",
    "MASKINGS": "design.masking",
    "OBSERVATIONAL_MODELS": "design.observational_model",
    "TIME_PERSPECTIVES": "design.time_perspective",
    "ARM_TYPES": "arms.a.type",
    "INTERVENTION_TYPES": "interventions.a.type",
    "SEXES": "eligibility.sex",
    "AGES": "eligibility.standard_ages",
    "UNPOSTED_EVENTS": "status",
    "FDA_NOTICES": "fda_notices.a.type",
}
"""Each list of codes.py, and a field whose values it names."""


def test_every_list_of_codes_is_walked() -> None:
    assert set(LISTS) == set(codes.__all__)


@pytest.mark.parametrize(("name", "field"), LISTS.items())
def test_every_code_has_words(name: str, field: str) -> None:
    assert holds_codes(field)
    said = {code: code_words(code, field) for code in getattr(codes, name)}
    assert all(words and not CODE.search(words) and words[:1].isupper() for words in said.values()), said
    assert len(set(said.values())) == len(said), "two codes with the same words"
    for value in (sorted(said), sorted(said)[:1]):
        assert not CODE.search(value_words(field, value))


@pytest.mark.parametrize("status", sorted(set(STATUSES) | set(STATUSES.values())))
def test_statuses_of_the_eu_register_have_words(status: str) -> None:
    for field in ("status", "parts.Germany.status"):
        words = value_words(field, status)
        assert words and not CODE.search(words)


@pytest.mark.parametrize(
    ("field", "code", "words"),
    [
        ("last_known_status", "NOT_YET_RECRUITING", "Not yet recruiting"),
        ("eligibility.standard_ages", ["ADULT", "OLDER_ADULT"], "Adults, Older adults"),
        ("design.masking", "NONE", "None (open label)"),
        ("design.allocation", "NON_RANDOMIZED", "Non randomized"),
        ("design.purpose", "ECT", "Education, counselling or training"),
        ("phases", ["NA"], "Not applicable"),
        ("phases", ["PHASE2", "PHASE3"], "Phase 2/Phase 3"),
        ("design.who_masked", ["CARE_PROVIDER", "OUTCOMES_ASSESSOR"], "Care provider, Outcomes assessor"),
        ("sponsor.lead_kind", "OTHER_GOV", "Other government"),
        ("contacts.officials.a-b.role", "STUDY_CHAIR", "Study chair"),
        ("references.a.type", "DERIVED", "Found by the registry"),
        ("identifiers.a.type", "EUDRACT_NUMBER", "EudraCT number"),
        ("ipd.info_types", ["STUDY_PROTOCOL", "CSR"], "Study protocol, Clinical study report"),
        ("status", "PAUSED_BY_LAW", "Paused by law"),
        ("enrollment.count", 1234, "1,234"),
        ("oversight.has_dmc", False, "no"),
    ],
)
def test_codes_are_said_as_a_person_would(field: str, code: Any, words: str) -> None:
    assert value_words(field, code) == words


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title.acronym", "HIMALAYA"),
        ("sponsor.lead", "ASTRAZENECA"),
        ("why_stopped", "FUNDING"),
        ("conditions", "COPD"),
    ],
)
def test_what_is_no_code_stays_as_it_is_spelled(field: str, text: str) -> None:
    assert value_words(field, text) == text


def fields() -> list[str]:
    """A field for each row of the table, with a key that nobody should have to read."""
    found = []
    for row in FIELDS:
        if row.kind is None:
            continue
        last = {"results.delay.**": "first_submitted", "other.**": "newThing"}.get(row.pattern, "type")
        stem = row.pattern.removesuffix(".**").replace("modules.*", "modules.flowModule").replace("*", "some-key-of")
        found.append(f"{stem}.{last}" if row.pattern.endswith("**") else stem)
    return found


@pytest.mark.parametrize("field", fields())
def test_every_field_has_words_and_no_path(field: str) -> None:
    label = field_of(tuple(field.split("."))).label
    said = field_words(field, label, {item_of(field): "A Hospital, Berlin"})
    assert said.startswith(label)
    assert "some-key-of" not in said or field.startswith("parts."), "a key reached a person"
    assert "_" not in said and "." not in said and not CODE.search(said)


DOCUMENT = {
    "sites.univ-hosp-munchen": {"facility": "Univ. Hosp. München", "city": "München", "country": "Germany"},
    "outcomes.primary.overall-survival": {"measure": "Overall Survival (OS)"},
    "arms.arm-a": {"label": "Arm A: Sorafenib"},
    "interventions.sorafenib": {"name": "Sorafenib"},
    "references.1": {"citation": "Doe J. A title. 2026.", "pmid": "1"},
    "documents.prot": {"label": "Study Protocol", "filename": "x.pdf"},
    "sponsor.collaborators.nci": {"name": "National Cancer Institute (NCI)"},
    "contacts.central.doe": {"name": "Study Office"},
    "identifiers.x": {"id": "ABC-1"},
    "links.u": {"url": "https://example.org/u"},
}


@pytest.mark.parametrize("item", DOCUMENT)
def test_a_thing_is_called_as_the_record_spells_it(item: str) -> None:
    name = item_name(item, DOCUMENT[item])
    said = field_words(f"{item}.type", "A label", {item: name})
    first = str(next(iter(DOCUMENT[item].values())))
    assert first in name and name in said
    assert item.rpartition(".")[2] not in said.removesuffix(name).lower() or len(item.rpartition(".")[2]) == 1


def told(field: str, before: Any, after: Any, **names: str) -> ReportedChange:
    label = field_of(tuple(field.split("."))).label
    change = {
        **{"seq": 1, "id": "evt_a", "trial": "NCT05349331", "kind": "site.status_changed", "severity": "minor"},
        **{"summary": "1 site changed", "effective": "2027-03-08", "observed_at": "2027-03-08T14:30:00Z"},
        "fields": [{"field": field, "label": label, "before": before, "after": after}],
    }
    return ReportedChange(change, "A title", names=names)


def test_a_mail_names_the_site_and_the_status() -> None:
    key = "sites.sun-yat-sen-university"
    one = told(f"{key}.status", "NOT_YET_RECRUITING", None, **{key: "Sun Yat-sen University, Guangzhou, China"})
    alert = Alert("msg_a", "site.status_changed", "me", ("r",), (one,), 1, "s", datetime(2027, 3, 8, tzinfo=UTC))
    mail = message_from_bytes(mail_bytes(alert, spec(25)), policy=policy.default)
    for body in (text_of(mail), html_of(mail)):  # type: ignore[arg-type]
        assert "Site status: Sun Yat-sen University, Guangzhou, China" in body and "Not yet recruiting" in body
        assert "sun-yat-sen" not in body and "NOT_YET" not in body
    [section] = message_body(alert).sections
    assert section.items[0].fields[0].after == "—"


def test_a_mail_shows_no_key_of_a_reworded_outcome() -> None:
    item = "outcomes.secondary.leg-pain-at-rest"
    one = told(f"{item}.key", "leg-pain", "leg-pain-at-rest", **{item: "Leg pain at rest"})
    fields = [*one.change["fields"], *told(f"{item}.measure", "Leg pain", "Leg pain at rest").change["fields"]]
    change = ReportedChange({**one.change, "fields": fields}, "A title", names=one.names)
    alert = Alert("msg_a", "site.status_changed", "me", ("r",), (change,), 1, "s", datetime(2027, 3, 8, tzinfo=UTC))
    [section] = message_body(alert).sections
    assert [it.label for it in section.items[0].fields] == ["Secondary outcome, measure: Leg pain at rest"]


def test_a_record_full_of_codes_is_shown_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    record = TrialRecord.from_document(
        {
            "trial": "NCT05349331",
            "registry": "ctgov",
            "status": "ENROLLING_BY_INVITATION",
            "last_known_status": "NOT_YET_RECRUITING",
            "study_type": "EXPANDED_ACCESS",
            "phases": ["EARLY_PHASE1"],
            "enrollment": {"count": 5, "type": "ESTIMATED"},
            "design": {"allocation": "NON_RANDOMIZED", "model": "SINGLE_GROUP", "masking": "QUADRUPLE"},
            "arms": {"a": {"label": "Arm", "type": "SHAM_COMPARATOR"}},
            "interventions": {"a": {"name": "Thing", "type": "COMBINATION_PRODUCT"}},
            "eligibility": {"sex": "FEMALE"},
            "sites": {"a-b": {"facility": "A Clinic", "status": "ACTIVE_NOT_RECRUITING"}},
            "other": {"protocolSection.designModule.newThing": "x"},
        }
    )
    print_page(
        record,
        {
            "observed_at": "2027-03-08T14:30:00Z",
            "version": 1,
            "source": "poll",
            "effective": "x",
            "linked": [],
            "notes": [],
        },
    )
    said = capsys.readouterr().out
    assert not CODE.search(said) and "_" not in said and "protocolSection" not in said
    for words in ("Quadruple blind", "Non randomized", "Early phase 1", "Combination product", "Female", "new thing"):
        assert words in said
