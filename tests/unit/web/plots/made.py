"""Values that plots are made from, in few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hypothesis import strategies as st

from tracker.api.results import Duty, StateSpan, TrialResults
from tracker.api.trials import Enrollment, FieldHistory, FieldSeries, FieldValue, VersionRow

TODAY = dt.date(2027, 3, 8)
HOSTILE = "<script>\x00\x1b[31m\u202e</script> & \"quoted\" 'too'"


def version(
    number: int,
    effective: str,
    status: str | None = "RECRUITING",
    people: int | None = None,
    kind: str | None = None,
    results: str | None = None,
) -> VersionRow:
    return VersionRow(
        version=number,
        registry_version=number,
        effective=effective,
        effective_basis="posted",
        observed_at="2027-01-01T00:00:00Z",
        source="poll",
        status=status,
        enrollment=Enrollment(count=people, type=kind),
        results=results,
        sha256="0",
    )


def seed_versions() -> list[VersionRow]:
    """The life of a trial from registration to posted results, in ten versions."""
    days = (
        "2022-04-27 2022-05-16 2023-09-12 2024-11-05 2025-06-10 2026-01-15 2026-11-18 2026-12-16 2027-01-11 2027-03-08"
    )
    status = ["NOT_YET_RECRUITING", *["RECRUITING"] * 3, "ACTIVE_NOT_RECRUITING", *["COMPLETED"] * 5]
    results = [*["none"] * 6, "submitted", "returned", "submitted", "posted"]
    people = [(80, "ESTIMATED")] * 5 + [(74, "ACTUAL")] * 5
    return [
        version(number, day, status[number - 1], *people[number - 1], results[number - 1])
        for number, day in enumerate(days.split(), 1)
    ]


def dates(days: Sequence[str], **columns: Sequence[str | None]) -> FieldHistory:
    """`FieldHistory` of the trial's dates: ``start``, ``start_type``, ``completion`` and so on, a value a version."""
    series = []
    for name, values in columns.items():
        told = [
            FieldValue(version=at, effective=day, value=it)
            for at, (day, it) in enumerate(zip(days, values, strict=True), 1)
        ]
        series.append(FieldSeries(field=f"dates.{name.replace('_type', '.type')}", values=told, slip=None))
    return FieldHistory(trial="NCT05349331", fields=series)


def seed_dates() -> FieldHistory:
    return dates(
        [row.effective for row in seed_versions()],
        start=["2022-05-05"] * 10,
        start_type=["ESTIMATED", *["ACTUAL"] * 9],
        completion=[*["2025-04-30"] * 2, "2025-10-31", *["2026-04-30"] * 2, *["2026-01-14"] * 5],
        completion_type=[*["ESTIMATED"] * 5, *["ACTUAL"] * 5],
    )


def duty(
    rule: str = "fdaaa801",
    due: str | None = "2026-05-08",
    *,
    applies: bool | None = True,
    begins: str | None = "2025-05-08",
    kind: str = "ACTUAL",
    submitted: str | None = None,
    standing: bool | None = False,
    late: int | None = None,
    asked_by: str | None = None,
) -> Duty:
    basis = {"date": begins, "type": kind} if begins else None
    return Duty(
        rule=rule,
        version="1",
        applies=applies,
        due=due,
        due_basis="primary_completion" if begins else None,
        days_late=late,
        days_late_strict=late,
        why="",
        facts={"primary_completion": basis, "completion": None, "first_submission": submitted},
        standing=standing,
        source="",
        asked_by=asked_by,
    )


def results(
    states: Sequence[tuple[str, str | None, int | None]], *duties: Duty, state: str | None = None
) -> TrialResults:
    """The results of a trial by its states: name, first day, days."""
    return TrialResults(
        trial="NCT05349331",
        title=None,
        status="COMPLETED",
        sponsor=None,
        state=state or (states[-1][0] if states else "none"),
        since=None,
        days_in_state=None,
        vanished=None,
        cycle=[],
        states=[StateSpan(state=name, from_=first, to=None, days=days) for name, first, days in states],
        duties=list(duties),
    )


# ---------- strategies ----------

whole_days = st.dates(dt.date(1970, 1, 1), dt.date(2060, 12, 31))
todays = st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31))
date_texts = st.one_of(
    whole_days.map(dt.date.isoformat),
    whole_days.map(lambda day: day.isoformat()[:7]),
    whole_days.map(lambda day: day.isoformat()[:4]),
    st.sampled_from(["", "2026-02-30", "soon", "0001-01", "9999-12-31", "1066"]),
)
_statuses = st.sampled_from(
    [None, "RECRUITING", "COMPLETED", "SUSPENDED", "ACTIVE_NOT_RECRUITING", "UNKNOWN", "A_NEW_CODE", HOSTILE]
)
_people = st.one_of(st.none(), st.integers(0, 2000), st.sampled_from([0, 99_999_999, 10**12]))
_kinds = st.sampled_from(["ACTUAL", "ESTIMATED", None, "OTHER"])
_states = st.sampled_from([None, "none", "submitted", "returned", "cancelled", "posted"])
version_lists = st.lists(st.tuples(date_texts, _statuses, _people, _kinds, _states), max_size=60).map(
    lambda rows: [version(number, *row) for number, row in enumerate(rows, 1)]
)


@st.composite
def date_histories(draw: st.DrawFn) -> FieldHistory:
    """Any history of the three dates; a date that no version has may be missing."""
    days = draw(st.lists(date_texts, max_size=40))
    columns: dict[str, list[str | None]] = {}
    for name in ("start", "primary_completion", "completion"):
        if draw(st.booleans()):
            columns[name] = draw(st.lists(st.none() | date_texts, min_size=len(days), max_size=len(days)))
            columns[f"{name}_type"] = draw(st.lists(_kinds, min_size=len(days), max_size=len(days)))
    return dates(days, **columns)


duties = st.builds(
    duty,
    st.sampled_from(["fdaaa801", "eu-ctr", "who-2017", "a-new-rule"]),
    st.none() | date_texts,
    applies=st.sampled_from([True, False, None]),
    begins=st.none() | date_texts,
    kind=st.sampled_from(["ACTUAL", "ESTIMATED"]),
    submitted=st.none() | date_texts,
    standing=st.sampled_from([True, False, None]),
    late=st.none() | st.integers(1, 5000),
    asked_by=st.sampled_from([None, "WHO"]),
)
_spans = st.tuples(
    st.sampled_from(["submitted", "returned", "cancelled", "posted", "none"]),
    st.none() | date_texts,
    st.none() | st.integers(0, 9999),
)
trial_results = st.builds(
    lambda states, owed, state: results(states, *owed, state=state),
    st.lists(_spans, max_size=14),
    st.lists(duties, max_size=3),
    _states,
)
