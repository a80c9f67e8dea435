"""A subject that a person wants, headings that fit good and bad news, details in an order of interest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.channels.mail_factories import TITLE, TRIAL, alert, html_of, posted, text_of, told
from tracker.alerts.message import GROUP, STEP, ReportedChange
from tracker.alerts.render.message_body import MessageField, message_body
from tracker.alerts.render.subject import subject_of
from tracker.changes.fields import field_of
from tracker.changes.kinds import KINDS
from tracker.changes.wording.headline import LONGEST, headline
from tracker.changes.wording.lines import whole_words

pytestmark = pytest.mark.fault("R-C6")

POSTED = "Results posted: 1 primary and 3 secondary measures, 74 participants, 5 with serious adverse events"
LONG = "Phase 3 Study of Durvalumab (MEDI4736) in 1,200 Patients With Unresectable Hepatocellular Carcinoma"


def change(
    kind: str, *fields: tuple[str, Any, Any], summary: str = "It changed", severity: str = "major"
) -> ReportedChange:
    one = told(kind=kind, summary=summary, severity=severity)
    said = [
        {"field": name, "label": field_of(tuple(name.split("."))).label, "before": before, "after": after}
        for name, before, after in fields
    ]
    return ReportedChange({**one.change, "fields": said}, one.title, one.url, one.history_url)


def named(one: ReportedChange, title: str = TITLE, acronym: str = "") -> ReportedChange:
    return ReportedChange(one.change, title, one.url, one.history_url, acronym, one.names)


def details(*changes: ReportedChange, kind: str = "") -> list[MessageField]:
    [section] = message_body(alert(*changes, kind=kind)).sections
    return [field for item in section.items for field in item.fields]


@pytest.mark.parametrize(
    ("one", "subject"),
    [
        (change("results.posted", summary=POSTED), f"Results posted: A made-up study of an example drug ({TRIAL})"),
        (
            change("status.changed", ("status", "RECRUITING", "TERMINATED"), summary="Status changed from Recruiting"),
            f"Terminated: A made-up study of an example drug in adults ({TRIAL})",
        ),
        (
            change("enrollment.target_changed", ("enrollment.count", 2000, 1200)),
            f"Enrollment target cut to 1,200: A made-up study ({TRIAL})",
        ),
        (
            change(
                "enrollment.target_changed", ("enrollment.count", 20, 74), ("enrollment.type", "ACTUAL", "ESTIMATED")
            ),
            f"Enrollment target set to 74: A made-up study ({TRIAL})",
        ),
        (
            change("date.primary_completion_changed", ("dates.primary_completion", "2026-04-30", "2027-10-31")),
            f"Primary completion slipped 549 days: A made-up study ({TRIAL})",
        ),
        (
            change("results.overdue", summary="Results overdue by 1,231 days under FDAAA 801: due 2023-01-01"),
            f"Results overdue by 1,231 days: A made-up study ({TRIAL})",
        ),
        (
            change("phase.changed", ("phases", ["PHASE2"], ["PHASE2", "PHASE3"])),
            f"Now phase 2/phase 3: A made-up study of an example drug ({TRIAL})",
        ),
    ],
)
def test_a_subject_says_what_and_which_trial(one: ReportedChange, subject: str) -> None:
    assert message_body(alert(one)).subject == subject


@pytest.mark.parametrize(
    ("acronym", "title", "name"),
    [
        ("HIMALAYA", LONG, "HIMALAYA"),
        ("", LONG, "Phase 3 Study of Durvalumab (MEDI4736)"),
        ("", "Aspirin", "Aspirin"),
        ("An Acronym That Is Longer Than Any", LONG, "Phase 3 Study of Durvalumab (MEDI4736)"),
    ],
)
def test_a_trial_goes_by_its_acronym_or_its_title(acronym: str, title: str, name: str) -> None:
    one = named(change("results.posted", summary=POSTED), title, acronym)
    assert message_body(alert(one)).subject == f"Results posted: {name} ({TRIAL})"
    assert acronym[:20] in message_body(alert(one)).sections[0].title


def test_several_changes_are_counted_behind_the_first() -> None:
    some = [change("title.changed", severity="minor"), change("results.posted", summary=POSTED, severity="critical")]
    body = message_body(alert(*some, kind=STEP))
    assert body.subject == f"Results posted and 1 more: A made-up study of an example ({TRIAL})"
    assert body.heading == POSTED
    assert body.lead == "1 more change came with it, in the same update of the record."


def test_a_long_beginning_leaves_room_for_the_name() -> None:
    some = [change("date.primary_completion_changed", ("dates.primary_completion", "2026", "2027-10"))] * 3
    subject = message_body(alert(*some, kind=STEP)).subject
    assert subject.startswith("Primary completion now Oct 2027 (+2): ") and subject.endswith(f" ({TRIAL})")


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(st.sampled_from(KINDS), ANY, ANY, ANY, st.integers(1, 12_000), st.sampled_from(["", STEP, GROUP]))
def test_no_subject_is_too_long_or_cut_within_a_word(
    kind: str, title: str, summary: str, acronym: str, total: int, message: str
) -> None:
    one = named(change(kind, summary=summary or "x"), title, acronym)
    subject = subject_of(alert(one, kind=message if total > 1 else kind, total=total), [one])
    assert len(subject) <= 70
    assert TRIAL in subject
    assert subject == " ".join(subject.split())


@given(st.lists(st.text("abc1,.(), of-", min_size=1, max_size=9), max_size=20), st.integers(1, 70))
def test_whole_words_are_whole(words: list[str], room: int) -> None:
    line = " ".join(" ".join(words).split())
    cut = whole_words(line, room)
    assert len(cut) <= max(room, 0) and line.startswith(cut) and "…" not in cut
    rest = line[len(cut) :]
    assert not cut or not rest or rest[0] in " ,;:-–/(" or not cut[-1].isalnum()


def test_every_kind_has_a_headline() -> None:
    for kind in (it for it in KINDS if not it.startswith("ops.")):
        said = headline(change(kind, summary="A summary that is much too long for any subject line " * 3).change)
        assert (0 < len(said) <= LONGEST and "A summary" not in said) or kind.startswith("site."), kind
        assert "…" not in said


def test_headings_fit_good_and_bad_news() -> None:
    for kind, summary in (("results.posted", POSTED), ("status.changed", "Status changed to Terminated: futility")):
        mail = posted(alert(change(kind, summary=summary, severity="critical"))).parsed
        for body in (text_of(mail), html_of(mail)):
            assert "very important" in body.lower()
            assert "critical" not in body.lower() and "what the watch is for" not in body
        assert "#b42318" not in html_of(mail), "red is an alarm"


RESULTS = f"https://clinicaltrials.gov/study/{TRIAL}?tab=results"


def test_posted_results_are_one_click_away() -> None:
    several = alert(change("title.changed"), change("results.posted", summary=POSTED), kind=STEP)
    for message in (alert(change("results.posted", summary=POSTED)), several):
        mail = posted(message).parsed
        assert RESULTS in text_of(mail) and f'href="{RESULTS}"' in html_of(mail)
    edited = change("results.updated", ("results.summary.modules.adverseEventsModule", "a", "b"))
    assert RESULTS in text_of(posted(alert(edited)).parsed)


@pytest.mark.parametrize("kind", ["results.submitted", "results.overdue", "results.removed", "status.changed"])
def test_no_link_leads_to_results_that_are_not_there(kind: str) -> None:
    assert "tab=results" not in text_of(posted(alert(change(kind, summary="x"))).parsed)


def test_details_come_in_the_order_of_interest() -> None:
    asked = [
        ("keywords", ["a"], ["b"]),
        ("sites.a.status", "RECRUITING", "COMPLETED"),
        ("outcomes.secondary.a.time_frame", "1 year", "2 years"),
        ("outcomes.primary.a.time_frame", "1 year", "2 years"),
        ("dates.completion", "2026-01", "2027-01"),
        ("enrollment.count", 40, 30),
        ("results.summary.participants", None, 30),
        ("results.state", "submitted", "posted"),
        ("status", "RECRUITING", "COMPLETED"),
    ]
    labels = [it.label for it in details(change("admin.changed", *asked))]
    assert labels == list(reversed([
        "Keywords", "Site status", "Secondary outcome, time frame", "Primary outcome, time frame", "Completion",
        "Enrollment", "Participants in the results", "Results state", "Recruitment status",
    ]))  # fmt: skip


def test_no_detail_says_nothing() -> None:
    found = details(
        change(
            "results.posted",
            ("results.first_posted", None, "2027-03-08"),
            ("results.first_posted.type", None, "ACTUAL"),
            ("results.first_submitted_qc", None, "2027-03-01"),
            ("results.submissions", [{"submitted": "2027-01-01"}], None),
            ("results.summary.modules.flowModule", None, "4e23"),
            ("results.summary.other_measures", None, 0),
            ("results.summary.participants", None, 74),
            ("dates.last_update_posted", "2027-01-01", "2027-03-08"),
            ("dates.verified", "2027-01", "2027-03"),
        )
    )
    assert [it.label for it in found] == ["Results first posted", "Participants in the results"]


def test_every_edit_of_posted_results_says_something() -> None:
    found = details(
        change(
            "results.safety_changed",
            ("reported.adverse_events.groups.zetamab.deaths_affected", None, 0),
            ("reported.adverse_events.groups.zetamab.serious_affected", 4, 3),
            ("reported.measures.pain.type", "SECONDARY", "POST_HOC"),
        )
    )
    assert sorted((it.before, it.after) for it in found) == [("4", "3"), ("Secondary", "Post hoc"), ("—", "0")]


@pytest.mark.parametrize(
    ("kept_out", "said"), [([], "and 3 more details"), ([("reported", None, None)], "and more than 3 more details")]
)
def test_details_that_the_event_does_not_hold_are_not_counted(
    kept_out: list[tuple[str, None, None]], said: str
) -> None:
    cells = [(f"reported.measures.pain.rows.-.-.arm-{at}.value", "1", "2") for at in range(15)]
    mail = posted(alert(change("results.measure_changed", *cells, *kept_out))).parsed
    for body in (text_of(mail), html_of(mail)):
        assert said in body and "details details" not in body


def test_what_is_all_there_is_is_shown() -> None:
    [one] = details(change("date.start_changed", ("dates.start.type", "ESTIMATED", "ACTUAL")))
    assert (one.before, one.after) == ("Estimated", "Actual")
    both = details(
        change("admin.changed", ("dates.verified", "2027-01", "2027-03"), ("dates.first_posted.type", None, "ACTUAL"))
    )
    assert len(both) == 2


def test_several_recipients_do_not_see_each_other() -> None:
    to = ("a@example.org", "b@example.org", "c@example.org")
    mail = posted(alert(told()), to=to)
    assert mail.to == to, "one transaction"
    assert mail.parsed["To"] == "undisclosed-recipients:;" and mail.parsed["Cc"] is None
    assert not any(address.encode() in mail.raw for address in to)
    assert posted(alert(told()), to=to[:1]).parsed["To"] == "a@example.org"


def test_mails_about_one_trial_are_one_thread() -> None:
    first = posted(alert(told(1))).parsed
    later = posted(alert(told(2, summary="Something else"), told(3), kind=STEP)).parsed
    other = posted(alert(told(4, "NCT00000002"))).parsed
    assert first["References"] == later["References"] == first["In-Reply-To"] == later["In-Reply-To"]
    assert first["References"] != other["References"]
    assert first["References"].endswith("@example.org>") and first["References"] != first["Message-ID"]
    digest = posted(alert(told(1), told(2, "NCT00000002"))).parsed
    assert digest["References"] is None and posted(alert(told(trial="", kind="ops.held"))).parsed["References"] is None
