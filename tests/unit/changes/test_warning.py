"""Warning signs, each on an edit made by hand; and the edits beside it that are none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.records.results_records import made
from tracker.changes.red_flag import RedFlag, timing_of
from tracker.changes.red_flags.date_flags import DateSlip, date_flags, enrollment_flags, slip_of
from tracker.changes.wording.word_diff import word_changes
from tracker.records.dates import RegistryDate
from tracker.records.keys import keyed
from tracker.records.trial import Dates, Enrollment, OutcomeMeasure, Outcomes, Results, Site, Sponsor, TrialRecord

PLANNED = Dates(
    start=RegistryDate("2024-03-01", "ACTUAL"),
    primary_completion=RegistryDate("2025-06", "ACTUAL"),
    completion=RegistryDate("2025-12-31", "ACTUAL"),
    first_submitted="2024-04-15",
)
MIDWAY, LATE = dt.date(2025, 1, 10), dt.date(2025, 7, 1)


def outcomes(*primary: str, secondary: str = "") -> Outcomes:
    """``measure @ time frame`` each; the keys are made as the registry's reader makes them."""

    def read(texts: list[str]) -> dict[str, OutcomeMeasure]:
        found = [OutcomeMeasure(*(part.strip() for part in text.partition("@")[::2])) for text in texts]
        return keyed(found, lambda item: item.measure, lambda item: item.time_frame or "")

    return Outcomes(primary=read(list(primary)), secondary=read([secondary] if secondary else []))


def record(**more: Any) -> TrialRecord:
    return made(**({"dates": PLANNED, "status": "RECRUITING"} | more))


def found(before: dict[str, Any], after: dict[str, Any], day: dt.date = MIDWAY) -> list[RedFlag]:
    return date_flags(record(**before), record(**after), day)


PFS, OS, ORR = (
    "Progression free survival @ 12 months",
    "Overall survival @ 24 months",
    "Objective response rate @ 6 months",
)
LONGER = "Progression free survival by independent review @ 12 months"
START, SOONER = RegistryDate("2024-03-01", "ACTUAL"), RegistryDate("2024-05-01", "ACTUAL")


def starting(start: RegistryDate) -> dict[str, Any]:
    dates = {name: getattr(PLANNED, name) for name in ("primary_completion", "completion", "first_submitted")}
    return {"dates": Dates(start=start, **dates)}


def aim(*primary: str, secondary: str = "") -> dict[str, Any]:
    return {"outcomes": outcomes(*primary, secondary=secondary)}


def target(count: int, kind: str = "ESTIMATED") -> dict[str, Any]:
    return {"enrollment": Enrollment(count, kind)}


def places(*countries: str) -> dict[str, Any]:
    return {"countries": countries, "sites": {f"{name} {n}": Site(country=name) for name in countries for n in (1, 2)}}


CASES: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    ("added", aim(PFS), aim(PFS, OS), [("outcome.added", "major")]),
    ("dropped", aim(PFS, OS), aim(PFS), [("outcome.dropped", "major")]),
    ("swapped", aim(PFS), aim(ORR), [("outcome.dropped", "major"), ("outcome.added", "major")]),
    ("promoted", aim(PFS, secondary=OS), aim(PFS, OS), [("outcome.promoted", "major")]),
    ("demoted", aim(PFS, OS), aim(PFS, secondary=OS), [("outcome.demoted", "major")]),
    ("reworded", aim(PFS), aim(LONGER), [("outcome.reworded", "major")]),
    ("time frame only", aim(PFS), aim(PFS.replace("12", "24")), [("outcome.time_frame", "major")]),
    ("a namesake lengthens the key", aim(PFS), aim(PFS, PFS.replace("12", "24")), [("outcome.added", "major")]),
    (
        "a namesake timed before it",
        aim(PFS.replace("12", "24")),
        aim(PFS, PFS.replace("12", "24")),
        [("outcome.added", "major")],
    ),
    ("white space and case", aim(PFS), aim("Progression  Free survival @ 12  Months"), []),
    ("cut by a fifth", target(100), target(80), [("enrollment.cut", "major")]),
    ("a number where none was", target(99_999_999), target(40), []),
    ("cut by less", target(100), target(81), [("enrollment.cut", "minor")]),
    ("raised", target(100), target(180), []),
    ("counted", target(100), target(40, "ACTUAL"), []),
    ("stopped", {}, {"status": "TERMINATED", "why_stopped": "Slow accrual"}, [("status.stopped", "critical")]),
    ("completed", {}, {"status": "COMPLETED"}, []),
    ("still stopped", {"status": "TERMINATED"}, {"status": "TERMINATED", "why_stopped": "Money"}, []),
    ("sponsor", {"sponsor": Sponsor("A")}, {"sponsor": Sponsor("B")}, [("sponsor.changed", "major")]),
    ("sponsor in another dress", {"sponsor": Sponsor("A B")}, {"sponsor": Sponsor("A  B")}, []),
    ("a country gone", places("France", "Spain"), places("Spain"), [("country.gone", "minor")]),
    ("all sites gone: a reading fault or a secret", places("France"), places(), []),
    ("a country more", places("Spain"), places("France", "Spain"), []),
    ("start moved behind registration", starting(START), starting(SOONER), [("start.retroactive", "major")]),
    (
        "start moved, still before it",
        starting(START),
        starting(RegistryDate("2024-03-09", "ACTUAL")),
        [("start.retroactive", "minor")],
    ),
    ("start said more precisely", starting(RegistryDate("2024-03", "ACTUAL")), starting(START), []),
    ("a planned start", starting(RegistryDate("2024-03-01", "ESTIMATED")), starting(SOONER), []),
    ("nothing", aim(PFS), aim(PFS), []),
]


@pytest.mark.parametrize(("what", "before", "after", "expected"), CASES, ids=[case[0] for case in CASES])
def test_the_signs_of_one_step(
    what: str, before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert [(flag.kind, flag.severity) for flag in found(before, after)] == expected


def test_a_primary_outcome_dropped_after_primary_completion_is_critical() -> None:
    [flag] = found(aim(PFS, OS), aim(PFS), LATE)
    assert (flag.severity, flag.timing) == ("critical", "after primary completion")
    assert flag.summary == "Primary outcome dropped after primary completion: Overall survival"
    assert flag.evidence == {"measure": "Overall survival", "time_frame": "24 months"}


def test_a_rewording_shows_its_words() -> None:
    [flag] = found(aim(PFS), aim(LONGER))
    assert flag.evidence["words"] == {"measure": [{"before": "", "after": "by independent review"}]}


def test_a_stop_shows_its_reason() -> None:
    [flag] = found({}, {"status": "TERMINATED", "why_stopped": "Slow accrual"})
    assert flag.summary == "Terminated after the start: Slow accrual"
    [silent] = found({}, {"status": "TERMINATED"})
    assert silent.summary == "Terminated after the start: no reason given"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2024-02-01", "before the start"),
        ("2024-03-01", "before the start"),
        ("2024-03-02", "after the start"),
        ("2025-06-30", "after the start"),  # a month is over on its last day
        ("2025-07-01", "after primary completion"),
        ("2026-01-01", "after completion"),
    ],
)
def test_the_timing(day: str, said: str) -> None:
    assert timing_of(record(), dt.date.fromisoformat(day)) == said


def test_the_timing_of_posted_and_of_dateless_records() -> None:
    assert timing_of(record(results=Results(state="posted")), MIDWAY) == "after results were posted"
    assert timing_of(made(status="WITHHELD"), MIDWAY) == "at an unknown time"


def counts(*told: tuple[str, int, str]) -> list[tuple[dt.date, TrialRecord]]:
    return [(dt.date.fromisoformat(day), record(**target(count, kind))) for day, count, kind in told]


def test_a_target_cut_shortly_before_the_count() -> None:
    plan, cut = ("2024-01-01", 200, "ESTIMATED"), ("2025-04-01", 120, "ESTIMATED")
    [flag] = enrollment_flags(counts(plan, cut, ("2025-06-01", 118, "ACTUAL")))
    assert (flag.kind, flag.severity) == ("enrollment.cut_before_count", "major")
    assert flag.summary == "Target cut from 200 to 120 only 61 days before 118 were counted"
    assert enrollment_flags(counts(plan, cut, ("2026-04-01", 118, "ACTUAL"))) == []
    assert enrollment_flags(counts(plan, ("2025-06-01", 118, "ACTUAL"))) == []
    again = ("2025-05-01", 118, "ESTIMATED")
    [whole] = enrollment_flags(counts(plan, cut, again, ("2025-06-01", 118, "ACTUAL")))
    assert (whole.evidence["target"], whole.evidence["cut_to"]) == (200, 118)


def test_the_slip_over_all_versions() -> None:
    dates = [RegistryDate(text) for text in ("2024-06", "2024-06-15", "2025-01", "2026-01", "soon")]
    assert slip_of([None, *dates]) == DateSlip("2024-06", "2026-01", 580, 2)
    assert slip_of([None, RegistryDate("soon")]) is None
    assert slip_of(dates[:1]) == DateSlip("2024-06", "2024-06", 0, 0)


words = st.lists(st.sampled_from("at 12 months by review overall survival".split()), max_size=8).map(" ".join)


@given(words, words)
def test_the_words_that_differ_are_all_the_difference(before: str, after: str) -> None:
    changes = word_changes(before, after)
    assert (changes == []) == (before == after)
    for side, text in (("before", before), ("after", after)):
        assert all(change[side] in text for change in changes)


@given(st.sampled_from(CASES))
def test_a_record_and_itself_show_no_sign(case: tuple[str, dict[str, Any], dict[str, Any], Any]) -> None:
    for side in case[1:3]:
        assert found(side, side) == []


def sited(turkey: str, *germany: str, ankara: int = 2) -> dict[str, Any]:
    """Return sites in Ankara, under the name that the registry gives the country, and in Germany."""
    sites = {f"ankara-{n}": Site(f"Hospital {n}", "Ankara", None, f"0610{n}", turkey) for n in range(ankara)}
    sites |= {name: Site(name, name, None, "10117", "Germany") for name in germany}
    return {"sites": sites, "countries": tuple(sorted({it.country or "" for it in sites.values()}))}


@pytest.mark.parametrize(
    ("after", "gone"),
    [
        (sited("Turkey (Türkiye)", "Berlin"), {}),
        (sited("Turkey (Türkiye)", "Berlin", ankara=1), {}),  # one of two closed, the other is in the renamed country
        (sited("Turkey (Türkiye)"), {"Germany": 2}),
        (sited("", "Berlin", ankara=0), {"Turkey": 2}),
    ],
)
def test_a_country_that_the_registry_renames_has_its_sites(after: dict[str, Any], gone: dict[str, int]) -> None:
    flags = found(sited("Turkey", "Berlin", "Munich"), after)
    assert [(flag.kind, flag.evidence) for flag in flags] == ([("country.gone", gone)] if gone else [])
