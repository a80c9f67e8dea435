"""Details of an alert in words: no hash, no JSON, each under its own name; posted results first of all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tracker.alerts.message import GROUP, Alert, ReportedChange
from tracker.alerts.render.message_body import message_body
from tracker.changes.fields import field_of

ROUND = {"submitted": "2026-11-17", "returned": "2026-12-14", "cancelled": None, "cancelled_unknown": False}
NEXT = {**ROUND, "submitted": "2027-01-08", "returned": None}
CHANGE = {
    **{"seq": 1, "id": "evt_a", "trial": "NCT05349331", "kind": "results.updated", "severity": "minor"},
    **{"summary": "Posted results changed", "effective": "2027-03-08", "observed_at": "2027-03-08T14:30:00Z"},
}


def details(*fields: tuple[str, Any, Any], **names: str) -> list[tuple[str, str, str]]:
    change = {
        **CHANGE,
        "fields": [
            {"field": name, "label": field_of(tuple(name.split("."))).label, "before": before, "after": after}
            for name, before, after in fields
        ],
    }
    told = ReportedChange(
        change, names={path.replace("__", ".").replace("_", "-"): name for path, name in names.items()}
    )
    alert = Alert("msg_a", "results.updated", "me", ("r",), (told,), 1, "s", datetime(2027, 3, 8, tzinfo=UTC))
    [section] = message_body(alert).sections
    return [(it.label, it.before, it.after) for it in section.items[0].fields]


def test_what_was_posted_has_names_and_comes_without_the_parts() -> None:
    assert details(
        ("results.first_posted.type", None, "ACTUAL"),
        ("results.summary.modules.adverseEventsModule", None, "4e233d7301561b08"),
        ("results.first_posted", None, "2027-03-08"),
        ("results.summary.participants", None, 74),
    ) == [
        ("Results first posted", "—", "2027-03-08"),
        ("Participants in the results", "—", "74"),
    ]


def test_a_changed_part_is_told_without_its_hash() -> None:
    told = details(("results.summary.modules.outcomeMeasuresModule", "cbc0743a39ae26c5", "0bc0743a39ae26c5"))
    assert told == [("Part of the results: outcome measures", "as posted", "other content")]


def test_rounds_of_a_submission_are_a_sentence() -> None:
    [told] = details(("results.submissions", [ROUND, NEXT], None))
    assert told == ("Submission rounds", "submitted 2026-11-17, returned 2026-12-14; submitted 2027-01-08", "—")


SITE = {"city": "Irvine", "contacts": {}, "country": "United States", "facility": "A clinic", "state": "California"}


def test_a_site_that_came_is_told_as_a_person_would() -> None:
    [told] = details(("sites.a-clinic-irvine", None, {**SITE, "status": "NOT_YET_RECRUITING", "zip": None}))
    assert told == ("Site", "—", "A clinic, Irvine, California, United States (Not yet recruiting)")


def test_a_detail_of_one_of_several_things_says_of_which() -> None:
    told = details(
        ("sites.a-clinic-irvine.status", "RECRUITING", "COMPLETED"),
        ("outcomes.primary.overall-survival.time_frame", "2 years", "3 years"),
        sites__a_clinic_irvine="A Clinic, Irvine",
        outcomes__primary__overall_survival="Overall survival",
    )
    assert told == [
        ("Primary outcome, time frame: Overall survival", "2 years", "3 years"),
        ("Site status: A Clinic, Irvine", "Recruiting", "Completed"),
    ]


def test_an_outcome_that_went_is_told_by_its_measure() -> None:
    gone = {"description": "By imaging", "measure": "Overall survival", "time_frame": "2 years", "type": "PRIMARY"}
    [told] = details(("outcomes.primary.overall-survival", gone, None))
    assert told[1:] == ("Overall survival, 2 years, By imaging (Primary)", "—")


def test_the_same_change_in_many_trials_names_the_thing_of_none() -> None:
    field = {"field": "sites.a-clinic-irvine.country", "label": "Site country", "before": "Turkey", "after": "Türkiye"}
    alike = [
        ReportedChange(
            {**CHANGE, "trial": f"NCT0000000{number}", "seq": number, "id": f"evt_{number}", "fields": [field]}
        )
        for number in (1, 2)
    ]
    alert = Alert("msg_a", GROUP, "me", ("r",), tuple(alike), 2, "s", datetime(2027, 3, 8, tzinfo=UTC))
    [section] = message_body(alert).sections
    assert [(it.label, it.before, it.after) for it in section.items[0].fields] == [
        ("Site country", "Turkey", "Türkiye")
    ]
